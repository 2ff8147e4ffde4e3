/** The five errors, and how to handle each. */
import { type TileDBError, Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Deployment, Faults } from "@effect-tiledb/testkit"
import { Console, Effect, Redacted } from "effect"
import { inMemory } from "./example.js"

/** One arm for each error; the compiler knows which of them a call can have. */
const told = <A, R>(call: Effect.Effect<A, TileDBError.TileDBError, R>) =>
  call.pipe(
    Effect.as("it worked"),
    Effect.catchTags({
      InvalidRequest: ({ issues }) =>
        Effect.succeed(`InvalidRequest: nothing was sent; correct ${issues.map(({ path }) => path).join(", ")}`),
      NotFound: ({ status }) =>
        Effect.succeed(`NotFound (${status}): there is no such user; after a deletion that is fine`),
      ApiError: ({ status, validationError }) =>
        Effect.succeed(
          `ApiError ${status}: the service refused ${(validationError?.fields ?? []).map(({ field, message }) => `${field} (${message})`).join(", ")}`,
        ),
      TransportError: ({ outcome, reason }) =>
        Effect.succeed(`TransportError ${reason}: ${outcome === "NotSent" ? "try again" : "check before you retry"}`),
      DecodeError: ({ status }) => Effect.succeed(`DecodeError after ${status}: read the user before you retry`),
    }),
    Effect.flatMap(Console.log),
  )

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const { ownerId } = yield* Deployment.Deployment
  const again = { username: "ada", email: "ada@example.com", password: Redacted.make("correct horse") }
  yield* told(users.getUser(UserId.make("self", true)))
  yield* told(users.deleteUser(UserId.make("usr_00000000000000000000")))
  yield* told(users.createUser(again))
  yield* told(users.createUser(again).pipe(Faults.withFaults({ fault: Faults.reset("after") })))
  yield* told(users.getUser(ownerId).pipe(Faults.withFaults({ fault: Faults.truncatedJson })))
})

inMemory("Causes each of the five errors, and prints how to handle it.", program)
