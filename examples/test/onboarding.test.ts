import { assert, describe, it } from "@effect/vitest"
import { Faults, Fixtures, Journal, Mailbox, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import { Onboarding, OnboardingLive } from "../src/onboarding.js"

const layer = OnboardingLive.pipe(Layer.provideMerge(TestUsers.asOwner({ users: [Fixtures.user("bob")] })))

const ada = { username: "ada", email: "ada@example.com", password: Redacted.make("correct horse") }

describe("onboarding", () => {
  it.effect("lets in who confirms the address with the link from the e-mail", () =>
    Effect.gen(function* () {
      const app = yield* Onboarding
      const id = yield* app.register(ada)
      assert.isFalse(yield* app.isIn(id))
      const { token } = yield* Mailbox.take({ to: "ada", kind: "confirm_email" })
      yield* app.confirm(Redacted.value(token))
      assert.isTrue(yield* app.isIn(id))
    }).pipe(Effect.provide(layer)),
  )

  it.effect("refuses a link that was used before, and one that is a day old", () =>
    Effect.gen(function* () {
      const app = yield* Onboarding
      yield* app.register(ada)
      const link = Redacted.value((yield* Mailbox.take({ to: "ada" })).token)
      yield* app.confirm(link)
      assert.strictEqual((yield* Effect.flip(app.confirm(link)))._tag, "LinkExpired")
      yield* app.register({ ...ada, username: "eve", email: "eve@example.com" })
      const late = Redacted.value((yield* Mailbox.take({ to: "eve" })).token)
      yield* TestClock.adjust("24 hours")
      assert.strictEqual((yield* Effect.flip(app.confirm(late)))._tag, "LinkExpired")
    }).pipe(Effect.provide(layer)),
  )

  it.effect("shows which names are taken", () =>
    Effect.gen(function* () {
      const app = yield* Onboarding
      const error = yield* Effect.flip(app.register({ ...ada, username: "BOB" }))
      assert.deepStrictEqual(error._tag === "Taken" ? error.fields : error._tag, ["username"])
    }).pipe(Effect.provide(layer)),
  )

  it.effect("waits for a service that is restarting", () =>
    Effect.gen(function* () {
      const app = yield* Onboarding
      const registering = yield* Effect.fork(app.register(ada))
      yield* TestClock.adjust("4 seconds")
      const id = yield* Fiber.join(registering)
      yield* Journal.expect([
        { operation: "createUser", outcome: "Answer", attempt: 1 },
        { operation: "createUser", outcome: "Answer", attempt: 2 },
        { operation: "createUser", outcome: 201, attempt: 3 },
      ])
      assert.isTrue(id.startsWith("usr_"))
    }).pipe(
      Faults.withFaults({ fault: Faults.status(503, { retryAfter: "2 seconds" }), nth: [1, 2] }),
      Effect.provide(layer),
    ),
  )

  it.effect("says that the account may exist when the answer is lost", () =>
    Effect.gen(function* () {
      const app = yield* Onboarding
      const error = yield* Effect.flip(app.register(ada))
      assert.deepStrictEqual(error._tag === "TryLater" ? error.mayExist : error._tag, true)
      assert.strictEqual(yield* Mailbox.count({ to: "ada" }), 1)
    }).pipe(Faults.withFaults({ fault: Faults.reset("after"), operation: "createUser" }), Effect.provide(layer)),
  )
})
