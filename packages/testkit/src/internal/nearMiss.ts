import * as Predicate from "effect/Predicate"
import type * as AST from "effect/SchemaAST"

/**
 * JSON that is wrong at one place: `path` says where (`data.user.email`), `problem` what is wrong with it. Where a value
 * has nothing that could be wrong, all of it is `null` and `path` is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface NearMiss {
  /** The JSON value, with what is wrong in it. */
  readonly value: unknown
  /** Where it is wrong, for example `data.user.email`; empty where it is the whole value. */
  readonly path: string
  /** What is wrong there: it is missing, `null`, of another type, or of another format. */
  readonly problem: "missing" | "null" | "type" | "format"
}

type Json = Readonly<Record<string, unknown>>

const allowsNull = (ast: AST.AST): boolean =>
  ast._tag === "Union" ? ast.types.some(allowsNull) : ast._tag === "Literal" && ast.literal === null

const withoutNull = (ast: AST.AST): AST.AST =>
  ast._tag === "Union" ? (ast.types.find((member) => !allowsNull(member)) ?? ast) : ast

/** A value of every other JSON type than this one's, `null` left out. */
const otherTypes = (value: unknown): ReadonlyArray<unknown> =>
  ["text", 42, true, [], {}].filter(
    (other) => typeof other !== typeof value || Array.isArray(other) !== Array.isArray(value),
  )

/** One way to make a JSON value wrong; made only when it is picked, as a value has hundreds of them. */
export interface Breakage extends Omit<NearMiss, "value"> {
  readonly make: () => unknown
}

/** All the ways to make a JSON value wrong at one place, going by its encoded schema. */
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

/** The same JSON with what a reader has to put up with: `null` for what is missing, and fields of later versions. */
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
