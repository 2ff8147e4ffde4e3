import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

/**
 * Lets nothing out of an effect but its value, its failure, and that it was interrupted. A bug below us stays a bug, but
 * loses its content: what a transport dies with may hold the request, and with it the credential and the body.
 */
export const sealed = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.catchAllCause(self, (cause) =>
    Either.match(Cause.failureOrCause(cause), { onLeft: Effect.fail, onRight: withoutContent }),
  )

const withoutContent = (cause: Cause.Cause<never>): Effect.Effect<never> =>
  Cause.isInterrupted(cause)
    ? Effect.interrupt
    : Effect.die(new Error("The HttpClient died; what it died with may hold secrets and is not shown"))
