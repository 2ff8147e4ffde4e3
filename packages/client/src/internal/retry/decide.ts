import type { Operation } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import type { RetryPolicy } from "../../RetryPolicy.js"
import type { Stopped } from "../../TileDBError.js"
import type { Failure } from "../failure/failure.js"
import * as Outcome from "../failure/outcome.js"
import { isLikelyCors, isSettled } from "../failure/transportFault.js"

export type Decision =
  /** The request is retried after `delay` milliseconds. */
  | { readonly _tag: "Again"; readonly delay: number }
  /** The call ends; `stopped` is why, where the policy would otherwise have allowed a retry. */
  | { readonly _tag: "End"; readonly stopped: Stopped | undefined }

const end = (stopped: Stopped | undefined): Decision => ({ _tag: "End", stopped })

const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

const isTransient = (failure: Failure): boolean =>
  failure._tag === "Status"
    ? transient.has(failure.status)
    : failure._tag === "Transport" &&
      !isSettled(failure) &&
      (failure.reason === "ConnectionFailed" ||
        failure.reason === "ConnectionLost" ||
        failure.reason === "Timeout" ||
        // `Credentials.unavailable`
        (failure.reason === "Credentials" && failure.detail === "CredentialsUnavailable"))

/** The wait in milliseconds after attempt `number` failed. */
const delayAfter = (policy: RetryPolicy, failure: Failure, number: number, random: number): number => {
  const asked = failure._tag === "Status" ? failure.retryAfter : undefined
  // The exponent is capped because 0 · ∞ is no delay.
  const exponential = Duration.toMillis(policy.baseDelay) * 2 ** Math.min(number - 1, 50)
  const ceiling = Math.min(Duration.toMillis(policy.maxDelay), exponential)
  // A `Retry-After` of zero must not cause immediate retries: the policy's own delay is used.
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

/** An attempt that has failed, and what a retry depends on. */
export interface Failed {
  readonly operation: Operation
  readonly failure: Failure
  /** The number of the attempt, from 1. */
  readonly number: number
  /** The milliseconds left until the deadline. */
  readonly remaining: number
  /** In [0, 1). */
  readonly random: number
  /** Whether the budget allows a retry. */
  readonly affordable: boolean
}

/** Whether to retry the request, and after how many milliseconds. */
export const decide = (policy: RetryPolicy, failed: Failed): Decision => {
  const { affordable, failure, number, operation, random, remaining } = failed
  if (!isTransient(failure)) {
    const late = failure._tag === "Transport" && (failure.reason === "Deadline" || failure.reason === "Paused")
    return end(late ? "Deadline" : undefined)
  }
  if (!(operation.idempotent === true || policy.repeatUnsafe || Outcome.ofAttempt(failure) !== "Unknown")) {
    return end("NotRepeatable")
  }
  // A network may fail once; CORS does each time.
  if (number >= (isLikelyCors(failure) ? Math.min(2, policy.attempts) : policy.attempts)) return end("Attempts")
  const asked = failure._tag === "Status" ? failure.retryAfter : undefined
  if (asked !== undefined && asked > Duration.toMillis(policy.maxRetryAfter)) return end("RetryAfter")
  const delay = delayAfter(policy, failure, number, random)
  if (delay >= remaining) return end("Deadline")
  return affordable ? { _tag: "Again", delay } : end("Budget")
}
