/** What a script ends with when the service refuses its credential: one clear line, and exit code 1. */
import { Credentials, Users } from "@effect-tiledb/client"
import { Effect, Redacted } from "effect"
import { inMemory, usersAs } from "./example.js"

const program = Users.Users.pipe(
  Effect.flatMap((users) => users.getSelfUser),
  Effect.provide(usersAs({ credentials: Credentials.apiKey(Redacted.make("tiledb_expired")) })),
)

inMemory("Calls with an API key that the service does not know.", Effect.asVoid(program))
