/**
 * The TileDB Cloud v4 API about people for Effect: users, members of workspaces, invitations, tokens.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
 * import { Effect, Redacted } from "effect"
 *
 * const whoAmI = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Effect.provide(Users.layer),
 *   Effect.provide(TileDBClient.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) })),
 *   Effect.provide(FetchHttpClient.layer),
 * )
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"
export * as Invitations from "./Invitations.js"
export * as Pages from "./Pages.js"
export * as RetryPolicy from "./RetryPolicy.js"
export * as TileDBClient from "./TileDBClient.js"
export * as TileDBConfig from "./TileDBConfig.js"
export * as TileDBError from "./TileDBError.js"
export * as Tokens from "./Tokens.js"
export * as Users from "./Users.js"
export * as Workspaces from "./Workspaces.js"
