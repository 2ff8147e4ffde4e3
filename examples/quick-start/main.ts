import { runMain } from "@effect/platform-node/NodeRuntime"
import { TileDBClient, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Console, Effect, Layer } from "effect"

const UsersLive = Users.layer.pipe(
  Layer.provide(TileDBClient.layerConfig()), // reads TILEDB_REST_*
  Layer.provide(NodeTransport.layer), // sends the requests
)
const whoAmI = Effect.gen(function* () {
  const users = yield* Users.Users // module Users, service Users
  const { user } = yield* users.getSelfUser // no argument: no ()
  return user.username
}).pipe(Effect.provide(UsersLive))

// As a promise, in code without Effect:
console.log("promise:", await Effect.runPromise(whoAmI))
// As an Effect program:
whoAmI.pipe(Effect.flatMap(Console.log), runMain)
