import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as AbortTimer from "../../src/internal/http/abortTimer.js"
import { Exchange } from "../../src/internal/http/node/exchange.js"
import { after, monotonicMillis } from "../../src/internal/runtime/effect3.js"

/** The timers of the platform that keep the process alive. */
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length

const day = 24 * 60 * 60 * 1000

describe("a timer", () => {
  it.effect("aborts when its time is over, and not before", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const timer = new AbortTimer.AbortTimer(clock, monotonicMillis(clock) + 1000)
      let aborts = 0
      assert.deepStrictEqual([timer.aborted, timer.unsent, timer.connecting], [false, false, false])
      yield* TestClock.adjust("300 millis")
      timer.start(() => aborts++)
      yield* TestClock.adjust("699 millis")
      assert.deepStrictEqual([aborts, timer.aborted], [0, false])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([aborts, timer.aborted, timer.unsent], [1, true, false])
    }),
  )

  it.effect("remembers that the request had no connection yet when it was aborted, whatever comes of it then", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      for (const connecting of [true, false]) {
        const timer = new AbortTimer.AbortTimer(clock, monotonicMillis(clock) + 1000)
        const exchange = new Exchange(
          () => {},
          () => {},
          timer,
        )
        timer.start(() => exchange.abort())
        exchange.connecting(() => {})
        if (!connecting) exchange.connecting(undefined)
        yield* TestClock.adjust("1 second")
        exchange.connecting(undefined)
        assert.strictEqual(timer.unsent, connecting)
      }
    }),
  )

  it.effect("that is stopped, or started again, does not abort", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const timer = new AbortTimer.AbortTimer(clock, monotonicMillis(clock) + 1000)
      const aborts: Array<string> = []
      timer.stop()
      timer.start(() => aborts.push("first"))
      timer.start(() => aborts.push("second"))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(aborts, ["second"])
      const stopped = new AbortTimer.AbortTimer(clock, monotonicMillis(clock) + 1000)
      stopped.start(() => aborts.push("stopped"))
      stopped.stop()
      stopped.stop()
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([aborts, stopped.aborted], [["second"], false])
    }),
  )

  it.live("keeps a program alive until it is stopped, and no longer", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const before = timers()
      const timer = new AbortTimer.AbortTimer(clock, monotonicMillis(clock) + day)
      timer.start(() => {})
      assert.strictEqual(timers(), before + 1)
      timer.stop()
      assert.strictEqual(timers(), before)
    }),
  )

  it.live("of 30 days, which the platform would let fire at once, does not fire", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const before = timers()
      const cancelLong = after(clock, 30 * day, () => assert.fail("it fired"))
      assert.strictEqual(timers(), before)
      const cancelLongest = after(clock, 2 ** 31 - 1, () => {})
      assert.strictEqual(timers(), before + 1)
      cancelLong()
      cancelLongest()
      assert.strictEqual(timers(), before)
    }),
  )
})

describe("a request that ends stops its timer: a script ends with its last call", () => {
  const ends: Readonly<Record<string, (exchange: Exchange) => void>> = {
    "with an answer": (exchange) => exchange.onResponseEnd(),
    "with an error": (exchange) => exchange.onResponseError(undefined, new Error("lost")),
    "because it is aborted": (exchange) => exchange.abort(),
  }
  for (const [how, end] of Object.entries(ends)) {
    it.live(how, () =>
      Effect.gen(function* () {
        const clock = yield* Effect.clock
        const before = timers()
        const timer = new AbortTimer.AbortTimer(clock, monotonicMillis(clock) + day)
        const exchange = new Exchange(
          () => {},
          () => {},
          timer,
        )
        timer.start(() => exchange.abort())
        end(exchange)
        assert.strictEqual(timers(), before)
        assert.isFalse(timer.aborted)
      }),
    )
  }
})

describe("a request", () => {
  it.live("carries the timer that it was given, unseen; others carry none", () =>
    Effect.gen(function* () {
      const timer = new AbortTimer.AbortTimer(yield* Effect.clock, 0)
      const request = HttpClientRequest.get("http://127.0.0.1/")
      assert.isUndefined(AbortTimer.of(request))
      const attached = AbortTimer.attach(request, timer)
      assert.strictEqual(attached, request)
      assert.strictEqual(AbortTimer.of(attached), timer)
      // A transport's copy of the package may be another one.
      const key = Symbol.for("@effect-tiledb/client/abortTimer")
      assert.isTrue(key in attached)
      assert.isUndefined(AbortTimer.of(Object.assign(HttpClientRequest.get("/"), { [key]: { start() {} } })))
    }),
  )
})
