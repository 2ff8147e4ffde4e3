import type { Operation, UserId } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import type { Credentials } from "../../Credentials.js"
import * as TileDBError from "../../TileDBError.js"
import type { Call } from "../call.js"
import { expiryOf } from "../secrets/jwt.js"
import { type Secrets, textInside } from "../secrets/secretText.js"
import { defined, type Failure, type Of } from "./failure.js"
import * as Line from "./line.js"
import * as Outcome from "./outcome.js"
import { shownOrigin } from "./shownOrigin.js"
import { argumentName, type Subject, subjectOf } from "./subject.js"

/** The end of a call that did not succeed. */
export interface End {
  readonly call: Call
  readonly failure: Failure
  readonly attempts: ReadonlyArray<TileDBError.Attempt>
  readonly stopped: TileDBError.Stopped | undefined
  /** Whether an attempt before the last one may have been acted on. */
  readonly earlierUnknown: boolean
  /** The origin of the base URL, and that of the last request. */
  readonly base: string
  readonly origin: string
  /** The names of the options in the user's source. */
  readonly named: Line.Named
  readonly texts: Line.Texts
  /** The scheme of the credential, and the secrets that were sent. */
  readonly scheme: Credentials["_tag"]
  readonly secrets: Secrets
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The errors of a call that was sent, or that could not be sent. */
export type CallError = Exclude<TileDBError.TileDBError, TileDBError.InvalidRequest>

/** When the token that was sent expired, if it has. */
const expiredAt = ({ now, secrets }: End): Date | undefined => {
  const expiry = expiryOf(textInside(secrets[0]) ?? "")
  return expiry !== undefined && expiry < now && expiry > 0 ? new Date(expiry) : undefined
}

const toldOf = (end: End, outcome: TileDBError.Outcome, { subject = {} }: Subject): Line.Told => ({
  operation: end.call.operation,
  outcome,
  attempts: end.attempts.length,
  stopped: end.stopped,
  // The host of a redirect comes from the service; that of the base URL comes from the user.
  host: shownOrigin(end.origin, end.base).replace(/^https?:\/\//, ""),
  about: Object.keys(end.call.parameters).flatMap((name) => Line.about(argumentName(name), subject)),
  scheme: end.call.token === undefined ? end.scheme : "Scoped",
  named: end.named,
  expired: expiredAt(end),
})

/** The fields that all errors of the call have in common, and the parts of their message. */
const commonOf = (end: End) => {
  const { attempts, call, failure } = end
  const outcome = Outcome.ofCall(call.operation, failure, end.earlierUnknown)
  const subject = subjectOf(call, end.secrets)
  return {
    told: toldOf(end, outcome, subject),
    unknown: outcome === "Unknown",
    common: { ...subject, operation: call.operation.name, attempts },
    more: defined({ stopped: end.stopped }),
  }
}

const waitOf = (millis: number | undefined) =>
  defined({ retryAfter: millis === undefined ? undefined : Duration.millis(millis) })

/** The error for a response that is not a success. */
const statusError = (end: End, failure: Of<"Status">): TileDBError.NotFound | TileDBError.ApiError => {
  const { common, more, told, unknown } = commonOf(end)
  const { retryAfter, status } = failure
  const { message: serviceMessage, ...said } = failure.body
  const props = {
    ...said,
    ...defined({ serviceMessage }),
    ...common,
    outcome: unknown ? ("Unknown" as const) : ("NotDone" as const),
    message: end.texts.status(told, failure),
  }
  return status === 404 && Outcome.isNotFound(end.call.operation, failure)
    ? new TileDBError.NotFound({ ...props, status })
    : new TileDBError.ApiError({ ...props, ...more, status, ...waitOf(retryAfter) })
}

const transportError = (end: End, failure: Of<"Transport">): TileDBError.TransportError => {
  const { common, more, told, unknown } = commonOf(end)
  const { _tag, acted, retryAfter, ...said } = failure
  return new TileDBError.TransportError({
    ...said,
    ...waitOf(retryAfter),
    ...more,
    ...common,
    outcome: unknown ? "Unknown" : "NotSent",
    message: end.texts.transport(told, failure),
  })
}

const decodeError = (end: End, failure: Of<"Decode">): TileDBError.DecodeError => {
  const { common, told, unknown } = commonOf(end)
  const { id, issues, reason, requestId, status } = failure
  const isUser = end.call.operation.group === "Users"
  return new TileDBError.DecodeError({
    ...(id !== undefined && isUser ? { userId: id as UserId } : {}), // of any form
    ...common,
    ...(id !== undefined && !isUser ? { subject: { id, ...common.subject } } : {}),
    ...defined({ requestId }),
    status,
    reason,
    outcome: unknown ? "Unknown" : "Done",
    issues,
    message: end.texts.decode(told, failure),
  })
}

/** The error for the end of a call. */
export const toError = (end: End): CallError => {
  const { failure } = end
  if (failure._tag === "Status") return statusError(end, failure)
  return failure._tag === "Transport" ? transportError(end, failure) : decodeError(end, failure)
}

/** The error of a call that was not sent; the issues contain no value. */
export const invalidRequest = (
  operation: Operation,
  issues: ReadonlyArray<TileDBError.Issue>,
  subject: Subject = {},
): TileDBError.InvalidRequest =>
  new TileDBError.InvalidRequest({
    ...subject,
    operation: operation.name,
    outcome: "NotSent",
    issues,
    message: Line.invalid(operation.name, issues),
  })
