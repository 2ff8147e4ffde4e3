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

/** The annotations of a schema that errors and documents refer to; the title is the name in the API's own document. */
export const named = (name: string, description: string, title = name) => ({
  identifier: `TileDB${name}`,
  title,
  description,
})

/**
 * A schema of a property that may be missing or `null` on the wire; either way the decoded property is absent.
 *
 * @since 0.1.0
 * @category schemas
 */
export const orNull = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { nullable: true, exact: true })

/** As `orNull`, and Go's zero time is absent too. */
const timestampOrNull = (description: string) =>
  Schema.optionalToOptional(Schema.NullOr(Timestamp.from).annotations({ description }), Timestamp, {
    decode: Option.filter((text): text is string => text !== null && epochMillis(text) !== goZeroTime),
    encode: (text) => text,
  }).annotations({ description })

/**
 * The schema of a secret, `Redacted` once decoded. Unrefined, and with its own message on either side: the standard
 * message prints the value it refuses.
 *
 * @since 0.1.0
 * @category schemas
 */
export const secretText = (description: string) => {
  const message = () => ({ message: "Expected a secret (a string; the value is not shown)", override: true })
  return Schema.transform(
    Schema.String.annotations({ description }),
    Schema.RedactedFromSelf(Schema.String).annotations({ message }),
    { strict: true, decode: (text) => Redacted.make(text), encode: Redacted.value },
  ).annotations({ description, message })
}

/** The annotation with a schema's reader. */
export const ReadId: unique symbol = Symbol.for("@effect-tiledb/schema/Read")

const readAnnotation = AST.getAnnotation<() => Reading.Read<unknown>>(ReadId)

/**
 * The reader of a schema: that of its model, otherwise one that decodes with the schema.
 *
 * @since 0.1.0
 * @category models
 */
export const readerOf = <A, I>(schema: Schema.Schema<A, I>): Reading.Read<A> =>
  Option.match(readAnnotation(schema.ast), {
    onNone: () => decoded(schema),
    onSome: (read) => read() as Reading.Read<A>, // `annotations` and the responses put the schema's own there
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
const lazyReader = <A, I>(schema: Schema.Schema<A, I>): Reading.Read<A> => {
  let read: Reading.Read<A> | undefined
  return (input, reading) => {
    read ??= readerOf(schema)
    return read(input, reading)
  }
}

/**
 * Reads the JSON of a response, which may deviate from the documentation. Made by `reader`.
 *
 * @since 0.1.0
 * @category models
 */
export type Reader<A> = Reading.Read<A>

/**
 * A property of a model: its schema, and how it is read from responses that may deviate from the documentation.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field<out S> extends Reading.Property {
  /** The schema of the property, as documented. */
  readonly schema: S
}

const required = <S>(schema: S, read: Reading.Read<unknown>, zero?: () => unknown): Field<S> => ({
  schema,
  read,
  optional: false,
  zero,
})

const empty = () => ""

// The service's ids are as documented; decoding does not enforce it.
const anyUserId = (schema: Schema.Schema<string>, description: string) =>
  schema.pipe(
    Schema.brand("UserId"),
    Schema.annotations({
      description,
      arbitrary: () => (fc) => fc.stringMatching(/^usr_[0-9a-v]{20}$/).map((text) => Brand.nominal<UserId>()(text)),
    }),
  )

/**
 * An id whose form is not documented, so that any text is accepted, as a branded text of this name.
 */
export const brandedText = <const Name extends string>(name: Name, description: string) =>
  Schema.String.pipe(Schema.brand(name), Schema.annotations(named(name, description)))

/**
 * The id of an object: any text but the empty one. An object without it is malformed.
 *
 * @since 0.1.0
 * @category fields
 */
export const id = <S extends Schema.Schema.AnyNoContext>(schema: S): Field<S> =>
  required(schema, Reading.nonEmptyString)

/**
 * The id of a user as the service sends it. An object without it is malformed.
 *
 * @since 0.1.0
 * @category fields
 */
export const userId = (description: string) => id(anyUserId(Schema.String.pipe(Schema.minLength(1)), description))

/**
 * The id of a user, or `""` for no user.
 *
 * @since 0.1.0
 * @category fields
 */
export const userIdOrNone = (description: string) =>
  required(anyUserId(Schema.String, description), Reading.string, empty)

/**
 * A text; `""` if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const text = (description: string) => required(Schema.String.annotations({ description }), Reading.string, empty)

/**
 * A text with its own schema, which accepts any text; `""` if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const textAs = <A extends string, I extends string>(schema: Schema.Schema<A, I>) =>
  required(schema, Reading.string, empty)

/**
 * A secret, which is `Redacted` once read; an empty one if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const secret = (description: string) =>
  required(secretText(description), Reading.redacted, () => Redacted.make(""))

/**
 * A boolean; `false` if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const flag = (description: string) =>
  required(Schema.Boolean.annotations({ description }), Reading.boolean, () => false)

/**
 * A whole number; `0` if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const integer = (description: string) =>
  required(Schema.Int.annotations({ description }), Reading.integer, () => 0)

/**
 * A time; Go's zero time if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const time = (description: string) =>
  required(Timestamp.annotations({ description }), Reading.time, () => Reading.noTime)

/**
 * A time that may be absent; Go's zero time is absent.
 *
 * @since 0.1.0
 * @category fields
 */
export const optionalTime = (description: string) => ({
  ...required(timestampOrNull(description), Reading.timeOrNone),
  optional: true,
})

/**
 * A field that may be absent, and is absent if it cannot be read. For a time use `optionalTime`.
 *
 * @since 0.1.0
 * @category fields
 */
export const optional = <A, I>({ read, schema }: Field<Schema.Schema<A, I>>) => ({
  ...required(
    orNull(schema).annotations({
      description: Option.getOrElse(AST.getDescriptionAnnotation(schema.ast), () => "May be absent"),
    }),
    read,
  ),
  optional: true,
})

/**
 * A model inside another, which is malformed without it.
 *
 * @since 0.1.0
 * @category fields
 */
export const own = <S extends Schema.Schema.AnyNoContext>(model: S): Field<S> => required(model, lazyReader(model))

/**
 * A model inside another; if the response has none, a model whose properties are all missing.
 *
 * @since 0.1.0
 * @category fields
 */
export const part = <S extends Schema.Schema.AnyNoContext>(model: S): Field<S> => {
  const read = lazyReader(model)
  // One shared instance: a response of a megabyte may contain a million empty objects.
  let none: unknown
  return required(model, read, () => {
    none ??= read({}, new Reading.Reading(false))
    return none
  })
}

/**
 * A list of models without its `null` elements; empty if the response has none.
 *
 * @since 0.1.0
 * @category fields
 */
export const list = <A, I>(model: Schema.Schema<A, I>, description: string) =>
  required(Schema.Array(model).annotations({ description }), Reading.list(lazyReader(model)), () => [])

/**
 * The fields' schemas, for `Schema.Class` and `Schema.Struct`.
 *
 * @since 0.1.0
 * @category models
 */
export const schemas = <F extends Readonly<Record<string, Field<unknown>>>>(
  fields: F,
): { readonly [Name in keyof F]: F[Name]["schema"] } =>
  Record.map(fields, ({ schema }) => schema) as { readonly [Name in keyof F]: F[Name]["schema"] } // the record loses which schema belongs to which field

/**
 * The reader of a class with these fields: its objects are made without its constructor. Unknown properties are kept (see `unknownFields`).
 *
 * @since 0.1.0
 * @category models
 */
export const reader = <A extends object>(
  fields: Readonly<Record<string, Field<unknown>>>,
  model: { readonly prototype: A },
): Reader<A> => Reading.object(fields, (entity: A) => entity, model.prototype)

/**
 * The annotations of a class, with its reader. A class is annotated on both its type and its transformation, so that
 * errors and documents use one name. The title is the name in the API's own document.
 *
 * @since 0.1.0
 * @category models
 */
export const annotations = (name: string, description: string, read: () => Reader<object>, title = name) => {
  const annotations = named(name, description, title)
  return [annotations, { ...annotations, [ReadId]: read }] as const
}

/**
 * The body of a response: an object in its envelope, `{ "data": … }`.
 *
 * @since 0.1.0
 * @category responses
 */
export const response = <S extends Schema.Schema.AnyNoContext>(name: string, description: string, data: S) =>
  envelope(name, description, own(data))

/**
 * The body of a response: a list in its envelope, `{ "data": […] }`. Without its `null` elements, and empty for `null`;
 * each element is read as the model is.
 *
 * @since 0.1.0
 * @category responses
 */
export const listResponse = <A, I>(name: string, description: string, item: Schema.Schema<A, I>) =>
  envelope(name, description, dataList(item))

// `null` is how Go writes an empty list; an object without `data` is not the service's response.
export const dataList = <A, I>(item: Schema.Schema<A, I>) =>
  required(
    Schema.Array(item).annotations({ description: "The items of the list" }),
    Reading.orEmpty(Reading.list(lazyReader(item))),
  )

const envelope = <S extends Schema.Schema.AnyNoContext>(name: string, description: string, data: Field<S>) => {
  const read = Reading.object({ data }, (props: { readonly data: unknown }) => props)
  return Schema.Struct({ data: data.schema }).annotations({
    ...named(name, description),
    [ReadId]: () => read,
  })
}
