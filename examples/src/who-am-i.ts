/** Reads the user whose credential this is. */
import { Users } from "@effect-tiledb/client"
import { Console, Effect } from "effect"
import { reading } from "./example.js"

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const { user, workspaces } = yield* users.getSelfUser
  yield* Console.log(`${user.username} <${user.email}>, ${user.role}`)
  for (const { name, self } of workspaces) yield* Console.log(`workspace ${name}: ${self.role}`)
})

reading("Prints the user whose credential is in TILEDB_REST_TOKEN, or the owner of a deployment in memory.", program)
