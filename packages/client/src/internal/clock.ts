import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

/** The clock in force, without an effect to ask for it. */
export const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** The longest that a timer of the platform waits; a longer one would ring at once. */
const longest = 2 ** 31 - 1

/** Rings after `millis` by the clock, unless it is cancelled. A fiber per timer is only paid for under test. */
export const after = (clock: Clock.Clock, millis: number, ring: () => void): (() => void) => {
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
