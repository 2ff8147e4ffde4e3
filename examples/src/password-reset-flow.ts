/** A forgotten password: the request, the e-mail, the token, the new password. */
import { Credentials, Users } from "@effect-tiledb/client"
import { Mailbox } from "@effect-tiledb/testkit"
import { Console, Effect, Redacted } from "effect"
import { inMemory, usersAs } from "./example.js"

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const forgotten = Redacted.make("a new password")

  yield* users.requestPasswordReset({ username_or_email: "ada" })
  yield* users.requestPasswordReset({ username_or_email: "nobody@example.com" })
  yield* Console.log("Both requests succeed: the response does not reveal whether the user exists.")

  const { to, token } = yield* Mailbox.take({ to: "ada", kind: "password_reset" })
  yield* Console.log(`An e-mail goes to ${to.email}; its token prints as ${token}.`)

  yield* users.resetPassword(token, { new_password: forgotten })
  const again = yield* Effect.flip(users.resetPassword(token, { new_password: forgotten }))
  yield* Console.log(`The token works once; then it is ${"status" in again ? again.status : again._tag}.`)

  const { user } = yield* Effect.flatMap(Users.Users, ({ getSelfUser }) => getSelfUser).pipe(
    Effect.provide(usersAs({ credentials: Credentials.basic("ada", forgotten) })),
  )
  yield* Console.log(`${user.username} signs in with the new password.`)
})

inMemory("Resets a forgotten password with the token from the e-mail.", program)
