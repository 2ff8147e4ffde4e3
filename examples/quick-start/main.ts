import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Console, Effect, Layer } from "effect"
import { invite } from "./invite.js"

// Reads TILEDB_REST_HOST, and TILEDB_REST_TOKEN or TILEDB_REST_USERNAME with TILEDB_REST_PASSWORD.
const UsersLive = Users.layerConfig().pipe(Layer.provide(NodeTransport.layer))

const program = Effect.flatMap(invite("ada@example.com"), (user) => Console.log(`Invited ${user.id}`))

program.pipe(Effect.provide(UsersLive), NodeRuntime.runMain)
