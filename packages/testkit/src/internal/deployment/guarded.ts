import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** A value by its types alone: what is in it may be a secret. */
const shapeOf = (value: unknown, depth = 2): string => {
  if (Array.isArray(value)) return `[${value.slice(0, 3).map((one) => shapeOf(one, depth))}]`
  if (!Predicate.isReadonlyRecord(value) || depth === 0) return value === null ? "null" : typeof value
  const fields = Object.entries(value).map(([name, one]) => `${name}: ${shapeOf(one, depth - 1)}`)
  return `{${fields.join(", ")}}`
}

/** Names the function and what it was given where it died of that. */
export const named =
  (name: string, ...given: ReadonlyArray<unknown>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.catchAllDefect(effect, (defect) => {
      // What is tagged has a message for the caller.
      if (!(defect instanceof Error) || "_tag" in defect) return Effect.die(defect)
      const shapes = given.map((one) => shapeOf(one)).join(", ")
      return Effect.die(new Cause.IllegalArgumentException(`${name} cannot take (${shapes}): ${defect.message}`))
    })

/** The service with each of its functions named where it dies of what it was given. */
export const guarded = <S extends object>(name: string, service: S): S => {
  for (const [key, method] of Object.entries(service).filter(([, one]) => Predicate.isFunction(one))) {
    Reflect.set(service, key, (...given: ReadonlyArray<unknown>) =>
      Effect.suspend(() => method(...given)).pipe(named(`${name}.${key}`, ...given)),
    )
  }
  return service
}
