import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import { cleaner } from "./redact.js"

/**
 * Replaces a defect of an effect by an error that is safe to print: the name of the defect's class and where it was
 * thrown. The defect's message, cause and properties may contain the request, and with it the credential and the body.
 * Failures and interruption are unchanged.
 */
export const replaceDefects = <A, E>(
  self: Effect.Effect<A, E>,
  secrets: () => ReadonlyArray<Redacted.Redacted<string>>,
): Effect.Effect<A, E> =>
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

/** One line of a stack trace: only a function and a position in a file. */
const frame = /^ {4}at (?:(?:async |new )?[\w$.<>#[\] ]+ \()?[\w./:@~+%-]+:\d+:\d+\)?$/

const framesOf = (u: unknown): ReadonlyArray<string> => {
  try {
    if (!(u instanceof Error) || typeof u.stack !== "string") return []
    // The message comes first and may contain anything.
    const at = u.stack.indexOf(u.message)
    return at < 0
      ? []
      : u.stack
          .slice(at + u.message.length)
          .split("\n")
          .filter((line) => frame.test(line))
          .slice(0, 20)
  } catch {
    return []
  }
}

const replacement = (cause: Cause.Cause<never>, secrets: ReadonlyArray<Redacted.Redacted<string>>): Error => {
  const defect = Cause.squash(cause)
  const name = className(defect)
  const clean = cleaner(secrets)
  const said = name === undefined ? "" : ` of ${clean(name, 61)}`
  const error = new Error(`The HttpClient died${said}; what it died with may hold secrets and is not shown`)
  const frames = framesOf(defect).map((line) => `    ${clean(line, 500)}`)
  if (frames.length > 0) error.stack = [`Error: ${error.message}`, ...frames].join("\n")
  return error
}
