import * as Predicate from "effect/Predicate"
import type * as AST from "effect/SchemaAST"

/**
 * JSON that is wrong at one place: `path` is the place (`data.user.email`), `problem` the kind of error. If a value has
 * no place to break, it is replaced by `null`, and `path` is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface NearMiss {
  /** The broken JSON value. */
  readonly value: unknown
  /** The place of the error, for example `data.user.email`; empty for the whole value. */
  readonly path: string
  /** The kind of error: missing, `null`, another type, or another format. */
  readonly problem: "missing" | "null" | "type" | "format"
}

type Json = Readonly<Record<string, unknown>>

const allowsNull = (ast: AST.AST): boolean =>
  ast._tag === "Union" ? ast.types.some(allowsNull) : ast._tag === "Literal" && ast.literal === null

const withoutNull = (ast: AST.AST): AST.AST =>
  ast._tag === "Union" ? (ast.types.find((member) => !allowsNull(member)) ?? ast) : ast

/** A value of every other JSON type than this one's, except `null`. */
const otherTypes = (value: unknown): ReadonlyArray<unknown> =>
  ["text", 42, true, [], {}].filter(
    (other) => typeof other !== typeof value || Array.isArray(other) !== Array.isArray(value),
  )

/** One way to break a JSON value. The value is created only when it is picked, as there are hundreds of ways. */
export interface Breakage extends Omit<NearMiss, "value"> {
  readonly make: () => unknown
}

/** All the ways to break a JSON value at one place, according to its encoded schema. */
export const breakagesOf = (ast: AST.AST, value: unknown): ReadonlyArray<Breakage> => {
  const shape = withoutNull(ast)
  if (shape._tag === "TypeLiteral" && Predicate.isReadonlyRecord(value)) {
    return shape.propertySignatures.flatMap(({ name, isOptional, type }) => {
      const key = String(name)
      const { [key]: own, ...others } = value
      const here = (problem: NearMiss["problem"], replacement: Json): Breakage => ({
        path: key,
        problem,
        make: () => ({ ...others, ...replacement }),
      })
      if (own === undefined || own === null) return []
      return [
        ...(isOptional ? [] : [here("missing", {})]),
        ...(allowsNull(type) ? [] : [here("null", { [key]: null })]),
        ...otherTypes(own).map((other) => here("type", { [key]: other })),
        ...(typeof own === "string" ? [here("format", { [key]: `~${own}` })] : []),
        ...breakagesOf(type, own).map(({ make, path, problem }) => ({
          path: `${key}.${path}`,
          problem,
          make: () => ({ ...others, [key]: make() }),
        })),
      ]
    })
  }
  if (shape._tag === "TupleType" && Array.isArray(value)) {
    const [element] = shape.rest
    return element === undefined
      ? []
      : value.flatMap((item, index) =>
          breakagesOf(element.type, item).map(({ make, path, problem }) => ({
            path: `${index}.${path}`,
            problem,
            make: () => value.with(index, make()),
          })),
        )
  }
  return []
}

/** The same JSON with variations that a reader must accept: `null` for missing fields, and fields of later versions. */
export const tolerable = (ast: AST.AST, value: unknown, chance: () => boolean): unknown => {
  const shape = withoutNull(ast)
  if (shape._tag === "TypeLiteral" && Predicate.isReadonlyRecord(value)) {
    const known = shape.propertySignatures.flatMap(({ name, isOptional, type }) => {
      const own = value[String(name)]
      if (own !== undefined) return [[name, tolerable(type, own, chance)]]
      return isOptional && allowsNull(type) && chance() ? [[name, null]] : []
    })
    return Object.fromEntries(chance() ? [...known, ["from_a_later_version", { x: [1, null] }]] : known)
  }
  const [element] = shape._tag === "TupleType" ? shape.rest : []
  return element !== undefined && Array.isArray(value)
    ? value.map((item) => tolerable(element.type, item, chance))
    : value
}
