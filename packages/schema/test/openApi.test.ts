import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import {
  ErrorResponse,
  InvitationsOperations,
  type Operation,
  Operations,
  TokensOperations,
  WorkspacesOperations,
} from "@effect-tiledb/schema"
import * as OpenApi from "@effect-tiledb/schema/OpenApi"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Users from "./documentedApi.js"
import * as People from "./documentedPeople.js"

const models = { ...Users.models, ...People.models }
const enums = { ...Users.enums, ...People.enums }
const operations: Readonly<Record<string, Users.DocumentedOperation & Partial<People.DocumentedPeopleOperation>>> = {
  ...Users.operations,
  ...People.operations,
}
const rows = { ...Operations, ...WorkspacesOperations, ...InvitationsOperations, ...TokensOperations }

interface Node {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly enum?: ReadonlyArray<string>
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Node
  readonly anyOf?: ReadonlyArray<Node>
}

interface Content {
  readonly content?: { readonly "application/json": { readonly schema: Node; readonly example?: unknown } }
  readonly description: string
}

interface OperationNode {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly security: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly parameters?: ReadonlyArray<{
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly description: string
  }>
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

const document = OpenApi.make()
const schemas = document.components.schemas as Readonly<Record<string, Node>>
const refTo = (name: string | null) =>
  name === null ? undefined : `#/components/schemas/${name.replace("array of ", "")}`

/** What a property is, in the words of documentedApi.ts. */
const typeOf = (node: Node | undefined): string => {
  const known = node?.anyOf?.find(({ type }) => type !== "null") ?? node
  const model = known?.$ref?.replace("#/components/schemas/", "")
  const isString = model !== undefined && schemas[model]?.type === "string"
  if (model !== undefined) return isString && !(model in enums) ? "string" : model
  if (known?.type === "array") return `array of ${typeOf(known.items)}`
  return known?.format ?? known?.type ?? "nothing"
}

const refOf = (content: Content | undefined) => {
  const schema = content?.content?.["application/json"].schema
  return schema?.type === "array" ? schema.items?.$ref : schema?.$ref
}

const operationAt = (path: string, method: string) =>
  document.paths[path]?.[method.toLowerCase()] as OperationNode | undefined

describe("the OpenAPI document", () => {
  it("is what openapi.json at the root holds (pnpm openapi writes it)", () => {
    const file = readFileSync(new URL("../../../openapi.json", import.meta.url), "utf8")
    assert.deepStrictEqual(JSON.parse(file), JSON.parse(JSON.stringify(document)))
  })

  it("names the service, or the server that it is asked to", () => {
    const urls = (document: OpenApi.Document) => document.servers.map(({ url }) => url)
    assert.deepStrictEqual(urls(document), ["https://api.tiledb.com/v4"])
    assert.deepStrictEqual(urls(OpenApi.make({ serverUrl: "http://127.0.0.1:1/v4" })), ["http://127.0.0.1:1/v4"])
  })

  for (const [model, properties] of Object.entries(models)) {
    describe(model, () => {
      for (const [property, type] of Object.entries(properties)) {
        it(`has ${property}: ${type}, described`, () => {
          const node = schemas[model]?.properties?.[property]
          const required = schemas[model]?.required?.includes(property)
          assert.strictEqual(`${typeOf(node)}${required ? "" : "?"}`, type)
          assert.isAbove(node?.description?.length ?? 0, 10)
        })
      }
    })
  }

  it("has each enumeration, and every schema and property described", () => {
    for (const [name, values] of Object.entries(enums)) assert.deepStrictEqual(schemas[name]?.enum, values)
    for (const [name, { description, properties }] of Object.entries(schemas)) {
      assert.isAbove(description?.length ?? 0, 10, name)
      for (const [property, node] of Object.entries(properties ?? {})) {
        assert.isAbove(node.description?.length ?? 0, 10, `${name}.${property}`)
      }
    }
  })

  it("has as many operations as are documented, each with a name of its own", () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => String(operationId)),
    )
    assert.sameMembers(ids, Object.keys(operations))
    assert.sameMembers(ids, Object.keys(rows))
  })

  for (const [name, documented] of Object.entries(operations)) {
    it(`${name}: path, parameters, bodies, statuses and words`, () => {
      const operation = operationAt(documented.path, documented.method)
      assert.isDefined(operation)
      if (operation === undefined) return
      assert.strictEqual(operation.operationId, name)
      assert.isAbove(operation.summary.length, 5)
      assert.isAbove(operation.description.length, 10)
      const parameters = operation.parameters ?? []
      assert.deepStrictEqual(Object.fromEntries(parameters.map((_) => [_.name, _.in])), documented.parameters)
      for (const { description, in: where, name, required } of parameters) {
        assert.isAbove(description.length, 10)
        assert.strictEqual(required, where !== "query" || documented.required?.includes(name) === true)
      }
      assert.strictEqual(refOf(operation.requestBody), refTo(documented.request))
      const { default: failure, ...statuses } = operation.responses
      // The service's revocations document no 404; what one would mean is decided by the row.
      const errors = name.startsWith("revoke") ? [404] : documented.errors
      assert.deepStrictEqual(Object.keys(statuses), [documented.success, ...errors].map(String))
      assert.strictEqual(refOf(statuses[documented.success]), refTo(documented.response))
      for (const status of errors) assert.strictEqual(refOf(statuses[status]), refTo("Error"))
      assert.strictEqual(refOf(failure), refTo("Error"))
    })
  }

  it("shows an answer of each kind, which the schemas read", () => {
    for (const { method, name, path, success } of Object.values<Operation>(rows)) {
      const { responses } = operationAt(path, method) ?? assert.fail(`no ${name}`)
      for (const { content } of Object.values(responses)) {
        if (content === undefined) continue
        const { example, schema } = content["application/json"]
        const read = schema.$ref === refTo("Error") ? ErrorResponse : success
        assert.isTrue(read != null && Either.isRight(Schema.decodeUnknownEither(read)(example)), name)
      }
    }
  })

  it("asks for a session's credential, for none where one may have none, and for nothing but a scoped token", () => {
    const session = ["ApiKeyAuth", "BasicAuth", "OAuth2"]
    for (const [name, { method, path }] of Object.entries(operations)) {
      const schemes = operationAt(path, method)?.security.map((one) => Object.keys(one).join()) ?? []
      if (["confirmEmail", "resetPassword"].includes(name)) assert.deepStrictEqual(schemes, ["ScopedToken"])
      else if (["createUser", "requestEmailConfirmation", "requestPasswordReset"].includes(name)) {
        assert.deepStrictEqual(schemes, [...session, ""])
      } else assert.deepStrictEqual(schemes, session)
    }
    assert.sameMembers(Object.keys(document.components.securitySchemes), [...session, "ScopedToken"])
  })

  it("lets later versions add properties, and refers only to what it has", () => {
    const text = JSON.stringify(document)
    assert.notInclude(text, "additionalProperties")
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]*)"/g)) assert.property(schemas, name ?? "")
    for (const name of Object.keys(schemas)) assert.match(name, /^[A-Za-z0-9._-]+$/)
  })
})
