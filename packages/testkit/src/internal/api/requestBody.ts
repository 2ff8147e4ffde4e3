import type { Operation, ValidationErrorField } from "@effect-tiledb/schema"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

interface Property {
  readonly name: string
  readonly required: boolean
  readonly secret: boolean
}

const properties = (row: Operation): ReadonlyArray<Property> => {
  const ast: AST.AST | undefined = row.request === null ? undefined : Schema.typeSchema(row.request).ast
  return ast?._tag === "TypeLiteral"
    ? ast.propertySignatures.map(({ name, isOptional, type }) => ({
        name: String(name),
        required: !isOptional,
        secret: type._tag === "Declaration",
      }))
    : []
}

const known = new WeakMap<Operation, ReadonlyArray<Property>>()

const propertiesOf = (row: Operation): ReadonlyArray<Property> => {
  const found = known.get(row) ?? properties(row)
  known.set(row, found)
  return found
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

/** The documented fields of a body as they were given, with `hide` applied to the secret ones. */
export const redact = (row: Operation, body: unknown, hide: (secret: unknown) => unknown): Record<string, unknown> => {
  const shown: Record<string, unknown> = {}
  if (Predicate.isReadonlyRecord(body)) {
    for (const { name, secret } of propertiesOf(row)) {
      if (Object.hasOwn(body, name)) shown[name] = secret ? hide(body[name]) : body[name]
    }
  }
  return shown
}
