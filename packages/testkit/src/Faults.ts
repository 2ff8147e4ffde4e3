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
import type { OperationName } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Scope from "effect/Scope"
import type { Latency } from "./internal/faults/latency.js"

/**
 * Whether the fault strikes before the service carries out the operation ("before", the default: nothing was done) or
 * after ("after": it was done, but the caller gets no confirmation).
 *
 * @since 0.1.0
 * @category models
 */
export type When = "before" | "after"

/**
 * One fault. Create it with the constructors below.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | {
      readonly _tag: "Answer"
      /** The HTTP status of the response. */
      readonly status: number
      /** The headers of the response. */
      readonly headers: Readonly<Record<string, string>>
      /** The body of the response, as it is sent. */
      readonly body: string | Uint8Array
      /** Whether the service acts first. */
      readonly when: When
    }
  | {
      readonly _tag: "Respond"
      /** Creates the response; if it returns `undefined`, the service responds itself. */
      readonly respond: (request: FaultRequest) => AnswerOptions | undefined
      /** Whether the service acts first. */
      readonly when: When
    }
  | {
      readonly _tag: "Reset"
      /** Whether the service acts before the connection is reset. */
      readonly when: When
    }
  | { readonly _tag: "Refuse" }
  | {
      readonly _tag: "Silence"
      /** Whether the service acts, although it sends no response. */
      readonly when: When
    }
  | {
      readonly _tag: "Delay"
      /** The delayed part: the whole response, or only its body. */
      readonly part: "head" | "body"
      /** How long it is delayed. */
      readonly latency: Latency
    }
  | { readonly _tag: "CutHead" }
  | {
      readonly _tag: "CutBody"
      /** What follows the first half of the body: the connection is reset, or no more data arrives. */
      readonly end: "reset" | "stall"
    }
  | { readonly _tag: "TruncatedJson" }
  | {
      readonly _tag: "Merge"
      /** The fields that replace those of the response's user, or of its `data`. */
      readonly fields: Readonly<Record<string, unknown>>
    }

/**
 * The argument of the function of `answer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultRequest {
  /** The name of the operation. */
  readonly operation: Operation
  /** The HTTP method. */
  readonly method: string
  /** The path and query, as sent. */
  readonly target: string
  /** The values of the path's parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** The documented fields of the body, secrets as `Redacted`; `undefined` if the operation has no body. */
  readonly input: Readonly<Record<string, unknown>> | undefined
  /** The headers, with lower-case names, without those of the credential. */
  readonly headers: Readonly<Record<string, string>>
}

export type { Latency } from "./internal/faults/latency.js"

type Operation = OperationName | (string & {})

/**
 * One or more faults, and the calls that they apply to.
 *
 * If several rules strike the same call, delays add up, merges apply in order, and the first of the other faults wins.
 * Adding a rule that can never strike fails (`IllegalArgumentException`); a rule that never struck is reported at the
 * end (`FaultNeverStruck`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule {
  /** The fault, or several. */
  readonly fault: Fault | ReadonlyArray<Fault>
  /** The operations that it applies to. Default: all. */
  readonly operation?: Operation | ReadonlyArray<Operation>
  /** The numbers of the calls that it strikes, counted from 1 since the rule was added. Default: all. */
  readonly nth?: number | ReadonlyArray<number>
  /** The probability that it strikes each of these calls, above 0 and at most 1. Default 1. */
  readonly probability?: number
  /** The seed of the probability and the latencies, besides the deployment's own. Default: none. */
  readonly seed?: string | number
  /** Whether the rule may end without having struck. Default false; true if the probability is below 1. */
  readonly optional?: boolean
}

/**
 * A rule, and its counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Struck {
  /** The rule. */
  readonly rule: Rule
  /** How many calls of its operations there were while it was in force. */
  readonly calls: number
  /** How many of them it struck. */
  readonly struck: number
}

/**
 * A rule never struck, so the test did not test what it was written for. It is the defect of `withFaults`, of the scope
 * of `inject` and of the scope of the Layer, unless they have failed anyway. `message` names the rule and the calls
 * that were made.
 *
 * @since 0.1.0
 * @category errors
 */
export class FaultNeverStruck extends Data.TaggedError("FaultNeverStruck")<{
  /** The rule, and the calls that were made. */
  readonly message: string
}> {}

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
 * Adds rules until the scope closes.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inject = (...rules: ReadonlyArray<Rule>): Effect.Effect<void, never, Faults | Scope.Scope> =>
  Effect.flatMap(Faults, (faults) => Effect.forEach(rules, faults.add, { discard: true }))

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
} = dual(
  2,
  <A, E, R>(effect: Effect.Effect<A, E, R>, rules: Rule | ReadonlyArray<Rule>): Effect.Effect<A, E, R | Faults> =>
    Effect.flatMap(Faults, (faults) =>
      // A separate scope: the resources of the effect itself are not affected.
      Effect.scopedWith((scope) =>
        Effect.zipRight(Scope.extend(Effect.forEach(Arr.ensure(rules), faults.add, { discard: true }), scope), effect),
      ),
    ),
)

/**
 * A response in place of the service's own.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions {
  /** The status. */
  readonly status: number
  /** The headers. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body. Default: none. */
  readonly body?: string | Uint8Array
}

/**
 * Any response in place of the service's own: a constant, or the result of a function of the request. If the function
 * returns `undefined`, the service responds itself.
 *
 * @example
 * import { Faults } from "@effect-tiledb/testkit"
 *
 * // Once, and for one user only: the answer of a service that has gone mad.
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
  given:
    | (AnswerOptions & {
        /** Whether the service acts first. Default "before": it does not. */
        readonly when?: When
      })
    | ((request: FaultRequest) => AnswerOptions | undefined),
  options: {
    /** Whether the service acts first. Default "before": it does not. */
    readonly when?: When
  } = {},
): Fault =>
  typeof given === "function"
    ? { _tag: "Respond", respond: given, when: options.when ?? "before" }
    : {
        _tag: "Answer",
        status: given.status,
        headers: given.headers ?? {},
        body: given.body ?? "",
        when: given.when ?? options.when ?? "before",
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
  options: {
    /** The `message` of the Error JSON. Default "Injected fault". */
    readonly message?: string
    /** The `Retry-After` header: a duration, written in whole seconds, or the header's text. Default: no header. */
    readonly retryAfter?:
      | Duration.DurationInput
      | {
          /** The header's value as it is sent, for example an HTTP date. */
          readonly text: string
        }
    /** Whether the service acts first. Default "before": it does not. */
    readonly when?: When
  } = {},
): Fault =>
  answer({
    status,
    headers: { "content-type": "application/json", ...retryAfterHeader(options.retryAfter) },
    body: JSON.stringify({ code: 10901, message: options.message ?? "Injected fault", request_id: "req_fault" }),
    when: options.when ?? "before",
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
 * The service waits this long, by the `Clock`, before it acts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const delay = (duration: Duration.DurationInput): Fault => latency(fixed(duration))

/**
 * The service waits for a time drawn from the distribution, by the `Clock`: before it acts (`head`, the default), or
 * between the headers and the body of its response (`body`; a response without a body is not delayed).
 *
 * @since 0.1.0
 * @category constructors
 */
export const latency = (latency: Latency, part: "head" | "body" = "head"): Fault => ({ _tag: "Delay", part, latency })

/**
 * A constant time.
 *
 * @since 0.1.0
 * @category latencies
 */
export const fixed = (duration: Duration.DurationInput): Latency => ({
  _tag: "Fixed",
  millis: Duration.toMillis(duration),
})

/**
 * A uniformly distributed time from `min` to `max`.
 *
 * @since 0.1.0
 * @category latencies
 */
export const uniform = (min: Duration.DurationInput, max: Duration.DurationInput): Latency => ({
  _tag: "Uniform",
  min: Duration.toMillis(min),
  max: Duration.toMillis(max),
})

/**
 * A log-normal time, as is typical of services: half of the calls take less than `median`, and the larger `sigma`
 * (default 0.5), the longer the slowest ones take.
 *
 * @since 0.1.0
 * @category latencies
 */
export const logNormal = (options: {
  /** Half of the calls take longer than this. */
  readonly median: Duration.DurationInput
  /** The standard deviation of the logarithm: 0 is always the median. Default 0.5. */
  readonly sigma?: number
}): Latency => ({
  _tag: "LogNormal",
  median: Duration.toMillis(options.median),
  sigma: options.sigma ?? 0.5,
})

/**
 * `usual` for most calls, `slow` for a `share` of them (0.01 is one in a hundred).
 *
 * @since 0.1.0
 * @category latencies
 */
export const slowTail = (options: {
  /** How long most calls take. */
  readonly usual: Latency
  /** How long the slow ones take. */
  readonly slow: Latency
  /** The fraction of slow calls, from 0 to 1. */
  readonly share: number
}): Latency => ({ _tag: "SlowTail", ...options })

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
