import type { Operation } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import type { RetryPolicy } from "../RetryPolicy.js"
import type { Stopped } from "../TileDBError.js"
import type { Budget } from "./budget.js"
import type { Failure, Known } from "./failure.js"
import * as Outcome from "./outcome.js"

export type Decision =
  | { readonly _tag: "Repeat"; readonly delay: number }
  | { readonly _tag: "Stop"; readonly stopped: Known<Stopped> | undefined }

const stop = (stopped: Known<Stopped> | undefined): Decision => ({ _tag: "Stop", stopped })

const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

const isTransient = (failure: Failure): boolean =>
  failure._tag === "Status"
    ? transient.has(failure.status)
    : failure._tag === "Transport" &&
      (failure.reason === "ConnectionFailed" || failure.reason === "ConnectionLost" || failure.reason === "Timeout")

/**
 * Whether to send again after attempt `number` failed, and after how many milliseconds. `random` is in [0, 1).
 */
export const decide = (
  policy: RetryPolicy,
  operation: Operation,
  failure: Failure,
  number: number,
  remaining: number,
  random: number,
  budget: Budget,
): Decision => {
  if (!isTransient(failure))
    return stop(failure._tag === "Transport" && failure.reason === "Deadline" ? "Deadline" : undefined)
  if (!(operation.idempotent || policy.repeatUnsafe || Outcome.ofAttempt(failure) !== "Unknown"))
    return stop("NotRepeatable")
  // A name that does not exist is a typing error or a network that is not up yet: one repeat is for the latter.
  const unknownHost = failure._tag === "Transport" && failure.detail === "ENOTFOUND"
  if (number >= (unknownHost ? Math.min(policy.attempts, 2) : policy.attempts)) return stop("Attempts")
  const asked = failure._tag === "Status" ? failure.retryAfter : undefined
  if (asked !== undefined && asked > Duration.toMillis(policy.maxRetryAfter)) return stop("RetryAfter")
  // The exponent is capped because 0 · ∞ is no delay.
  const exponential = Duration.toMillis(policy.baseDelay) * 2 ** Math.min(number - 1, 50)
  const ceiling = Math.min(Duration.toMillis(policy.maxDelay), exponential)
  // A Retry-After of nothing is no reason to hammer: it falls back to the policy's own delay.
  const delay = asked !== undefined && asked > 0 ? asked : Math.round(random * ceiling)
  if (delay >= remaining) return stop("Deadline")
  return budget.take() ? { _tag: "Repeat", delay } : stop("Budget")
}
