import type { Operation } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import type { RetryPolicy } from "../../RetryPolicy.js"
import type { Stopped } from "../../TileDBError.js"
import type { Failure } from "../failure/failure.js"
import * as Outcome from "../failure/outcome.js"
import { isSettled } from "../failure/transportFault.js"
import type { Budget } from "./budget.js"

export type Decision =
  | { readonly _tag: "Repeat"; readonly delay: number }
  | { readonly _tag: "Stop"; readonly stopped: Stopped | undefined }

const stop = (stopped: Stopped | undefined): Decision => ({ _tag: "Stop", stopped })

const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

const isTransient = (failure: Failure): boolean =>
  failure._tag === "Status"
    ? transient.has(failure.status)
    : failure._tag === "Transport" &&
      !isSettled(failure) &&
      (failure.reason === "ConnectionFailed" || failure.reason === "ConnectionLost" || failure.reason === "Timeout")

/** The wait in milliseconds after attempt `number` failed. */
const delayAfter = (policy: RetryPolicy, failure: Failure, number: number, random: number): number => {
  const asked = failure._tag === "Status" ? failure.retryAfter : undefined
  // The exponent is capped because 0 · ∞ is no delay.
  const exponential = Duration.toMillis(policy.baseDelay) * 2 ** Math.min(number - 1, 50)
  const ceiling = Math.min(Duration.toMillis(policy.maxDelay), exponential)
  // A `Retry-After` of zero must not cause immediate repeats: the policy's own delay is used.
  return asked !== undefined && asked > 0 ? asked : Math.round(random * ceiling)
}

/**
 * The pause of all calls, in milliseconds, after attempt `number` failed with 429, or 503 with `Retry-After`;
 * `undefined` after any other failure, and if `Retry-After` is longer than the policy allows.
 */
export const pauseAfter = (
  policy: RetryPolicy,
  failure: Failure,
  number: number,
  random: number,
): number | undefined => {
  const throttled =
    failure._tag === "Status" &&
    (failure.status === 429 || (failure.status === 503 && failure.retryAfter !== undefined))
  return throttled && (failure.retryAfter ?? 0) <= Duration.toMillis(policy.maxRetryAfter)
    ? delayAfter(policy, failure, number, random)
    : undefined
}

/**
 * Whether to repeat the request after attempt `number` failed, and after how many milliseconds. `random` is in [0, 1).
 */
export const decide = (
  policy: RetryPolicy,
  operation: Operation,
  failure: Failure,
  number: number,
  remaining: number,
  random: number,
  budget: Pick<Budget, "take">,
): Decision => {
  if (!isTransient(failure))
    return stop(
      failure._tag === "Transport" && (failure.reason === "Deadline" || failure.reason === "Paused")
        ? "Deadline"
        : undefined,
    )
  if (!(operation.idempotent === true || policy.repeatUnsafe || Outcome.ofAttempt(failure) !== "Unknown"))
    return stop("NotRepeatable")
  // An unknown host is a typing error or a network that is not up yet; one repeat covers the latter.
  const unknownHost = failure._tag === "Transport" && failure.detail === "ENOTFOUND"
  if (number >= (unknownHost ? Math.min(policy.attempts, 2) : policy.attempts)) return stop("Attempts")
  const asked = failure._tag === "Status" ? failure.retryAfter : undefined
  if (asked !== undefined && asked > Duration.toMillis(policy.maxRetryAfter)) return stop("RetryAfter")
  const delay = delayAfter(policy, failure, number, random)
  if (delay >= remaining) return stop("Deadline")
  return budget.take() ? { _tag: "Repeat", delay } : stop("Budget")
}
