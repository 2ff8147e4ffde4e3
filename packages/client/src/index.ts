/**
 * The TileDB Cloud v4 Users API for Effect.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const UsersLive = Users.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) }).pipe(
 *   Layer.provide(FetchHttpClient.layer),
 * )
 * const whoAmI = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(Effect.provide(UsersLive))
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"
export * as RetryPolicy from "./RetryPolicy.js"
export * as TileDBClient from "./TileDBClient.js"
export * as TileDBConfig from "./TileDBConfig.js"
export * as TileDBError from "./TileDBError.js"
export * as Users from "./Users.js"
