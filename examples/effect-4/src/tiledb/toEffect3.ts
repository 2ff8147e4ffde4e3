import { Cause, type Context, Effect, Exit, Option } from "effect"
import { Effect3 } from "tiledb-island"

/** An effect of Effect 4 for Effect 3, for example one that gets a token; interruption as in `fromEffect3`. */
export const toEffect3 =
  <R>(context: Context.Context<R>) =>
  <A, E>(effect: Effect.Effect<A, E, R>): Effect3.Effect.Effect<A, E> =>
    Effect3.Effect.async((resume) => {
      const fiber = Effect.runForkWith(context)(effect)
      fiber.addObserver((exit) => resume(toExit3(exit)))
      return Effect3.Effect.async((ended) => {
        fiber.addObserver(() => ended(Effect3.Effect.void))
        fiber.interruptUnsafe()
      })
    })

const toExit3 = <A, E>(exit: Exit.Exit<A, E>): Effect3.Exit.Exit<A, E> => {
  if (Exit.isSuccess(exit)) return Effect3.Exit.succeed(exit.value)
  if (Cause.hasInterruptsOnly(exit.cause)) return Effect3.Exit.interrupt(Effect3.FiberId.none)
  const failure = Cause.findErrorOption(exit.cause)
  return Option.isSome(failure) ? Effect3.Exit.fail(failure.value) : Effect3.Exit.die(Cause.squash(exit.cause))
}

/** Of a cause the first error comes over, else the first defect. */
export const fromExit3 = <A, E>(exit: Effect3.Exit.Exit<A, E>): Exit.Exit<A, E> => {
  if (exit._tag === "Success") return Exit.succeed(exit.value)
  if (Effect3.Cause.isInterruptedOnly(exit.cause)) return Exit.interrupt()
  const failure = Effect3.Cause.failureOption(exit.cause)
  return failure._tag === "Some" ? Exit.fail(failure.value) : Exit.die(Effect3.Cause.squash(exit.cause))
}
