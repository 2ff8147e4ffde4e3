/**
 * The five errors of a call, as schemas: they can be logged, sent over the wire, compared by value and matched by tag.
 * The `outcome` of each is whether the operation was carried out. None of them contains a request, a header or a body,
 * so none of them contains a secret.
 *
 * @since 0.1.0
 */
import { type UserId, ValidationError } from "@effect-tiledb/schema"
import type * as Duration from "effect/Duration"
import { constFalse } from "effect/Function"
import * as Schema from "effect/Schema"
import { compareByFields } from "./internal/runtime/equality.js"
import { guarded } from "./internal/runtime/guarded.js"

/**
 * Whether the operation was carried out:
 *
 * - `NotSent`: no request reached a server that could act on it;
 * - `NotDone`: the response proves that nothing was done;
 * - `Unknown`: it may have been done, by this attempt or an earlier one; check before you retry;
 * - `Done`: it was done, although the call failed.
 *
 * @since 0.1.0
 * @category models
 */
export const Outcome = Schema.Literal("NotSent", "NotDone", "Unknown", "Done")

/**
 * @since 0.1.0
 * @category models
 */
export type Outcome = typeof Outcome.Type

/**
 * One request of a call: its number from 1, the wait before it, and why it failed (an HTTP status or a
 * `TransportError` reason).
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  /** Its number among the attempts of the call, from 1. */
  readonly number: number
  /** The wait before it; milliseconds when encoded. */
  readonly delay: Duration.Duration
  /** Why it failed: an HTTP status, or a `TransportError` reason. */
  readonly reason: string
}

interface AttemptEncoded {
  readonly number: number
  readonly delay: number
  readonly reason: string
}

/**
 * @since 0.1.0
 * @category models
 */
export const Attempt: Schema.Schema<Attempt, AttemptEncoded> = Schema.Struct({
  number: Schema.Int,
  delay: Schema.DurationFromMillis,
  reason: Schema.String,
})

/**
 * Why a failure that could be retried was not: the policy's attempts are used up, the deadline is too near, the
 * client's retry budget is empty, the operation is not safe to retry after this failure, or `Retry-After` is longer
 * than the policy allows.
 *
 * @since 0.1.0
 * @category models
 */
export const Stopped = Schema.Literal("Attempts", "Deadline", "Budget", "NotRepeatable", "RetryAfter")

/**
 * @since 0.1.0
 * @category models
 */
export type Stopped = typeof Stopped.Type

/**
 * A field, by its path in the request or the response, and what it should be; never the value it had.
 *
 * @since 0.1.0
 * @category models
 */
export interface Issue {
  /** Where the field is, as in `user.email` or `workspaces[0].role`; empty for the whole. */
  readonly path: string
  /** What it should be, for a person to read. */
  readonly message: string
}

/**
 * @since 0.1.0
 * @category models
 */
export const Issue: Schema.Schema<Issue> = Schema.Struct({ path: Schema.String, message: Schema.String })

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** An id as the service wrote it, in any form: reporting an error must not fail on the form of an id. */
const AnyUserId: Schema.Schema<UserId, string> = Schema.String.pipe(Schema.brand("UserId"))

const target = {
  /** What the call was about, by argument: `{ workspace: "acme" }`. Never an e-mail address. */
  subject: optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  /** The user that the call was about. */
  userId: optional(AnyUserId),
}

/** An e-mail address is personal data, and so is a username that is one. */
const subject = {
  ...target,
  /** The username that `createUser` asked for, unless it is an e-mail address. */
  username: optional(Schema.String),
  /** The e-mail address that `createUser` asked for. */
  email: optional(Schema.Redacted(Schema.String)),
}

const responded = {
  /** The name of the operation: the method that was called. */
  operation: Schema.String,
  /** What happened, in one self-contained line. */
  message: Schema.String,
  /**
   * `NotDone` if the status proves it (404 as above; 400 to 451 except 408; 503 with `Retry-After` as the service's own
   * Error, or empty and not HTML) and no earlier attempt may have acted.
   */
  outcome: Schema.Literal("NotDone", "Unknown"),
  /** The service's message, without control characters and secrets, at most 1,000 characters. */
  serviceMessage: optional(Schema.String),
  /** The id of the request, for the vendor's support; `request_id` in the response. */
  requestId: optional(Schema.String),
  /** A place in the server's source; not the HTTP status. */
  code: optional(Schema.Int),
  /** The fields that the service refused; `validation_error` in the response. */
  validationError: optional(ValidationError),
  /** Every request of the call, oldest first. */
  attempts: Schema.Array(Attempt),
}

/**
 * The service does not know the thing that the path names: a 404 on an operation that has one (`getUser`, `updateUser`,
 * `deleteUser`), with the service's own Error as its body. Any other 404 is an `ApiError`.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("TileDBNotFound")("NotFound", {
  ...responded,
  ...target,
  /** The HTTP status. */
  status: Schema.Literal(404),
}) {}

/**
 * The service, or a proxy in front of it, responded with any other status that is not a success. `status` is the HTTP
 * status; `code` is not (it names a place in the server's source).
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiError extends Schema.TaggedError<ApiError>("TileDBApiError")("ApiError", {
  ...responded,
  ...subject,
  /** The HTTP status. */
  status: Schema.Int,
  /** How long the service asks to wait, from its response. */
  retryAfter: optional(Schema.DurationFromMillis),
  /** Why there was no further attempt; absent if this failure is never retried. */
  stopped: optional(Stopped),
}) {}

/**
 * What went wrong between the client and the service:
 *
 * - `ConnectionFailed`: there was no connection, nothing was sent;
 * - `ConnectionLost`: the connection broke before the response ended;
 * - `Timeout`: one attempt took longer than the policy's `attemptTimeout`;
 * - `Deadline`: the call took longer than the policy's `deadline`;
 * - `Paused`: the service has asked this client to wait (429, or 503 with `Retry-After`) until after the call's
 *   deadline;
 * - `BodyTooLarge`: the response is larger than `maxBodyBytes`;
 * - `BodyEncoding`: the response came in a `Content-Encoding` that cannot be decoded;
 * - `RedirectRefused`: the service redirects to an origin that is not allowed, or in a way that would replay a body;
 * - `RedirectInsecure`: the service redirects from https to http;
 * - `RedirectLoop`, `RedirectLimit`: redirects without end;
 * - `Credentials`: the effect of the bearer token failed or gave an unusable token.
 *
 * @since 0.1.0
 * @category models
 */
export const TransportReason = Schema.Literal(
  "ConnectionFailed",
  "ConnectionLost",
  "Timeout",
  "Deadline",
  "Paused",
  "BodyTooLarge",
  "BodyEncoding",
  "RedirectRefused",
  "RedirectInsecure",
  "RedirectLoop",
  "RedirectLimit",
  "Credentials",
)

/**
 * @since 0.1.0
 * @category models
 */
export type TransportReason = typeof TransportReason.Type

/**
 * The call got no complete response.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>("TileDBTransportError")("TransportError", {
  /** The name of the operation: the method that was called. */
  operation: Schema.String,
  /** The kind of the failure. */
  reason: TransportReason,
  /** `NotSent` if the last attempt reached no server that could act on it, and no earlier one may have acted. */
  outcome: Schema.Literal("NotSent", "Unknown"),
  /** What happened, in one self-contained line. */
  message: Schema.String,
  ...subject,
  /** The system's error code, such as `ECONNREFUSED`, or `SIGN_IN_PAGE` for a redirect to one. */
  detail: optional(Schema.String),
  /** The origin that redirected. */
  from: optional(Schema.String),
  /** The origin that the redirect leads to; `another origin` if it may have been built from what the call sent. */
  to: optional(Schema.String),
  /** How long the service asks to wait, from its response. */
  retryAfter: optional(Schema.DurationFromMillis),
  /** Every request of the call, oldest first. */
  attempts: Schema.Array(Attempt),
  /** Why there was no further attempt; absent if this failure is never retried. */
  stopped: optional(Stopped),
}) {}

/**
 * Why a response with a success status is not a success: it is not text in its charset (`Charset`), not JSON (`Json`),
 * or not of the documented shape (`Schema`).
 *
 * @since 0.1.0
 * @category models
 */
export const DecodeReason = Schema.Literal("Charset", "Json", "Schema")

/**
 * @since 0.1.0
 * @category models
 */
export type DecodeReason = typeof DecodeReason.Type

/**
 * The status is a success, but the response is not the service's, or cannot be read. `outcome` is `Done` only if the
 * response looks like the service's: an object or a list in its `{ "data": … }` envelope. A console, a captive portal or a
 * proxy may respond with 200 too, also with JSON, and an Error proves no success.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("TileDBDecodeError")("DecodeError", {
  /** The name of the operation: the method that was called. */
  operation: Schema.String,
  /** The HTTP status. */
  status: Schema.Int,
  /** The kind of the failure. */
  reason: DecodeReason,
  /** `Done` if the response is in the service's `{ "data": … }` envelope, else `Unknown`. */
  outcome: Schema.Literal("Done", "Unknown"),
  /** The fields that are not as documented, at most twenty; never their values. */
  issues: Schema.Array(Issue),
  /** What happened, in one self-contained line. */
  message: Schema.String,
  /** The id of the request, for the vendor's support; `request_id` in the response. */
  requestId: optional(Schema.String),
  ...subject,
  /** Every request of the call, oldest first. */
  attempts: Schema.Array(Attempt),
}) {}

/**
 * The caller's arguments are invalid for the operation; nothing was sent. `issues` names each field and what to write
 * instead, without the values.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("TileDBInvalidRequest")("InvalidRequest", {
  /** The name of the operation: the method that was called. */
  operation: Schema.String,
  /** Nothing was sent. */
  outcome: Schema.Literal("NotSent"),
  /** The fields that are not as documented, at most twenty; never their values. */
  issues: Schema.Array(Issue),
  /** What happened, in one self-contained line. */
  message: Schema.String,
  ...subject,
}) {}

for (const error of [NotFound, ApiError, TransportError, DecodeError, InvalidRequest]) compareByFields(error)

/**
 * Any of the five errors, as a schema.
 *
 * @since 0.1.0
 * @category errors
 */
export const TileDBError = Schema.Union(NotFound, ApiError, TransportError, DecodeError, InvalidRequest)

/**
 * Any of the five errors.
 *
 * @since 0.1.0
 * @category errors
 */
export type TileDBError = CommonError | NotFound

/**
 * The errors that every method can have; `NotFound` is one of some.
 *
 * @since 0.1.0
 * @category models
 */
export type CommonError = ApiError | TransportError | DecodeError | InvalidRequest

/**
 * Whether a value is one of the five errors.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTileDBError = (u: unknown): u is TileDBError =>
  guarded(() => TileDBError.members.some((member) => u instanceof member), constFalse)

/**
 * Whether the operation may have been carried out in spite of the error (`outcome` is `Unknown` or `Done`): check before you
 * retry.
 *
 * @example
 * import { TileDBError, Users } from "@effect-tiledb/client"
 * import type { UserCreateRequest } from "@effect-tiledb/schema"
 * import { Effect } from "effect"
 *
 * const create = (users: Users.Service, request: UserCreateRequest) =>
 *   users.createUser(request).pipe(
 *     Effect.tapError((error) =>
 *       TileDBError.mayHaveBeenDone(error) ? Effect.logWarning("There may be an account", error) : Effect.void,
 *     ),
 *   )
 *
 * @since 0.1.0
 * @category guards
 */
export const mayHaveBeenDone = (error: TileDBError): boolean => error.outcome === "Unknown" || error.outcome === "Done"
