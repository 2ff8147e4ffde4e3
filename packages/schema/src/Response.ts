/**
 * Lenient decoding of the service's responses, with a report of every deviation from the documentation.
 *
 * @example
 * import { decodeResponse, missingFields, unknownFields, UserGetResponse } from "@effect-tiledb/schema"
 * import { Either } from "effect"
 *
 * const read = decodeResponse(UserGetResponse)
 *
 * const response = read({ data: { id: "usr_9m4e2mr0ui3e8a215n4g", timezone: null, plan: "team" } })
 * if (Either.isRight(response)) {
 *   const { issues, value } = response.right
 *   console.log(value.data.timezone) // ""
 *   console.log(missingFields(value.data)) // ["display_name", "email", "role", "username", "timezone", "created_at"]
 *   console.log(unknownFields(value.data)) // { plan: "team" }
 *   console.log(issues.map(({ path, message }) => `${path} ${message}`)) // ["data.timezone should be a string", …]
 * }
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import { readerOf } from "./internal/model.js"
import { malformed, missing, Reading, type ResponseIssue, unknownOf } from "./internal/reading.js"

export type {
  /**
   * One deviation of a response from the documentation: where it is, and what is expected there; never the value.
   *
   * @since 0.1.0
   * @category models
   */
  ResponseIssue,
}

/**
 * A decoded response, and its deviations from the documentation: the first twenty, of each object what is missing before
 * what is wrong.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decoded<out A> {
  /** The decoded value. */
  readonly value: A
  /** What was malformed or missing, and is now a zero value or absent in `value`. Empty for a documented response. */
  readonly issues: ReadonlyArray<ResponseIssue>
}

/**
 * How responses are decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeOptions {
  /** Whether every deviation from the documentation fails, including unknown properties. Default false. */
  readonly strict?: boolean | undefined
}

/**
 * Decodes responses with one of this package's schemas. A property that is missing does not affect the others:
 *
 * - a property that is missing or `null` becomes the zero value of its type: `""`, `[]`, Go's zero time (for `""` too),
 *   an object of these;
 * - an optional property that is missing or malformed is absent; `null` elements of a list are dropped;
 * - a missing property without a zero value fails (a `User` without an `id`, a response without its `data` or its
 *   `user`), and so does any other value in a property that is not optional: a number for a text, a time that does not
 *   exist;
 * - unknown roles are decoded unchanged, unknown properties are kept (`unknownFields`).
 *
 * With `strict` every deviation from the documentation fails, including unknown properties. With any other schema a
 * response is decoded exactly as that schema decodes it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const decodeResponse = <A, I>(
  schema: Schema.Schema<A, I>,
  options: DecodeOptions = {},
): ((json: unknown) => Either.Either<Decoded<A>, ReadonlyArray<ResponseIssue>>) => {
  const { strict = false } = options
  const read = readerOf(schema)
  return (json) => {
    const reading = new Reading(strict)
    const value = read(json, reading)
    const issues = reading.issues.map(({ message, path }) => ({ path: path.replace(/^\./, ""), message }))
    return value === malformed || (strict && issues.length > 0) ? Either.left(issues) : Either.right({ value, issues })
  }
}

/**
 * The properties that an entity's response did not have, which have the zero value of their type. A copy of the entity
 * (`{ ...user }`) keeps this list, so that updateUser does not send them back.
 *
 * @since 0.1.0
 * @category combinators
 */
export const missingFields = (entity: object): ReadonlyArray<string> => {
  const names: unknown = Object.hasOwn(entity, missing) ? Reflect.get(entity, missing) : undefined
  return Array.isArray(names) ? names : []
}

/**
 * The properties of an entity's response that this version does not know, with their values as the service sent them.
 * They are known for the decoded object itself, not for copies.
 *
 * @since 0.1.0
 * @category combinators
 */
export const unknownFields = (entity: object): Readonly<Record<string, unknown>> => unknownOf(entity)
