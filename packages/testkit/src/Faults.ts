/**
 * Faults between a client and the service, as data: which fault, for which operation, at which call or how often. The
 * same rules work in memory and over real sockets; `TestUsers` fails with the same error as the client.
 *
 * @example
 * import { Faults, TestHttpClient } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * // The first two reads find the service restarting; the third one works.
 * const program = (app: Effect.Effect<void>) =>
 *   app.pipe(
 *     Faults.withFaults({ fault: Faults.status(503, { retryAfter: "2 seconds" }), operation: "getUser", nth: [1, 2] }),
 *     Effect.provide(TestHttpClient.layer()),
 *   )
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Scope from "effect/Scope"
import type { AnswerOptions, Fault, FaultRequest, Rule, Struck, When } from "./internal/faults/fault.js"
import { FaultNeverStruck } from "./internal/faults/fault.js"
import type { FaultBook } from "./internal/faults/faultBook.js"

export * from "./internal/faults/fault.js"

/**
 * The rules in force.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Adds a rule until the scope closes. */
  readonly add: (rule: Rule) => Effect.Effect<void, never, Scope.Scope>
  /** Adds a rule without a scope, and returns the effect that removes it. */
  readonly install: (rule: Rule) => Effect.Effect<Effect.Effect<void>>
  /** Removes all rules and their counts. */
  readonly clear: Effect.Effect<void>
  /** The rules in force, oldest first. */
  readonly rules: Effect.Effect<ReadonlyArray<Rule>>
  /** Every rule that was added since the last `clear`, in force or not, oldest first, with its counts. */
  readonly struck: Effect.Effect<ReadonlyArray<Struck>>
}

/**
 * The tag of the service; every Layer of this package that has a deployment provides it.
 *
 * @since 0.1.0
 * @category tags
 */
export class Faults extends Context.Tag("@effect-tiledb/testkit/Faults")<Faults, Service>() {}

/**
 * The service over the rules of a deployment.
 *
 * @internal
 */
export const make = (book: FaultBook): Service => {
  const install = (rule: Rule) => Effect.sync(() => book.add(rule))
  return {
    install: (rule) => Effect.map(install(rule), ({ remove }) => Effect.sync(remove)),
    add: (rule) =>
      Effect.asVoid(
        Effect.acquireRelease(install(rule), ({ neverStruck, remove }, exit) =>
          Effect.zipRight(Effect.sync(remove), dieUnlessStruck(exit, neverStruck)),
        ),
      ),
    clear: Effect.sync(() => book.clear()),
    rules: Effect.sync(() => book.rules),
    struck: Effect.sync(() => book.struck),
  }
}

/**
 * Reports rules that applied to no call. After a failure, that failure is reported instead.
 *
 * @internal
 */
export const dieUnlessStruck = (
  exit: Exit.Exit<unknown, unknown>,
  neverStruck: () => string | undefined,
): Effect.Effect<void> =>
  Effect.suspend(() => {
    const message = neverStruck()
    return message !== undefined && Exit.isSuccess(exit) ? Effect.die(new FaultNeverStruck({ message })) : Effect.void
  })

/**
 * Adds rules until the scope closes.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inject = (...rules: ReadonlyArray<Rule>): Effect.Effect<void, never, Faults | Scope.Scope> =>
  Effect.flatMap(Faults, (faults) => Effect.forEach(rules, (rule) => faults.add(rule), { discard: true }))

/**
 * Runs an effect with further rules, which are removed when it ends. Dies with `FaultNeverStruck` if the effect
 * succeeded and one of them did not strike.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withFaults: {
  (rules: Rule | ReadonlyArray<Rule>): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Faults>
  <A, E, R>(effect: Effect.Effect<A, E, R>, rules: Rule | ReadonlyArray<Rule>): Effect.Effect<A, E, R | Faults>
} = dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, rules: Rule | ReadonlyArray<Rule>) =>
  // A separate scope: the resources of the effect itself are not affected.
  Effect.scopedWith((scope) => Effect.zipRight(Scope.extend(inject(...Arr.ensure(rules)), scope), effect)),
)

/**
 * Any response in place of the service's own: a constant, or the result of a function of the request. If the function
 * returns `undefined`, the service responds itself.
 *
 * @example
 * import { Faults } from "@effect-tiledb/testkit"
 *
 * // Once, and for one user only: an absurd response.
 * const mad = {
 *   operation: "createUser",
 *   fault: Faults.answer(({ input }) =>
 *     input?.username === "eve" ? { status: 201, body: JSON.stringify({ data: null }) } : undefined,
 *   ),
 * } as const
 *
 * @since 0.1.0
 * @category constructors
 */
export const answer = (
  given: (AnswerOptions & Acting) | ((request: FaultRequest) => AnswerOptions | undefined),
  { when = "before" }: Acting = {},
): Fault => {
  if (typeof given === "function") return { _tag: "Respond", respond: given, when }
  const { body = "", headers = {}, status } = given
  return { _tag: "Answer", status, headers, body, when: given.when ?? when }
}

interface Acting {
  /** Whether the service acts first. Default "before": it does not. */
  readonly when?: When | undefined
}

/**
 * An Error JSON with this status, and with `Retry-After` if `retryAfter` is given: a duration (sent in whole seconds)
 * or the header's text itself, for example an HTTP date.
 *
 * @since 0.1.0
 * @category constructors
 */
export const status = (
  status: number,
  options: Acting & {
    /** The `message` of the Error JSON. Default "Injected fault". */
    readonly message?: string | undefined
    /** The `Retry-After` header: a duration, written in whole seconds, or the header's text. Default: no header. */
    readonly retryAfter?:
      | Duration.DurationInput
      | {
          /** The header's value as it is sent, for example an HTTP date. */
          readonly text: string
        }
      | undefined
  } = {},
): Fault =>
  answer({
    status,
    headers: { "content-type": "application/json", ...retryAfterHeader(options.retryAfter) },
    body: JSON.stringify({ code: 10901, message: options.message ?? "Injected fault", request_id: "req_fault" }),
    when: options.when,
  })

const retryAfterHeader = (
  given: Duration.DurationInput | { readonly text: string } | undefined,
): Record<string, string> => {
  if (given === undefined) return {}
  const isText = typeof given === "object" && "text" in given
  return { "retry-after": isText ? given.text : String(Math.ceil(Duration.toSeconds(given))) }
}

/**
 * The HTML of a proxy that cannot reach the service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const html = (status = 502): Fault =>
  answer({
    status,
    headers: { "content-type": "text/html" },
    body: `<html><head><title>${status} Bad Gateway</title></head><body><center><h1>${status} Bad Gateway</h1></center></body></html>\n`,
  })

/**
 * A response with this status and no body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty = (status = 404): Fault => answer({ status })

/**
 * A redirect to another URL; the service has not acted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const redirect = (location: string, status: 301 | 302 | 303 | 307 | 308 = 307): Fault =>
  answer({ status, headers: { location } })

/**
 * A success with this many bytes of JSON, far more than any response of the API has.
 *
 * @since 0.1.0
 * @category constructors
 */
export const oversized = (bytes: number): Fault =>
  answer({
    status: 200,
    headers: { "content-type": "application/json" },
    body: `{"data":"${"x".repeat(Math.max(0, bytes - 11))}"}`,
  })

/**
 * The connection breaks: before the service has acted, or after it, so that the response is lost.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reset = (when: When = "before"): Fault => ({ _tag: "Reset", when })

/**
 * No connection can be made (`ECONNREFUSED`). An open socket can no longer be refused: over real sockets this breaks
 * the connection as `reset` does. Close the server's port to have connections refused.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refuse: Fault = { _tag: "Refuse" }

/**
 * No response arrives, and the connection stays open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const silence = (when: When = "before"): Fault => ({ _tag: "Silence", when })

/**
 * The response, or only its body, takes that long.
 *
 * @since 0.1.0
 * @category constructors
 */
export const delay = (duration: Duration.DurationInput, part: "head" | "body" = "head"): Fault => ({
  ...{ _tag: "Delay", part },
  duration: Duration.decode(duration),
})

/**
 * The service acts, and the connection breaks within the headers of its response.
 *
 * @since 0.1.0
 * @category constructors
 */
export const cutHead: Fault = { _tag: "CutHead" }

/**
 * The service acts, and its response stops in the middle of the body: the connection breaks ("reset", the default) or
 * stays open for ever ("stall"). A response without a body is cut before its end is known.
 *
 * @since 0.1.0
 * @category constructors
 */
export const cutBody = (end: "reset" | "stall" = "reset"): Fault => ({ _tag: "CutBody", end })

/**
 * The service acts, and the JSON in its response is truncated although the response is complete. (A 204 has none.)
 *
 * @since 0.1.0
 * @category constructors
 */
export const truncatedJson: Fault = { _tag: "TruncatedJson" }

/**
 * The service acts, and the user in its response has further or other fields. (A 204 has none.)
 *
 * @since 0.1.0
 * @category constructors
 */
export const merge = (fields: Readonly<Record<string, unknown>>): Fault => ({ _tag: "Merge", fields })

/**
 * A field that this version of the API does not have.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unknownField: Fault = merge({ shoe_size: 42 })

/**
 * A role that this version of the API does not have.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unknownRole: Fault = merge({ role: "archivist" })
