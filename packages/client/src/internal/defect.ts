import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

/**
 * `Effect.matchEffect` that lets nothing else out of an effect than its value, its failure, and that it was interrupted. A
 * bug below us stays a bug, but loses its content: what a transport dies with may hold the request, and with it the
 * credential and the body.
 */
export const match = <A, E, B, E2, C, E3>(
  self: Effect.Effect<A, E>,
  onFailure: (error: E) => Effect.Effect<B, E2>,
  onSuccess: (value: A) => Effect.Effect<C, E3>,
): Effect.Effect<B | C, E2 | E3> =>
  Effect.matchCauseEffect(self, {
    onFailure: (cause): Effect.Effect<B, E2> =>
      Either.match(Cause.failureOrCause(cause), { onLeft: onFailure, onRight: withoutContent }),
    onSuccess,
  })

const withoutContent = (cause: Cause.Cause<never>): Effect.Effect<never> =>
  Cause.isInterrupted(cause)
    ? Effect.interrupt
    : Effect.die(new Error("The HttpClient died; what it died with may hold secrets and is not shown"))
