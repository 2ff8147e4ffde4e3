import { type Context, Effect } from "effect"
import { Effect3 } from "tiledb-island"
import { runtimeOf } from "./environment.ts"
import { fromExit3 } from "./toEffect3.ts"

/** Runs an effect of Effect 3. Interrupting the caller interrupts it, and waits until it has ended. */
export const fromEffect3 = <A, E>(effect: Effect3.Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.contextWith((context: Context.Context<never>) =>
    // Started in `callback`: a fiber that was started before it would go on when the caller is interrupted in between.
    Effect.callback((resume) => {
      const fiber = Effect3.Runtime.runFork(runtimeOf(context))(effect)
      fiber.addObserver((exit) => resume(fromExit3(exit)))
      return Effect.callback<void>((ended) => {
        fiber.addObserver(() => ended(Effect.void))
        fiber.unsafeInterruptAsFork(Effect3.FiberId.none)
      })
    }),
  )
