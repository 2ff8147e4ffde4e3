import { Users } from "@effect-tiledb/client"
import { Effect, Redacted } from "effect"

/** Invites somebody: an account with a password nobody knows, and an e-mail to set one. */
export const invite = (email: string) =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    const user = yield* users.createUser({ email, username: email, password: Redacted.make(crypto.randomUUID()) })
    yield* users.requestPasswordReset({ username_or_email: email })
    return user
  }).pipe(
    Effect.catchTags({
      // The service refused: the message names the fields and why.
      ApiError: (error) => Effect.fail(error.message),
      // No answer: `outcome` says whether the account may exist all the same.
      TransportError: (error) => Effect.fail(`${error.message} (${error.outcome})`),
    }),
  )
