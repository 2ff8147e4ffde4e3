import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import {
  Deployment,
  Faults,
  Fixtures,
  Journal,
  Mailbox,
  TestHttpClient,
  TestServer,
  TestUsers,
} from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { usersLayer } from "../../client/test/support/users.js"
import { basic, ownerKey, send } from "./support/raw.js"

/** The message of the defect that an effect died with. */
const defectOf = (exit: Exit.Exit<unknown, unknown>): string => {
  const defect = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.dieOption(exit.cause)) : undefined
  return defect instanceof Error ? defect.message : String(defect)
}

const self = Effect.flatMap(Users.Users, (users) => users.getSelfUser)

describe("a fault rule that never struck", () => {
  const restarting = { fault: Faults.status(503), operation: "getSelfUser", nth: [5] } as const

  it.effect("fails at the end of withFaults, naming the rule and the calls that there were", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Faults.withFaults(Effect.zipRight(self, self), restarting))
      assert.strictEqual(
        defectOf(exit),
        "The fault rule (Answer 503, on getSelfUser, nth 5) never struck; calls while it was in force: getSelfUser 2. Set optional: true if it may not strike.",
      )
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("fails at the end of inject's scope, and of the Layer's", () =>
    Effect.gen(function* () {
      const injected = Effect.scoped(Effect.zipRight(Faults.inject(restarting), self))
      assert.include(
        defectOf(yield* Effect.exit(Effect.provide(injected, TestUsers.layer()))),
        "calls while it was in force: getSelfUser 1",
      )
      const installed = Effect.flatMap(Faults.Faults, (faults) => faults.install({ fault: Faults.refuse }))
      assert.include(
        defectOf(yield* Effect.exit(Effect.provide(installed, TestUsers.layer()))),
        "(Refuse, on any operation) never struck",
      )
      const fromTheStart = Effect.provide(Effect.void, TestHttpClient.layer({ faults: [restarting] }))
      assert.include(defectOf(yield* Effect.exit(fromTheStart)), "nth 5")
    }),
  )

  it.effect("is no problem where it is optional, drawn by chance, cleared, or where the test failed anyway", () =>
    Effect.gen(function* () {
      const fine = Effect.all([
        Faults.withFaults(self, { ...restarting, optional: true }),
        Faults.withFaults(self, { ...restarting, nth: 1, probability: 1e-9 }),
        Effect.flatMap(Faults.Faults, (faults) => Effect.zipRight(faults.install(restarting), faults.clear)),
      ])
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(Effect.provide(fine, TestUsers.layer()))))
      const failed = Faults.withFaults(Effect.fail("the test's own failure"), restarting)
      assert.deepStrictEqual(yield* Effect.flip(Effect.provide(failed, TestUsers.layer())), "the test's own failure")
    }),
  )

  it.effect("has struck: what each rule has met, as data", () =>
    Effect.gen(function* () {
      const rule = { fault: Faults.status(503), operation: "getSelfUser", nth: 2 } as const
      const first = Effect.zipRight(self, Effect.exit(self))
      yield* Faults.withFaults(first, rule)
      assert.deepStrictEqual(yield* Effect.flatMap(Faults.Faults, (faults) => faults.struck), [
        { rule, calls: 2, struck: 1 },
      ])
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("closes nothing that the effect itself has opened", () =>
    Effect.gen(function* () {
      let closed = 0
      const acquired = Effect.acquireRelease(self, () => Effect.sync(() => closed++))
      yield* Faults.withFaults(acquired, { fault: Faults.delay(0) })
      assert.strictEqual(closed, 0)
    }).pipe(Effect.scoped, Effect.provide(TestUsers.layer())),
  )

  for (const [name, rule, problem] of [
    ["a call number below 1", { nth: 0 }, "nth must be whole numbers from 1"],
    ["half a call", { nth: [1, 1.5] }, "nth must be whole numbers from 1"],
    ["no call number", { nth: [] }, "nth must be whole numbers from 1"],
    ["no probability", { probability: 0 }, "probability must be above 0 and at most 1"],
    ["more than certainty", { probability: 1.1 }, "probability must be above 0 and at most 1"],
    ["a misspelt operation", { operation: "getUsers" }, "operation must be one of changePassword, confirmEmail"],
  ] as const) {
    it.effect(`is refused when it is added: ${name}`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(Faults.withFaults(self, { fault: Faults.refuse, ...rule }))
        assert.include(defectOf(exit), problem)
      }).pipe(Effect.provide(TestUsers.layer())),
    )
  }
})

describe("seeds", () => {
  it.effect("ids that UserId refuses are refused, by username", () =>
    Effect.gen(function* () {
      const seeded = TestUsers.layer({ users: [Fixtures.user("ada", { id: UserId.make("../self", true) })] })
      assert.include(defectOf(yield* Effect.exit(Effect.provide(self, seeded))), "The id of the seeded user ada")
    }),
  )

  it.effect("take the times and the picture that they are given", () =>
    Effect.gen(function* () {
      const ada = Option.getOrThrow(yield* Effect.flatMap(Deployment.Deployment, (d) => d.user("ada")))
      assert.deepStrictEqual(JSON.parse(JSON.stringify([ada.created_at, ada.updated_at, ada.image_id])), [
        "2020-02-29T12:00:00.000Z",
        "2021-01-01T00:00:00.000Z",
        "img_1",
      ])
    }).pipe(
      Effect.provide(
        TestUsers.layer({
          users: [
            Fixtures.user("ada", {
              created_at: "2020-02-29T12:00:00Z",
              updated_at: "2021-01-01T00:00:00Z",
              image_id: "img_1",
            }),
          ],
        }),
      ),
    ),
  )
})

describe("scoped tokens", () => {
  for (const beside of [undefined, "Basic", "Bearer"] as const) {
    it.effect(`wear out, ${beside === undefined ? "alone" : `with ${beside} beside them`}`, () =>
      Effect.gen(function* () {
        const { token } = yield* Effect.flatten(Mailbox.latest({ to: "ada" }))
        const headers = {
          "x-tiledb-rest-api-key": Redacted.value(token),
          ...(beside === "Basic" ? basic("ada", Fixtures.password("ada")) : {}),
          ...(beside === "Bearer" ? { authorization: "Bearer nobody" } : {}),
        }
        const statuses = yield* Effect.replicateEffect(
          Effect.map(send("POST", "/actions/users/confirm_email", { headers }), ({ status }) => status),
          3,
        )
        assert.deepStrictEqual(statuses, [204, 401, 401])
      }).pipe(Effect.provide(TestHttpClient.layer({ users: [Fixtures.user("ada", { confirmed: false })] }))),
    )
  }
})

describe("Mailbox.take", () => {
  it.effect("for mail that never comes fails by itself under TestClock, with the mail that there is", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Mailbox.take({ to: "eve" }))
      assert.strictEqual(
        error.message,
        'There is no e-mail for {"to":"eve"}; in the mailbox: confirm_email to ada <ada@example.com>',
      )
    }).pipe(Effect.provide(TestUsers.layer({ users: [Fixtures.user("ada", { confirmed: false })] }))),
  )
})

describe("Journal", () => {
  it.effect("counts the attempts of a call alike on every face", () =>
    Effect.gen(function* () {
      const attempts = (layer: Layer.Layer<Users.Users | Faults.Faults | Journal.Journal>) =>
        Effect.gen(function* () {
          yield* Effect.exit(Faults.withFaults(self, { fault: Faults.status(503) }))
          yield* self
          return (yield* Journal.entries()).map(({ attempt }) => attempt)
        }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(yield* attempts(TestUsers.layer()), [1, 2])
      assert.deepStrictEqual(yield* attempts(TestUsers.asOwner({ retryPolicy: RetryPolicy.none })), [1, 2])
    }),
  )
})

describe("a rate limit", () => {
  const limited = { rateLimit: { calls: 2, per: "10 seconds" } } as const

  it.effect("answers 429 with Retry-After when it is exceeded, and takes calls again afterwards", () =>
    Effect.gen(function* () {
      const headers = yield* ownerKey
      const status = Effect.map(send("GET", "/users/self", { headers }), (answer) => [
        answer.status,
        answer.headers["retry-after"],
      ])
      assert.deepStrictEqual(yield* Effect.replicateEffect(status, 2), [
        [200, undefined],
        [200, undefined],
      ])
      yield* TestClock.adjust(Duration.millis(2500))
      assert.deepStrictEqual(yield* status, [429, "8"])
      yield* TestClock.adjust(Duration.millis(7499))
      assert.deepStrictEqual(yield* status, [429, "1"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Effect.replicateEffect(status, 2), [
        [200, undefined],
        [200, undefined],
      ])
    }).pipe(Effect.provide(TestHttpClient.layer(limited))),
  )

  it.effect("counts each credential for itself, or all together", () =>
    Effect.gen(function* () {
      const statuses = (by: "credential" | "deployment") =>
        Effect.gen(function* () {
          const owner = yield* ownerKey
          const ada = basic("ada", Fixtures.password("ada"))
          return yield* Effect.forEach([owner, ada, owner, ada, owner], (headers) =>
            Effect.map(send("GET", "/users/self", { headers }), ({ status }) => status),
          )
        }).pipe(
          Effect.provide(
            TestHttpClient.layer({ rateLimit: { ...limited.rateLimit, by }, users: [Fixtures.user("ada")] }),
          ),
        )
      assert.deepStrictEqual(yield* statuses("credential"), [200, 200, 200, 200, 429])
      assert.deepStrictEqual(yield* statuses("deployment"), [200, 200, 429, 429, 429])
    }),
  )

  it.effect("is the same for TestUsers, and waited for by the real client", () =>
    Effect.gen(function* () {
      const error = yield* self.pipe(Effect.repeatN(2), Effect.flip, Effect.provide(TestUsers.layer(limited)))
      assert.deepStrictEqual(error._tag === "ApiError" ? [error.status, error.retryAfter] : error._tag, [
        429,
        Duration.seconds(10),
      ])
      const calls = yield* Effect.fork(self.pipe(Effect.repeatN(4), Effect.provide(TestUsers.asOwner(limited))))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(calls)).user.username, "owner")
    }),
  )
})

describe("a delay", () => {
  const took = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.timed(effect))
      yield* TestClock.adjust("1 hour")
      const [duration] = yield* Fiber.join(fiber)
      return Duration.toMillis(duration)
    })
  it.effect("of the body comes after the head: in memory, by the Clock", () =>
    Effect.gen(function* () {
      const slow = { fault: Faults.delay("3 seconds", "body") }
      assert.strictEqual(yield* Faults.withFaults(took(self), slow), 3000)
    }).pipe(Effect.provide(TestUsers.asOwner())),
  )

  it.live("of the body comes after the head: over sockets", () =>
    Effect.gen(function* () {
      const { apiKey, baseUrl } = yield* TestServer.TestServer
      const headers = { "x-tiledb-rest-api-key": Redacted.value(apiKey) }
      const timed = Effect.promise(async () => {
        const start = performance.now()
        const response = await fetch(`${baseUrl}/users/self`, { headers })
        const head = performance.now() - start
        await response.json()
        return [head, performance.now() - start] as const
      })
      const slow = { fault: Faults.delay("400 millis", "body") }
      const [head, body] = yield* Faults.withFaults(timed, slow)
      assert.isTrue(head < body - 200, `the head came after ${head} ms, the body after ${body} ms`)
    }).pipe(Effect.provide(TestServer.layer())),
  )
})

describe("TestUsers", () => {
  const restarting = { fault: Faults.status(503), operation: "getSelfUser", nth: [1] } as const
  const attempts = Effect.map(Journal.entries(), (entries) => entries.length)
  const patient = RetryPolicy.make({ baseDelay: 0 })

  it.effect("repeats by one rule: nothing by default, by the Layer's policy, by the one around a call", () =>
    Effect.gen(function* () {
      const struck = Effect.zipRight(Effect.exit(self.pipe(Faults.withFaults(restarting))), attempts)
      assert.strictEqual(yield* Effect.provide(struck, TestUsers.layer()), 1)
      assert.strictEqual(yield* Effect.provide(struck, TestUsers.layer({ retryPolicy: patient })), 2)
      const around = RetryPolicy.withRetryPolicy(struck, patient)
      assert.strictEqual(yield* Effect.provide(around, TestUsers.layer()), 2)
    }),
  )
})

describe("TestUsers.asOwner", () => {
  it.effect("is the real client as the owner, with the deployment, its mailbox and its faults beside it", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const created = yield* Effect.fork(
        users
          .createUser({ username: "eve", email: "eve@example.com", password: Redacted.make("secret") })
          .pipe(Faults.withFaults({ fault: Faults.status(503, { retryAfter: "2 seconds" }), nth: 1 })),
      )
      yield* TestClock.adjust("2 seconds")
      const { id } = yield* Fiber.join(created)
      assert.strictEqual(yield* Mailbox.count({ to: "eve" }), 1)
      yield* users.deleteUser(id)
      assert.strictEqual(yield* Effect.flatMap(Deployment.Deployment, ({ size }) => size), 1)
      const [entry] = yield* Journal.entries()
      assert.strictEqual(entry?.credential, "ApiKey")
    }).pipe(Effect.provide(TestUsers.asOwner())),
  )
})

it.effect("other credentials are a Layer over the same deployment", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* self).user.username, "ada")
  }).pipe(
    Effect.provide(
      usersLayer({ credentials: Credentials.basic("ada", Fixtures.password("ada")) }).pipe(
        Layer.provide(TestHttpClient.layer({ users: [Fixtures.user("ada")] })),
      ),
    ),
  ),
)
