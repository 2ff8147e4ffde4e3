/**
 * The client for pages that must be small. The messages of its errors are brief: they do not explain what happened and what
 * to do, as those of `TileDBClient.layerFetch` do.
 *
 * @since 0.1.0
 */
import type * as ConfigError from "effect/ConfigError"
import * as Layer from "effect/Layer"
import * as Lean from "./internal/client/lean.js"
import { briefTexts } from "./internal/failure/line.js"
import * as TileDBClient from "./TileDBClient.js"

/**
 * As `TileDBClient.layerFetch`, but the `message` of an error has only the operation, the status, the reason, the outcome,
 * the id of the request and the place: `getUser: Timeout, outcome Unknown [usr_9m4e2mr0ui3e8a215n4g, api.tiledb.com]`. The
 * errors and all of their other fields are the same (what the service wrote is `serviceMessage`), and `InvalidRequest` says
 * what to write instead.
 *
 * @example
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import * as BriefErrors from "@effect-tiledb/client/BriefErrors"
 * import { Effect, Redacted } from "effect"
 *
 * const whoAmI = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Effect.provide(Users.layer),
 *   Effect.provide(BriefErrors.layerFetch({ credentials: Credentials.bearer(Redacted.make("your_token")) })),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFetch = (
  options: TileDBClient.FetchOptions = {},
): Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError> =>
  Layer.scoped(TileDBClient.TileDBClient, Lean.make(options, briefTexts))
