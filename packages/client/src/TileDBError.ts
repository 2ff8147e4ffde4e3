/**
 * The five errors of a call, as schemas: they can be logged, sent over the wire, compared by value and matched by tag.
 * The `outcome` of each is whether the operation was carried out. None of them contains a request, a header or a body,
 * so none of them contains a secret.
 *
 * @since 0.1.0
 */
import { type OperationName, type UserId, ValidationError } from "@effect-tiledb/schema"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { sameFields } from "./internal/runtime/equality.js"

/** Any text, so that the values of a newer version can be read; the type offers the values of this version. */
const open = <Known extends string>(identifier: string): Schema.Schema<Known | (string & {}), string> =>
  Schema.String.annotations({ identifier })

/**
 * The operation that failed, by method name; open, so that errors of a newer version can be read.
 *
 * @since 0.1.0
 * @category models
 */
export const Operation: Schema.Schema<OperationName | (string & {}), string> = open("TileDBOperation")

/**
 * Whether the operation was carried out:
 *
 * - `NotSent`: no request reached a server that could act on it;
 * - `NotDone`: the response proves that nothing was done;
 * - `Unknown`: it may have been done, by this attempt or an earlier one; check before you repeat it;
 * - `Done`: it was done, although the call failed.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = "NotSent" | "NotDone" | "Unknown" | "Done"

/**
 * One request of a call: its number from 1, the wait before it in milliseconds, and why it failed (an HTTP status or a
 * `TransportError` reason).
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  /** Its number among the attempts of the call, from 1. */
  readonly number: number
  /** The wait before it, in milliseconds. */
  readonly delay: number
  /** Why it failed: an HTTP status, or a `TransportError` reason. */
  readonly reason: string
}

/**
 * @since 0.1.0
 * @category models
 */
export const Attempt: Schema.Schema<Attempt> = Schema.Struct({
  number: Schema.Int,
  delay: Schema.Number,
  reason: Schema.String,
})

/**
 * Why a failure that could be repeated was not: the policy's attempts are used up, the deadline is too near, the
 * client's retry budget is empty, the operation is not safe to repeat after this failure, or `Retry-After` is longer
 * than the policy allows. Open, so that errors of a newer version can be read.
 *
 * @since 0.1.0
 * @category models
 */
export type Stopped = "Attempts" | "Deadline" | "Budget" | "NotRepeatable" | "RetryAfter" | (string & {})

/**
 * @since 0.1.0
 * @category models
 */
export const Stopped: Schema.Schema<Stopped, string> = open("TileDBStopped")

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

const target = { userId: optional(AnyUserId) }

/** An e-mail address is personal data, and so is a username that is one. */
const subject = {
  ...target,
  username: optional(Schema.String),
  email: optional(Schema.Redacted(Schema.String)),
}

const answered = {
  operation: Operation,
  message: Schema.String,
  outcome: Schema.Literal("NotDone", "Unknown"),
  serviceMessage: optional(Schema.String),
  request_id: optional(Schema.String),
  code: optional(Schema.Int),
  validation_error: optional(ValidationError),
  attempts: Schema.Array(Attempt),
}

/**
 * The service knows no such user: a 404 on `getUser`, `updateUser` or `deleteUser`, which the document lists, with the
 * service's own Error as its body. Any other 404 is an `ApiError`.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("TileDBNotFound")("NotFound", {
  ...answered,
  ...target,
  status: Schema.Literal(404),
}) {
  /** The method that was called. */
  declare readonly operation: OperationName | (string & {})
  /** What happened, in one self-contained line. */
  declare readonly message: string
  /** `NotDone`, or `Unknown` if an earlier attempt may have changed the user. */
  declare readonly outcome: "NotDone" | "Unknown"
  /** The service's message, without control characters and secrets, at most 1,000 characters. */
  declare readonly serviceMessage?: string
  /** The id of the request, for the vendor's support. */
  declare readonly request_id?: string
  /** A place in the server's source; not the HTTP status. */
  declare readonly code?: number
  /** The fields that the service refused. */
  declare readonly validation_error?: ValidationError
  /** Every request of the call, oldest first. */
  declare readonly attempts: ReadonlyArray<Attempt>
  /** The user that the call was about. */
  declare readonly userId?: UserId
  /** The HTTP status. */
  declare readonly status: 404;

  /** Compares by value. */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof NotFound && sameFields(NotFound, this, that)
  }
  /** Hashes by value. */
  [Hash.symbol](): number {
    return Hash.cached(this, Hash.string(this.message))
  }
}

/**
 * The service, or a proxy in front of it, responded with any other status that is not a success. `status` is the HTTP
 * status; `code` is not (it names a place in the server's source).
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiError extends Schema.TaggedError<ApiError>("TileDBApiError")("ApiError", {
  ...answered,
  ...subject,
  status: Schema.Int,
  retryAfter: optional(Schema.Number),
  stopped: optional(Stopped),
}) {
  /** The method that was called. */
  declare readonly operation: OperationName | (string & {})
  /** What happened, in one self-contained line. */
  declare readonly message: string
  /**
   * `NotDone` if the status proves it (400 to 451 except 408; 503 with `Retry-After` that is not a proxy's page) and no
   * earlier attempt may have acted.
   */
  declare readonly outcome: "NotDone" | "Unknown"
  /** The service's message, without control characters and secrets, at most 1,000 characters. */
  declare readonly serviceMessage?: string
  /** The id of the request, for the vendor's support. */
  declare readonly request_id?: string
  /** A place in the server's source; not the HTTP status. */
  declare readonly code?: number
  /** The fields that the service refused. */
  declare readonly validation_error?: ValidationError
  /** Every request of the call, oldest first. */
  declare readonly attempts: ReadonlyArray<Attempt>
  /** The user that the call was about. */
  declare readonly userId?: UserId
  /** The username that `createUser` asked for, unless it is an e-mail address. */
  declare readonly username?: string
  /** The e-mail address that `createUser` asked for. */
  declare readonly email?: Redacted.Redacted<string>
  /** The HTTP status. */
  declare readonly status: number
  /** How long the service asks to wait, in milliseconds from its response. */
  declare readonly retryAfter?: number
  /** Why there was no further attempt; absent if this failure is never repeated. */
  declare readonly stopped?: Stopped;

  /** Compares by value. */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof ApiError && sameFields(ApiError, this, that)
  }
  /** Hashes by value. */
  [Hash.symbol](): number {
    return Hash.cached(this, Hash.string(this.message))
  }
}

/**
 * What went wrong between the client and the service:
 *
 * - `ConnectionFailed`: there was no connection, nothing was sent;
 * - `ConnectionLost`: the connection broke before the response was complete;
 * - `Timeout`: one attempt took longer than the policy's `attemptTimeout`;
 * - `Deadline`: the call took longer than the policy's `deadline`;
 * - `Paused`: the service has asked this client to wait (429, or 503 with `Retry-After`) until after the call's
 *   deadline;
 * - `BodyTooLarge`: the response is larger than `maxBodyBytes`;
 * - `RedirectRefused`: the service redirects to an origin that is not allowed, or in a way that would replay a body;
 * - `RedirectInsecure`: the service redirects from https to http;
 * - `RedirectLoop`, `RedirectLimit`: redirects without end;
 * - `Credentials`: the effect of the bearer token failed or gave an unusable token.
 *
 * Open, so that errors of a newer version can be read.
 *
 * @since 0.1.0
 * @category models
 */
export type TransportReason =
  | "ConnectionFailed"
  | "ConnectionLost"
  | "Timeout"
  | "Deadline"
  | "Paused"
  | "BodyTooLarge"
  | "RedirectRefused"
  | "RedirectInsecure"
  | "RedirectLoop"
  | "RedirectLimit"
  | "Credentials"
  | (string & {})

/**
 * @since 0.1.0
 * @category models
 */
export const TransportReason: Schema.Schema<TransportReason, string> = open("TileDBTransportReason")

/**
 * The call got no complete response.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>("TileDBTransportError")("TransportError", {
  operation: Operation,
  reason: TransportReason,
  outcome: Schema.Literal("NotSent", "Unknown"),
  message: Schema.String,
  ...subject,
  detail: optional(Schema.String),
  from: optional(Schema.String),
  to: optional(Schema.String),
  retryAfter: optional(Schema.Number),
  attempts: Schema.Array(Attempt),
  stopped: optional(Stopped),
}) {
  /** The method that was called. */
  declare readonly operation: OperationName | (string & {})
  /** The kind of the failure. */
  declare readonly reason: TransportReason
  /** `NotSent` if the last attempt reached no server that could act on it, and no earlier one may have acted. */
  declare readonly outcome: "NotSent" | "Unknown"
  /** What happened, in one self-contained line. */
  declare readonly message: string
  /** The user that the call was about. */
  declare readonly userId?: UserId
  /** The username that `createUser` asked for, unless it is an e-mail address. */
  declare readonly username?: string
  /** The e-mail address that `createUser` asked for. */
  declare readonly email?: Redacted.Redacted<string>
  /** The system's error code, such as `ECONNREFUSED`. */
  declare readonly detail?: string
  /** The length of the pause that the call could not wait for, in milliseconds. */
  declare readonly retryAfter?: number
  /** The origin that redirected. */
  declare readonly from?: string
  /** The origin that the redirect leads to; `another origin` if it may have been built from what the call sent. */
  declare readonly to?: string
  /** Every request of the call, oldest first. */
  declare readonly attempts: ReadonlyArray<Attempt>
  /** Why there was no further attempt; absent if this failure is never repeated. */
  declare readonly stopped?: Stopped;

  /** Compares by value. */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof TransportError && sameFields(TransportError, this, that)
  }
  /** Hashes by value. */
  [Hash.symbol](): number {
    return Hash.cached(this, Hash.string(this.message))
  }
}

/**
 * Why a response with a success status is not a success: it is not text in its charset (`Charset`), not JSON (`Json`),
 * or not of the documented shape (`Schema`). Open, so that errors of a newer version can be read.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodeReason = "Charset" | "Json" | "Schema" | (string & {})

/**
 * @since 0.1.0
 * @category models
 */
export const DecodeReason: Schema.Schema<DecodeReason, string> = open("TileDBDecodeReason")

/**
 * The status is a success, but the response is not the service's, or cannot be read. `outcome` is `Done` only if the
 * response looks like the service's: a JSON object in its `{ "data": … }` envelope, or its Error. A console, a captive
 * portal or a proxy may respond with 200 too, also with JSON.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("TileDBDecodeError")("DecodeError", {
  operation: Operation,
  status: Schema.Int,
  reason: DecodeReason,
  outcome: Schema.Literal("Done", "Unknown"),
  issues: Schema.Array(Issue),
  message: Schema.String,
  request_id: optional(Schema.String),
  ...subject,
  attempts: Schema.Array(Attempt),
}) {
  /** The method that was called. */
  declare readonly operation: OperationName | (string & {})
  /** The HTTP status. */
  declare readonly status: number
  /** The kind of the problem. */
  declare readonly reason: DecodeReason
  /** `Done` if the response is an object in the service's `{ "data": … }` envelope, or its Error; else `Unknown`. */
  declare readonly outcome: "Done" | "Unknown"
  /** The fields that are not as documented, at most twenty; never their values. */
  declare readonly issues: ReadonlyArray<Issue>
  /** What happened, in one self-contained line. */
  declare readonly message: string
  /** The id of the request, if the response has one. */
  declare readonly request_id?: string
  /** The user that the call was about; for `createUser` the new user, if the response has an id. */
  declare readonly userId?: UserId
  /** The username that `createUser` asked for, unless it is an e-mail address. */
  declare readonly username?: string
  /** The e-mail address that `createUser` asked for. */
  declare readonly email?: Redacted.Redacted<string>
  /** Every request of the call, oldest first. */
  declare readonly attempts: ReadonlyArray<Attempt>;

  /** Compares by value. */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof DecodeError && sameFields(DecodeError, this, that)
  }
  /** Hashes by value. */
  [Hash.symbol](): number {
    return Hash.cached(this, Hash.string(this.message))
  }
}

/**
 * The caller's arguments are invalid for the operation; nothing was sent. `issues` names each field and what to write
 * instead, without the values.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("TileDBInvalidRequest")("InvalidRequest", {
  operation: Operation,
  outcome: Schema.Literal("NotSent"),
  issues: Schema.Array(Issue),
  message: Schema.String,
  ...subject,
}) {
  /** The method that was called. */
  declare readonly operation: OperationName | (string & {})
  /** Nothing was sent. */
  declare readonly outcome: "NotSent"
  /** Each invalid argument, and what to write instead; never its value. */
  declare readonly issues: ReadonlyArray<Issue>
  /** What happened, in one self-contained line. */
  declare readonly message: string
  /** The user that the call was about, if the id is valid. */
  declare readonly userId?: UserId
  /** The username that `createUser` asked for, unless it is an e-mail address. */
  declare readonly username?: string
  /** The e-mail address that `createUser` asked for. */
  declare readonly email?: Redacted.Redacted<string>;

  /** Compares by value. */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof InvalidRequest && sameFields(InvalidRequest, this, that)
  }
  /** Hashes by value. */
  [Hash.symbol](): number {
    return Hash.cached(this, Hash.string(this.message))
  }
}

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
export type TileDBError = NotFound | ApiError | TransportError | DecodeError | InvalidRequest

/**
 * Whether a value is one of the five errors.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTileDBError = (u: unknown): u is TileDBError =>
  u instanceof NotFound ||
  u instanceof ApiError ||
  u instanceof TransportError ||
  u instanceof DecodeError ||
  u instanceof InvalidRequest

/**
 * Whether the operation may have been carried out in spite of the error: check before repeating it.
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
