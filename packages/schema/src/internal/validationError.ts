import * as Schema from "effect/Schema"
import * as Model from "./model.js"

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
}).annotations(Model.named("ValidationErrorField", "One field that the service refused, and why"))

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
}).annotations(Model.named("ValidationError", "The fields of a request that the service refused"))

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
