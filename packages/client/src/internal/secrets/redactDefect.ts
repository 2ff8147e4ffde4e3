import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { cleaner } from "./redact.js"
import type { Secrets } from "./secretText.js"

/**
 * Replaces a defect of an effect by an error that is safe to print: the name of the defect's class. The defect's message, stack, cause and properties may contain the request, and with it the credential and the body.
 * Failures and interruption are unchanged.
 */
export const replaceDefects = <A, E>(self: Effect.Effect<A, E>, secrets: () => Secrets): Effect.Effect<A, E> =>
  Effect.catchAllCause(self, (cause) =>
    Either.match(Cause.failureOrCause(cause), {
      onLeft: Effect.fail,
      onRight: (cause) => (Cause.isInterrupted(cause) ? Effect.interrupt : Effect.die(replacement(cause, secrets()))),
    }),
  )

/** The name of a value's class, if it is a plausible class name. */
export const className = (u: unknown): string | undefined => {
  try {
    const name: unknown = Object.getPrototypeOf(u).constructor.name
    return u instanceof Error && typeof name === "string" && /^[A-Za-z_$][\w$]{0,60}$/.test(name) ? name : undefined
  } catch {
    return undefined
  }
}

const replacement = (cause: Cause.Cause<never>, secrets: Secrets): Error => {
  const defect = Cause.squash(cause)
  const name = className(defect)
  const said = name === undefined ? "" : ` of ${cleaner(secrets)(name, 61)}`
  return new Error(`The HttpClient died${said}; the defect is not shown, as it may contain secrets`)
}
