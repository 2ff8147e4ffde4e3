import * as Url from "@effect/platform/Url"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { codeOf, type Problem } from "./problem.js"

const problem = (reason: Problem["reason"], message: string, error?: string): Either.Either<never, Problem> =>
  Either.left({ reason, message, error })

/** The code in the URL of the callback; the state is checked before anything else. */
export const readCallback = (
  callback: string,
  redirectUri: string,
  state: Redacted.Redacted<string>,
): Either.Either<Redacted.Redacted<string>, Problem> => {
  const url = Url.fromString(callback, redirectUri)
  if (Either.isLeft(url)) return problem("Callback", "What came back is not a URL")
  const parameters = url.right.searchParams
  for (const name of ["state", "code", "error"]) {
    if (parameters.getAll(name).length > 1) return problem("Callback", `What came back has ${name} more than once`)
  }
  if (parameters.get("state") !== Redacted.value(state)) {
    return problem(
      "State",
      "The state that came back is not the one of this sign-in: it was begun elsewhere, or somebody else's. Begin again",
    )
  }
  const error = parameters.get("error")
  if (error !== null) {
    const code = codeOf(error)
    return problem("Denied", `The provider sent an error back${code === undefined ? "" : `: ${code}`}`, code)
  }
  const code = parameters.get("code")
  return code === null || code === ""
    ? problem("Callback", "There is no code in what came back")
    : Either.right(Redacted.make(code))
}
