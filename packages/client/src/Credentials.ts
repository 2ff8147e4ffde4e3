/**
 * Who is calling: exactly one of an API key, HTTP Basic, an OAuth2 bearer token, or nobody. Unusable values are refused
 * when the credential is made, in a message that does not contain them.
 *
 * Source: facts.md, "Credentials".
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { headerValueProblem, textInside } from "./internal/headerValue.js"

/**
 * An API key (`tiledb_…` or a JWT), sent as `X-TILEDB-REST-API-KEY`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiKey {
  readonly _tag: "ApiKey"
  readonly key: Redacted.Redacted<string>
}

/**
 * A username and password, sent as HTTP Basic in UTF-8.
 *
 * @since 0.1.0
 * @category models
 */
export interface Basic {
  readonly _tag: "Basic"
  readonly username: string
  readonly password: Redacted.Redacted<string>
}

/**
 * An OAuth2 access token, asked for anew for every request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bearer {
  readonly _tag: "Bearer"
  readonly token: Effect.Effect<Redacted.Redacted<string>, unknown>
}

/**
 * No credential: enough to register, and to ask for e-mails.
 *
 * @since 0.1.0
 * @category models
 */
export interface Anonymous {
  readonly _tag: "Anonymous"
}

/**
 * @since 0.1.0
 * @category models
 */
export type Credentials = ApiKey | Basic | Bearer | Anonymous

const refuse = (what: string, problem: string | undefined): void => {
  if (problem !== undefined) throw new Cause.IllegalArgumentException(`${what} ${problem}`)
}

/**
 * An API key. Throws `IllegalArgumentException` for a key that no header can carry: empty, padded, not printable ASCII.
 *
 * @since 0.1.0
 * @category constructors
 */
export const apiKey = (key: Redacted.Redacted<string>): Credentials => {
  refuse("The API key", headerValueProblem(key))
  return { _tag: "ApiKey", key }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controlCharacter = /[\x00-\x1f\x7f]/
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

const basicProblem = (text: string): string | undefined => {
  if (text === "") return "must not be empty"
  if (controlCharacter.test(text)) return "must not contain control characters"
  return loneSurrogate.test(text) ? "must be well-formed Unicode" : undefined
}

/**
 * A username and password for HTTP Basic. Throws `IllegalArgumentException` for an empty one, for control characters, and
 * for a `:` in the username (it would end there).
 *
 * @since 0.1.0
 * @category constructors
 */
export const basic = (username: string, password: Redacted.Redacted<string>): Credentials => {
  const secret = textInside(password)
  refuse("The username", typeof username === "string" ? basicProblem(username) : "must be text")
  refuse(
    "The username",
    username.includes(":") ? "must not contain a colon: HTTP Basic ends the username there" : undefined,
  )
  refuse("The password", secret === undefined ? "must be text inside Redacted: Redacted.make(…)" : basicProblem(secret))
  return { _tag: "Basic", username, password }
}

/**
 * An OAuth2 bearer token, or the effect that gets one (run for every request, within its timeout; a failure becomes a
 * `TransportError` with reason `Credentials`). Throws `IllegalArgumentException` for a token that no header can carry.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bearer = (
  token: Redacted.Redacted<string> | Effect.Effect<Redacted.Redacted<string>, unknown>,
): Credentials => {
  if (Effect.isEffect(token)) return { _tag: "Bearer", token }
  refuse("The bearer token", headerValueProblem(token))
  return { _tag: "Bearer", token: Effect.succeed(token) }
}

/**
 * No credential.
 *
 * @since 0.1.0
 * @category constructors
 */
export const anonymous: Credentials = { _tag: "Anonymous" }
