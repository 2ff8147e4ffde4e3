import type { Operation, ValidationErrorField } from "@effect-tiledb/schema"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as TileDBError from "../TileDBError.js"
import { cleaner } from "./clean.js"

/** What the body of an error answer says, as far as it says anything; it is the service's word and not trusted. */
export interface ErrorBody {
  readonly message?: string
  readonly request_id?: string
  readonly code?: number
  readonly validation_error?: { readonly fields: ReadonlyArray<ValidationErrorField> }
}

/** How one attempt failed, before it is known whether it was the last. */
export type Failure =
  | {
      readonly _tag: "Status"
      readonly status: number
      readonly retryAfter: number | undefined
      readonly body: ErrorBody
    }
  | {
      readonly _tag: "Transport"
      readonly reason: TileDBError.TransportReason
      readonly acted: boolean
      readonly detail?: string
      readonly from?: string
      readonly to?: string
    }
  | {
      readonly _tag: "Decode"
      readonly status: number
      readonly reason: "Json" | "Schema"
      readonly issues: ReadonlyArray<TileDBError.Issue>
    }

export const transport = (
  reason: TileDBError.TransportReason,
  acted: boolean,
  more?: { readonly detail?: string | undefined; readonly from?: string; readonly to?: string | undefined },
): Failure => ({
  _tag: "Transport",
  reason,
  acted,
  ...(more?.detail === undefined ? {} : { detail: more.detail }),
  ...(more?.from === undefined ? {} : { from: more.from }),
  ...(more?.to === undefined ? {} : { to: more.to }),
})

/** The failure in one word, for attempts, logs, spans and metrics. */
export const reasonOf = (failure: Failure): string =>
  failure._tag === "Status" ? String(failure.status) : failure._tag === "Transport" ? failure.reason : "Decode"

/** Whether the service may have done what it was asked, in spite of the failure. */
export const mayHaveActed = (failure: Failure): boolean => {
  switch (failure._tag) {
    case "Transport":
      return failure.acted
    case "Decode":
      return true
    case "Status":
      return failure.status === 503
        ? failure.retryAfter === undefined
        : failure.status === 408 || (failure.status >= 500 && failure.status !== 501 && failure.status !== 505)
  }
}

const limits = { message: 1000, request_id: 200, field: 200, fields: 100 }

/** Reads an Error body leniently: each part on its own, from whatever text there is. */
export const errorBody = (text: string, secrets: ReadonlyArray<Redacted.Redacted<string>>): ErrorBody => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return {}
  }
  if (!Predicate.isRecord(json)) return {}
  const clean = cleaner(secrets)
  const said = (value: unknown, limit: number): string | undefined =>
    typeof value === "string" ? clean(value, limit) || undefined : undefined
  const message = said(json.message, limits.message)
  const request_id = said(json.request_id, limits.request_id)
  // A password may be all digits, and a server may echo it as a number.
  const code = Number.isSafeInteger(json.code) ? Number(said(String(json.code), 20)) : Number.NaN
  const validation = json.validation_error
  const fields = Predicate.isRecord(validation) && Array.isArray(validation.fields) ? validation.fields : undefined
  return {
    ...(message === undefined ? {} : { message }),
    ...(request_id === undefined ? {} : { request_id }),
    ...(Number.isNaN(code) ? {} : { code }),
    ...(fields === undefined
      ? {}
      : {
          validation_error: {
            fields: fields
              .filter(Predicate.isRecord)
              .slice(0, limits.fields)
              .map((entry) => ({
                field: said(entry.field, limits.field) ?? "",
                message: said(entry.message, limits.message) ?? "",
              })),
          },
        }),
  }
}

const explain: Record<TileDBError.TransportReason, string> = {
  ConnectionFailed: "no connection could be made",
  ConnectionLost: "the connection broke before the answer was complete",
  Timeout: "the attempt took longer than the policy's attemptTimeout",
  Deadline: "the call took longer than the policy's deadline",
  BodyTooLarge: "the answer is larger than maxBodyBytes",
  RedirectRefused:
    "the service redirects to where this request must not follow (add the origin to allowedOrigins if you trust it)",
  RedirectInsecure: "the service redirects from https to http",
  RedirectLoop: "the service redirects in a circle",
  RedirectLimit: "the service redirects too often",
  Credentials: "the bearer token could not be obtained, or no header can carry it",
}

const outcomeText = {
  NotSent: "nothing was done",
  Unknown: "it may have been done: look before you repeat it",
}

const stoppedText: Record<TileDBError.Stopped, string> = {
  Attempts: "",
  Deadline: "; not repeated: the deadline is too near",
  Budget: "; not repeated: the retry budget is empty",
  NotRepeatable: "; not repeated: the operation is not safe to repeat",
  RetryAfter: "; not repeated: Retry-After is longer than the policy's maxRetryAfter",
}

/** The error that the caller gets once the last attempt has failed. */
export const toError = (
  operation: Operation,
  failure: Failure,
  attempts: ReadonlyArray<TileDBError.Attempt>,
  stopped: TileDBError.Stopped | undefined,
  acted: boolean,
): TileDBError.NotFound | TileDBError.ApiError | TileDBError.TransportError | TileDBError.DecodeError => {
  const name = operation.name
  const more = stopped === undefined ? {} : { stopped }
  switch (failure._tag) {
    case "Status": {
      const { body, retryAfter, status } = failure
      const message = body.message ?? `${name} was answered with status ${status}`
      return status === 404 && operation.notFound
        ? new TileDBError.NotFound({ ...body, operation: name, status, message, attempts })
        : new TileDBError.ApiError({
            ...body,
            operation: name,
            status,
            message: stopped === "RetryAfter" ? `${message}${stoppedText.RetryAfter}` : message,
            attempts,
            ...(retryAfter === undefined ? {} : { retryAfter }),
            ...more,
          })
    }
    case "Transport": {
      const { _tag, acted: _, ...said } = failure
      const outcome = acted ? "Unknown" : "NotSent"
      return new TileDBError.TransportError({
        ...said,
        ...more,
        operation: name,
        outcome,
        attempts,
        message: `${name}: ${explain[failure.reason]}${failure.detail === undefined ? "" : ` (${failure.detail})`}; ${outcomeText[outcome]}${stopped === undefined ? "" : stoppedText[stopped]}`,
      })
    }
    case "Decode":
      return new TileDBError.DecodeError({
        operation: name,
        status: failure.status,
        reason: failure.reason,
        issues: failure.issues,
        attempts,
        message: `${name} succeeded with status ${failure.status}, but its answer cannot be read: ${
          failure.reason === "Json" ? "it is not JSON" : failure.issues.map((_) => `${_.path} ${_.message}`).join("; ")
        }`,
      })
  }
}
