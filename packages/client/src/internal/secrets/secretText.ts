import * as Redacted from "effect/Redacted"

/** What must not be shown. */
export type Secrets = ReadonlyArray<Redacted.Redacted<string>>

/**
 * The text inside a `Redacted`; `undefined` for any other value that the type should exclude, and for a wiped secret.
 */
export const textInside = (secret: unknown): string | undefined => {
  try {
    const value = Redacted.isRedacted(secret) ? Redacted.value(secret) : undefined
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}

/** Base64, by the platform's own function: the tables of effect/Encoding would be in every page. */
export const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))

/**
 * Why a secret is not a valid header value, or `undefined` if it is. The result never contains the value. Transports
 * print an invalid header value in their errors (and some retry it), so it must not reach them.
 */
export const headerValueProblem = (secret: unknown): string | undefined => {
  const value = textInside(secret)
  if (value === undefined) return "must be text inside Redacted: Redacted.make(…)"
  if (value === "") return "must not be empty"
  if (value.trim() !== value) return "must not begin or end with white space"
  if (/^(["']).*\1$/.test(value)) return "must not be in quotes, which docker's --env-file keeps"
  return /^[\x21-\x7e]+$/.test(value) ? undefined : "must be printable ASCII without spaces"
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controlCharacter = /[\x00-\x1f\x7f]/
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

const basicProblem = (text: string): string | undefined => {
  if (text === "") return "must not be empty"
  if (controlCharacter.test(text)) return "must not contain control characters"
  return loneSurrogate.test(text) ? "must be well-formed Unicode" : undefined
}

/** Why a password is invalid in HTTP Basic. */
export const passwordProblem = (password: unknown): string | undefined => {
  const secret = textInside(password)
  return secret === undefined ? "must be text inside Redacted: Redacted.make(…)" : basicProblem(secret)
}

/** Why a username is invalid in HTTP Basic. */
export const usernameProblem = (username: unknown): string | undefined => {
  if (typeof username !== "string") return "must be text"
  return username.includes(":") ? "must not contain a colon, which HTTP Basic does not allow" : basicProblem(username)
}
