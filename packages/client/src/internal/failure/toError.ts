import type { Operation, UserId } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type { Credentials } from "../../Credentials.js"
import * as TileDBError from "../../TileDBError.js"
import type { Call } from "../call.js"
import { expiryOf } from "../secrets/jwt.js"
import { textInside } from "../secrets/secretText.js"
import type { Failure } from "./failure.js"
import * as Messages from "./messages.js"
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
  readonly named: Messages.Named
  /** The scheme of the credential, and the secrets that were sent. */
  readonly scheme: Credentials["_tag"]
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The errors of a call that was sent, or that could not be sent. */
export type CallError =
  | TileDBError.NotFound
  | TileDBError.ApiError
  | TileDBError.TransportError
  | TileDBError.DecodeError

/** The host of a redirect comes from the service; that of the base URL comes from the user. */
const hostOf = ({ base, origin }: End): string => shownOrigin(origin, base).replace(/^https?:\/\//, "")

/** When the token that was sent expired, if it has. */
const expiredAt = ({ now, secrets }: End): Date | undefined => {
  const expiry = expiryOf(textInside(secrets[0]) ?? "")
  return expiry !== undefined && expiry < now && expiry > 0 ? new Date(expiry) : undefined
}

const toldOf = (end: End, outcome: TileDBError.Outcome, { subject = {} }: Subject): Messages.Told => ({
  operation: end.call.operation,
  outcome,
  attempts: end.attempts.length,
  stopped: end.stopped,
  host: hostOf(end),
  about: Object.keys(end.call.parameters).flatMap((name) => Messages.about(argumentName(name), subject)),
  scheme: end.call.token === undefined ? end.scheme : "Scoped",
  named: end.named,
  expired: expiredAt(end),
})

type Of<Tag extends Failure["_tag"]> = Extract<Failure, { readonly _tag: Tag }>

/** The fields that all errors of the call have in common, and the parts of their message. */
const commonOf = (end: End) => {
  const { attempts, call, failure } = end
  const outcome = Outcome.ofCall(call.operation, failure, end.earlierUnknown)
  const subject = subjectOf(call, end.secrets)
  return {
    told: toldOf(end, outcome, subject),
    unknown: outcome === "Unknown",
    common: { ...subject, operation: call.operation.name, attempts },
    more: end.stopped === undefined ? {} : { stopped: end.stopped },
  }
}

const waitOf = (retryAfter: number | undefined) =>
  retryAfter === undefined ? {} : { retryAfter: Duration.millis(retryAfter) }

/** The error for a response that is not a success. */
const statusError = (end: End, failure: Of<"Status">): TileDBError.NotFound | TileDBError.ApiError => {
  const { common, more, told, unknown } = commonOf(end)
  const { retryAfter, status } = failure
  const { message: serviceMessage, ...said } = failure.body
  const props = {
    ...said,
    ...(serviceMessage === undefined ? {} : { serviceMessage }),
    ...common,
    outcome: unknown ? ("Unknown" as const) : ("NotDone" as const),
    message: Messages.status(told, failure),
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
    message: Messages.transport(told, failure),
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
    ...(requestId === undefined ? {} : { requestId }),
    status,
    reason,
    outcome: unknown ? "Unknown" : "Done",
    issues,
    message: Messages.decode(told, failure),
  })
}

/** The error for the end of a call. */
export const toError = (end: End): CallError => {
  const { failure } = end
  switch (failure._tag) {
    case "Status":
      return statusError(end, failure)
    case "Transport":
      return transportError(end, failure)
    case "Decode":
      return decodeError(end, failure)
  }
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
    message: Messages.invalid(operation.name, issues),
  })
