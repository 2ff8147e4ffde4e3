import type { Operation, ValidationErrorField } from "@effect-tiledb/schema"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

interface Property {
  readonly name: string
  readonly required: boolean
  readonly secret: boolean
}

const known = new WeakMap<Operation, ReadonlyArray<Property>>()

const propertiesOf = (row: Operation): ReadonlyArray<Property> => {
  const found = known.get(row)
  if (found !== undefined) return found
  const whole = row.request == null ? undefined : Schema.typeSchema(row.request).ast
  const ast = whole?._tag === "TupleType" ? whole.rest[0]?.type : whole
  const signatures = ast?._tag === "TypeLiteral" ? ast.propertySignatures : []
  const properties = signatures.map(({ isOptional, name, type }) => ({
    name: String(name),
    required: !isOptional,
    secret: (type._tag === "Union" ? type.types : [type]).some(({ _tag }) => _tag === "Declaration"),
  }))
  known.set(row, properties)
  return properties
}

/** The given fields of a request, and all of its validation errors. */
export interface Fields {
  readonly values: Readonly<Record<string, string>>
  readonly errors: Array<ValidationErrorField>
}

/**
 * Reads only the documented fields of a body: `null` is absent, unknown fields are ignored, and only own properties
 * count, so that `__proto__` has no effect.
 */
export const read = (row: Operation, body: Readonly<Record<string, unknown>>): Fields => {
  const values: Record<string, string> = {}
  const errors: Array<ValidationErrorField> = []
  for (const { name, required } of propertiesOf(row)) {
    const value = Object.hasOwn(body, name) ? (body[name] ?? undefined) : undefined
    if (value === undefined) {
      if (required) errors.push({ field: name, message: "is required" })
    } else if (typeof value !== "string") {
      errors.push({ field: name, message: "must be a string" })
    } else if (required && value === "") {
      errors.push({ field: name, message: "must not be empty" })
    } else {
      values[name] = value
    }
  }
  return { values, errors }
}

/** The documented fields of a body as they were given, or of its elements, with `hide` applied to the secret ones. */
export const redact = (
  row: Operation | undefined,
  body: unknown,
  hide: (secret: unknown) => unknown,
): { readonly input: Input | undefined; readonly items: ReadonlyArray<Input> | undefined } => {
  if (row?.request == null) return { input: undefined, items: undefined }
  const isList = Schema.typeSchema(row.request).ast._tag === "TupleType"
  const shown = (given: unknown): Input =>
    Predicate.isReadonlyRecord(given)
      ? Object.fromEntries(
          propertiesOf(row).flatMap(({ name, secret }) =>
            Object.hasOwn(given, name) ? [[name, secret ? hide(given[name]) : given[name]]] : [],
          ),
        )
      : {}
  return isList
    ? { input: undefined, items: Array.isArray(body) ? body.map(shown) : [] }
    : { input: shown(body), items: undefined }
}

type Input = Readonly<Record<string, unknown>>

/** The fields that a schema has refused, each once, without their values. */
export const fieldsOf = (issue: ParseResult.ParseIssue): ReadonlyArray<ValidationErrorField> => {
  const issues = ParseResult.ArrayFormatter.formatIssueSync(issue)
  const messages = new Map(
    issues.map(({ _tag, path }) => [path.map(String).join("."), _tag === "Missing" ? "is required" : "is not valid"]),
  )
  return Array.from(messages, ([field, message]) => ({ field, message }))
}

/** A query as its row's schema decodes it; numbers and booleans are texts in a URL. */
export const readQuery = (schema: Schema.Schema.AnyNoContext, query: string) => {
  const ast = AST.encodedAST(schema.ast)
  const types = new Map(
    ast._tag === "TypeLiteral" ? ast.propertySignatures.map(({ name, type }) => [String(name), type] as const) : [],
  )
  const typed = (name: string, text: string): unknown => {
    const type = types.get(name)
    if (type === undefined) return text
    const is = Schema.is(Schema.make(type))
    const number = text.trim() === "" ? Number.NaN : Number(text)
    return [text, ...(Number.isNaN(number) ? [] : [number]), text === "true"].find((value) => is(value)) ?? text
  }
  const given = Object.fromEntries(Array.from(new URLSearchParams(query), ([name, text]) => [name, typed(name, text)]))
  return Schema.decodeUnknownEither(schema, { errors: "all" })(given)
}
