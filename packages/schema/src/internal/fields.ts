import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/

/** Milliseconds since the epoch, `NaN` for any other text: `Date.parse` alone also takes texts that are no RFC 3339 time. */
const epochMillis = (text: string) => (rfc3339.test(text) ? Date.parse(text) : Number.NaN)

/** What Go's `time.Time{}` looks like once it is JSON: the service's way to say that there is no time. */
const goZeroTime = Date.parse("0001-01-01T00:00:00Z")

const DateTimeUtc: Schema.Schema<DateTime.Utc> = Schema.DateTimeUtcFromSelf.annotations({
  identifier: "DateTimeUtc",
  arbitrary: () => (fc) =>
    fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00:00Z") }).map((millis) => DateTime.unsafeMake(millis)),
})

export const Timestamp = Schema.transformOrFail(
  Schema.String.annotations({
    description: "An RFC 3339 time: `Z` or an offset, and up to nine fraction digits of which the first three are kept",
    jsonSchema: { type: "string", format: "date-time" },
  }),
  DateTimeUtc,
  {
    strict: true,
    decode: (text, _options, ast) => {
      const millis = epochMillis(text)
      return Number.isNaN(millis)
        ? ParseResult.fail(new ParseResult.Type(ast, text, "Expected an RFC 3339 time such as 2026-01-31T12:00:00Z"))
        : ParseResult.succeed(DateTime.unsafeMake(millis))
    },
    encode: (time) => ParseResult.succeed(DateTime.formatIso(time)),
  },
).annotations({ identifier: "TileDBTimestamp" })

/** A field that may be missing or `null` on the wire; either way the property is absent once read. */
export const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { nullable: true, exact: true })

/** As `optional`, and Go's zero time is absent too. */
export const optionalTimestamp = (description: string) =>
  Schema.optionalToOptional(Schema.NullOr(Timestamp.from).annotations({ description }), Timestamp, {
    decode: Option.filter((text): text is string => text !== null && epochMillis(text) !== goZeroTime),
    encode: (text) => text,
  }).annotations({ description })

/** Unrefined, and with a message of its own: the standard one prints the value it refuses. */
export const secret = (description: string) =>
  Schema.Redacted(Schema.String.annotations({ description })).annotations({
    description,
    message: () => ({ message: "Expected a secret (a string; the value is not shown)", override: true }),
  })

/**
 * A class is annotated on both its type and its transformation, so that errors and documents call it by one name. The
 * title is what the API's own document calls it.
 */
export const named = (name: string, description: string, title = name) => {
  const annotations = { identifier: `TileDB${name}`, title, description }
  return [annotations, annotations] as const
}
