/**
 * The API as an OpenAPI 3.1 document, made from the operations table and the schemas. The vendor publishes none for v4.
 *
 * @since 0.1.0
 */
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { ErrorResponse } from "./ErrorResponse.js"
import { type Document, type JsonObject, toComponents } from "./internal/components.js"
import { examples } from "./internal/examples.js"
import { type Operation, type OperationName, Operations } from "./Operations.js"
import { UserRole, WorkspaceRole } from "./UserRole.js"

export type { Document, JsonObject } from "./internal/components.js"

interface Words {
  readonly summary: string
  readonly description: string
  readonly success: string
}

const words: Readonly<Record<OperationName, Words>> = {
  changePassword: {
    summary: "Change the current user's password",
    description: "Replaces the password of the user whose credential is sent; needs the password in use now.",
    success: "The password was changed",
  },
  confirmEmail: {
    summary: "Confirm an e-mail address",
    description:
      "Confirms the address that the scoped token was sent to. The token is the only credential of this call.",
    success: "The address was confirmed",
  },
  createUser: {
    summary: "Create a user",
    description: "Registers a new user. A public deployment needs no credential for it, a private one may.",
    success: "The user that was created",
  },
  deleteUser: {
    summary: "Delete a user",
    description: "Deletes the user with this id.",
    success: "The user was deleted",
  },
  getSelfUser: {
    summary: "Retrieve the current user",
    description: "Gives the user whose credential is sent, and the workspaces that the user belongs to.",
    success: "The current user and the user's workspaces",
  },
  getUser: {
    summary: "Retrieve a user",
    description: "Gives the user with this id.",
    success: "The user with this id",
  },
  requestEmailConfirmation: {
    summary: "Request a new confirmation e-mail",
    description: "Sends another e-mail with a scoped token for confirmEmail.",
    success: "The e-mail was sent",
  },
  requestPasswordReset: {
    summary: "Request a password-reset e-mail",
    description: "Sends an e-mail with a scoped token for resetPassword to the user's address. Needs no credential.",
    success: "The request was accepted; whoever exists gets an e-mail",
  },
  resetPassword: {
    summary: "Reset a password with a scoped token",
    description:
      "Sets the password of the user whom the scoped token was sent to. The token is the only credential of this call.",
    success: "The password was set",
  },
  updateUser: {
    summary: "Update a user",
    description: "Changes the given properties of the user with this id; what is left out stays as it is.",
    success: "The user was changed",
  },
}

/** A group of the API in the document. */
interface Group {
  readonly description: string
  readonly operations: Readonly<Record<string, Operation>>
  readonly words: Readonly<Record<string, Words>>
}

const groups: ReadonlyArray<Group> = [
  { description: "Users, their passwords and their e-mail addresses", operations: Operations, words },
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

/** A role as the API documents it, an enum of three values; only decoding accepts any text. */
const roleDefinition = ({ ast }: { readonly ast: AST.AST }): readonly [string, JSONSchema.JsonSchema7] => {
  const definitions: Record<string, JSONSchema.JsonSchema7> = {}
  JSONSchema.fromAST(ast, { definitions, target: "openApi3.1" })
  const [[identifier, { examples = [], ...definition }] = ["", { type: "string" as const }]] =
    Object.entries(definitions)
  return [identifier, { ...definition, type: "string", enum: examples.map(String) }]
}

/** Collects the definitions of all schemas that are referred to. */
const makeReferrer = () => {
  const definitions = Object.fromEntries([UserRole, WorkspaceRole].map(roleDefinition))
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

const inPath = ({ path, pathParameters = {} }: Operation, refer: Refer): ReadonlyArray<JsonObject> =>
  [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = ""]) => {
    const schema = pathParameters[name]
    if (schema === undefined) return []
    const description = AST.getDescriptionAnnotation(schema.ast)
    return [
      {
        name,
        in: "path",
        required: true,
        ...(description._tag === "None" ? {} : { description: description.value }),
        schema: refer(schema),
      },
    ]
  })

/** The parameters of a query, as they are in the URL. */
const inQuery = ({ query }: Operation, refer: Refer): ReadonlyArray<JsonObject> => {
  const ast = query == null ? undefined : AST.encodedAST(query.ast)
  const properties = ast !== undefined && AST.isTypeLiteral(ast) ? ast.propertySignatures : []
  return properties.map(({ isOptional, name, type }) => ({
    name: String(name),
    in: "query",
    required: !isOptional,
    schema: refer(Schema.make(type)),
  }))
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
 * The document of the operations in `Operations`. Its components have the names that the API gives the models: the
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

  const operation = (row: Operation, { description, success, summary }: Words): JsonObject => {
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
      summary: "Users, passwords and e-mail addresses of a TileDB Cloud deployment",
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
