import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

const withoutContent = (cause: Cause.Cause<never>): Effect.Effect<never> =>
  Cause.isInterrupted(cause)
    ? Effect.interrupt
    : Effect.die(new Error("The HttpClient died; what it died with may hold secrets and is not shown"))

/**
 * `Effect.catchAll` for what a transport does. A bug below us stays a bug, but loses its content: what a transport dies
 * with may hold the request, and with it the credential and the body.
 */
export const catchAll = <A, E, B, E2>(
  self: Effect.Effect<A, E>,
  f: (error: E) => Effect.Effect<B, E2>,
): Effect.Effect<A | B, E2> =>
  Effect.catchAllCause(self, (cause) =>
    Either.match(Cause.failureOrCause(cause), { onLeft: f, onRight: withoutContent }),
  )
