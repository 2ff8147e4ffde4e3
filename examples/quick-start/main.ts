import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { TileDBClient, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Console, Effect, Layer } from "effect"
import { invite } from "./invite.js"

const program = Effect.flatMap(invite("ada@example.com"), (user) => Console.log(`Invited ${user.id}`))

const UsersLive = Users.layer.pipe(
  // Reads TILEDB_REST_HOST, and TILEDB_REST_TOKEN or TILEDB_REST_USERNAME with TILEDB_REST_PASSWORD.
  Layer.provide(TileDBClient.layerConfig()),
  Layer.provide(NodeTransport.layer),
)

program.pipe(Effect.provide(UsersLive), NodeRuntime.runMain)
