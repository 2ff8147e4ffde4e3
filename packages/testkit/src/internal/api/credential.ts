/** The credential of a request, as it arrived; secrets are plain, so it is never stored or printed. */
export type Credential =
  | { readonly _tag: "None" }
  | { readonly _tag: "ApiKey"; readonly key: string }
  | { readonly _tag: "Basic"; readonly username: string; readonly password: string }
  | { readonly _tag: "Bearer"; readonly token: string }
  | { readonly _tag: "Unreadable" }
  | { readonly _tag: "Several"; readonly key: string }

const none: Credential = { _tag: "None" }

const decodeBasic = (text: string): Credential => {
  try {
    const pair = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)))
    const colon = pair.indexOf(":")
    if (colon > 0) return { _tag: "Basic", username: pair.slice(0, colon), password: pair.slice(colon + 1) }
  } catch {
    // Not base64 or not UTF-8: as unreadable as a missing colon.
  }
  return { _tag: "Unreadable" }
}

/**
 * Reads the credential from the two headers that may contain one. The vendor's clients send all configured credentials
 * at once, so an API key or scoped token takes precedence and the other is ignored; the journal records it.
 */
export const fromHeaders = (key: string | undefined, authorization: string | undefined): Credential => {
  if (key !== undefined) return authorization === undefined ? { _tag: "ApiKey", key } : { _tag: "Several", key }
  if (authorization === undefined) return none
  const [, scheme, value] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? []
  if (value === undefined) return { _tag: "Unreadable" }
  switch (scheme?.toLowerCase()) {
    case "basic":
      return decodeBasic(value)
    case "bearer":
      return { _tag: "Bearer", token: value }
    default:
      return { _tag: "Unreadable" }
  }
}
