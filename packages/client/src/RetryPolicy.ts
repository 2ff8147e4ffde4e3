/**
 * When a call is retried, after which delay, and when it fails: plain values that compose, at the Layer, per operation
 * and per call.
 *
 * The operations table determines what may be retried. Operations that are safe to retry are retried after a failed or
 * lost connection, a timeout, 408, 429, 500, 502, 503 and 504. Other operations are retried only if the request
 * provably did nothing: no connection, 429, or 503 with `Retry-After` (as the service's own Error, or empty and not HTML).
 *
 * @since 0.1.0
 */
import type { OperationName } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FiberRef from "effect/FiberRef"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { type Checked, type Problems, problems } from "./internal/retry/policyProblem.js"
import { perFiber } from "./internal/runtime/global.js"
import { guarded } from "./internal/runtime/guarded.js"

/**
 * The argument of a hook, which runs before the wait of a retry.
 *
 * @since 0.1.0
 * @category models
 */
export interface Retry {
  /** The operation, as in `Operations`: `getUser`, or `Teams.list` of another group. */
  readonly operation: string
  /** The number of the next request, from 2. */
  readonly nextAttempt: number
  /** The wait before it. */
  readonly delay: Duration.Duration
  /** Why the previous attempt failed: an HTTP status or a `TransportError` reason. */
  readonly reason: string
}

/**
 * Policies by operation: those of `Users` by their names (`getUser`), those of another group by the group's and their own
 * (`"Teams.list"`), as in `qualifiedName` of the schema package.
 *
 * @since 0.1.0
 * @category models
 */
export type Operations = { readonly [Name in OperationName]?: RetryPolicy | undefined } & {
  readonly [name: `${string}.${string}`]: RetryPolicy | undefined
  /** Those of `Users` have no prefix. */
  readonly [name: `Users.${string}`]: undefined
}

/**
 * A retry policy. Build one with `make`, or change a preset with the combinators.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryPolicy {
  /** The maximum number of requests, including the first, whatever the failures. */
  readonly attempts: number
  /** Before attempt n + 1 there is a random wait of up to `baseDelay · 2ⁿ⁻¹`. */
  readonly baseDelay: Duration.Duration
  /** The longest wait that the policy chooses. */
  readonly maxDelay: Duration.Duration
  /** The longest `Retry-After` that is honoured, exactly; a longer one fails the call at once. */
  readonly maxRetryAfter: Duration.Duration
  /** The time for one attempt, from connecting to the last byte of the body. */
  readonly attemptTimeout: Duration.Duration
  /** The time for the whole call, including waits, hook and the limiter's queue; nothing is sent after it. */
  readonly deadline: Duration.Duration
  /**
   * Whether operations that are not safe to retry are retried too: a user may be created twice, or be reported as
   * taken although this call created it.
   */
  readonly repeatUnsafe: boolean
  /** Runs to completion before each wait. */
  readonly onRetry: ((retry: Retry) => Effect.Effect<void>) | undefined
  /** Other policies for some operations. */
  readonly operations: Operations
}

/**
 * The options of `make`; durations as in Effect. A field that is absent or `undefined` is as in `standard`, and for
 * `modify` unchanged.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The maximum number of requests, including the first: a whole number from 1, or `Infinity`. Default 4. */
  readonly attempts?: number | undefined
  /** Before attempt n + 1 there is a random wait of up to `baseDelay · 2ⁿ⁻¹`. Default 250 ms. */
  readonly baseDelay?: Duration.DurationInput | undefined
  /** The longest wait that the policy chooses. Default 8 s. */
  readonly maxDelay?: Duration.DurationInput | undefined
  /** The longest `Retry-After` that is honoured; a longer one fails the call at once. Default 30 s. */
  readonly maxRetryAfter?: Duration.DurationInput | undefined
  /** The time for one attempt, from connecting to the last byte of the body. Default 20 s. */
  readonly attemptTimeout?: Duration.DurationInput | undefined
  /** The time for the whole call, including waits, hook and the limiter's queue. Default 60 s. */
  readonly deadline?: Duration.DurationInput | undefined
  /** Whether operations that are not safe to retry are retried too; a user may be created twice. Default false. */
  readonly repeatUnsafe?: boolean | undefined
  /** Runs to completion before each wait. Default: nothing. */
  readonly onRetry?: ((retry: Retry) => Effect.Effect<void>) | undefined
  /** Other policies for some operations. Default: none. */
  readonly operations?: Operations | undefined
}

const isAttempts = (value: number): boolean =>
  value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1)

// `Duration.decode` turns NaN and negative values into zero.
const durationOf = (input: Duration.DurationInput): Option.Option<Duration.Duration> => {
  const parts = Array.isArray(input) ? input : [typeof input === "string" ? Number.parseFloat(input) : input]
  const sound = parts.every((part) => !(typeof part === "number" || typeof part === "bigint") || part >= 0)
  return sound ? Duration.decodeUnknown(input) : Option.none()
}

/** A policy from its parts, that remembers `before` and what is unusable in them. */
const build = (options: Options, before: Problems): RetryPolicy => {
  const found: Record<string, string> = { ...before }
  const { attempts = 4 } = options
  if (!isAttempts(attempts)) found.attempts = "a whole number of at least 1, or Infinity"
  const duration = (part: DurationPart, otherwise: Duration.DurationInput): Duration.Duration =>
    Option.getOrElse(durationOf(options[part] ?? otherwise), () => {
      found[part] = 'a duration that is not negative, such as "20 seconds" or 250 (in milliseconds)'
      return Duration.decode(otherwise)
    })
  const policy: RetryPolicy = {
    attempts,
    baseDelay: duration("baseDelay", "250 millis"),
    maxDelay: duration("maxDelay", "8 seconds"),
    maxRetryAfter: duration("maxRetryAfter", "30 seconds"),
    attemptTimeout: duration("attemptTimeout", "20 seconds"),
    deadline: duration("deadline", "60 seconds"),
    repeatUnsafe: options.repeatUnsafe ?? false,
    onRetry: options.onRetry,
    operations: options.operations ?? {},
  }
  return Object.keys(found).length === 0 ? policy : Object.assign(policy, { [problems]: found })
}

const unreadable = (): RetryPolicy => build({}, { options: "readable" })

/** A copy of a policy, with the unusable parts that it has. */
const sound = (policy: RetryPolicy): RetryPolicy =>
  guarded(() => {
    const others = Object.entries(policy.operations).map(([name, other]) => [name, other && sound(other)] as const)
    return modify(policy, { operations: Object.fromEntries(others) as Operations })
  }, unreadable)

type DurationPart = "baseDelay" | "maxDelay" | "maxRetryAfter" | "attemptTimeout" | "deadline"

/**
 * A policy from its parts. It does not throw: with an unusable part (NaN, a negative number, a fraction of an attempt)
 * the client ends with a `ConfigError` at `retryPolicy.` and the part when it is built, and a call under
 * `withRetryPolicy` with an `InvalidRequest` before anything is sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): RetryPolicy => guarded(() => build(options, {}), unreadable)

/**
 * Four attempts, full jitter from 250 ms up to 8 s, `Retry-After` up to 30 s, 20 s per attempt. A call ends within 60
 * s. If its attempts fail at once, the waits add up to at most 1.75 s (250 + 500 + 1,000 ms).
 *
 * @since 0.1.0
 * @category constructors
 */
export const standard: RetryPolicy = /*#__PURE__*/ make({})

/**
 * One attempt of at most 20 s; nothing is ever sent twice.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: RetryPolicy = /*#__PURE__*/ make({ attempts: 1, deadline: "20 seconds" })

/**
 * Ten attempts, full jitter from 500 ms up to 30 s, `Retry-After` up to 2 minutes, 30 s per attempt. A call ends within
 * 10 minutes. If its attempts fail at once, the waits add up to at most 121.5 s.
 *
 * @since 0.1.0
 * @category constructors
 */
export const forceful: RetryPolicy = /*#__PURE__*/ make({
  attempts: 10,
  baseDelay: "500 millis",
  maxDelay: "30 seconds",
  maxRetryAfter: "2 minutes",
  attemptTimeout: "30 seconds",
  deadline: "10 minutes",
})

/**
 * The same policy with some parts changed.
 *
 * @example
 * import { RetryPolicy } from "@effect-tiledb/client"
 *
 * const patient = RetryPolicy.modify(RetryPolicy.standard, { attempts: 6, deadline: "2 minutes" })
 *
 * @since 0.1.0
 * @category combinators
 */
export const modify: {
  (options: Options): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, options: Options): RetryPolicy
} = /*#__PURE__*/ dual(2, (self: RetryPolicy & Checked, options: Options): RetryPolicy => {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const before = Object.entries(self[problems] ?? {}).filter(([part]) => !(part in given))
  return build({ ...self, ...given }, Object.fromEntries(before))
})

/**
 * The same policy, with other policies for some operations.
 *
 * @since 0.1.0
 * @category combinators
 */
export const forOperations: {
  (operations: Operations): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, operations: Operations): RetryPolicy
} = /*#__PURE__*/ dual(
  2,
  (self: RetryPolicy, operations: Operations): RetryPolicy => ({
    ...self,
    operations: { ...self.operations, ...operations },
  }),
)

/**
 * The policy that `withRetryPolicy` has set for the calls of this fiber, if any.
 *
 * @since 0.1.0
 * @category fiber refs
 */
export const current: FiberRef.FiberRef<Option.Option<RetryPolicy>> = perFiber("RetryPolicy/current")

/**
 * Runs an effect with another retry policy for all calls in it. It replaces the Layer's policy, including `operations`.
 *
 * @example
 * import { RetryPolicy, Users } from "@effect-tiledb/client"
 * import { Effect } from "effect"
 *
 * const self = Users.Users.pipe(
 *   Effect.flatMap((users) => users.getSelfUser),
 *   RetryPolicy.withRetryPolicy(RetryPolicy.none),
 * )
 *
 * @since 0.1.0
 * @category combinators
 */
export const withRetryPolicy: {
  (policy: RetryPolicy): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R>
} = /*#__PURE__*/ dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, policy: RetryPolicy) =>
  Effect.locally(effect, current, Option.some(sound(policy))),
)
