/**
 * Finds secrets where they must not be: in errors, logs, spans, metrics and on the console, plain or encoded. For your
 * own code as well as for this client's.
 *
 * @example
 * import { Users } from "@effect-tiledb/client"
 * import { Canary } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * const password = Canary.text("new password")
 *
 * const test = Users.Users.pipe(
 *   Effect.flatMap((users) =>
 *     users.changePassword({ current_password: Canary.text("current password"), new_password: password }),
 *   ),
 *   Canary.assertNoLeak(Canary.make({ password })),
 * )
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Hash from "effect/Hash"
import * as Redacted from "effect/Redacted"
import * as Forms from "./internal/canary/forms.js"
import { type Form, formsIn, haystackOf, type Needle, needlesOf } from "./internal/canary/forms.js"
import type { Sink } from "./internal/canary/sinks.js"
import * as Sinks from "./internal/canary/sinks.js"

export type {
  /**
   * The forms that are searched for: `plain`, in any case; `escaped`, with any number of layers of JSON escapes;
   * `percent-encoded`; `html`, with HTML entities; `base64`, in either alphabet, also as a part of a longer text such as
   * `user:password`; `bytes`; and `fragment`, any run of at least twelve of its letters and digits.
   *
   * @since 0.1.0
   * @category models
   */
  Form,
  /**
   * The places that are watched.
   *
   * @since 0.1.0
   * @category models
   */
  Sink,
}

/**
 * Every place that is watched: the rows of the matrix.
 *
 * @since 0.1.0
 * @category constants
 */
export const sinks: ReadonlyArray<Sink> = Sinks.sinks

/**
 * Every form that is searched for: the columns of the matrix.
 *
 * @since 0.1.0
 * @category constants
 */
export const forms: ReadonlyArray<Form> = Forms.forms

/**
 * The secrets to search for, by their names in reports.
 *
 * @since 0.1.0
 * @category models
 */
export interface Canary {
  /** The forms of each secret to search for, by the secret's name. */
  readonly secrets: ReadonlyMap<string, ReadonlyArray<Needle>>
}

/**
 * One secret in one sink, in one form. It does not contain the secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface Leak {
  /** The name of the secret, as it was given to `make`. */
  readonly secret: string
  /** The sink that it reached. */
  readonly sink: Sink
  /** Its form there: plain, base64, and so on. */
  readonly form: Form
}

/**
 * The traces of an effect: its exit, and the text that reached each sink.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sighting<A, E> {
  /** The exit of the effect. */
  readonly exit: Exit.Exit<A, E>
  /** The text that reached each sink; a sink without text is absent. */
  readonly sinks: ReadonlyMap<Sink, string>
}

/**
 * The defect of `assertNoLeak`.
 *
 * @since 0.1.0
 * @category errors
 */
export class LeakFound extends Error {
  /** The name at the start of a stack trace. */
  override readonly name = "LeakFound"
  constructor(
    /** Every leak, once per secret, sink and form. */
    readonly leaks: ReadonlyArray<Leak>,
  ) {
    super(["Secrets have leaked:", ...leaks.map((_) => `  ${_.secret}, ${_.form}, in ${_.sink}`)].join("\n"))
  }
}

/**
 * The secrets to search for. They should be at least eight characters long, or ordinary words will match; use `header`
 * and `text` to make them. Throws for an empty secret.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (secrets: Readonly<Record<string, string | Redacted.Redacted<string>>>): Canary => ({
  secrets: new Map(
    Object.entries(secrets).map(([name, secret]) => {
      const text = Redacted.isRedacted(secret) ? Redacted.value(secret) : secret
      if (text === "") throw new Error(`The secret ${name} is empty: it would be found everywhere`)
      return [name, needlesOf(text)]
    }),
  ),
})

/** Differs in every encoding; the end makes base64 pad it. */
const hard = (name: string, more: string): string => {
  const word = `canary${name.replace(/[^A-Za-z0-9]/g, "")}${(Hash.string(name) >>> 0).toString(16).padStart(8, "0")}`
  const secret = `${word}~????>>>>\\"'/+%&<=;,${more}`
  return new TextEncoder().encode(secret).length % 3 === 0 ? `${secret}!` : secret
}

/**
 * A generated secret that is a valid header value (an API key, a token), different for each name. Every encoding
 * changes it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const header = (name: string): Redacted.Redacted<string> => Redacted.make(hard(name, ""))

/**
 * A generated secret for a body or for HTTP Basic (a password): as `header`, with spaces and letters beyond ASCII.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (name: string): Redacted.Redacted<string> => Redacted.make(hard(name, " ÿ߿é 🐤 end"))

/**
 * Runs an effect with every sink open: Effect's five loggers at the lowest level, a tracer that keeps everything, the
 * metrics, the console, and all the ways to print the error. The effect's failure is in the `exit`; nothing is printed. The effect's success value belongs to its caller
 * and is not searched.
 *
 * @since 0.1.0
 * @category combinators
 */
export const watch = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Sighting<A, E>, never, R> =>
  Effect.suspend(() => {
    const { add, texts } = Sinks.collect()
    return Effect.map(Sinks.record(effect, add), (exit) => ({ exit, sinks: texts }))
  })

/**
 * The secrets that reached a sink.
 *
 * @since 0.1.0
 * @category combinators
 */
export const leaks = (sighting: Pick<Sighting<unknown, unknown>, "sinks">, canary: Canary): ReadonlyArray<Leak> =>
  Array.from(sighting.sinks).flatMap(([sink, text]) => {
    const haystack = haystackOf(text)
    return Array.from(canary.secrets).flatMap(([secret, needles]) =>
      formsIn(haystack, needles).map((form) => ({ secret, sink, form })),
    )
  })

/**
 * Watches an effect and dies with `LeakFound` if a secret reached a sink; otherwise succeeds with the effect's exit.
 *
 * @since 0.1.0
 * @category combinators
 */
export const assertNoLeak: {
  (canary: Canary): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Exit.Exit<A, E>, never, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, canary: Canary): Effect.Effect<Exit.Exit<A, E>, never, R>
} = dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, canary: Canary) =>
  Effect.flatMap(watch(effect), (sighting) => {
    const found = leaks(sighting, canary)
    return found.length === 0 ? Effect.succeed(sighting.exit) : Effect.die(new LeakFound(found))
  }),
)
