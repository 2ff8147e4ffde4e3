import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as RetryPolicy from "../src/RetryPolicy.js"
import * as Script from "./support/retryScript.js"
import { makeUsers } from "./support/users.js"

const attempts = (count: number) => RetryPolicy.make({ attempts: count })

describe("the policy", () => {
  /** A client over a service that always fails, and the number of requests that a call makes. */
  const counting = (policy: RetryPolicy.RetryPolicy) =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(500))
      const users = yield* Script.make(service.client, { retryPolicy: policy })
      const requests = (call: Effect.Effect<unknown, unknown>) =>
        Effect.gen(function* () {
          const before = service.arrivals.length
          yield* Script.toTheEnd(call)
          return service.arrivals.length - before
        })
      return { users, requests }
    })

  it.scoped("is the Layer's, the operation's, or the call's", () =>
    Effect.gen(function* () {
      const { requests, users } = yield* counting(
        RetryPolicy.forOperations(attempts(3), { getUser: attempts(5), deleteUser: RetryPolicy.none }),
      )
      const { deleteUser, getSelfUser, getUser } = {
        deleteUser: users.deleteUser(Script.userId),
        getSelfUser: users.getSelfUser,
        getUser: users.getUser(Script.userId),
      }
      assert.strictEqual(yield* requests(getSelfUser), 3)
      assert.strictEqual(yield* requests(getUser), 5)
      assert.strictEqual(yield* requests(deleteUser), 1)

      // The call's takes the place of the Layer's, with what that said of single operations.
      const two = RetryPolicy.withRetryPolicy(attempts(2))
      assert.strictEqual(yield* requests(two(getSelfUser)), 2)
      assert.strictEqual(yield* requests(two(getUser)), 2)
      assert.strictEqual(yield* requests(two(deleteUser)), 2)

      const own = RetryPolicy.forOperations(attempts(2), { getUser: attempts(4) })
      assert.strictEqual(yield* requests(RetryPolicy.withRetryPolicy(getUser, own)), 4)
      assert.strictEqual(yield* requests(RetryPolicy.withRetryPolicy(getSelfUser, own)), 2)

      // And it is over with the call.
      assert.strictEqual(yield* requests(getSelfUser), 3)
    }),
  )

  it.scoped("that cannot be used is an InvalidRequest of the calls under it, and nothing is sent", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(500))
      const users = yield* Script.make(service.client)
      const wrong = RetryPolicy.forOperations(RetryPolicy.none, { deleteUser: RetryPolicy.make({ deadline: -1 }) })
      for (const [policy, path] of [
        [RetryPolicy.make({ attempts: 0.5 }), "retryPolicy.attempts"],
        [wrong, "retryPolicy.operations.deleteUser.deadline"],
      ] as const) {
        const error = yield* Effect.flip(RetryPolicy.withRetryPolicy(users.getUser(Script.userId), policy))
        assert(error._tag === "InvalidRequest")
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path),
          [path],
        )
        assert.match(String(error), /should be a/)
      }
      assert.strictEqual(service.arrivals.length, 0)
    }),
  )

  it.scoped("is the innermost, for all calls in it and in the fibers they start", () =>
    Effect.gen(function* () {
      const { requests, users } = yield* counting(attempts(3))
      const inner = RetryPolicy.withRetryPolicy(users.getSelfUser, attempts(2))
      assert.strictEqual(yield* requests(RetryPolicy.withRetryPolicy(inner, attempts(6))), 2)
      const two = Effect.all([Effect.either(users.getSelfUser), Effect.either(users.getUser(Script.userId))], {
        concurrency: "unbounded",
      })
      assert.strictEqual(yield* requests(RetryPolicy.withRetryPolicy(two, attempts(6))), 12)
      assert.strictEqual(yield* requests(two), 6)
    }),
  )

  it.scoped("repeats what is not safe only when the call says so", () =>
    Effect.gen(function* () {
      const { requests, users } = yield* counting(attempts(3))
      const create = Script.calls.createUser(users)
      assert.strictEqual(yield* requests(create), 1)
      assert.strictEqual(yield* requests(RetryPolicy.withRetryPolicy(create, RetryPolicy.forceful)), 1)
      const unsafe = RetryPolicy.modify(attempts(3), { repeatUnsafe: true })
      assert.strictEqual(yield* requests(RetryPolicy.withRetryPolicy(create, unsafe)), 3)
      assert.strictEqual(yield* requests(create), 1)
    }),
  )

  it.scoped("may be left out: then it is the standard one", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(500))
      const users = yield* Script.make(service.client)
      yield* Script.toTheEnd(users.getSelfUser)
      assert.deepStrictEqual(service.arrivals, [0, 107, 152, 990])
    }),
  )
})

describe("interruption", () => {
  it.scoped("stops a waiting retry at once", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(503, null, { "retry-after": "20" }))
      const users = yield* Script.make(service.client)
      const fiber = yield* Effect.fork(users.getUser(Script.userId))
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(service.arrivals, [0])
      // No clock is moved: were the wait not given up, this would hang.
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(service.arrivals, [0])
    }),
  )

  for (const [where, answer] of [
    ["the head", Script.silence],
    ["the body", Script.stalled],
    ["a body of a known length", Script.stalledShort],
  ] as const) {
    it.scoped(`aborts the request while it waits for ${where}`, () =>
      Effect.gen(function* () {
        const signals: Array<AbortSignal> = []
        const service = Script.scripted((request, signal) => {
          signals.push(signal)
          return answer(request, signal)
        })
        const users = yield* Script.make(service.client)
        const fiber = yield* Effect.fork(users.getUser(Script.userId))
        yield* Script.settle
        assert.deepStrictEqual(
          signals.map((signal) => signal.aborted),
          [false],
        )
        const exit = yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.isInterrupted(exit))
        assert.deepStrictEqual(
          signals.map((signal) => signal.aborted),
          [true],
        )
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(service.arrivals.length, 1)
      }),
    )

    it.scoped(`of an attempt by its timeout aborts the request that waits for ${where}`, () =>
      Effect.gen(function* () {
        const signals: Array<AbortSignal> = []
        const service = Script.scripted((request, signal) => {
          signals.push(signal)
          return answer(request, signal)
        }, Script.good("getUser"))
        const users = yield* Script.make(service.client)
        const { result } = yield* Script.toTheEnd(users.getUser(Script.userId))
        assert.isTrue(Either.isRight(result))
        assert.deepStrictEqual(service.arrivals, [0, 20_107])
        assert.isTrue(signals[0]?.aborted)
      }),
    )
  }
})

describe("concurrency", () => {
  it.scoped("bounds the requests under way", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const service = Script.scripted((request, signal) => {
        now += 1
        most = Math.max(most, now)
        return Effect.ensuring(
          Script.after("1 second", Script.good("getUser"))(request, signal),
          Effect.sync(() => {
            now -= 1
          }),
        )
      })
      const users = yield* Script.make(service.client, { concurrency: 3 })
      const { took } = yield* Script.toTheEnd(
        Effect.forEach(Array.from({ length: 10 }), () => users.getUser(Script.userId), { concurrency: "unbounded" }),
      )
      assert.strictEqual(most, 3)
      assert.strictEqual(took, 4000)
    }),
  )

  it.scoped("is not used up by calls that wait for their next attempt", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(503, null, { "retry-after": "20" }), Script.good("getUser"))
      const users = yield* Script.make(service.client, { concurrency: 1, pause: false })
      const waiting = yield* Effect.fork(users.getUser(Script.userId))
      yield* Script.settle
      yield* users.getUser(Script.userId)
      assert.deepStrictEqual(service.arrivals, [0, 0])
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(service.arrivals, [0, 0, 20_000])
    }),
  )

  it.scoped("makes calls wait within their deadline, not longer", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.after("15 seconds", Script.good("getUser")))
      const policy = RetryPolicy.modify(RetryPolicy.standard, { deadline: "20 seconds" })
      const users = yield* Script.make(service.client, { concurrency: 1, retryPolicy: policy })
      const call = Script.toTheEnd(users.getUser(Script.userId))
      const [first, second, third] = yield* Script.toTheEnd(
        Effect.all(
          [users.getUser(Script.userId), users.getUser(Script.userId), users.getUser(Script.userId)].map(Effect.either),
          { concurrency: "unbounded" },
        ),
      ).pipe(Effect.map(({ result }) => Either.getOrThrow(result)))
      assert(first !== undefined && second !== undefined && third !== undefined)
      assert.isTrue(Either.isRight(first))
      // The second had its turn at 15 s and was sent; the third was never sent.
      for (const [result, outcome] of [
        [second, "Unknown"],
        [third, "NotSent"],
      ] as const) {
        assert(Either.isLeft(result) && result.left._tag === "TransportError")
        assert.strictEqual(result.left.reason, "Deadline")
        assert.strictEqual(result.left.outcome, outcome)
      }
      assert.deepStrictEqual(service.arrivals, [0, 15_000])
      // Nobody who gave up has kept a permit.
      assert.isTrue(Either.isRight((yield* call).result))
    }),
  )

  it.scoped("lets the next one in when a call is interrupted, waiting or under way", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.silence, Script.good("getUser"))
      const users = yield* Script.make(service.client, { concurrency: 1 })
      const underWay = yield* Effect.fork(users.getUser(Script.userId))
      const waiting = yield* Effect.fork(users.getUser(Script.userId))
      yield* Script.settle
      const last = yield* Effect.fork(users.getUser(Script.userId))
      yield* Script.settle
      assert.strictEqual(service.arrivals.length, 1)
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(underWay)
      yield* Fiber.join(last)
      assert.strictEqual(service.arrivals.length, 2)
    }),
  )

  it.effect("is a whole number above 0", () =>
    Effect.forEach([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY], (concurrency) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(makeUsers({ concurrency })).pipe(
          Effect.scoped,
          Effect.provideService(HttpClient.HttpClient, Script.scripted(Script.refused).client),
        )
        assert.isTrue(ConfigError.isConfigError(error))
      }),
    ),
  )
})

describe("rateLimit", () => {
  it.scoped("spaces the requests out, retries included", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.good("getUser"))
      const users = yield* Script.make(service.client, {
        rateLimit: { calls: 2, per: "10 seconds" },
      })
      yield* Script.toTheEnd(
        Effect.forEach(Array.from({ length: 5 }), () => users.getUser(Script.userId), { concurrency: "unbounded" }),
      )
      assert.deepStrictEqual(service.arrivals, [0, 5000, 10_000, 15_000, 20_000])
    }),
  )

  it.scoped("holds retries back too", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(500))
      const users = yield* Script.make(service.client, {
        rateLimit: { calls: 1, per: "10 seconds" },
      })
      const { took } = yield* Script.toTheEnd(users.getUser(Script.userId))
      assert.deepStrictEqual(service.arrivals, [0, 10_000, 20_000, 30_000])
      assert.strictEqual(took, 30_000)
    }),
  )

  it.scoped("goes with a bound on concurrency", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.after("4 seconds", Script.good("getUser")))
      const users = yield* Script.make(service.client, {
        concurrency: 1,
        rateLimit: { calls: 2, per: "10 seconds" },
      })
      yield* Script.toTheEnd(
        Effect.forEach(Array.from({ length: 4 }), () => users.getUser(Script.userId), { concurrency: "unbounded" }),
      )
      assert.deepStrictEqual(service.arrivals, [0, 5000, 10_000, 15_000])
    }),
  )
})
