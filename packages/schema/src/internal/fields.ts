import * as Brand from "effect/Brand"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { UserId } from "../UserId.js"
import * as Reading from "./reading.js"
import { epochMillis, goZeroTime } from "./time.js"

const DateTimeUtc: Schema.Schema<DateTime.Utc> = Schema.DateTimeUtcFromSelf.annotations({
  identifier: "DateTimeUtc",
  arbitrary: () => (fc) =>
    fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00:00Z") }).map((millis) => DateTime.unsafeMake(millis)),
})

const Timestamp = Schema.transformOrFail(
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

/** A field that may be missing or `null` on the wire; either way the decoded property is absent. */
export const orNull = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { nullable: true, exact: true })

/** As `orNull`, and Go's zero time is absent too. */
const timestampOrNull = (description: string) =>
  Schema.optionalToOptional(Schema.NullOr(Timestamp.from).annotations({ description }), Timestamp, {
    decode: Option.filter((text): text is string => text !== null && epochMillis(text) !== goZeroTime),
    encode: (text) => text,
  }).annotations({ description })

/** Unrefined, and with its own message on either side: the standard message prints the value it refuses. */
export const secret = (description: string) => {
  const message = () => ({ message: "Expected a secret (a string; the value is not shown)", override: true })
  return Schema.transform(
    Schema.String.annotations({ description }),
    Schema.RedactedFromSelf(Schema.String).annotations({ message }),
    { strict: true, decode: (text) => Redacted.make(text), encode: Redacted.value },
  ).annotations({ description, message })
}

/** The annotation with a schema's reader. */
const ReadId: unique symbol = Symbol.for("@effect-tiledb/schema/Read")

const readAnnotation = AST.getAnnotation<() => Reading.Read<unknown>>(ReadId)

/** The reader of a schema: that of its model, otherwise one that decodes with the schema. */
export const readerOf = <A, I>(schema: Schema.Schema<A, I>): Reading.Read<A> =>
  Option.match(readAnnotation(schema.ast), {
    onNone: () => decoded(schema),
    onSome: (read) => read() as Reading.Read<A>, // `model` and `envelope` put the schema's own there
  })

const decoded = <A, I>(schema: Schema.Schema<A, I>): Reading.Read<A> => {
  const decode = ParseResult.decodeUnknownEither(schema, { errors: "all" })
  return (input, reading) => {
    const result = decode(input, reading.strict ? { onExcessProperty: "error" } : undefined)
    if (Either.isRight(result)) return result.right
    // The formatter's messages contain the values.
    for (const { _tag, path } of ParseResult.ArrayFormatter.formatIssueSync(result.left)) {
      reading.note(
        _tag === "Missing" ? "is missing" : _tag === "Unexpected" ? "is not documented" : "is not as documented",
        path,
      )
    }
    return Reading.malformed
  }
}

// Looked up at its first use: a class creates its AST when it is first read.
const reader = <A, I>(schema: Schema.Schema<A, I>): Reading.Read<A> => {
  let read: Reading.Read<A> | undefined
  return (input, reading) => {
    read ??= readerOf(schema)
    return read(input, reading)
  }
}

/** A property of a model: its schema, and its reader for responses that may deviate from the documentation. */
export interface Field<S> extends Reading.Property {
  readonly schema: S
}

const required = <S>(schema: S, read: Reading.Read<unknown>, zero?: () => unknown): Field<S> => ({
  schema,
  read,
  optional: false,
  zero,
})

const optional = <S>(schema: S, read: Reading.Read<unknown>): Field<S> => ({
  schema,
  read,
  optional: true,
  zero: undefined,
})

const empty = () => ""

// The service's ids are as documented; decoding does not enforce it.
const id = (schema: Schema.Schema<string>, description: string) =>
  schema.pipe(
    Schema.brand("UserId"),
    Schema.annotations({
      description,
      arbitrary: () => (fc) => fc.stringMatching(/^usr_[0-9a-v]{20}$/).map((text) => Brand.nominal<UserId>()(text)),
    }),
  )

/** The id of an object: any text but the empty one. An object without it is malformed. */
export const ownId = (description: string) =>
  required(id(Schema.String.pipe(Schema.minLength(1)), description), Reading.nonEmptyString)

/** The id of a user, or `""` for no user. */
export const idOrNone = (description: string) => required(id(Schema.String, description), Reading.string, empty)

/** A text; `""` if the response has none. */
export const text = (description: string) => required(Schema.String.annotations({ description }), Reading.string, empty)

/** A text with its own schema, which accepts any text; `""` if the response has none. */
export const textAs = <A extends string, I extends string>(schema: Schema.Schema<A, I>) =>
  required(schema, Reading.string, empty)

/** A text that may be absent. */
export const optionalText = (description: string) =>
  optional(orNull(Schema.String.annotations({ description })), Reading.string)

/** A boolean that may be absent. */
export const optionalFlag = (description: string) =>
  optional(orNull(Schema.Boolean.annotations({ description })), Reading.boolean)

/** A time; Go's zero time if the response has none. */
export const time = (description: string) =>
  required(Timestamp.annotations({ description }), Reading.time, () => Reading.noTime)

/** A time that may be absent; Go's zero time is absent. */
export const optionalTime = (description: string) => optional(timestampOrNull(description), Reading.timeOrNone)

/** A model inside another, which is malformed without it. */
export const own = <S extends Schema.Schema.AnyNoContext>(model: S) => required(model, reader(model))

/** A model inside another; if the response has none, a model whose properties are all missing. */
export const part = <S extends Schema.Schema.AnyNoContext>(model: S) => {
  const read = reader(model)
  // One shared instance: a response of a megabyte may contain a million empty objects.
  let none: unknown
  return required(model, read, () => {
    none ??= read({}, new Reading.Reading(false))
    return none
  })
}

/** A list of models; empty if the response has none. */
export const list = <A, I>(model: Schema.Schema<A, I>, description: string) =>
  required(Schema.Array(model).annotations({ description }), Reading.list(reader(model)), () => [])

/** The fields' schemas, for `Schema.Class` and `Schema.Struct`. */
export const schemas = <F extends Readonly<Record<string, Field<unknown>>>>(
  fields: F,
): { readonly [Name in keyof F]: F[Name]["schema"] } =>
  Record.map(fields, ({ schema }) => schema) as { readonly [Name in keyof F]: F[Name]["schema"] } // the record loses which schema belongs to which field

/**
 * A class is annotated on both its type and its transformation, so that errors and documents use one name. The title is
 * the name in the API's own document.
 */
export const model = (name: string, description: string, read: () => Reading.Read<object>, title = name) => {
  const annotations = { identifier: `TileDB${name}`, title, description }
  return [annotations, { ...annotations, [ReadId]: read }] as const
}

/** The envelope `{ "data": … }` of a response. */
export const envelope = <S extends Schema.Schema.AnyNoContext>(name: string, description: string, data: S) => {
  const read = Reading.object({ data: own(data) }, (props: { readonly data: unknown }) => props)
  return Schema.Struct({ data }).annotations({
    identifier: `TileDB${name}`,
    title: name,
    description,
    [ReadId]: () => read,
  })
}
