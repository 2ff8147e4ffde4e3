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
import * as Model from "./internal/model.js"
import { ValidationError } from "./internal/validationError.js"

export { ValidationError, ValidationErrorField } from "./internal/validationError.js"

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
  validation_error: Model.orNull(ValidationError).annotations({
    description: "Which fields were refused, for bad input",
  }),
}).annotations(Model.named("ErrorResponse", "The body of a response that is not a success", "Error"))

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
