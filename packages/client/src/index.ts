/**
 * The TileDB Cloud v4 Users API for Effect.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"
export * as OAuth2 from "./OAuth2.js"
export * as RetryPolicy from "./RetryPolicy.js"
export * as TileDBClient from "./TileDBClient.js"
export * as TileDBConfig from "./TileDBConfig.js"
export * as TileDBError from "./TileDBError.js"
export * as Users from "./Users.js"
