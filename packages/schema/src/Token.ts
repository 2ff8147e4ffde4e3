/**
 * The caller's API tokens.
 *
 * @example
 * import type { APIToken } from "@effect-tiledb/schema"
 * import { DateTime } from "effect"
 *
 * const expired = (tokens: ReadonlyArray<APIToken>, now: DateTime.Utc) =>
 *   tokens.filter(({ expires_at }) => DateTime.lessThan(expires_at, now))
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Model from "./internal/model.js"
import { page } from "./internal/page.js"
import { WorkspaceId } from "./internal/workspace.js"

/**
 * The id of a token. Its form is not documented, so any text is accepted. Make one of a plain string with
 * `TokenId.make(text)`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenId = Model.brandedText("TokenId", "The id of a token")

/**
 * The id of a token; a plain string becomes one with `TokenId.make(text)`.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenId = typeof TokenId.Type

const scopes = [
  "*",
  "password_reset",
  "confirm_email",
  "user:read",
  "user:read-write",
  "user:admin",
  "array:read",
  "array:read-write",
  "array:admin",
  "organization:read",
  "organization:read-write",
  "organization:admin",
  "group:read",
  "group:read-write",
  "group:admin",
] as const

/**
 * What a token may do: one of the documented scopes, or one that this version does not know. `""` if a response has
 * none.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenScope = (typeof scopes)[number] | (string & {})

/**
 * The schema of `TokenScope`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenScope: Schema.Schema<TokenScope> = Schema.String.annotations({
  identifier: "TileDBTokenScope",
  title: "TokenScope",
  description: "What a token may do; open, so that scopes added later can be read",
  examples: scopes,
  arbitrary: () => (fc) => fc.oneof(fc.constantFrom(...scopes), fc.string()),
})

const fields = {
  token_id: Model.textAs(TokenId),
  name: Model.text("The name of the token"),
  created_at: Model.time("When the token was created"),
  expires_at: Model.time("When the token expires"),
  api_key: Model.secret("The secret itself: `tiledb_…` with a workspace, a JSON Web Token without"),
  workspace_id: Model.optional(Model.textAs(WorkspaceId)),
  scope: Model.textAs(TokenScope),
}

/**
 * A token of the caller, with its secret, which is `Redacted` in a listing too.
 *
 * A property that is missing in the response is the zero value of its type (`""`, Go's zero time, an empty secret); an
 * optional one is absent.
 *
 * @since 0.1.0
 * @category schemas
 */
export class APIToken extends Schema.Class<APIToken>("TileDBAPIToken")(
  Model.schemas(fields),
  Model.annotations("APIToken", "A token of the caller, with its secret", (): Model.Reader<object> => read),
) {
  /** The token's id, the argument of revokeToken; `""` if the response has none. */
  declare readonly token_id: TokenId
  /** The name of the token; `""` if the response has none. */
  declare readonly name: string
  /** When it was created, in UTC to the millisecond; `0001-01-01T00:00:00Z` if the response has no time. */
  declare readonly created_at: DateTime.Utc
  /** When it expires, in UTC to the millisecond; `0001-01-01T00:00:00Z` if the response has no time. */
  declare readonly expires_at: DateTime.Utc
  /** The secret. It is not documented whether a listing has the whole of it. */
  declare readonly api_key: Redacted.Redacted<string>
  /** The workspace's id, `ws_…`; absent for a session token. */
  declare readonly workspace_id?: WorkspaceId
  /** What it may do; `""` if the response has none. */
  declare readonly scope: TokenScope
}

const read: Model.Reader<APIToken> = Model.reader(fields, APIToken)

/**
 * The envelope of createToken's response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenCreateResponse = Model.response(
  "TokenCreateResponse",
  "The token that was created, in its envelope",
  APIToken,
)

/**
 * A page of listTokens.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenListResponse = page("TokenListResponse", "Tokens of the caller, in pages", APIToken)

/**
 * The token to create.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenCreateRequest = Schema.Struct({
  name: Schema.optional(Schema.String).annotations({ description: "The name; needed where a workspace is given" }),
  scope: TokenScope,
  workspace_id: Schema.optional(WorkspaceId).annotations({ description: "The id of the workspace, not its name" }),
  expires_at: Schema.optional(Model.time("When the token expires").schema).annotations({
    description: "When the token expires",
  }),
}).annotations(Model.named("TokenCreateRequest", "The token to create"))

/**
 * The token to create.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCreateRequest {
  /** The name, by which listTokens finds it: choose one of its own. Needed where a workspace is given. */
  readonly name?: string | undefined
  /** What it may do. */
  readonly scope: TokenScope
  /** The workspace's id, not its name. Default: none, a session token. */
  readonly workspace_id?: WorkspaceId | undefined
  /** When it expires. Default: the service chooses, half an hour in older versions of it. */
  readonly expires_at?: DateTime.Utc | undefined
}
