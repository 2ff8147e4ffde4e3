/**
 * How answers of the service are read: generously, with a note of whatever was not as documented.
 *
 * @example
 * import { decodeAnswer, missingFields, unknownFields, UserGetResponse } from "@effect-tiledb/schema"
 * import { Either } from "effect"
 *
 * const read = decodeAnswer(UserGetResponse)
 *
 * const answer = read({ data: { id: "usr_9m4e2mr0ui3e8a215n4g", timezone: null, plan: "team" } })
 * if (Either.isRight(answer)) {
 *   const { issues, value } = answer.right
 *   console.log(value.data.timezone) // ""
 *   console.log(missingFields(value.data)) // ["display_name", "email", "role", "username", "timezone", "created_at"]
 *   console.log(unknownFields(value.data)) // { plan: "team" }
 *   console.log(issues.map(({ path, message }) => `${path} ${message}`)) // ["data.display_name is missing", …]
 * }
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import { readerOf } from "./internal/fields.js"
import { type AnswerIssue, malformed, missing, Reading, unknownOf } from "./internal/reading.js"

export type {
  /**
   * One thing about an answer that is not as documented: where it is, and what should be there; never the value.
   *
   * @since 0.1.0
   * @category models
   */
  AnswerIssue,
}

/**
 * An answer that could be read, and what about it was not as documented (the first twenty things, in the answer's order).
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer<out A> {
  /** What was read. */
  readonly value: A
  /** What was malformed or missing and is a zero value, or absent, in `value` now. Empty for a documented answer. */
  readonly issues: ReadonlyArray<AnswerIssue>
}

/**
 * How answers are read.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeOptions {
  /** Whether everything that is not as documented fails, unknown properties included. Default false. */
  readonly strict?: boolean | undefined
}

/**
 * Reads answers by one of this package's schemas, where a property that is not there loses nothing else:
 *
 * - a property that is missing or `null` is the zero value of its type: `""`, `[]`, Go's zero time (for `""` too), an object
 *   of these;
 * - one that is optional is absent, also where it is malformed; so are the elements of a list that are `null`;
 * - what has no zero value fails (a `User` without an `id`, an answer without its `data` or its `user`), and so does anything
 *   else where a property is not optional: a number for a text, a time that does not exist;
 * - unknown roles are read as they are, unknown properties are kept (`unknownFields`).
 *
 * With `strict` everything that is not as documented fails, unknown properties included. By a schema of somebody else's an
 * answer is read just as that schema decodes it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const decodeAnswer = <A, I>(
  schema: Schema.Schema<A, I>,
  options: DecodeOptions = {},
): ((json: unknown) => Either.Either<Answer<A>, ReadonlyArray<AnswerIssue>>) => {
  const { strict = false } = options
  const read = readerOf(schema)
  return (json) => {
    const reading = new Reading(strict)
    const value = read(json, reading)
    const { issues } = reading
    return value === malformed || (strict && issues.length > 0) ? Either.left(issues) : Either.right({ value, issues })
  }
}

/**
 * The properties that an entity's answer did not have, and that hold the zero value of their type. A copy of the entity (`{ ...user }`) says the same, so that updateUser does not send these back.
 *
 * @since 0.1.0
 * @category combinators
 */
export const missingFields = (entity: object): ReadonlyArray<string> => {
  const names: unknown = Object.hasOwn(entity, missing) ? Reflect.get(entity, missing) : undefined
  return Array.isArray(names) ? names : []
}

/**
 * The properties of an entity's answer that this version does not know, with their values as the service sent them. They
 * are known of the very object that was read, not of copies.
 *
 * @since 0.1.0
 * @category combinators
 */
export const unknownFields = (entity: object): Readonly<Record<string, unknown>> => unknownOf(entity)
