/** An answer was lost: whether it was done, and what to look at before it is repeated. */
import { Credentials, TileDBError, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures } from "@effect-tiledb/testkit"
import { Console, Effect, Redacted } from "effect"
import { inMemory } from "./example.js"

/** The service does what it is asked, and its answer does not arrive. */
const losing = Faults.withFaults({ fault: Faults.reset("after"), nth: 1 })

/** Tells an error that leaves it open from one that does not, and looks only where it does. */
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

  yield* Console.log("createUser: sign in as the new user, else send it again, which creates no second one")
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

  yield* Console.log("changePassword: sign in with the new one")
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

  yield* Console.log("requestPasswordReset: send it again; a second e-mail does no harm")
  const reset = users.requestPasswordReset({ username_or_email: "ada" })
  yield* reset.pipe(losing, resolving(Effect.as(reset, "sent again")))

  yield* Console.log("updateUser and deleteUser: the client repeats them by itself")
  yield* users.updateUser(id, { display_name: "Countess" }).pipe(losing, resolving(Effect.succeed("never needed")))
  yield* users.deleteUser(id).pipe(losing, resolving(Effect.succeed("never needed")))
})

inMemory("Loses five answers, and finds out for each what became of the call.", program)
