import { assert, describe, it } from "@effect/vitest"
import { Operations } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { Failure } from "../../src/internal/failure/failure.js"
import { decide } from "../../src/internal/retry/decide.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import { ApiError } from "../../src/TileDBError.js"
import * as Script from "../support/retryScript.js"

const busy = (retryAfter: string, status = 503) => Script.respond(status, null, { "retry-after": retryAfter })

/** One busy answer, then a good one: when the second request came, or the error. */
const secondArrival = (answer: Script.Answer, policy = RetryPolicy.standard) =>
  Effect.gen(function* () {
    const service = Script.scripted(answer, Script.good("getUser"))
    const users = yield* Script.make(service.client, { retryPolicy: policy })
    const ended = yield* Script.toTheEnd(users.getUser(Script.userId))
    return { ended, arrivals: service.arrivals }
  })

/** What the jitter comes to when `Retry-After` says nothing. */
const ownDelay = 107

describe("Retry-After", () => {
  const honoured: ReadonlyArray<readonly [header: string, delay: number]> = [
    ["7", 7000],
    [" 7 ", 7000],
    ["007", 7000],
    ["30", 30_000],
    ["Thu, 01 Jan 1970 00:00:07 GMT", 7000],
    ["Thursday, 01-Jan-70 00:00:07 GMT", 7000],
    ["Thu Jan  1 00:00:07 1970", 7000],
  ]
  for (const [header, delay] of honoured) {
    it.scoped(`"${header}" is waited for, exactly`, () =>
      Effect.gen(function* () {
        const { ended, arrivals } = yield* secondArrival(busy(header))
        assert.strictEqual(ended.result._tag, "Right")
        assert.deepStrictEqual(arrivals, [0, delay])
      }),
    )
  }

  const harmless = [
    "0",
    "-1",
    "-99999999999",
    "1.5",
    "1e9",
    "+5",
    "0x10",
    "NaN",
    "Infinity",
    "soon",
    "7, 8",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Wed, 31 Dec 1969 23:59:59 GMT",
    "Thu, 99 Foo 9999 99:99:99 GMT",
    "Thu, 01 Jan 1970 00:00:07 +0000",
    "1970-01-01T00:00:07Z",
    "Thu",
  ]
  for (const header of harmless) {
    it.scoped(`"${header}" does no harm: the policy's own delay`, () =>
      Effect.gen(function* () {
        const { ended, arrivals } = yield* secondArrival(busy(header, 429))
        assert.strictEqual(ended.result._tag, "Right")
        assert.deepStrictEqual(arrivals, [0, ownDelay])
      }),
    )
  }

  // Nobody means more than a year, and a longer number may be something else.
  const year = 365 * 24 * 60 * 60 * 1000
  const excessive: ReadonlyArray<readonly [header: string, millis: number]> = [
    ["31", 31_000],
    ["2099", 2_099_000],
    ["99999999999999999999999", year],
    ["9".repeat(100), year],
    ["Fri, 31 Dec 9999 23:59:59 GMT", year],
  ]
  for (const [header, millis] of excessive) {
    it.scoped(`"${header.slice(0, 40)}" is past the cap: the call fails at once and says so`, () =>
      Effect.gen(function* () {
        const { ended, arrivals } = yield* secondArrival(busy(header))
        const error = Script.errorOf(ended)
        assert.instanceOf(error, ApiError)
        assert.deepStrictEqual(arrivals, [0])
        assert.strictEqual(ended.took, 0)
        assert.strictEqual(error.status, 503)
        assert.strictEqual(error.stopped, "RetryAfter")
        assert.deepStrictEqual(error.retryAfter, Duration.millis(millis))
        assert.include(error.message, "Retry-After exceeds the policy's maxRetryAfter")
        assert.deepStrictEqual(error.attempts, [{ number: 1, delay: Duration.zero, reason: "503" }])
        // However large, it can be written and read again.
        const json = JSON.parse(JSON.stringify(Schema.encodeSync(ApiError)(error)))
        assert.deepStrictEqual(Schema.decodeUnknownSync(ApiError)(json).retryAfter, Duration.millis(millis))
      }),
    )
  }

  it.scoped("has the cap that the policy says", () =>
    Effect.gen(function* () {
      const policy = { maxRetryAfter: "2 minutes", deadline: "10 minutes" } as const
      const patient = yield* secondArrival(busy("120"), RetryPolicy.modify(RetryPolicy.standard, policy))
      assert.deepStrictEqual(patient.arrivals, [0, 120_000])
      const hasty = yield* secondArrival(
        busy("1"),
        RetryPolicy.modify(RetryPolicy.standard, { maxRetryAfter: "999 millis" }),
      )
      assert.deepStrictEqual(hasty.arrivals.length, 1)
    }),
  )

  it.scoped("is not waited for when the deadline comes first", () =>
    Effect.gen(function* () {
      const policy = RetryPolicy.modify(RetryPolicy.standard, { deadline: "5 seconds" })
      const { ended, arrivals } = yield* secondArrival(busy("5"), policy)
      const error = Script.errorOf(ended)
      assert.deepStrictEqual(arrivals, [0])
      assert.strictEqual(ended.took, 0)
      assert(error._tag === "ApiError")
      assert.strictEqual(error.stopped, "Deadline")
      const justInTime = yield* secondArrival(busy("4"), policy)
      assert.deepStrictEqual(
        justInTime.arrivals.map((_) => _ - (justInTime.arrivals[0] ?? 0)),
        [0, 4000],
      )
    }),
  )

  it.scoped("means Greenwich, wherever the program runs", () =>
    Effect.gen(function* () {
      const { TZ } = process.env
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (TZ === undefined) delete process.env.TZ
          else process.env.TZ = TZ
        }),
      )
      process.env.TZ = "Asia/Tokyo"
      assert.strictEqual(new Date(0).getTimezoneOffset(), -540)
      const { arrivals } = yield* secondArrival(busy("Thu Jan  1 00:00:07 1970"))
      assert.deepStrictEqual(arrivals, [0, 7000])
    }),
  )
})

describe("jitter", () => {
  const waits = (policy: RetryPolicy.RetryPolicy, random: Random.Random) =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(503))
      const users = yield* Script.make(service.client, { retryPolicy: policy })
      const ended = yield* Script.toTheEnd(Effect.withRandom(users.getUser(Script.userId), random))
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      return error.attempts.slice(1).map((attempt) => Duration.toMillis(attempt.delay))
    })

  /** As high as a random number can be. */
  const highest: Random.Random = { ...Random.make("highest"), next: Effect.succeed(1 - Number.EPSILON) }

  const lost: Failure = { _tag: "Transport", reason: "ConnectionLost", acted: true }
  const delayOf = (policy: RetryPolicy.RetryPolicy, number: number, random: number) => {
    const remaining = Number.POSITIVE_INFINITY
    const decision = decide(policy, {
      operation: Operations.getUser,
      failure: lost,
      number,
      remaining,
      random,
      affordable: true,
    })
    assert(decision._tag === "Again")
    return decision.delay
  }

  it("is full: anywhere from nothing to the ceiling, evenly", () => {
    const random = Random.make("jitter")
    const delays = Array.from({ length: 2000 }, () =>
      delayOf(RetryPolicy.standard, 3, Effect.runSync(random.next)),
    ).sort((a, b) => a - b)
    for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      assert.closeTo(delays[tenth * 200] ?? Number.NaN, tenth * 100, 30)
    }
    assert.isAtLeast(delays[0] ?? Number.NaN, 0)
    assert.isAtMost(delays[1999] ?? Number.NaN, 1000)
  })

  it.scoped("comes to what the presets say at the worst", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* waits(RetryPolicy.none, highest), [])
      assert.deepStrictEqual(yield* waits(RetryPolicy.standard, highest), [250, 500, 1000])
      const forceful = yield* waits(RetryPolicy.forceful, highest)
      assert.deepStrictEqual(forceful, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
      assert.strictEqual(
        forceful.reduce((a, b) => a + b, 0),
        121_500,
      )
    }),
  )

  it("stays a number however many attempts there are", () => {
    for (const attempt of [1, 60, 1100, 1e9]) {
      const attempts = Number.POSITIVE_INFINITY
      assert.strictEqual(delayOf(RetryPolicy.make({ attempts, baseDelay: 0 }), attempt, 0.999), 0)
      assert.isAtMost(delayOf(RetryPolicy.make({ attempts }), attempt, 0.999), 8000)
    }
  })
})

describe("make", () => {
  it("leaves the rest as it was", () => {
    const hook = () => Effect.void
    const policy = RetryPolicy.make({ attempts: 7, onRetry: hook, operations: { getUser: RetryPolicy.none } })
    const changed = RetryPolicy.modify(policy, { baseDelay: "3 seconds" })
    assert.deepStrictEqual(
      changed,
      RetryPolicy.make({
        attempts: 7,
        baseDelay: "3 seconds",
        onRetry: hook,
        operations: { getUser: RetryPolicy.none },
      }),
    )
    assert.deepStrictEqual(RetryPolicy.forOperations(changed, { deleteUser: RetryPolicy.none }).operations, {
      getUser: RetryPolicy.none,
      deleteUser: RetryPolicy.none,
    })
  })
})
