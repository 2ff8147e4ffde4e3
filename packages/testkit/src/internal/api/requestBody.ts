import type { Operation, ValidationErrorField } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { fail, type Registry } from "./machine.js"

/** The shapes that a decoded value may have. */
const shapesOf = (type: AST.AST): ReadonlyArray<AST.AST> => {
  switch (type._tag) {
    case "Union":
      return type.types.flatMap(shapesOf)
    case "Refinement":
      return shapesOf(type.from)
    case "Transformation":
      return shapesOf(type.to)
    case "Suspend":
      return shapesOf(type.f())
    case "Declaration":
      // That of a class is a record.
      return Option.match(AST.getSurrogateAnnotation(type), { onNone: () => [type], onSome: shapesOf })
    default:
      return [type]
  }
}

const propertiesOf = (type: AST.AST): ReadonlyArray<AST.PropertySignature> =>
  shapesOf(type)
    .filter(AST.isTypeLiteral)
    .flatMap((record) => record.propertySignatures)

/**
 * The given fields of a body, and all of its errors. Reads only the documented fields: `null` is absent, unknown fields are
 * ignored, and only own properties count, so that `__proto__` has no effect.
 */
export const read = (row: Operation, body: Readonly<Record<string, unknown>>) => {
  const values: Record<string, string> = {}
  const errors: Array<ValidationErrorField> = []
  const { ast } = row.request ?? Schema.Struct({})
  for (const { isOptional, name: key } of propertiesOf(ast)) {
    const name = String(key)
    const value = Object.hasOwn(body, name) ? body[name] : null
    if (value == null) {
      if (!isOptional) errors.push({ field: name, message: "is required" })
    } else if (typeof value !== "string") {
      errors.push({ field: name, message: "must be a string" })
    } else if (!isOptional && value === "") {
      errors.push({ field: name, message: "must not be empty" })
    } else {
      values[name] = value
    }
  }
  return { values, errors }
}

/** The deepest nesting of a body. */
const deepest = 100

/** Whether JSON is nested so deep that it may overflow the stack of what reads it, which recurses. */
export const isTooDeep = (json: unknown): boolean => {
  let level = [json].filter(Predicate.isObject)
  for (let depth = 0; depth < deepest; depth++) {
    level = level.flatMap((value): Array<unknown> => Object.values(value)).filter(Predicate.isObject)
  }
  return level.length > 0
}

/** What a schema decodes, nothing where there is none; or the failure, with the fields that it refuses. */
export const decoded = (machine: Registry, schema: Operation["request"], value: unknown): unknown =>
  schema == null
    ? undefined
    : Either.getOrElse(Schema.decodeUnknownEither(schema, { errors: "all" })(value), ({ issue }) =>
        fail(machine, "invalidRequest", fieldsOf(issue)),
      )

type Input = Readonly<Record<string, unknown>>
type Hide = (secret: unknown) => unknown

// What is no plain value is a secret, but for times.
const isSecret = (type: AST.AST): boolean =>
  AST.isDeclaration(type) && Option.getOrElse(AST.getIdentifierAnnotation(type), () => "") !== "DateTimeUtc"

const shown = (types: ReadonlyArray<{ readonly type: AST.AST }>, given: unknown, hide: Hide, all: boolean): unknown => {
  const shapes = types.flatMap(({ type }) => shapesOf(type))
  if (shapes.some(isSecret)) return hide(given)
  if (Array.isArray(given)) {
    const elements = shapes.filter(AST.isTupleType).flatMap((list) => [...list.elements, ...list.rest])
    return elements.length === 0 ? given : given.map((element) => shown(elements, element, hide, all))
  }
  const records = shapes.filter(AST.isTypeLiteral)
  if (records.length === 0 || !Predicate.isReadonlyRecord(given)) return given
  const shownFields = Object.entries(given).flatMap(([name, value]) => {
    const fields = records.flatMap((record) => [
      ...record.propertySignatures.filter((field) => field.name === name),
      ...record.indexSignatures,
    ])
    return all || fields.length > 0 ? [[name, shown(fields, value, hide, all)] as const] : []
  })
  return Object.fromEntries(shownFields)
}

/**
 * The documented fields of a body as they were given, or of its elements, with `hide` applied to the secret ones, however
 * deep they are; with `all`, the other fields too.
 */
export const redact = (
  row: Operation | undefined,
  body: unknown,
  hide: Hide,
  all = false,
): { readonly input: Input | undefined; readonly items: ReadonlyArray<Input> | undefined } => {
  if (row?.request == null) return { input: undefined, items: undefined }
  const given = shown([{ type: row.request.ast }], body, hide, all)
  const record = (value: unknown): Input => (Predicate.isReadonlyRecord(value) ? value : {})
  return shapesOf(row.request.ast).some(AST.isTupleType)
    ? { input: undefined, items: Array.isArray(given) ? given.map(record) : [] }
    : { input: record(given), items: undefined }
}

/** The fields that a schema has refused, each once, without their values. */
export const fieldsOf = (issue: ParseResult.ParseIssue): ReadonlyArray<ValidationErrorField> => {
  const issues = ParseResult.ArrayFormatter.formatIssueSync(issue)
  const messages = new Map(
    issues.map(({ _tag, path }) => [path.map(String).join("."), _tag === "Missing" ? "is required" : "is not valid"]),
  )
  return Array.from(messages, ([field, message]) => ({ field, message }))
}

/** A query as its row's schema takes it: numbers and booleans are texts in a URL. */
export const readQuery = (schema: Schema.Schema.AnyNoContext, query: string): Input => {
  const types = new Map(propertiesOf(AST.encodedAST(schema.ast)).map(({ name, type }) => [String(name), type]))
  const typed = (name: string, text: string): unknown => {
    const type = types.get(name)
    if (type === undefined) return text
    const is = Schema.is(Schema.make(type))
    const number = text.trim() === "" ? Number.NaN : Number(text)
    return [text, ...(Number.isNaN(number) ? [] : [number]), text === "true"].find((value) => is(value)) ?? text
  }
  return Object.fromEntries(Array.from(new URLSearchParams(query), ([name, text]) => [name, typed(name, text)]))
}
