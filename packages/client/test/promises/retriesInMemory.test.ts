// What retries come to in the service's state: the real client against the deployment in memory.
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBError, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, Journal, Mailbox, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { seedOf } from "../support/exhaustive.js"
import { usersLayer } from "../support/users.js"

/** Without delays, so that no clock has to be moved where nothing else takes time. */
const policy = RetryPolicy.make({ attempts: 6, baseDelay: 0 })

const live = Layer.unwrapEffect(
  Effect.map(Deployment.Deployment, ({ apiKey }) =>
    usersLayer({
      credentials: Credentials.apiKey(apiKey),
      retryPolicy: policy,
      retryBudget: { capacity: Number.POSITIVE_INFINITY, perSuccess: 0 },
    }),
  ),
).pipe(Layer.provideMerge(TestHttpClient.layer({ users: [Fixtures.user("ada")], journalSize: 100_000 })))

const newcomer = (username: string) => ({
  username,
  email: `${username}@example.com`,
  password: Fixtures.password(username),
})

const adasId = Effect.flatMap(Deployment.Deployment, (deployment) =>
  Effect.map(Effect.flatten(deployment.user("ada")), (ada) => ada.id),
)

const outcomes = Effect.map(Journal.entries(), (entries) =>
  entries.map(({ attempt, operation, outcome }) => [
    operation,
    attempt,
    outcome._tag === "Fault" ? `${outcome.fault}${outcome.acted ? ", acted" : ""}` : outcome.status,
  ]),
)

const lost: Readonly<Record<string, Faults.Fault>> = {
  "a reset": Faults.reset("after"),
  "a cut head": Faults.cutHead,
  "a cut body": Faults.cutBody(),
  "a 500": Faults.status(500, { when: "after" }),
  "a 502": Faults.answer({ status: 502, when: "after" }),
  "a 504": Faults.status(504, { when: "after" }),
}

describe.each(Object.entries(lost))("when the answer is lost to %s", (_, fault) => {
  it.effect("a user is created once, and the caller is told that it may be so", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Faults.inject({ fault, operation: "createUser" })
      const error = yield* Effect.flip(users.createUser(newcomer("eve")))
      assert(error._tag === "TransportError" || error._tag === "ApiError")
      assert.strictEqual(error.stopped, "NotRepeatable")
      assert.isTrue(error._tag === "ApiError" || error.outcome === "Unknown")
      assert.strictEqual((yield* outcomes).length, 1)
      const deployment = yield* Deployment.Deployment
      assert.strictEqual(yield* deployment.size, 3)
      assert.strictEqual(yield* Mailbox.count({ to: "eve" }), 1)
    }).pipe(Effect.scoped, Effect.provide(live)),
  )

  it.effect("a user is deleted, and the caller is told so although the second answer is 404", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const id = yield* adasId
      yield* Faults.inject({ fault, operation: "deleteUser", nth: 1 })
      yield* users.deleteUser(id)
      assert.strictEqual((yield* outcomes)[1]?.[2], 404)
      const deployment = yield* Deployment.Deployment
      assert.isTrue(Option.isNone(yield* deployment.user("ada")))
      // Whoever comes later is told that there is no such user.
      assert.strictEqual((yield* Effect.flip(users.deleteUser(id)))._tag, "NotFound")
    }).pipe(Effect.scoped, Effect.provide(live)),
  )

  it.effect("an update is sent again, and is what it was", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const id = yield* adasId
      yield* Faults.inject({ fault, operation: "updateUser", nth: [1, 2] })
      yield* users.updateUser(id, { display_name: "Ada L." })
      assert.strictEqual((yield* users.getUser(id)).display_name, "Ada L.")
      yield* Journal.expect([
        { operation: "updateUser", attempt: 1, input: { display_name: "Ada L." } },
        { operation: "updateUser", attempt: 2, input: { display_name: "Ada L." } },
        { operation: "updateUser", attempt: 3, input: { display_name: "Ada L." }, outcome: 204 },
        { operation: "getUser", outcome: 200 },
      ])
    }).pipe(Effect.scoped, Effect.provide(live)),
  )

  it.effect("one e-mail is sent, not several", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Faults.inject({ fault, operation: "requestPasswordReset" })
      yield* Effect.flip(users.requestPasswordReset({ username_or_email: "ada" }))
      assert.strictEqual(yield* Mailbox.count({ to: "ada", kind: "password_reset" }), 1)
    }).pipe(Effect.scoped, Effect.provide(live)),
  )
})

it.effect("a busy service is asked again when it said, and sends one e-mail", () =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    yield* Faults.inject(
      { fault: Faults.status(503, { retryAfter: "20 seconds" }), operation: "requestPasswordReset", nth: 1 },
      { fault: Faults.refuse, operation: "requestPasswordReset", nth: 2 },
      { fault: Faults.status(429), operation: "requestPasswordReset", nth: 3 },
    )
    const fiber = yield* Effect.fork(users.requestPasswordReset({ username_or_email: "ada" }))
    yield* TestClock.adjust("19999 millis")
    assert.strictEqual((yield* outcomes).length, 1)
    yield* TestClock.adjust("1 millis")
    yield* Fiber.join(fiber)
    assert.deepStrictEqual(yield* outcomes, [
      ["requestPasswordReset", 1, "Answer"],
      ["requestPasswordReset", 2, "Refuse"],
      ["requestPasswordReset", 3, "Answer"],
      ["requestPasswordReset", 4, 204],
    ])
    assert.strictEqual(yield* Mailbox.count({ to: "ada", kind: "password_reset" }), 1)
  }).pipe(Effect.scoped, Effect.provide(live)),
)

/** Anything that can befall a request, in equal parts; what takes time is left to the tests of the client. */
const anything: ReadonlyArray<Faults.Fault> = [
  ...Object.values(lost),
  Faults.refuse,
  Faults.reset("before"),
  Faults.status(408),
  Faults.status(429),
  Faults.status(500),
  Faults.html(502),
  Faults.status(503),
  Faults.status(503, { retryAfter: { text: "0" } }),
  Faults.status(504),
  Faults.truncatedJson,
]

it.effect(
  "a thousand users, each registered through other faults: the service has those that it should have",
  () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const deployment = yield* Deployment.Deployment
      const told = { done: 0, nothing: 0, unknown: 0, unknownAndDone: 0, repeated: 0 }
      for (let seed = 0; seed < 1000; seed++) {
        const username = `user${seed}`
        const random = Random.make(`faults ${seedOf(seed)}`)
        const rules: Array<Faults.Rule> = []
        for (let nth = 1; nth <= 6; nth++) {
          // The further, the more often the request gets through.
          const roll = yield* random.nextIntBetween(0, anything.length + nth * 2)
          const fault = anything[roll]
          if (fault !== undefined) rules.push({ fault, nth, optional: true })
        }
        yield* Journal.clear
        const result = yield* Effect.either(users.createUser(newcomer(username))).pipe(Faults.withFaults(rules))
        const isThere = Option.isSome(yield* deployment.user(username))
        const entries = yield* Journal.entries()
        const effects = entries.filter(
          ({ outcome }) => outcome._tag === "Success" || (outcome._tag === "Fault" && outcome.acted),
        )
        assert.isAtMost(effects.length, 1, `seed ${seed}`)
        assert.strictEqual(effects.length === 1, isThere, `seed ${seed}`)
        if (entries.length > 1) told.repeated += 1
        if (Either.isRight(result) || result.left.outcome === "Done") {
          assert.isTrue(isThere, `seed ${seed}`)
          told.done += 1
          continue
        }
        const nothing = !TileDBError.mayHaveBeenDone(result.left)
        if (nothing) assert.isFalse(isThere, `seed ${seed}`)
        told[nothing ? "nothing" : "unknown"] += 1
        if (isThere) told.unknownAndDone += 1
      }
      assert.strictEqual(yield* deployment.size, 2 + told.unknownAndDone + told.done)
      // None of these is there by chance.
      assert.isAbove(told.done, 100, JSON.stringify(told))
      assert.isAbove(told.unknown, 200, JSON.stringify(told))
      assert.isAbove(told.unknownAndDone, 100, JSON.stringify(told))
      assert.isAbove(told.repeated, 100, JSON.stringify(told))
    }).pipe(Effect.provide(live)),
  30_000,
)
