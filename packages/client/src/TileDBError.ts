/**
 * The five ways a call can fail, as schemas: they can be logged, sent over the wire and matched by tag. None of them
 * carries a request, a header or a body, so none of them carries a secret.
 *
 * @since 0.1.0
 */
import { type OperationName, ValidationError } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"

/**
 * The operation that failed, by method name; open, so that errors of a newer version can be read.
 *
 * @since 0.1.0
 * @category models
 */
export const Operation: Schema.Schema<OperationName | (string & {}), string> = Schema.String.annotations({
  identifier: "TileDBOperation",
})

/**
 * One request that was made for a call: its number from 1, the milliseconds that were waited before it, and why it
 * failed (an HTTP status or a `TransportError` reason).
 *
 * @since 0.1.0
 * @category models
 */
export const Attempt = Schema.Struct({
  number: Schema.Int,
  delay: Schema.Number,
  reason: Schema.String,
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Attempt extends Schema.Schema.Type<typeof Attempt> {}

/**
 * Why a failure that could be repeated was not: the policy's attempts are used up, the deadline is too near, the
 * client's retry budget is empty, the operation is not safe to repeat after this failure, or `Retry-After` asks for
 * more patience than the policy has.
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
 * A field, by its path in the request or the answer, and what it should be; never the value it had.
 *
 * @since 0.1.0
 * @category models
 */
export const Issue = Schema.Struct({ path: Schema.String, message: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export interface Issue extends Schema.Schema.Type<typeof Issue> {}

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const answered = {
  operation: Operation,
  message: Schema.String,
  request_id: optional(Schema.String),
  code: optional(Schema.Int),
  validation_error: optional(ValidationError),
  attempts: Schema.Array(Attempt),
}

/**
 * The service knows no such user: a 404 on `getUser`, `updateUser` or `deleteUser`, where the document names it.
 *
 * `message`, `request_id`, `code` and `validation_error` are what the service said, cleaned of control characters and
 * capped in length.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("TileDBNotFound")("NotFound", {
  ...answered,
  status: Schema.Literal(404),
}) {}

/**
 * The service answered with any other status that is not a success. `status` is the HTTP status; `code` is not (it names
 * a place in the server's source). `retryAfter` is what the service asked for, in milliseconds.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiError extends Schema.TaggedError<ApiError>("TileDBApiError")("ApiError", {
  ...answered,
  status: Schema.Int,
  retryAfter: optional(Schema.Number),
  stopped: optional(Stopped),
}) {}

/**
 * What went wrong between here and the service:
 *
 * - `ConnectionFailed`: there was no connection, nothing was sent;
 * - `ConnectionLost`: the connection broke before the answer was complete;
 * - `Timeout`: one attempt took longer than the policy's `attemptTimeout`;
 * - `Deadline`: the call took longer than the policy's `deadline`;
 * - `BodyTooLarge`: the answer is larger than `maxBodyBytes`;
 * - `RedirectRefused`: the service points to an origin that is not allowed, or in a way that would replay a body;
 * - `RedirectInsecure`: the service points from https to http;
 * - `RedirectLoop`, `RedirectLimit`: redirects without end;
 * - `Credentials`: the bearer token's effect failed or gave an unusable token.
 *
 * @since 0.1.0
 * @category models
 */
export const TransportReason = Schema.Literal(
  "ConnectionFailed",
  "ConnectionLost",
  "Timeout",
  "Deadline",
  "BodyTooLarge",
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
 * There is no answer to go by. `outcome` says whether the service may have acted: `NotSent` means that it cannot have,
 * over all attempts; `Unknown` means look before repeating. `detail` is the system's error code where there is one;
 * `from` and `to` are the origins of a refused redirect.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>("TileDBTransportError")("TransportError", {
  operation: Operation,
  reason: TransportReason,
  outcome: Schema.Literal("NotSent", "Unknown"),
  message: Schema.String,
  detail: optional(Schema.String),
  from: optional(Schema.String),
  to: optional(Schema.String),
  attempts: Schema.Array(Attempt),
  stopped: optional(Stopped),
}) {}

/**
 * The service reported success but its answer cannot be read: not JSON (`Json`) or not the documented shape (`Schema`,
 * with the fields in `issues`). What was asked for has been done.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("TileDBDecodeError")("DecodeError", {
  operation: Operation,
  status: Schema.Int,
  reason: Schema.Literal("Json", "Schema"),
  issues: Schema.Array(Issue),
  message: Schema.String,
  attempts: Schema.Array(Attempt),
}) {}

/**
 * The caller's arguments are not what the operation takes; nothing was sent. `issues` names each field and what to write
 * instead, without the values.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("TileDBInvalidRequest")("InvalidRequest", {
  operation: Operation,
  issues: Schema.Array(Issue),
  message: Schema.String,
}) {}

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
