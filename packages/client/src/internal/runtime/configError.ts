import * as Errors from "effect/ConfigError"
import * as Either from "effect/Either"

export type ConfigError = Errors.ConfigError

type Path = string | ReadonlyArray<string>

const names = (path: Path) => (typeof path === "string" ? [path] : [...path])

export const invalidData = (path: Path, message: string): ConfigError => Errors.InvalidData(names(path), message)

/** Fails: the value there cannot be used. */
export const invalid = (path: Path, message: string): Either.Either<never, ConfigError> =>
  Either.left(invalidData(path, message))

/** Fails: there is no value. */
export const missing = (path: Path, message: string): Either.Either<never, ConfigError> =>
  Either.left(Errors.MissingData(names(path), message))
