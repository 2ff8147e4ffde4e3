import type { Operation, UserId } from "@effect-tiledb/schema"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../../Credentials.js"
import * as TileDBError from "../../TileDBError.js"
import type { Call } from "../call.js"
import { expiryOf } from "../secrets/jwt.js"
import { cleaner } from "../secrets/redact.js"
import { textInside } from "../secrets/secretText.js"
import type { Failure, Known } from "./failure.js"
import * as Messages from "./messages.js"
import * as Outcome from "./outcome.js"
import { shownOrigin } from "./shownOrigin.js"

/** The end of a call that did not succeed. */
export interface End {
  readonly call: Call
  readonly failure: Failure
  readonly attempts: ReadonlyArray<TileDBError.Attempt>
  readonly stopped: Known<TileDBError.Stopped> | undefined
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

/** The user that a call is about. */
export interface Subject {
  readonly userId?: UserId
  readonly username?: string
  readonly email?: Redacted.Redacted<string>
}

/** The user that a request would create. An e-mail address is not shown, nor a name that would have to be cleaned. */
export const toCreate = (username: unknown, email: unknown, secrets: Call["secrets"]): Subject => {
  if (typeof username !== "string") return {}
  const shown = cleaner(secrets)(username, 200) === username && !username.includes("@")
  return {
    ...(shown ? { username } : {}),
    ...(typeof email === "string" ? { email: Redacted.make(email) } : {}),
  }
}

/** The user that a call is about: the user of its path, or the one that it would create. */
export const subjectOf = (call: Call): Subject => {
  const id = call.parameters.user_id
  if (id !== undefined) return { userId: id as UserId } // checked by `prepare`
  const body = call.body === undefined ? undefined : Redacted.value(call.body)
  return Predicate.isReadonlyRecord(body) ? toCreate(body.username, body.email, call.secrets) : {}
}

/** The e-mail addresses that a call has sent, which no text shows. */
export const personal = (call: Call): ReadonlyArray<Redacted.Redacted<string>> => {
  const body = call.body === undefined ? undefined : Redacted.value(call.body)
  return Predicate.isReadonlyRecord(body)
    ? Object.values(body).flatMap((value) =>
        typeof value === "string" && value.includes("@") ? [Redacted.make(value)] : [],
      )
    : []
}

/** The host of a redirect comes from the service; that of the base URL comes from the user. */
const hostOf = ({ base, call, origin, secrets }: End): string =>
  (origin === base ? origin : shownOrigin(origin, base, [...call.secrets, ...secrets])).replace(/^https?:\/\//, "")

/** When the token that was sent expired, if it has. */
const expiredAt = ({ failure, now, secrets }: End): Date | undefined => {
  if (failure._tag !== "Status" || failure.status !== 401) return undefined
  const expiry = expiryOf(textInside(secrets[0]) ?? "")
  return expiry !== undefined && expiry < now && expiry > 0 ? new Date(expiry) : undefined
}

const toldOf = (end: End, outcome: TileDBError.Outcome, userId: string | undefined): Messages.Told => ({
  operation: end.call.operation,
  outcome,
  attempts: end.attempts.length,
  stopped: end.stopped,
  host: hostOf(end),
  userId,
  scheme: end.call.token === undefined ? end.scheme : "Scoped",
  named: end.named,
  expired: expiredAt(end),
})

type Of<Tag extends Failure["_tag"]> = Extract<Failure, { readonly _tag: Tag }>

/** The fields that all errors of the call have in common, and the parts of their message. */
const commonOf = (end: End) => {
  const { attempts, call, failure } = end
  const outcome = Outcome.ofCall(call.operation, failure, end.earlierUnknown)
  const subject = subjectOf(call)
  return {
    told: toldOf(end, outcome, subject.userId),
    unknown: outcome === "Unknown",
    common: { ...subject, operation: call.operation.name, attempts },
    more: end.stopped === undefined ? {} : { stopped: end.stopped },
  }
}

/** The error for a response that is not a success. */
export const statusError = (end: End, failure: Of<"Status">): TileDBError.NotFound | TileDBError.ApiError => {
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
    : new TileDBError.ApiError({ ...props, ...more, status, ...(retryAfter === undefined ? {} : { retryAfter }) })
}

const transportError = (end: End, failure: Of<"Transport">): TileDBError.TransportError => {
  const { common, more, told, unknown } = commonOf(end)
  const { _tag, acted, ...said } = failure
  return new TileDBError.TransportError({
    ...said,
    ...more,
    ...common,
    outcome: unknown ? "Unknown" : "NotSent",
    message: Messages.transport(told, failure),
  })
}

const decodeError = (end: End, failure: Of<"Decode">): TileDBError.DecodeError => {
  const { common, told, unknown } = commonOf(end)
  const { issues, reason, request_id, status, userId } = failure
  return new TileDBError.DecodeError({
    ...(userId === undefined ? {} : { userId: userId as UserId }), // of any form
    ...common,
    ...(request_id === undefined ? {} : { request_id }),
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
