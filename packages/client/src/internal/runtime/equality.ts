import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"

/** Compares arrays and plain objects by content, all other values by `Equal`. */
const same = (one: unknown, other: unknown): boolean => {
  if (Equal.equals(one, other)) return true
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((item, index) => same(item, other[index]))
  }
  if (!isPlain(one) || !isPlain(other)) return false
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && same(one[key], other[key]))
}

const isPlain = (u: unknown): u is { readonly [key: string]: unknown } =>
  Predicate.isRecord(u) && !Equal.isEqual(u) && Object.getPrototypeOf(u) === Object.prototype

/** Whether two values of a class have the same fields. (`Equal` compares arrays and plain objects by reference.) */
export const sameFields = <A extends object>(of: { readonly fields: object }, one: A, other: A): boolean =>
  Object.keys(of.fields).every((name) => same(Reflect.get(one, name), Reflect.get(other, name)))
