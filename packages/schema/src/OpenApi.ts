/**
 * The API as an OpenAPI 3.1 document, made from the operations table and the schemas. The vendor publishes none for v4.
 *
 * @since 0.1.0
 */
import * as JSONSchema from "effect/JSONSchema"
import * as Predicate from "effect/Predicate"
import * as AST from "effect/SchemaAST"
import { ErrorResponse } from "./ErrorResponse.js"
import { type Document, type JsonObject, toComponents } from "./internal/components.js"
import { examples } from "./internal/examples.js"
import * as Words from "./internal/words.js"
import { type Operation, type OperationName, Operations } from "./Operations.js"
import { InvitationsOperations, TokensOperations, WorkspacesOperations } from "./PeopleOperations.js"
import { TokenScope } from "./Token.js"
import { UserRole, WorkspaceRole } from "./UserRole.js"

export type { Document, JsonObject } from "./internal/components.js"

/** A group of the API in the document. */
interface Group {
  readonly description: string
  readonly operations: Readonly<Record<string, Operation>>
  readonly words: Readonly<Record<string, Words.Words>>
}

const groups: ReadonlyArray<Group> = [
  { description: "Users, their passwords and their e-mail addresses", operations: Operations, words: Words.users },
  { description: "Workspaces and their members", operations: WorkspacesOperations, words: Words.workspaces },
  { description: "Invitations to a workspace", operations: InvitationsOperations, words: Words.invitations },
  { description: "The caller's own tokens", operations: TokensOperations, words: Words.tokens },
]

const scopedToken = "The scoped token from the e-mail; no other credential is sent with this call"

const securitySchemes = {
  ApiKeyAuth: {
    type: "apiKey",
    in: "header",
    name: "X-TILEDB-REST-API-KEY",
    description: "An API key of the user's: `tiledb_…` or a JSON Web Token",
  },
  BasicAuth: { type: "http", scheme: "basic", description: "The user's username and password" },
  OAuth2: {
    type: "oauth2",
    description: "An OAuth 2.0 access token, sent as a bearer token",
    flows: {
      authorizationCode: {
        authorizationUrl: "https://oauth2.tiledb.com/oauth2/authorize",
        tokenUrl: "https://oauth2.tiledb.com/oauth2/token",
        scopes: { read: "Read", write: "Change", admin: "Administer" },
      },
    },
  },
  // A separate scheme, so that generated clients do not put the configured API key in the token's place.
  ScopedToken: { type: "apiKey", in: "header", name: "X-TILEDB-REST-API-KEY", description: scopedToken },
} as const

const session = [{ ApiKeyAuth: [] }, { BasicAuth: [] }, { OAuth2: [] }]

// Callers of these are not logged in yet: a credential is optional.
const openToAll: ReadonlySet<string> = new Set<OperationName>([
  "createUser",
  "requestEmailConfirmation",
  "requestPasswordReset",
])

const securityOf = (row: Operation): ReadonlyArray<JsonObject> =>
  row.credential === "scopedToken" ? [{ ScopedToken: [] }] : openToAll.has(row.name) ? [...session, {}] : session

/** A role or a scope as the API documents it, an enum; only decoding accepts any text. */
const openEnum = ({ ast }: { readonly ast: AST.AST }): readonly [string, JSONSchema.JsonSchema7] => {
  const definitions: Record<string, JSONSchema.JsonSchema7> = {}
  JSONSchema.fromAST(ast, { definitions, target: "openApi3.1" })
  const [[identifier, { examples = [], ...definition }] = ["", { type: "string" as const }]] =
    Object.entries(definitions)
  return [identifier, { ...definition, type: "string", enum: examples.map(String) }]
}

/** Collects the definitions of all schemas that are referred to. */
const makeReferrer = () => {
  const definitions = Object.fromEntries([UserRole, WorkspaceRole, TokenScope].map(openEnum))
  const refer = ({ ast }: { readonly ast: AST.AST }): JsonObject => ({
    ...JSONSchema.fromAST(ast, {
      definitions,
      definitionPath: "#/components/schemas/",
      target: "openApi3.1",
      // A later version of the service may send more, and it ignores unknown properties.
      additionalPropertiesStrategy: "allow",
    }),
  })
  return { definitions, refer }
}

const tagOf = ({ group }: Operation): string => group.toLowerCase()

type Refer = (schema: { readonly ast: AST.AST }) => JsonObject

const described = (annotated: AST.Annotated): JsonObject => {
  const description = AST.getDescriptionAnnotation(annotated)
  return description._tag === "None" ? {} : { description: description.value }
}

const inPath = ({ path, pathParameters = {} }: Operation, refer: Refer): ReadonlyArray<JsonObject> =>
  [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = ""]) => {
    const schema = pathParameters[name]
    if (schema === undefined) return []
    return [{ name, in: "path", required: true, ...described(schema.ast), schema: refer(schema) }]
  })

/** The parameters of a query, as they are in the URL. */
const inQuery = ({ query }: Operation, refer: Refer): ReadonlyArray<JsonObject> => {
  const { properties, required } = query == null ? {} : refer(query)
  return Object.entries(Predicate.isReadonlyRecord(properties) ? properties : {}).map(([name, property]) => {
    const { description, title: _, ...schema } = Predicate.isReadonlyRecord(property) ? property : {}
    const isRequired = Array.isArray(required) && required.includes(name)
    return { name, in: "query", required: isRequired, ...(description === undefined ? {} : { description }), schema }
  })
}

const inHeader = ({ credential }: Operation): ReadonlyArray<JsonObject> =>
  credential === "scopedToken"
    ? [
        {
          name: securitySchemes.ScopedToken.name,
          in: "header",
          required: true,
          description: scopedToken,
          schema: { type: "string" },
        },
      ]
    : []

const json = (schema: JsonObject, example?: unknown): JsonObject => ({
  "application/json": { schema, ...(example === undefined ? {} : { example }) },
})

/**
 * The settings of the document besides the API.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The base URL that the paths are relative to. Default `https://api.tiledb.com/v4`. */
  readonly serverUrl?: string
}

/**
 * The document of the operations of all groups that this package has. Its components have the names that the API gives the models: the
 * `title` of each schema.
 *
 * @example
 * import * as OpenApi from "@effect-tiledb/schema/OpenApi"
 *
 * const text = JSON.stringify(OpenApi.make(), null, 2)
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Document => {
  const { definitions, refer } = makeReferrer()
  const failure = json(refer(ErrorResponse), examples.Error)

  const operation = (row: Operation, { description, success, summary }: Words.Words): JsonObject => {
    const parameters = [...inPath(row, refer), ...inQuery(row, refer), ...inHeader(row)]
    return {
      operationId: row.name,
      summary,
      description,
      tags: [tagOf(row)],
      security: securityOf(row),
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(row.request == null
        ? {}
        : {
            requestBody: {
              required: true,
              description: "What the operation is to do",
              content: json(refer(row.request)),
            },
          }),
      responses: {
        [row.successStatus]: {
          description: success,
          ...(row.success == null ? {} : { content: json(refer(row.success), examples[row.name]) }),
        },
        ...(row.notFound
          ? { 404: { description: "There is nothing of that name or id; the body may be empty", content: failure } }
          : {}),
        default: { description: "Any other status: the operation failed", content: failure },
      },
    }
  }

  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const { operations, words } of groups) {
    for (const row of Object.values(operations)) {
      const said = words[row.name] ?? { summary: row.name, description: row.name, success: "The operation was done" }
      paths[row.path] = { ...paths[row.path], [row.method.toLowerCase()]: operation(row, said) }
    }
  }

  return toComponents(definitions, {
    openapi: "3.1.1",
    info: {
      title: "TileDB Cloud Users API",
      version: "4",
      summary: "The users of a TileDB Cloud deployment, and the members, invitations and tokens of its workspaces",
      description:
        "A success is an object with `data`, or has no body. Every other response is an Error; `code` names a place in the server's source and is not the HTTP status. Optional properties may be absent or `null`; later versions may add properties.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: options.serverUrl ?? "https://api.tiledb.com/v4", description: "The deployment" }],
    tags: groups.flatMap(({ description, operations }) =>
      [...new Set(Object.values(operations).map(tagOf))].map((name) => ({ name, description })),
    ),
    paths,
    components: { schemas: {}, securitySchemes },
  })
}
