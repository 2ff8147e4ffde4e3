import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"

/** The credential of a request, as it arrived; secrets are plain, so it is never stored or printed. */
export type Credential =
  | { readonly _tag: "None" }
  | { readonly _tag: "ApiKey"; readonly key: string }
  | { readonly _tag: "Basic"; readonly username: string; readonly password: string }
  | { readonly _tag: "Bearer"; readonly token: string }
  | { readonly _tag: "Unreadable" }
  | { readonly _tag: "Several"; readonly key: string }

const unreadable: Credential = { _tag: "Unreadable" }

const toBasic = (pair: string): Credential => {
  const colon = pair.indexOf(":")
  return colon > 0 ? { _tag: "Basic", username: pair.slice(0, colon), password: pair.slice(colon + 1) } : unreadable
}

/**
 * Reads the credential from the two headers that may contain one. The vendor's clients send all configured credentials
 * at once, so an API key or scoped token takes precedence and the other is ignored; the journal records it.
 */
export const fromHeaders = (key: string | undefined, authorization: string | undefined): Credential => {
  if (key !== undefined) return authorization === undefined ? { _tag: "ApiKey", key } : { _tag: "Several", key }
  if (authorization === undefined) return { _tag: "None" }
  const token = /^bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  if (token !== undefined) return { _tag: "Bearer", token }
  const basic = /^basic +(\S+)$/i.exec(authorization.trim())?.[1]
  if (basic === undefined) return unreadable
  return Either.getOrElse(Either.map(Encoding.decodeBase64String(basic), toBasic), () => unreadable)
}
