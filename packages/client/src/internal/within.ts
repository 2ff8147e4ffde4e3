import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"
import type { HangUp } from "./hangUp.js"

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** The clock in force, without an effect to ask for it. */
export const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)

/** The longest that a timer of the platform waits; a longer one would ring at once. */
const longest = 2 ** 31 - 1

/** Rings after `millis` by the clock in force, unless it is cancelled. A fiber per timer is only paid for under test. */
const after = (clock: Clock.Clock, millis: number, ring: () => void): (() => void) => {
  if (millis > longest) return () => {}
  if (clock === liveClock) {
    const timer = setTimeout(ring, millis)
    return () => clearTimeout(timer)
  }
  const sleeper = Effect.runFork(clock.sleep(Duration.millis(millis)))
  sleeper.addObserver((exit) => {
    if (exit._tag === "Success") ring()
  })
  return () => sleeper.unsafeInterruptAsFork(FiberId.none)
}

/**
 * `Effect.timeoutFail`, at a quarter of its price: one fiber instead of two, and a timer. The effect runs in a fiber of its
 * own, which starts with `fiberRefs`; what it sets of them ends with it. It is interrupted when the time is over or the
 * caller is.
 */
export const within = <A, E, E2>(
  effect: Effect.Effect<A, E>,
  millis: number,
  onTimeout: () => E2,
  fiberRefs: (fiber: Fiber.RuntimeFiber<unknown, unknown>) => FiberRefs.FiberRefs = (fiber) => fiber.getFiberRefs(),
): Effect.Effect<A, E | E2> =>
  Effect.withFiberRuntime<A, E | E2>((fiber) => {
    const clock = clockOf(fiber)
    const fork = Runtime.runFork(
      Runtime.make({
        context: fiber.currentContext,
        fiberRefs: fiberRefs(fiber),
        runtimeFlags: Runtime.defaultRuntimeFlags,
      }),
    )
    return Effect.async<A, E | E2>((resume) => {
      // As an exit: a fiber that fails says so in the log.
      const child = fork(Effect.exit(effect))
      const cancel = after(clock, millis, () => {
        resume(Effect.failSync(onTimeout))
        child.unsafeInterruptAsFork(fiber.id())
      })
      child.addObserver((exit) => {
        cancel()
        resume(Effect.flatten(exit))
      })
      return Effect.zipRight(Effect.sync(cancel), Fiber.interrupt(child))
    })
  })

/**
 * As `within`, with no fiber at all, for an effect that waits for nothing but what `hangUp` can end.
 */
export const untilHangUp = <A, E>(
  effect: Effect.Effect<A, E>,
  millis: number,
  onTimeout: () => E,
  hangUp: HangUp,
): Effect.Effect<A, E> =>
  Effect.withFiberRuntime<A, E>((fiber) => {
    const cancel = after(clockOf(fiber), millis, () => hangUp.ring())
    return Effect.onExit(
      Effect.mapError(effect, (error) => (hangUp.rung ? onTimeout() : error)),
      () => {
        cancel()
        return Effect.void
      },
    )
  })
