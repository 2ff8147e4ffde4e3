import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { within } from "../../src/internal/runtime/timeout.js"

const late = () => Effect.succeed("late")

describe("an effect with a time limit", () => {
  it.effect("is what it is when it ends in time", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* within(Effect.succeed("done"), 1000, late), "done")
      assert.strictEqual(yield* Effect.flip(within(Effect.fail("no"), 1000, late)), "no")
      assert.deepStrictEqual(yield* Effect.exit(within(Effect.die("oh"), 1000, late)), Exit.die("oh"))
    }),
  )

  it.effect("is interrupted when its time is over, and gives what takes its place", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const silent = Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      const fiber = yield* Effect.fork(within(silent, 1000, late))
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual([fiber.unsafePoll(), interrupted], [null, 0])
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.strictEqual(interrupted, 1)
      const failing = yield* Effect.fork(Effect.flip(within(Effect.never, 1000, () => Effect.fail("too late"))))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(failing), "too late")
    }),
  )

  it.effect("ends in time even where neither it nor the caller can be interrupted", () =>
    Effect.gen(function* () {
      const stubborn = Effect.uninterruptible(Effect.sleep("1 hour"))
      const fiber = yield* Effect.fork(Effect.uninterruptible(within(stubborn, 1000, late)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
    }),
  )

  it.effect("is interrupted with its caller, who waits for it", () =>
    Effect.gen(function* () {
      const cleaned = yield* Deferred.make<void>()
      let done = false
      const slow = Effect.onInterrupt(Effect.never, () =>
        Effect.zipRight(
          Deferred.await(cleaned),
          Effect.sync(() => {
            done = true
          }),
        ),
      )
      const fiber = yield* Effect.fork(within(slow, 1000, late))
      yield* Effect.yieldNow()
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust(0)
      assert.isNull(interrupting.unsafePoll())
      yield* Deferred.succeed(cleaned, undefined)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interrupting)))
      assert.isTrue(done)
    }),
  )

  it.effect("is interrupted where the clock throws instead of setting its timer", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const clock = yield* Effect.clock
      const broken = {
        ...clock,
        sleep: () => {
          throw new Error("of the user")
        },
      }
      const silent = Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
      const exit = yield* Effect.exit(Effect.withClock(within(silent, 1000, late), broken))
      assert.isTrue(Exit.isFailure(exit))
      yield* Deferred.await(interrupted)
    }),
  )

  it.live("leaves no timer behind", () =>
    Effect.gen(function* () {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const before = timers()
      yield* within(Effect.void, 60_000, late)
      yield* Effect.exit(within(Effect.fail("no"), 60_000, late))
      assert.strictEqual(timers(), before)
    }),
  )

  it.effect("logs nothing of its own when it fails", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => lines.push(message))
      const failing = Effect.exit(within(Effect.fail("no"), 1000, late))
      yield* failing.pipe(
        Effect.withUnhandledErrorLogLevel(yield* FiberRef.get(FiberRef.currentMinimumLogLevel).pipe(Effect.asSome)),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      )
      assert.deepStrictEqual(lines, [])
    }),
  )

  it.effect("starts with the caller's fiber refs, or those that are given, and keeps what it sets to itself", () =>
    Effect.gen(function* () {
      const ref = FiberRef.unsafeMake("default")
      yield* FiberRef.set(ref, "caller's")
      const readAndSet = Effect.zipLeft(FiberRef.get(ref), FiberRef.set(ref, "its own"))
      assert.strictEqual(yield* within(readAndSet, 1000, late), "caller's")
      assert.strictEqual(yield* FiberRef.get(ref), "caller's")
      const given = within(readAndSet, 1000, late, (fiber) =>
        FiberRefs.updateAs(fiber.getFiberRefs(), { fiberId: fiber.id(), fiberRef: ref, value: "given" }),
      )
      assert.strictEqual(yield* given, "given")
    }).pipe(Effect.scoped),
  )
})
