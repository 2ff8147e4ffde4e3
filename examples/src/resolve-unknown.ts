/** A response was lost: how to find out whether the change was made, before a retry. */
import { Credentials, TileDBError, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures } from "@effect-tiledb/testkit"
import { Console, Effect, Redacted } from "effect"
import { inMemory } from "./example.js"

/** The service acts, and its response is lost. */
const losing = Faults.withFaults({ fault: Faults.reset("after"), nth: 1 })

/** Checks after an error whose outcome is unknown, and only then. */
const resolving =
  <R>(look: Effect.Effect<string, TileDBError.TileDBError, R>) =>
  <A, R1>(call: Effect.Effect<A, TileDBError.TileDBError, R1>) =>
    call.pipe(
      Effect.as("done"),
      Effect.catchIf(TileDBError.mayHaveBeenDone, (error) =>
        Effect.map(look, (found) => `${error._tag} (${"outcome" in error ? error.outcome : ""}); ${found}`),
      ),
      Effect.flatMap((told) => Console.log(`  ${told}`)),
    )

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const { user } = yield* Deployment.Deployment
  const { id } = yield* Effect.flatten(user("ada"))

  yield* Console.log("createUser: sign in as the new user; if that proves nothing, retry, which creates no second user")
  const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("correct horse") }
  yield* users
    .createUser(eve)
    .pipe(
      losing,
      resolving(
        Effect.map(Users.resolveCreate(eve), (found) =>
          found._tag === "Created"
            ? `Created, proved by ${found.evidence}`
            : `${found._tag}: ${found._tag === "NotCreated" ? found.error.message : found.reason}`,
        ),
      ),
    )

  yield* Console.log("changePassword: sign in with the new password")
  const changed = Redacted.make("a new password")
  yield* users
    .changePassword({ current_password: Fixtures.password("ada"), new_password: changed })
    .pipe(
      Credentials.withCredentials(Credentials.basic("ada", Fixtures.password("ada"))),
      losing,
      resolving(
        users.getSelfUser.pipe(
          Credentials.withCredentials(Credentials.basic("ada", changed)),
          Effect.as("the new password signs in"),
        ),
      ),
    )

  yield* Console.log("requestPasswordReset: retry; a second e-mail does no harm")
  const reset = users.requestPasswordReset({ username_or_email: "ada" })
  yield* reset.pipe(losing, resolving(Effect.as(reset, "retried")))

  yield* Console.log("updateUser and deleteUser: the client retries them")
  yield* users.updateUser(id, { display_name: "Countess" }).pipe(losing, resolving(Effect.succeed("never needed")))
  yield* users.deleteUser(id).pipe(losing, resolving(Effect.succeed("never needed")))
})

inMemory("Loses five responses, and finds out for each whether the change was made.", program)
