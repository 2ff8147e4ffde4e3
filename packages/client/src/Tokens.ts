/**
 * The caller's own API tokens, as one service.
 *
 * @since 0.1.0
 */
import {
  type APIToken,
  TokensOperations as Operations,
  type TokenCreateRequest,
  type TokenId,
} from "@effect-tiledb/schema"
import type * as Model from "@effect-tiledb/schema/Model"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { settle } from "./internal/people/deletion.js"
import { ofCaller } from "./internal/people/listing.js"
import type * as Pages from "./Pages.js"
import * as TileDBClient from "./TileDBClient.js"
import type { CommonError, NotFound } from "./TileDBError.js"

/**
 * Which tokens to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Query {
  /** The kind of the tokens. */
  readonly type: "api" | "session"
  /** The number of the page, from 1; a stream begins with it. Default 1. */
  readonly page?: number | undefined
  /** The greatest number of items of a page. Default: the service chooses; it may also cut it. */
  readonly per_page?: number | undefined
}

/**
 * The service: one method per operation, and two more for its listing. All are about the tokens of the user of the
 * credential: the API has no operation on the tokens of others.
 *
 * Source: the API's documents of 2025-09.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All tokens of a kind, or an error if the listing is not complete; see `Pages.all`. */
  readonly allTokens: (
    query: Omit<Query, "page">,
  ) => Effect.Effect<ReadonlyArray<APIToken>, CommonError | Pages.Incomplete>

  /**
   * Creates a token. Not retried if it may have been done, because that leaves another key: look for its name among
   * `allTokens`, so give it one of its own. (`create_token`)
   */
  readonly createToken: (request: TokenCreateRequest) => Effect.Effect<APIToken, CommonError>

  /** Reads a page of the tokens. (`list_tokens`) */
  readonly listTokens: (query: Query) => Effect.Effect<Model.Page<APIToken>, CommonError>

  /**
   * Revokes a token. A 404 after an attempt whose outcome is unknown counts as done if tokens can still be listed.
   * (`revoke_token`)
   */
  readonly revokeToken: (tokenId: TokenId) => Effect.Effect<void, CommonError | NotFound>

  /** The tokens of all pages, one page at a time; see `Pages.stream`. */
  readonly streamTokens: (query: Query) => Stream.Stream<APIToken, CommonError>
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Tokens extends Context.Tag("@effect-tiledb/client/Tokens")<Tokens, Service>() {}

/**
 * The service over the `TileDBClient` in the environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Effect.map(
  TileDBClient.TileDBClient,
  (client) => {
    const { execute } = client
    const { all, list, stream } = ofCaller<Query, APIToken>(client, Operations.listTokens, ({ token_id }) => token_id)
    return {
      allTokens: all,
      createToken: (request) => TileDBClient.call(execute, Operations.createToken, { request }),
      listTokens: list,
      revokeToken: (token_id) =>
        settle(
          TileDBClient.call(execute, Operations.revokeToken, { path: { token_id } }),
          list({ type: "api", per_page: 1 }),
        ),
      streamTokens: stream,
    }
  },
)

/**
 * The service as a Layer over the `TileDBClient`, which it shares with the services of other groups.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Tokens, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Layer.effect(Tokens, make)
