import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Operations, type ScopedToken } from "@effect-tiledb/schema"
import * as Clock from "effect/Clock"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Credentials from "../../src/Credentials.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import * as TileDBClient from "../../src/TileDBClient.js"
import type { TileDBError } from "../../src/TileDBError.js"
import * as Users from "../../src/Users.js"
import { inFull, seedOf } from "../support/exhaustive.js"
import * as Script from "../support/retryScript.js"
import { usersOf } from "../support/users.js"

interface Window {
  readonly from: number
  readonly to: number
  /** 503 closes it for everybody; 429 for whoever called. Default 429. */
  readonly status?: 429 | 503
  /** What `Retry-After` says, if not the time that is left. */
  readonly says?: string
}

/** A service that takes a tenth of a second, and is closed now and then. */
const withWindows = (...windows: ReadonlyArray<Window>) => {
  const arrivals: Array<{ readonly at: number; readonly refused: boolean }> = []
  const client = HttpClient.make((request, _, signal) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const window = windows.find(({ from, to }) => from <= now && now < to)
      arrivals.push({ at: now, refused: window !== undefined })
      const answer =
        window === undefined
          ? Script.good(request.method === "GET" ? "getUser" : "confirmEmail")
          : Script.respond(window.status ?? 429, null, {
              "retry-after": window.says ?? String(Math.ceil((window.to - now) / 1000)),
            })
      return Script.after(100, answer)(request, signal)
    }),
  )
  const refused = () => arrivals.filter(({ refused }) => refused).length
  const within = (from: number, to: number) => arrivals.filter(({ at }) => from <= at && at < to).length
  return { arrivals, client, refused, within }
}

const make = (client: HttpClient.HttpClient, options: TileDBClient.Options = {}) =>
  TileDBClient.make({ baseUrl: "http://127.0.0.1:1/v4", ...options }).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.orDie,
    Effect.flatMap((client) => Effect.map(usersOf(client), (users) => ({ status: client.status, users }))),
  )

const many = (count: number, call: Effect.Effect<unknown, TileDBError>) =>
  Effect.all(
    Array.from({ length: count }, () => Effect.either(call)),
    { concurrency: "unbounded" },
  )

const successes = (ended: Script.Ended<ReadonlyArray<Either.Either<unknown, TileDBError>>, never>) =>
  Either.getOrThrow(ended.result).filter(Either.isRight).length

describe("a closed window of 3 s, 300 calls at a limit of 32", () => {
  for (const [name, windows, requests] of [
    ["429", [{ from: 0, to: 3000 }], 32],
    ["503 with Retry-After", [{ from: 0, to: 3000, status: 503 }], 32],
    [
      "two in a row",
      [
        { from: 0, to: 3000 },
        { from: 3100, to: 6000 },
      ],
      32 + 4,
    ],
    [
      "one during a pause",
      [
        { from: 0, to: 2000, says: "1" },
        { from: 2000, to: 4000 },
      ],
      32 + 4 + 4,
    ],
    ["one that opens in the middle of the calls", [{ from: 250, to: 3250 }], 32],
  ] as const) {
    it.scoped(`${name}: all succeed, few are refused, the budget is untouched`, () =>
      Effect.gen(function* () {
        const service = withWindows(...windows)
        const { status, users } = yield* make(service.client, { concurrency: 32 })
        const ended = yield* Script.toTheEnd(many(300, users.getUser(Script.userId)))
        assert.strictEqual(successes(ended), 300)
        assert.isAtMost(service.refused(), requests)
        assert.strictEqual(service.arrivals.length, 300 + service.refused())
        assert.deepStrictEqual(yield* status, { waiting: 0, inFlight: 0, pausedUntil: Option.none(), retryBudget: 100 })
      }),
    )
  }

  it.scoped("a few go first when it is over, and the rest as answers come", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 3000 })
      const { users } = yield* make(service.client, { concurrency: 32 })
      yield* Script.toTheEnd(many(300, users.getUser(Script.userId)))
      // 100 ms after the refusal, and three seconds from then on.
      assert.strictEqual(service.within(1, 3100), 0)
      assert.deepStrictEqual(
        [3100, 3200, 3300, 3400, 3500].map((at) => service.within(at, at + 100)),
        [4, 8, 16, 32, 32],
      )
    }),
  )

  it.scoped("without the pause most of them are refused, and some fail", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 3000 })
      const { status, users } = yield* make(service.client, { concurrency: 32, pause: false })
      const ended = yield* Script.toTheEnd(many(300, users.getUser(Script.userId)))
      assert.isAbove(service.refused(), 150)
      assert.isBelow(successes(ended), 300)
      assert.isBelow((yield* status).retryBudget, 100)
    }),
  )
})

describe("a pause", () => {
  it.scoped("holds back calls that had nothing to do with it, to the millisecond", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 3000 })
      const { status, users } = yield* make(service.client)
      const first = yield* Effect.fork(users.getUser(Script.userId))
      yield* TestClock.adjust("1 second")
      const second = yield* Effect.fork(users.getSelfUser)
      yield* Script.settle
      assert.deepStrictEqual(yield* status, {
        waiting: 2,
        inFlight: 0,
        pausedUntil: Option.some(DateTime.unsafeMake(3100)),
        retryBudget: 100,
      })
      yield* TestClock.adjust(2099)
      assert.deepStrictEqual(service.arrivals.length, 1)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(
        service.arrivals.map(({ at }) => at),
        [0, 3100, 3100],
      )
      assert.strictEqual((yield* status).inFlight, 2)
      yield* Fiber.interrupt(second)
      yield* TestClock.adjust(100)
      yield* Fiber.join(first)
    }),
  )

  it.scoped("fails a call whose deadline is before its end at once, and says how long it lasts", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 20_000 })
      const { users } = yield* make(service.client)
      yield* Effect.fork(users.getUser(Script.userId))
      yield* TestClock.adjust("1 second")
      const hasty = RetryPolicy.modify(RetryPolicy.standard, { deadline: "5 seconds" })
      const ended = yield* Script.toTheEnd(RetryPolicy.withRetryPolicy(users.getUser(Script.userId), hasty))
      assert.strictEqual(ended.took, 0)
      const error = Script.errorOf(ended)
      assert(error._tag === "TransportError")
      assert.deepInclude(error, {
        reason: "Paused",
        outcome: "NotSent",
        retryAfter: Duration.millis(19_100),
        stopped: "Deadline",
      })
      assert.match(error.message, /pause/)
      assert.strictEqual(service.arrivals.length, 1)
    }),
  )

  it.scoped("that begins while calls wait fails those at once that cannot wait for its end", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 20_000 })
      const { users } = yield* make(service.client, { concurrency: 1 })
      yield* Effect.fork(users.getUser(Script.userId))
      yield* Script.settle
      const hasty = RetryPolicy.modify(RetryPolicy.standard, { deadline: "5 seconds" })
      const waiting = RetryPolicy.withRetryPolicy(users.getUser(Script.userId), hasty)
      const ended = yield* Script.toTheEnd(waiting)
      assert.strictEqual(ended.took, 100)
      const error = Script.errorOf(ended)
      assert(error._tag === "TransportError")
      assert.deepInclude(error, { reason: "Paused", outcome: "NotSent", retryAfter: Duration.seconds(20) })
    }),
  )

  it.scoped("is not made of a Retry-After beyond maxRetryAfter: the call fails, the others go on", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 50, says: "999999999" })
      const { status, users } = yield* make(service.client)
      const error = Script.errorOf(yield* Script.toTheEnd(users.getUser(Script.userId)))
      assert(error._tag === "ApiError")
      assert.strictEqual(error.stopped, "RetryAfter")
      assert.deepStrictEqual((yield* status).pausedUntil, Option.none())
      yield* Script.toTheEnd(users.getUser(Script.userId))
      assert.deepStrictEqual(
        service.arrivals.map(({ at }) => at),
        [0, 100],
      )
    }),
  )

  it.scoped("of a date that has passed, or of no time at all, is as long as the policy's own delay", () =>
    Effect.forEach(["Thu, 01 Jan 1970 00:00:00 GMT", "0", "soon"], (says) =>
      Effect.gen(function* () {
        const service = withWindows({ from: 0, to: 50, says })
        const { status, users } = yield* make(service.client)
        const ended = yield* Script.toTheEnd(many(3, users.getUser(Script.userId)))
        assert.strictEqual(successes(ended), 3)
        assert.isAtMost(ended.took, 450)
        assert.strictEqual((yield* status).retryBudget, 100)
      }).pipe(Script.withOwnClock),
    ),
  )

  it.scoped("is the credential's after 429, and everybody's after 503", () =>
    Effect.forEach([429, 503] as const, (status) =>
      Effect.gen(function* () {
        const service = withWindows({ from: 0, to: 50, status, says: "3" })
        const { users } = yield* make(service.client)
        yield* Effect.fork(users.getUser(Script.userId))
        yield* TestClock.adjust(100)
        const token: ScopedToken = Redacted.make("scoped")
        yield* Effect.fork(users.confirmEmail(token))
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(
          service.arrivals.map(({ at }) => at),
          status === 429 ? [0, 100, 3100] : [0, 3100, 3100],
        )
      }).pipe(Script.withOwnClock),
    ),
  )

  it.scoped("holds back nobody with another credential after 429", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 50, says: "3" })
      const { status, users } = yield* make(service.client)
      const ada = Credentials.basic("ada", Redacted.make("correct horse"))
      const fiber = yield* Effect.fork(Credentials.withCredentials(users.getUser(Script.userId), ada))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* status).pausedUntil, Option.none())
      yield* Effect.fork(users.getUser(Script.userId))
      yield* Effect.fork(Credentials.withCredentials(users.getUser(Script.userId), ada))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        service.arrivals.map(({ at }) => at),
        [0, 1000, 3100, 3100],
      )
    }),
  )

  it.scoped("is over at its time when the date of the machine is set back", () =>
    Effect.gen(function* () {
      let offset = 0
      const service = withWindows({ from: 0, to: 3000 })
      const clock = yield* Effect.clock
      const dated: Clock.Clock = Object.create(clock, {
        unsafeCurrentTimeMillis: { value: () => clock.unsafeCurrentTimeMillis() - offset },
        unsafeCurrentTimeNanos: { value: () => clock.unsafeCurrentTimeNanos() },
      })
      const { users } = yield* make(service.client)
      const fiber = yield* Effect.fork(Effect.withClock(users.getUser(Script.userId), dated))
      yield* TestClock.adjust("1 second")
      offset = 3_600_000
      yield* TestClock.adjust("2200 millis")
      assert.strictEqual(service.arrivals.length, 2)
      yield* Fiber.join(fiber)
    }),
  )

  it.scoped("lets go of whoever is interrupted, and keeps the others' places", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 3000 })
      const { status, users } = yield* make(service.client, { concurrency: 2 })
      const fibers = yield* Effect.forEach(Array.from({ length: 200 }), () => Effect.fork(users.getUser(Script.userId)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* status).waiting, 200)
      yield* Fiber.interruptAll(fibers.slice(0, 190))
      assert.deepInclude(yield* status, { waiting: 10, inFlight: 0 })
      yield* TestClock.adjust("5 seconds")
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 10)
      assert.strictEqual(service.arrivals.length, 12)
    }),
  )

  it.effect("does not lose a call whose client's scope is closed while it waits", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 3000 })
      const scope = yield* Scope.make()
      const { users } = yield* make(service.client, { concurrency: 1, rateLimit: { calls: 10, per: "1 second" } }).pipe(
        Scope.extend(scope),
      )
      const fiber = yield* Effect.fork(many(5, users.getUser(Script.userId)))
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("10 seconds")
      assert.isTrue((yield* Fiber.join(fiber)).every(Either.isRight))
    }),
  )
})

describe("services over one client", () => {
  it.scoped("wait together, from several Layers and groups", () =>
    Effect.gen(function* () {
      const service = withWindows({ from: 0, to: 3000 })
      const client = yield* TileDBClient.make({ baseUrl: "http://127.0.0.1:1/v4" }).pipe(
        Effect.provideService(HttpClient.HttpClient, service.client),
      )
      const shared = Layer.succeed(TileDBClient.TileDBClient, client)
      const build = Effect.map(Layer.build(Layer.fresh(Users.layer).pipe(Layer.provide(shared))), (context) =>
        Context.get(context, Users.Users),
      )
      const [one, other] = [yield* build, yield* build]
      assert.notStrictEqual(one, other)
      const fiber = yield* Effect.fork(one.getUser(Script.userId))
      yield* TestClock.adjust("1 second")
      const group = yield* Effect.fork(
        TileDBClient.call(client.execute, Operations.getUser, { path: { user_id: Script.userId } }),
      )
      const second = yield* Effect.fork(other.getUser(Script.userId))
      yield* Script.settle
      assert.deepInclude(yield* client.status, { waiting: 3, inFlight: 0 })
      yield* TestClock.adjust("3 seconds")
      yield* Effect.all([Fiber.join(fiber), Fiber.join(group), Fiber.join(second)])
      assert.deepStrictEqual(
        service.arrivals.map(({ at }) => at),
        [0, 3100, 3100, 3100],
      )
    }),
  )
})

describe("a call that has waited", () => {
  it.scoped("says so in its span and its attempts", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.after(700, Script.good("getUser")), Script.respond(404))
      const { users } = yield* make(service.client, { concurrency: 1 })
      yield* Effect.fork(users.getUser(Script.userId))
      yield* Script.settle
      const events: Array<unknown> = []
      const tracer = yield* Effect.tracer
      const call = Effect.withTracer(users.getUser(Script.userId), {
        ...tracer,
        span: (...args) => {
          const span = tracer.span(...args)
          const event = span.event.bind(span)
          span.event = (name, time, attributes) => {
            events.push([name, attributes])
            event(name, time, attributes)
          }
          return span
        },
      })
      const error = Script.errorOf(yield* Script.toTheEnd(call))
      assert(error._tag !== "InvalidRequest")
      assert.deepStrictEqual(error.attempts, [{ number: 1, delay: Duration.millis(700), reason: "404" }])
      assert.deepStrictEqual(events, [["turn", { "tiledb.waited_ms": 700 }]])
    }),
  )
})

describe("status and gauges", () => {
  const value = (name: string) =>
    Effect.map(Metric.snapshot, (all) => {
      const found = all.find(({ metricKey }) => metricKey.name === name)?.metricState
      return found !== undefined && "value" in found ? Number(found.value) : 0
    })
  /** The gauges count all clients of the process, and other files share it. */
  const sum = (name: "waiting" | "in_flight" | "retry_budget") => value(`tiledb.client.${name}`)

  it.scoped("say the same, and nothing is left of a client that is gone", () =>
    Effect.gen(function* () {
      const before = yield* Effect.all([sum("waiting"), sum("in_flight"), sum("retry_budget")])
      const [waiting, inFlight, budget] = before
      const service = withWindows({ from: 0, to: 3000 })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { status, users } = yield* make(service.client, {
            concurrency: 2,
            retryBudget: { capacity: 7, perSuccess: 1 },
          })
          yield* Effect.fork(many(5, users.getUser(Script.userId)))
          yield* Script.settle
          assert.deepStrictEqual(yield* status, { waiting: 3, inFlight: 2, pausedUntil: Option.none(), retryBudget: 7 })
          assert.strictEqual(yield* sum("waiting"), waiting + 3)
          assert.strictEqual(yield* sum("in_flight"), inFlight + 2)
          assert.strictEqual(yield* sum("retry_budget"), budget + 7)
          yield* TestClock.adjust(100)
          assert.strictEqual(yield* value("tiledb.client.paused_until"), 3.1)
          assert.strictEqual(yield* sum("waiting"), waiting + 5)
          yield* TestClock.adjust("10 seconds")
          assert.deepStrictEqual(yield* status, { waiting: 0, inFlight: 0, pausedUntil: Option.none(), retryBudget: 7 })
        }),
      )
      assert.deepStrictEqual(yield* Effect.all([sum("waiting"), sum("in_flight"), sum("retry_budget")]), before)
    }),
  )
})

describe("rateLimit", () => {
  it.scoped("spreads the calls of all callers evenly, in their order, retries included", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(500), Script.good("getUser"))
      const { users } = yield* make(service.client, { rateLimit: { calls: 10, per: "1 second" } })
      const ended = yield* Script.toTheEnd(many(25, users.getUser(Script.userId)))
      assert.strictEqual(successes(ended), 25)
      assert.deepStrictEqual(
        service.arrivals,
        Array.from({ length: 26 }, (_, index) => index * 100),
      )
    }),
  )

  it.effect("says what to write instead of what it cannot use", () =>
    Effect.forEach(
      [
        { calls: 0, per: "1 second" },
        { calls: Number.NaN, per: "1 second" },
        { calls: 1.5, per: "1 second" },
        { calls: 5, per: 0 },
        { calls: 5, per: Number.NaN },
        { calls: 5, per: -1 },
        { calls: 5, per: Number.POSITIVE_INFINITY },
      ] as const,
      (rateLimit) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(
            TileDBClient.make({ baseUrl: "http://127.0.0.1:1/v4", rateLimit }).pipe(
              Effect.provideService(HttpClient.HttpClient, withWindows().client),
            ),
          )
          assert.isTrue(ConfigError.isConfigError(error))
          assert.match(String(error), /rateLimit\.(calls|per).*Expected/s)
        }).pipe(Effect.scoped),
    ),
  )
})

const seeds = inFull(1000, 150)

it.effect(
  `every place is given back after interrupts, timeouts and failures: ${seeds} seeds`,
  () =>
    Effect.gen(function* () {
      let [interrupted, failed, succeeded] = [0, 0, 0]
      const one = Effect.gen(function* () {
        const answers = [
          Script.good("getUser"),
          Script.respond(500),
          Script.respond(429),
          Script.respond(429, null, { "retry-after": "1" }),
          Script.respond(503, null, { "retry-after": "2" }),
          Script.reset,
          Script.silence,
          Script.stalled,
        ] as const
        const client = HttpClient.make((request, _, signal) =>
          Effect.gen(function* () {
            yield* Effect.sleep(10 * (yield* Random.nextIntBetween(0, 20)))
            const answer = answers[(yield* Random.nextBoolean) ? 0 : yield* Random.nextIntBetween(0, answers.length)]
            return yield* (answer ?? answers[0])(request, signal)
          }),
        )
        const concurrency = yield* Random.nextIntBetween(1, 3)
        const { status, users } = yield* make(client, {
          concurrency,
          retryPolicy: RetryPolicy.make({ attemptTimeout: "300 millis", deadline: "4 seconds" }),
          ...((yield* Random.nextBoolean) ? { rateLimit: { calls: 5, per: "200 millis" } } : {}),
        })
        const call = Effect.gen(function* () {
          yield* Effect.sleep(10 * (yield* Random.nextIntBetween(0, 20)))
          return yield* users.getUser(Script.userId)
        })
        const fibers = yield* Effect.forEach(Array.from({ length: 4 }), () => Effect.fork(call))
        const killer = Effect.forEach(fibers, (fiber) =>
          Effect.gen(function* () {
            yield* Effect.sleep(10 * (yield* Random.nextIntBetween(0, 40)))
            if ((yield* Random.nextIntBetween(0, 3)) === 0) fiber.unsafeInterruptAsFork(fiber.id())
          }),
        )
        yield* killer
        for (const exit of yield* Effect.forEach(fibers, Fiber.await)) {
          if (Exit.isSuccess(exit)) succeeded++
          else if (Exit.isInterrupted(exit)) interrupted++
          else failed++
        }
        assert.deepInclude(yield* status, { waiting: 0, inFlight: 0 })
      })
      const batch = 50
      for (let from = 0; from < seeds; from += batch) {
        yield* Effect.forEach(
          Array.from({ length: batch }, (_, index) => from + index),
          (seed) => Effect.scoped(Effect.withRandom(one, Random.make(seedOf(seed)))),
          { concurrency: "unbounded", discard: true },
        ).pipe(Script.inVirtualTime)
      }
      assert.isAbove(Math.min(interrupted, failed, succeeded), seeds / 10)
    }),
  120_000,
)
