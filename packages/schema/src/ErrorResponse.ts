import * as Schema from "effect/Schema"
import { optional } from "./internal/fields.js"

/**
 * One field that the service refused, and why.
 *
 * Source: models.json, `ValidationErrorField`.
 *
 * @since 0.1.0
 * @category errors
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
 * @since 0.1.0
 * @category errors
 */
export interface ValidationErrorField extends Schema.Schema.Type<typeof ValidationErrorField> {}

/**
 * The fields of a request that the service refused.
 *
 * Source: models.json, `ValidationError`.
 *
 * @since 0.1.0
 * @category errors
 */
export const ValidationError = Schema.Struct({
  fields: Schema.Array(ValidationErrorField).annotations({ description: "Each field that was refused" }),
}).annotations({
  identifier: "TileDBValidationError",
  title: "ValidationError",
  description: "The fields of a request that the service refused",
})

/**
 * @since 0.1.0
 * @category errors
 */
export interface ValidationError extends Schema.Schema.Type<typeof ValidationError> {}

/**
 * The body of an answer that is not a success. `code` names a place in the server's source: it is not the HTTP status,
 * so never branch on it. `request_id` is what the vendor's support asks for.
 *
 * Source: models.json, `Error`.
 *
 * @since 0.1.0
 * @category errors
 */
export const ErrorResponse = Schema.Struct({
  code: Schema.Int.annotations({ description: "A place in the server's source; not the HTTP status" }),
  message: Schema.String.annotations({ description: "What went wrong, for a person to read" }),
  request_id: Schema.String.annotations({ description: "The id of the request, for support" }),
  validation_error: optional(ValidationError).annotations({ description: "Which fields were refused, for bad input" }),
}).annotations({
  identifier: "TileDBErrorResponse",
  title: "Error",
  description: "The body of an answer that is not a success",
})

/**
 * @since 0.1.0
 * @category errors
 */
export interface ErrorResponse extends Schema.Schema.Type<typeof ErrorResponse> {}
