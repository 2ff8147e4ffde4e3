import type { Operation } from "@effect-tiledb/schema"
import type { Outcome } from "../../TileDBError.js"
import type { Failure, Of } from "./failure.js"

/**
 * Whether a response proves that nothing was done. HTTP's registered refusals (400 to 451) do, except 408, which may
 * come from a proxy that has passed the request on. A 503 with `Retry-After` does if it is the service's own Error, or
 * complete, empty and not HTML: some proxies put `Retry-After` on every page about a service that has not responded,
 * and what did not arrive may be such a page.
 */
const refuses = ({ mediaType, ofService, retryAfter, status }: Of<"Status">): boolean =>
  (status >= 400 && status <= 451 && status !== 408) ||
  (status === 503 && retryAfter !== undefined && (ofService || mediaType === undefined))

/** The outcome of one attempt that failed in this way, without earlier attempts. */
export const ofAttempt = (failure: Failure): Outcome => {
  if (failure._tag === "Decode") return failure.outcome
  if (failure._tag === "Transport") return failure.acted ? "Unknown" : "NotSent"
  return refuses(failure) ? "NotDone" : "Unknown"
}

/**
 * The outcome of a call after its last attempt: that of the attempt itself, or `Unknown` if it only proves that this
 * one attempt did nothing and an earlier one may have acted. A deletion has succeeded if the thing no longer exists,
 * whichever attempt deleted it, unless the 404 may be about another thing (`Operation.notFound`).
 */
export const ofCall = (operation: Operation, failure: Failure, earlierUnknown: boolean): Outcome => {
  const own = ofAttempt(failure)
  if (!earlierUnknown || own === "Done") return own
  const isGone = operation.method === "DELETE" && operation.notFound === true && isNotFound(operation, failure)
  return isGone ? "Done" : "Unknown"
}

/** Whether the service reports that there is no such thing. Any server responds with 404 to an unknown path. */
export const isNotFound = (operation: Operation, failure: Failure): boolean =>
  failure._tag === "Status" && failure.status === 404 && Boolean(operation.notFound) && failure.ofService
