/**
 * When a call is repeated, after how long, and when to give up: plain values that compose, at the Layer, per operation
 * and per call.
 *
 * What may be repeated comes from the operations table. Operations that are safe to repeat are repeated on a failed or
 * lost connection, a timeout, 408, 429, 500, 502, 503 and 504. The others only when the request provably did nothing: no
 * connection, 429, or 503 with `Retry-After`.
 *
 * @since 0.1.0
 */
import type { OperationName } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { dual } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"

/**
 * What a hook learns about a retry that is about to be waited for; `delay` is in milliseconds and `nextAttempt` counts
 * from 2.
 *
 * @since 0.1.0
 * @category models
 */
export interface Retry {
  readonly operation: OperationName | (string & {})
  readonly nextAttempt: number
  readonly delay: number
  readonly reason: string
}

/**
 * A retry policy. Build one with `make`, or change a preset with the combinators.
 *
 * - `attempts`: requests in all, the first included, whatever kinds of fault there are;
 * - `baseDelay`, `maxDelay`: before attempt n + 1 a random time up to `baseDelay · 2ⁿ⁻¹`, never above `maxDelay`;
 * - `maxRetryAfter`: the longest `Retry-After` that is honoured, exactly; a longer one fails the call at once;
 * - `attemptTimeout`: for one attempt, from connecting to the last byte of the body;
 * - `deadline`: for the whole call, waits, hook and queue for a turn included; nothing is sent after it;
 * - `repeatUnsafe`: also repeat operations that are not safe to repeat (a user may be created twice, or be reported as
 *   taken although this very call created it);
 * - `onRetry`: runs before each wait and is waited for;
 * - `operations`: other policies for some operations.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryPolicy {
  readonly attempts: number
  readonly baseDelay: Duration.Duration
  readonly maxDelay: Duration.Duration
  readonly maxRetryAfter: Duration.Duration
  readonly attemptTimeout: Duration.Duration
  readonly deadline: Duration.Duration
  readonly repeatUnsafe: boolean
  readonly onRetry: ((retry: Retry) => Effect.Effect<void>) | undefined
  readonly operations: { readonly [Name in OperationName]?: RetryPolicy }
}

/**
 * What `make` takes: every field may be left out (then it is as in `standard`), durations as Effect takes them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly attempts?: number
  readonly baseDelay?: Duration.DurationInput
  readonly maxDelay?: Duration.DurationInput
  readonly maxRetryAfter?: Duration.DurationInput
  readonly attemptTimeout?: Duration.DurationInput
  readonly deadline?: Duration.DurationInput
  readonly repeatUnsafe?: boolean
  readonly onRetry?: (retry: Retry) => Effect.Effect<void>
  readonly operations?: { readonly [Name in OperationName]?: RetryPolicy }
}

/**
 * A policy from its parts. `attempts` is at least 1: smaller, fractional or NaN values are rounded to what can be done.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): RetryPolicy => ({
  attempts: Math.max(1, Math.floor(options.attempts ?? 4) || 1),
  baseDelay: Duration.decode(options.baseDelay ?? "250 millis"),
  maxDelay: Duration.decode(options.maxDelay ?? "8 seconds"),
  maxRetryAfter: Duration.decode(options.maxRetryAfter ?? "30 seconds"),
  attemptTimeout: Duration.decode(options.attemptTimeout ?? "20 seconds"),
  deadline: Duration.decode(options.deadline ?? "60 seconds"),
  repeatUnsafe: options.repeatUnsafe ?? false,
  onRetry: options.onRetry,
  operations: options.operations ?? {},
})

/**
 * Four attempts, full jitter from 250 ms up to 8 s, `Retry-After` up to 30 s, 20 s per attempt. A call ends within 60 s at
 * the worst; on failures that come at once the waits add up to 1.75 s at most (250 + 500 + 1,000 ms).
 *
 * @since 0.1.0
 * @category presets
 */
export const standard: RetryPolicy = make({})

/**
 * One attempt, of 20 s at the most; nothing is ever sent twice.
 *
 * @since 0.1.0
 * @category presets
 */
export const none: RetryPolicy = make({ attempts: 1, deadline: "20 seconds" })

/**
 * Ten attempts, full jitter from 500 ms up to 30 s, `Retry-After` up to 2 minutes, 30 s per attempt. A call ends within
 * 10 minutes at the worst; on failures that come at once the waits add up to 121.5 s at most.
 *
 * @since 0.1.0
 * @category presets
 */
export const forceful: RetryPolicy = make({
  attempts: 10,
  baseDelay: "500 millis",
  maxDelay: "30 seconds",
  maxRetryAfter: "2 minutes",
  attemptTimeout: "30 seconds",
  deadline: "10 minutes",
})

/**
 * The same policy with other parts.
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
} = dual(2, (self: RetryPolicy, options: Options): RetryPolicy => {
  const { onRetry, ...rest } = self
  return make({ ...rest, ...(onRetry === undefined ? {} : { onRetry }), ...options })
})

/**
 * The same policy, with another one for some operations.
 *
 * @since 0.1.0
 * @category combinators
 */
export const forOperations: {
  (operations: RetryPolicy["operations"]): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, operations: RetryPolicy["operations"]): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, operations: RetryPolicy["operations"]): RetryPolicy => ({
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
export const current: FiberRef.FiberRef<Option.Option<RetryPolicy>> = globalValue(
  "@effect-tiledb/client/RetryPolicy/current",
  () => FiberRef.unsafeMake(Option.none<RetryPolicy>()),
)

/**
 * Runs an effect with another retry policy for all the calls in it; it takes the place of the Layer's, `operations`
 * included.
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
} = dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, policy: RetryPolicy) =>
  Effect.locally(effect, current, Option.some(policy)),
)
