import { assert, describe, it } from "@effect/vitest"
import {
  encodeRequest,
  InvitationsOperations,
  type Operation,
  Operations,
  qualifiedName,
  TokensOperations,
  WorkspacesOperations,
} from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"
import { operations } from "./documentedPeople.js"

const rows: Readonly<Record<string, Operation>> = {
  ...WorkspacesOperations,
  ...InvitationsOperations,
  ...TokensOperations,
}

/** The API's name of a model: that of a list is the name of its element. */
const nameOf = (schema: Operation["request"]): string | null => {
  if (schema == null) return null
  const { ast } = schema
  const [item] = AST.isTupleType(ast) ? ast.rest : []
  const title = ({ ast }: { readonly ast: AST.AST }) => Option.getOrNull(AST.getTitleAnnotation(ast))
  return item === undefined ? title(schema) : `array of ${title({ ast: item.type })}`
}

describe("the operations about people", () => {
  it("are the documented ones that this package has, each in its group", () => {
    assert.sameMembers(Object.keys(rows), Object.keys(operations))
    for (const [name, row] of Object.entries(rows)) {
      assert.strictEqual(row.name, name)
      assert.strictEqual(row.group, operations[name]?.group)
      assert.strictEqual(qualifiedName(row), `${operations[name]?.group}.${name}`)
      assert.notProperty(Operations, name)
    }
  })

  for (const [name, documented] of Object.entries(operations)) {
    it(`${name}: method, path, parameters, bodies, statuses`, () => {
      const row = rows[name] ?? assert.fail(name)
      assert.deepStrictEqual(
        [row.method, row.path, row.successStatus, row.idempotent],
        [documented.method, documented.path, documented.success, documented.idempotent],
      )
      assert.strictEqual(nameOf(row.request), documented.request)
      assert.strictEqual(nameOf(row.success), documented.response)
      const isPage = Object.values(documented.parameters).includes("query")
      assert.strictEqual(row.result ?? "data", isPage ? "body" : "data")
      const inPath = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter ?? "")
      assert.deepStrictEqual(Object.keys(row.pathParameters ?? {}), inPath)
      // What the path names is what errors name.
      assert.includeMembers([...(row.subject ?? [])], inPath)
      assert.strictEqual(row.credential, "session")
    })
  }

  it("a 404 is about a thing where it is documented, and proves no deletion", () => {
    const documented = Object.keys(operations).filter((name) => operations[name]?.errors.includes(404))
    const named = Object.keys(rows).filter((name) => rows[name]?.notFound)
    assert.sameMembers(named, [...documented, "revokeInvitation", "revokeToken"])
    const unproven = named.filter((name) => rows[name]?.notFound === "unproven")
    assert.sameMembers(unproven, ["deleteWorkspaceUser", "revokeInvitation", "revokeToken"])
  })

  it("what is not safe to repeat says where to look", () => {
    const unsafe = Object.keys(rows).filter((name) => !rows[name]?.idempotent)
    assert.sameMembers(unsafe, ["createWorkspaceUsers", "createInvitations", "createToken"])
    for (const name of unsafe) assert.match(rows[name]?.lookAt ?? "", /^list\w+/)
  })
})

const query = (row: Operation, given: object) =>
  Either.getOrElse(encodeRequest(row.query ?? assert.fail())(given), () => "refused")

describe("queries", () => {
  it("have pages from 1, a search text, and leave out what is undefined", () => {
    for (const row of [WorkspacesOperations.listWorkspaceUsers, InvitationsOperations.listInvitations]) {
      assert.deepStrictEqual(query(row, {}), {})
      assert.deepStrictEqual(query(row, { page: 2, per_page: undefined }), { page: 2 })
      for (const page of [0, -1, 0.5, "1", null]) assert.strictEqual(query(row, { page }), "refused")
    }
    const search = { search: "a b&c@x", page: 1, per_page: 1000 }
    assert.deepStrictEqual(query(WorkspacesOperations.listWorkspaceUsers, search), search)
    assert.strictEqual(query(InvitationsOperations.listInvitations, search), "refused")
  })

  it("of tokens must say which kind", () => {
    assert.deepStrictEqual(query(TokensOperations.listTokens, { type: "session" }), { type: "session" })
    for (const type of [undefined, "other"]) assert.strictEqual(query(TokensOperations.listTokens, { type }), "refused")
  })
})
