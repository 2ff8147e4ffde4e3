import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Schema from "effect/Schema"

/** A class of values that are errors with these fields. */
interface ErrorClass {
  readonly fields: Schema.Struct.Fields
  readonly prototype: Error
}

/** Makes the values of a class equal when their fields are. (`Equal` compares arrays and records by reference.) */
export const compareByFields = ({ fields, prototype }: ErrorClass): void => {
  let same: ((one: object, other: object) => boolean) | undefined
  Object.assign(prototype, {
    [Equal.symbol](this: Error, that: unknown): boolean {
      // Made at the first use: most programs compare no errors.
      same ??= Schema.equivalence(Schema.typeSchema(Schema.Struct(fields)))
      return typeof that === "object" && that !== null && Object.getPrototypeOf(that) === prototype && same(this, that)
    },
    [Hash.symbol](this: Error): number {
      return Hash.cached(this, Hash.string(this.message))
    },
  })
}
