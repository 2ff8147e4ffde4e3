import * as Redacted from "effect/Redacted"

// CSI and OSC sequences first, then every control, bidirectional and line-separating character, then lone surrogates.
const escapeSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[@-_]?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const base64 = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  return btoa(String.fromCharCode(...bytes))
}

/** A secret as it is and as it might come back. */
const formsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  base64(secret),
  base64(secret).replace(/=+$/, ""),
  base64(secret).replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"),
  encodeURIComponent(secret.replace(loneSurrogate, "\ufffd")),
  JSON.stringify(secret).slice(1, -1),
]

/** Shorter ones would turn ordinary words into holes, and tell little. */
const shortest = 4

/**
 * What the service said, made fit for a terminal and a log: no escape sequences or control characters, none of the
 * call's own secrets should the service echo them, and no more than `limit` characters.
 */
export const clean = (text: string, secrets: ReadonlyArray<Redacted.Redacted<string>>, limit: number): string => {
  let out = text.replace(escapeSequence, "").replace(controlCharacters, " ")
  for (const secret of secrets) {
    const value = Redacted.value(secret)
    if (value.length >= shortest) {
      for (const form of formsOf(value)) out = out.replaceAll(form, "<redacted>")
    }
  }
  out = out.replace(loneSurrogate, "\ufffd").trim()
  return out.length <= limit ? out : `${out.slice(0, limit - 1).replace(loneSurrogate, "")}…`
}
