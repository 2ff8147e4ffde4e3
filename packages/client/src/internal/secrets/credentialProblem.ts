import * as Effect from "effect/Effect"
import type { Credentials, Secret } from "./credential.js"
import { headerValueProblem, passwordProblem, usernameProblem } from "./secretText.js"

/** What is wrong with a credential: where, and what should be there. It never contains the value. */
export interface CredentialProblem {
  readonly part: "key" | "username" | "password" | "token" | undefined
  readonly what: string
  readonly message: string
}

const problem = (
  part: CredentialProblem["part"],
  what: string,
  message: string | undefined,
): CredentialProblem | undefined => (message === undefined ? undefined : { part, what, message })

/** A secret that an effect gets is checked when it is there. */
const ofSecret = (secret: Secret, check: (secret: unknown) => string | undefined): string | undefined =>
  Effect.isEffect(secret) ? undefined : check(secret)

const find = (credentials: Credentials): CredentialProblem | undefined => {
  switch (credentials._tag) {
    case "ApiKey":
      return problem("key", "The API key", ofSecret(credentials.key, headerValueProblem))
    case "Basic":
      return (
        problem("username", "The username", usernameProblem(credentials.username)) ??
        problem("password", "The password", ofSecret(credentials.password, passwordProblem))
      )
    case "Bearer":
      return problem("token", "The bearer token", ofSecret(credentials.token, headerValueProblem))
    case "Anonymous":
      return undefined
    default:
      return problem(undefined, "The credential", "should be one of Credentials.apiKey, basic, bearer and anonymous")
  }
}

/** What is wrong with a credential, made by a constructor or by hand. */
export const credentialProblem = (credentials: Credentials): CredentialProblem | undefined => {
  try {
    return find(credentials)
  } catch {
    // A getter may throw, and its error may quote the secret.
    return problem(undefined, "The credential", "cannot be read")
  }
}

/** The problem's path below the option or argument that takes the credential. */
export const pathOf = ({ part }: CredentialProblem): Array<string> =>
  part === undefined ? ["credentials"] : ["credentials", part]
