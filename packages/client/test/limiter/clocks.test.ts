// A client is shared by fibers that need not have the same clock, as where each test has a clock of its own.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import type * as Users from "../../src/Users.js"
import * as Script from "../support/retryScript.js"

const getUser = (users: Users.Service) => users.getUser(Script.userId)

const policy = RetryPolicy.make({ attempts: 1, deadline: "10 seconds", attemptTimeout: "10 seconds" })

/** A clock of one's own, moved by hand. */
const ownClock = Script.withOwnClock(TestClock.testClock())

describe("a client that is shared by two clocks", () => {
  it.scoped("a call that waits for a slot ends at its deadline, by its own clock", () =>
    Effect.gen(function* () {
      const users = yield* Script.make(Script.scripted(Script.silence).client, { concurrency: 1, retryPolicy: policy })
      const [one, other] = [yield* ownClock, yield* ownClock]
      const holder = yield* Effect.fork(Effect.withClock(getUser(users), one))
      yield* Script.settle
      const waiter = yield* Effect.fork(Effect.flip(Effect.withClock(getUser(users), other)))
      const further = yield* Effect.fork(Effect.flip(Effect.withClock(getUser(users), one)))
      yield* Script.settle
      yield* other.adjust("9 seconds")
      yield* one.adjust("5 seconds")
      assert.isNull(waiter.unsafePoll())
      yield* other.adjust("1 seconds")
      const error = yield* Fiber.join(waiter)
      assert.deepInclude(error, { _tag: "TransportError", reason: "Deadline", outcome: "NotSent" })
      assert.isNull(further.unsafePoll())
      yield* one.adjust("5 seconds")
      assert.deepInclude(yield* Fiber.join(further), { reason: "Deadline", outcome: "NotSent" })
      yield* Fiber.interrupt(holder)
    }),
  )

  it.scoped("a pause is as long as the service asked for, by the clock that the client was made with", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(429, null, { "retry-after": "3" }), Script.good("getUser"))
      const users = yield* Script.make(service.client, { retryPolicy: policy })
      const other = yield* ownClock
      yield* Effect.flip(getUser(users))
      const waiter = yield* Effect.fork(Effect.withClock(getUser(users), other))
      yield* other.adjust("9 seconds")
      yield* TestClock.adjust(2999)
      assert.isNull(waiter.unsafePoll())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(waiter)).id, Script.userId)
      assert.strictEqual(service.arrivals.length, 2)
    }),
  )

  it.scoped("a call that is interrupted while it waits is not ended once more at its deadline", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.silence, Script.good("getUser"))
      const users = yield* Script.make(service.client, { concurrency: 1, retryPolicy: policy })
      const other = yield* ownClock
      const holder = yield* Effect.fork(getUser(users))
      yield* Script.settle
      const waiter = yield* Effect.fork(Effect.withClock(getUser(users), other))
      yield* Script.settle
      yield* Fiber.interrupt(waiter)
      yield* other.adjust("20 seconds")
      const next = yield* Effect.fork(getUser(users))
      yield* Script.settle
      assert.isNull(next.unsafePoll(), "the only slot is taken")
      yield* Fiber.interrupt(holder)
      assert.strictEqual((yield* Fiber.join(next)).id, Script.userId)
    }),
  )
})

it.scoped("a clock that throws where a timer is set ends that call alone: the next who waits has a timer", () =>
  Effect.gen(function* () {
    const state = { throws: false, sleeps: 0 }
    const clock: Clock.Clock = {
      ...(yield* Effect.clock),
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => 0,
      unsafeCurrentTimeNanos: () => 0n,
      sleep: () => {
        state.sleeps++
        if (state.throws) throw new Error("of the user")
        return Effect.never
      },
    }
    const users = yield* Effect.withClock(
      Script.make(Script.scripted(Script.silence).client, { concurrency: 1, retryPolicy: policy }),
      clock,
    )
    const enter = (deadline: number) =>
      Effect.zipLeft(
        Effect.fork(
          getUser(users).pipe(
            Effect.withClock(clock),
            RetryPolicy.withRetryPolicy(RetryPolicy.make({ attempts: 1, deadline })),
          ),
        ),
        Script.settle,
      )
    const [holder, first] = [yield* Effect.fork(getUser(users)), yield* enter(10_000)]
    state.throws = true
    const dead = yield* enter(5000)
    assert.isTrue(Exit.isFailure(yield* Fiber.await(dead)))
    state.throws = false
    const before = state.sleeps
    const last = yield* enter(20_000)
    assert.strictEqual(state.sleeps, before + 1)
    yield* Fiber.interruptAll([holder, first, last])
  }),
)
