import { assert, describe, it } from "@effect/vitest"
import { Users } from "@effect-tiledb/client"
import { Deployment, Fixtures, Mailbox, TestUsers } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inFull } from "../../../client/test/support/exhaustive.js"

const crowd = inFull(100_000, 10_000)

/** Microseconds that one life of a user takes among so many others; the best of some rounds. */
const costAmong = (count: number) =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    const d = yield* Deployment.Deployment
    const password = Redacted.make("secret")
    const life = Effect.gen(function* () {
      const { id } = yield* users.createUser({ username: "eve", email: "eve@example.com", password })
      yield* users.confirmEmail((yield* Mailbox.take({ to: "eve" })).token)
      yield* users.updateUser(id, { email: "eve@example.org" })
      yield* users.requestPasswordReset({ username_or_email: "eve@example.org" })
      const reset = yield* Effect.flatten(Mailbox.latest({ to: "eve", kind: "password_reset" }))
      yield* users.resetPassword(reset.token, { new_password: password })
      yield* users.getUser(id)
      yield* d.issueApiKey(id)
      assert.isTrue(Option.isSome(yield* d.user("EVE")))
      yield* users.deleteUser(id)
      yield* Mailbox.clear
    })
    yield* Effect.repeatN(life, 50)
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 3; round++) {
      const start = performance.now()
      yield* Effect.repeatN(life, 50)
      best = Math.min(best, performance.now() - start)
    }
    return best * 20
  }).pipe(Effect.provide(TestUsers.layer({ users: Fixtures.users(count) })))

describe("cost", () => {
  it.live(
    `a call costs no more among ${crowd} users than among 10`,
    () =>
      Effect.gen(function* () {
        const few = yield* costAmong(10)
        const many = yield* costAmong(crowd)
        assert.isBelow(many / few, 3, `${few} µs among 10, ${many} µs among ${crowd}`)
      }),
    30_000,
  )
})
