import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { forkWith, quietFiberRefs } from "./effect3.js"

/** One run of the effect, and how many callers wait for it. */
interface Run<A, E> {
  readonly fiber: Fiber.RuntimeFiber<Exit.Exit<A, E>>
  waiting: number
}

/**
 * Runs the effect once for any number of concurrent callers. It is interrupted only when there is no waiter left; its
 * failure goes to all waiters, and the next caller runs it again.
 */
export const shared = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  let current: Run<A, E> | undefined

  // In its own fiber: the first caller's may be interrupted.
  const start = (caller: Fiber.RuntimeFiber<unknown, unknown>): Run<A, E> => {
    // As an exit: Effect logs the failure of a fiber.
    const run = { fiber: forkWith(caller, quietFiberRefs(caller), Effect.exit(effect)), waiting: 0 }
    current = run
    run.fiber.addObserver(() => {
      if (current === run) current = undefined
    })
    return run
  }

  return Effect.withFiberRuntime((caller) =>
    Effect.async<A, E>((resume) => {
      const joined = current ?? start(caller)
      joined.waiting++
      const observer = (exit: Exit.Exit<Exit.Exit<A, E>>) => resume(Effect.flatten(exit))
      joined.fiber.addObserver(observer)
      return Effect.sync(() => {
        joined.fiber.removeObserver(observer)
        if (--joined.waiting > 0) return
        if (current === joined) current = undefined
        joined.fiber.unsafeInterruptAsFork(caller.id())
      })
    }),
  )
}
