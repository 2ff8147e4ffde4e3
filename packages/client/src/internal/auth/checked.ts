import * as Either from "effect/Either"
import { type ConfigError, invalid } from "../runtime/configError.js"
import type { Credentials } from "../secrets/credential.js"
import { type CredentialProblem, credentialProblem, pathOf } from "../secrets/credentialProblem.js"

/** A credential, or what is wrong with it as a `ConfigError` at the source of the part. */
export const checked = (
  credentials: Credentials,
  sourceOf: (problem: CredentialProblem) => Array<string> = pathOf,
): Either.Either<Credentials, ConfigError> => {
  const problem = credentialProblem(credentials)
  return problem === undefined
    ? Either.right(credentials)
    : invalid(sourceOf(problem), `${problem.what} ${problem.message}`)
}
