/** Who am I: reads TILEDB_REST_HOST and TILEDB_REST_TOKEN, and prints the user whose key it is. */
import { Console, Effect } from "effect"
import { Effect3, NodeTransport, TileDBClient, Users as Users3 } from "tiledb-island"
import { layer, Users } from "./tiledb/Users.ts"

const program = Effect.gen(function* () {
  const users = yield* Users
  const { user } = yield* users.getSelfUser
  yield* Console.log(`${user.username} <${user.email}>`)
})

const UsersLive = layer(
  Users3.layer.pipe(Effect3.Layer.provide(TileDBClient.layerConfig()), Effect3.Layer.provide(NodeTransport.layer)),
)

await Effect.runPromise(Effect.provide(program, UsersLive))
