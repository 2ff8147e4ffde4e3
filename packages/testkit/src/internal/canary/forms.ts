import * as Encoding from "effect/Encoding"

/** Every form that a secret may take: the columns of the matrix. */
export const forms = ["plain", "escaped", "percent-encoded", "html", "base64", "bytes", "fragment"] as const

/** A form that a secret may take. */
export type Form = (typeof forms)[number]

/** A text to search for, and the rendering to search in. */
export interface Needle {
  readonly form: Form
  readonly text: string
  readonly where: "raw" | "lower" | "bare"
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Every layer of JSON adds backslashes, and every layer of layout adds white space: neither hides a secret. */
const bare = (text: string): string => text.replace(/[\\\s]+/g, "")

/** JSON with further escapes: all beyond ASCII, or, as Go does, the special characters of HTML. */
const unicodeEscaped = (text: string, which: RegExp): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(which, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Percent-encodes all characters except those in `kept`, which differ between encoders. */
const percentEncoded = (text: string, kept: RegExp): string =>
  Array.from(text, (char) => (kept.test(char) ? char : Encoding.encodeHex(char).replace(/../g, "%$&"))).join("")

/**
 * The parts of the secret's base64 that do not depend on the surrounding text (a username before it, for example), for
 * each of three alignments.
 */
const base64 = (text: string): ReadonlyArray<string> => {
  const bytes = utf8(text)
  return [0, 1, 2].flatMap((before) => {
    const encoded = btoa("\0".repeat(before) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    const core = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")]
  })
}

const entities: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "#39" }

/** All texts that reveal a secret. */
export const needlesOf = (secret: string): ReadonlyArray<Needle> => {
  const fragments = secret.match(/[A-Za-z0-9]{12,}/g) ?? []
  const needle = (form: Form, where: Needle["where"], ...texts: ReadonlyArray<string>) =>
    Array.from(new Set(texts), (text): Needle => ({ form, where, text: where === "lower" ? text.toLowerCase() : text }))
  const percent = [
    encodeURI(secret),
    encodeURIComponent(secret),
    percentEncoded(secret, /[\w.~-]/),
    percentEncoded(secret, /[\w.~$&+=:@-]/),
    percentEncoded(secret, /[a-z0-9]/i),
  ]
  const escaped = [/[<>&]/g, /[^\x20-\x7e]/g, /[^\x20-\x7e]|[<>&]/g].map((which) => unicodeEscaped(secret, which))
  const html = secret.replace(/[&<>"']/g, (char) => `&${entities[char]};`)
  return [
    ...needle("plain", "lower", secret),
    ...needle("escaped", "bare", ...[secret, JSON.stringify(secret).slice(1, -1), ...escaped].map(bare)),
    ...needle("percent-encoded", "lower", ...percent, ...percent.map((text) => text.replaceAll("%20", "+"))),
    ...needle("html", "lower", html),
    ...needle("base64", "raw", ...base64(secret)),
    // A fragment is left if a secret is truncated, or if the characters between its letters are replaced.
    ...needle("fragment", "lower", ...fragments),
    ...needle("bytes", "bare", utf8(secret).join(","), Encoding.encodeHex(secret)),
  ]
}

/** A text in the renderings that needles are searched in. */
export type Haystack = Readonly<Record<Needle["where"], string>>

export const haystackOf = (text: string): Haystack => ({ raw: text, lower: text.toLowerCase(), bare: bare(text) })

/** The forms in which a text contains a secret. */
export const formsIn = (haystack: Haystack, needles: ReadonlyArray<Needle>): ReadonlyArray<Form> => {
  const found = needles.filter(({ text, where }) => haystack[where].includes(text))
  return [...new Set(found.map(({ form }) => form))]
}
