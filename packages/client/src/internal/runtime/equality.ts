import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import { structuralRegion } from "effect/Utils"

/** A class of values that are errors with these fields. */
interface ErrorClass {
  readonly fields: { readonly [name: string]: unknown }
  readonly prototype: Error
}

/** Makes the values of a class equal when their fields are, arrays and records in them by their elements. */
export const compareByFields = ({ fields, prototype }: ErrorClass): void => {
  const names = Object.keys(fields)
  Object.assign(prototype, {
    [Equal.symbol](this: Error, that: unknown): boolean {
      return (
        typeof that === "object" &&
        that !== null &&
        Object.getPrototypeOf(that) === prototype &&
        structuralRegion(() => names.every((name) => Equal.equals(Reflect.get(this, name), Reflect.get(that, name))))
      )
    },
    [Hash.symbol](this: Error): number {
      return Hash.cached(this, Hash.string(this.message))
    },
  })
}
