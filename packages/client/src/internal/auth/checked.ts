import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"

/** Turns the error of a credential's constructor into a `ConfigError` that names the source of the value. */
export const checked = <A>(path: ReadonlyArray<string>, make: () => A): Either.Either<A, ConfigError.ConfigError> =>
  Either.try({
    try: make,
    catch: (error) =>
      ConfigError.InvalidData(
        [...path],
        Cause.isIllegalArgumentException(error) ? error.message : "Expected a usable value",
      ),
  })
