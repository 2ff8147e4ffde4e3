import { assert, describe, it } from "@effect/vitest"
import { Users } from "@effect-tiledb/client"
import { Mailbox, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Fiber, Redacted, TestClock } from "effect"

/** The application under test: an account whose address nobody confirms within a week is given up. */
const signUp = (username: string, email: string) =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    const { id } = yield* users.createUser({ username, email, password: Redacted.make("correct horse") })
    yield* Effect.sleep("7 days")
    const user = yield* users.getUser(id)
    return user.is_valid_email ? "welcome" : yield* Effect.as(users.deleteUser(id), "given up")
  })

describe("signUp", () => {
  it.effect("keeps who confirms the address", () =>
    Effect.gen(function* () {
      const outcome = yield* Effect.fork(signUp("ada", "ada@example.com"))
      const { token } = yield* Mailbox.take({ to: "ada" })
      yield* Effect.flatMap(Users.Users, (users) => users.confirmEmail(token))
      yield* TestClock.adjust("7 days")
      assert.strictEqual(yield* Fiber.join(outcome), "welcome")
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("gives up who does not, and frees the name", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(signUp("ada", "ada@example.com"))
      yield* TestClock.adjust("7 days")
      assert.strictEqual(yield* Fiber.join(first), "given up")
      yield* Effect.fork(signUp("ada", "ada@example.com"))
      yield* Mailbox.take({ to: "ada" })
    }).pipe(Effect.provide(TestUsers.layer())),
  )
})
