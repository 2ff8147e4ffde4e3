/** What the application needs of Effect 3 and of the client. Everything here is of Effect 3. */

export { Credentials, RetryPolicy, TileDBClient, TileDBConfig, TileDBError, Users } from "@effect-tiledb/client"
export * as NodeTransport from "@effect-tiledb/client/NodeTransport"
export { UserId } from "@effect-tiledb/schema"
export * as Effect3 from "effect"
