import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"

/** What a constructor of a credential throws, as a `ConfigError` that names where the value was written down. */
export const checked = <A>(path: ReadonlyArray<string>, make: () => A): Either.Either<A, ConfigError.ConfigError> =>
  Either.try({
    try: make,
    catch: (error) =>
      ConfigError.InvalidData(
        [...path],
        Cause.isIllegalArgumentException(error) ? error.message : "Expected a usable value",
      ),
  })
