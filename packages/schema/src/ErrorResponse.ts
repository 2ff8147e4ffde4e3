/**
 * The bodies of the service's error responses.
 *
 * @example
 * import { ErrorResponse } from "@effect-tiledb/schema"
 * import { Schema } from "effect"
 *
 * const read = Schema.decodeUnknownOption(ErrorResponse)
 * const requestId = (json: unknown) => read(json).pipe((error) => (error._tag === "Some" ? error.value.request_id : "none"))
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { orNull } from "./internal/model.js"

/**
 * One field that the service refused, and why.
 *
 * Source: the API's model `ValidationErrorField`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ValidationErrorField = Schema.Struct({
  field: Schema.String.annotations({ description: "The name of the field, as in the request" }),
  message: Schema.String.annotations({ description: "What is wrong with it, for a person to read" }),
}).annotations({
  identifier: "TileDBValidationErrorField",
  title: "ValidationErrorField",
  description: "One field that the service refused, and why",
})

/**
 * One field that the service refused, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface ValidationErrorField {
  /** The name of the field, as in the request. */
  readonly field: string
  /** What is wrong with it, for a person to read. */
  readonly message: string
}

/**
 * The fields of a request that the service refused.
 *
 * Source: the API's model `ValidationError`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ValidationError = Schema.Struct({
  fields: Schema.Array(ValidationErrorField).annotations({ description: "Each field that was refused" }),
}).annotations({
  identifier: "TileDBValidationError",
  title: "ValidationError",
  description: "The fields of a request that the service refused",
})

/**
 * The fields of a request that the service refused.
 *
 * @since 0.1.0
 * @category models
 */
export interface ValidationError {
  /** Each field that was refused. */
  readonly fields: ReadonlyArray<ValidationErrorField>
}

/**
 * The body of a response that is not a success. It is decoded strictly as documented, since this schema distinguishes
 * it from the response of a proxy.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorResponse = Schema.Struct({
  code: Schema.Int.annotations({ description: "A place in the server's source; not the HTTP status" }),
  message: Schema.String.annotations({ description: "What went wrong, for a person to read" }),
  request_id: Schema.String.annotations({ description: "The id of the request, for support" }),
  validation_error: orNull(ValidationError).annotations({ description: "Which fields were refused, for bad input" }),
}).annotations({
  identifier: "TileDBErrorResponse",
  title: "Error",
  description: "The body of a response that is not a success",
})

/**
 * The body of a response that is not a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorResponse {
  /** A place in the server's source. It is not the HTTP status: never branch on it. */
  readonly code: number
  /** What went wrong, for a person to read. */
  readonly message: string
  /** The id of the request, for the vendor's support. */
  readonly request_id: string
  /** Which fields were refused; absent if the service names none. */
  readonly validation_error?: ValidationError
}
