import { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Effect, Redacted } from "effect"

export const seen = [Users, UserId, Effect, Redacted] as const

export const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const created = yield* users.createUser({
    display_name: "Ada Lovelace",
    email: "ada@example.com",
    username: "ada",
    password: Redacted.make("…"),
  })
  yield* users.requestEmailConfirmation({ username_or_email: created.username })
  yield* users.confirmEmail(Redacted.make("…"))
  const self = yield* users.getSelfUser
  const user = yield* users.getUser(UserId.make("usr_9m4e2mr0ui3e8a215n4g"))
  yield* users.updateUser(user.id, { timezone: self.user.timezone })
  yield* users.changePassword({ current_password: Redacted.make("…"), new_password: Redacted.make("…") })
  yield* users.requestPasswordReset({ username_or_email: user.email })
  yield* users.resetPassword(Redacted.make("…"), { new_password: Redacted.make("…") })
  yield* users.deleteUser(user.id).pipe(
    Effect.catchTag("NotFound", () => Effect.void),
    Effect.catchTags({
      ApiError: (error) => Effect.logError(error.message),
      TransportError: (error) => Effect.logError(error.message),
    }),
  )
  return user.display_name
})
