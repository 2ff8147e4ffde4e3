import type { Operation } from "@effect-tiledb/schema"
import type { Outcome } from "../TileDBError.js"
import type { Failure } from "./failure.js"

/**
 * Whether an answer proves that nothing was done: HTTP's registered refusals (400 to 451), of which 408 alone may come from a
 * proxy that has passed the request on; and a 503 that says when to come back, unless it is a proxy's page (some proxies put
 * `Retry-After` on every page that says the service has not answered).
 */
const refuses = ({
  mediaType,
  ofService,
  retryAfter,
  status,
}: Extract<Failure, { readonly _tag: "Status" }>): boolean =>
  (status >= 400 && status <= 451 && status !== 408) ||
  (status === 503 && retryAfter !== undefined && (ofService || mediaType === undefined))

/** What one attempt that failed this way says of the deed, with no other before it. */
export const ofAttempt = (failure: Failure): Outcome => {
  switch (failure._tag) {
    case "Status":
      return refuses(failure) ? "NotDone" : "Unknown"
    case "Transport":
      return failure.acted ? "Unknown" : "NotSent"
    case "Decode":
      return failure.outcome
  }
}

/**
 * What the last attempt of a call says of the deed: what it proves by itself, and `Unknown` where it proves only that this
 * one attempt did nothing and an earlier one may have. That the user is gone is what a deletion asked for, whichever
 * attempt did it.
 */
export const ofCall = (operation: Operation, failure: Failure, earlierUnknown: boolean): Outcome => {
  const own = ofAttempt(failure)
  if (!earlierUnknown || own === "Done") return own
  return operation.method === "DELETE" && isNotFound(operation, failure) ? "Done" : "Unknown"
}

/** Whether the service says that there is no such thing. Any server says 404 to a path it does not know. */
export const isNotFound = (operation: Operation, failure: Failure): boolean =>
  failure._tag === "Status" && failure.status === 404 && operation.notFound && failure.ofService
