import { assert, describe, it } from "@effect/vitest"
import * as Api from "@effect-tiledb/schema"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { answers, type Documented, requests, schemas, strings } from "./documented.js"

interface Node {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Node>>
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Node
  readonly anyOf?: ReadonlyArray<Node>
  readonly allOf?: ReadonlyArray<Node>
  readonly examples?: ReadonlyArray<unknown>
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
}

const document = (schema: Schema.Schema.AnyNoContext) => JSONSchema.make(schema) as Node

/** What a document says a value is: the definition, where it only points to one. */
const resolve = (root: Node, node: Node): Node => {
  const name = node.$ref?.replace("#/$defs/", "")
  const target = name === undefined ? node : root.$defs?.[name]
  assert.isDefined(target, `${node.$ref} leads nowhere`)
  return target ?? node
}

/** Every definition, property and element of a document with its path. */
const nodes = (root: Node): ReadonlyArray<readonly [path: string, node: Node]> => {
  const inside = (path: string, node: Node): ReadonlyArray<readonly [string, Node]> => [
    ...Object.entries(node.properties ?? {}).flatMap(([key, property]) => [
      [`${path}.${key}`, property] as const,
      ...inside(`${path}.${key}`, property),
    ]),
    ...(node.items === undefined ? [] : ([[`${path}[]`, node.items], ...inside(`${path}[]`, node.items)] as const)),
    ...(node.anyOf ?? []).flatMap((member) => inside(path, member)),
  ]
  return Object.entries(root.$defs ?? {}).flatMap(([name, node]) => [[name, node] as const, ...inside(name, node)])
}

describe("exports", () => {
  it("are the documented schemas, the operations, and nothing else", () => {
    assert.sameMembers(Object.keys(Api), [
      "APIToken",
      "ChangePasswordRequest",
      "decodeResponse",
      "encodeRequest",
      "ErrorResponse",
      "Invitation",
      "InvitationId",
      "InvitationsCreateRequestInner",
      "InvitationsCreateRequestWorkspace",
      "InvitationsListResponse",
      "InvitationsOperations",
      "InvitationWorkspace",
      "InvitingUser",
      "missingFields",
      "Model",
      "Operations",
      "qualifiedName",
      "RequestEmailConfirmationRequest",
      "RequestPasswordResetRequest",
      "ResetPasswordRequest",
      "ScopedToken",
      "TokenCreateRequest",
      "TokenCreateResponse",
      "TokenId",
      "TokenListResponse",
      "TokenScope",
      "TokensOperations",
      "unknownFields",
      "User",
      "UserCreateRequest",
      "UserCreateResponse",
      "UserGetResponse",
      "UserId",
      "UserRole",
      "UserSelf",
      "UserSelfResponse",
      "UserSelfWorkspace",
      "UserUpdateRequest",
      "ValidationError",
      "ValidationErrorField",
      "Workspace",
      "WorkspaceGetResponse",
      "WorkspaceId",
      "WorkspaceRole",
      "WorkspacesOperations",
      "WorkspaceUser",
      "WorkspaceUserGetResponse",
      "WorkspaceUsersCreateRequestInner",
      "WorkspaceUsersCreateResponse",
      "WorkspaceUsersListResponse",
      "WorkspaceUserUpdateRequest",
    ])
  })

  it("are all covered by these tests", () => {
    const exported: Record<string, unknown> = Object.fromEntries(
      Object.entries(Api).filter(([, value]) => Schema.isSchema(value)),
    )
    assert.sameMembers(Object.keys(exported), Object.keys(schemas))
    for (const [name, schema] of Object.entries(schemas)) assert.strictEqual(exported[name], schema)
  })
})

for (const [name, schema] of Object.entries(schemas)) {
  describe(name, () => {
    it("has its name as identifier, in the namespace of TileDB, and a description", () => {
      assert.deepStrictEqual(SchemaAST.getIdentifierAnnotation(schema.ast), Option.some(`TileDB${name}`))
      assert.isAbove(Option.getOrElse(SchemaAST.getDescriptionAnnotation(schema.ast), () => "").length, 10)
    })

    it("makes a document in which everything is described", () => {
      const root = document(schema)
      assert.strictEqual(root.$ref, `#/$defs/TileDB${name}`)
      for (const [path, node] of nodes(root)) {
        const { allOf, anyOf, description, type } = resolve(root, node)
        assert.isAbove((description ?? "").length, 10, `${path} is not described`)
        assert.isTrue(type !== undefined || (anyOf ?? allOf ?? []).length > 0, `${path} could be anything`)
      }
    })
  })
}

describe("properties", () => {
  for (const [name, { newer, optional, required, schema }] of Object.entries<Documented>({ ...answers, ...requests })) {
    it(`${name} has the documented ones, required as documented`, () => {
      const root = document(schema)
      const { properties, required: requiredOnes } = resolve(root, root)
      assert.sameMembers(Object.keys(properties ?? {}), [...required, ...optional, ...newer])
      assert.sameMembers([...(requiredOnes ?? [])], [...required])
    })
  }

  it("that may be null say so; requests have none", () => {
    const nullable = (schema: Schema.Schema.AnyNoContext) => {
      const root = document(schema)
      return Object.entries(resolve(root, root).properties ?? {})
        .filter(([, node]) => node.anyOf?.some((member) => member.type === "null"))
        .map(([key]) => key)
    }
    for (const { newer, optional, schema } of Object.values<Documented>(answers)) {
      assert.sameMembers(nullable(schema), [...optional, ...newer])
    }
    for (const { schema } of Object.values<Documented>(requests)) assert.deepStrictEqual(nullable(schema), [])
  })
})

describe("the document of a single value", () => {
  for (const [name, schema] of Object.entries(strings)) {
    it(`${name} is a string`, () => {
      const root = document(schema)
      assert.strictEqual(resolve(root, root).type, "string")
    })
  }

  it("UserId shows its form, roles their known values, times their format", () => {
    const definitions = document(Api.UserSelfResponse).$defs
    assert.strictEqual(definitions?.TileDBUser?.properties?.id?.minLength, 1)
    const { $defs } = document(Api.UserId)
    assert.match("usr_9m4e2mr0ui3e8a215n4g", new RegExp($defs?.TileDBUserId?.pattern ?? "none"))
    assert.deepStrictEqual(definitions?.TileDBUserRole?.examples, ["owner", "admin", "member"])
    assert.deepStrictEqual(definitions?.TileDBWorkspaceRole?.examples, ["owner", "admin", "member"])
    assert.strictEqual(definitions?.TileDBUser?.properties?.created_at?.format, "date-time")
    assert.strictEqual(definitions?.TileDBUser?.properties?.updated_at?.anyOf?.[0]?.format, "date-time")
  })
})
