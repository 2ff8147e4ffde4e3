/** Every shape in which a secret may turn up: the columns of the matrix. */
export const forms = [
  "plain",
  "respelled",
  "escaped",
  "percent-encoded",
  "html",
  "base64",
  "bytes",
  "fragment",
] as const

/** A shape in which a secret may turn up. */
export type Form = (typeof forms)[number]

/** What to look for, and in which rendering of a text; where its `core` is not, it need not be looked for. */
export interface Needle {
  readonly form: Form
  readonly text: string
  readonly where: "raw" | "lower" | "bare" | "folded"
  readonly core: string
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const hex = (byte: number): string => byte.toString(16).padStart(2, "0")

/** Backslashes come with every layer of JSON, and white space with every layer of layout: neither hides a secret. */
const bare = (text: string): string => text.replace(/[\\\s]+/g, "")

/** All ways to write a character are one, and what shows nothing does not count. */
const folded = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]+/gu, "")
    .toLowerCase()

/** As JSON escapes it when told to write ASCII only, or, as Go does, nothing that HTML knows. */
const unicodeEscaped = (text: string, which: RegExp): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(which, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Percent-encoding of all that is not a letter or digit; the lenient ones leave more as it is. */
const percentEncoded = (text: string, kept: RegExp): string =>
  Array.from(text, (char) =>
    kept.test(char) ? char : Array.from(utf8(char), (byte) => `%${hex(byte)}`).join(""),
  ).join("")

/**
 * What base64 makes of the secret wherever in a longer text it stands (a username in front of it, say): at each of three
 * alignments, the characters that depend on the secret alone.
 */
const base64 = (text: string): ReadonlyArray<string> => {
  const bytes = utf8(text)
  return [0, 1, 2].flatMap((before) => {
    const encoded = btoa("\0".repeat(before) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    const core = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")]
  })
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** Everything that gives a secret away. */
export const needlesOf = (secret: string): ReadonlyArray<Needle> => {
  const fragments = secret.match(/[A-Za-z0-9]{12,}/g) ?? []
  const needle = (form: Form, where: Needle["where"], ...texts: ReadonlyArray<string>) =>
    Array.from(new Set(texts), (given): Needle => {
      const cased = where === "lower" || where === "folded"
      const text = cased ? given.toLowerCase() : given
      const core = fragments.map((part) => (cased ? part.toLowerCase() : part)).find((_) => text.includes(_))
      return { form, where, text, core: core ?? text }
    })
  const percent = [
    encodeURI(secret),
    encodeURIComponent(secret),
    percentEncoded(secret, /[\w.~-]/),
    percentEncoded(secret, /[\w.~$&+=:@-]/),
    percentEncoded(secret, /[a-z0-9]/i),
  ]
  return [
    ...needle("plain", "lower", secret),
    ...(folded(secret) === "" ? [] : needle("respelled", "folded", folded(secret))),
    ...needle(
      "escaped",
      "bare",
      bare(secret),
      bare(JSON.stringify(secret).slice(1, -1)),
      bare(unicodeEscaped(secret, /[<>&]/g)),
      bare(unicodeEscaped(secret, /[^\x20-\x7e]/g)),
      bare(unicodeEscaped(secret, /[^\x20-\x7e]|[<>&]/g)),
    ),
    ...needle("percent-encoded", "lower", ...percent, ...percent.map((text) => text.replaceAll("%20", "+"))),
    ...needle(
      "html",
      "lower",
      secret.replace(/[&<>"']/g, (char) => entities[char] ?? char),
    ),
    ...needle("base64", "raw", ...base64(secret)),
    // What is left when a secret is cut short, or what stands between its letters is replaced.
    ...needle("fragment", "lower", ...fragments),
    ...needle("bytes", "bare", utf8(secret).join(","), Array.from(utf8(secret), hex).join("")),
  ]
}

/** A text in the renderings that needles are looked for in. */
export type Haystack = Readonly<Record<Needle["where"], string>>

export const haystackOf = (text: string): Haystack => {
  const lower = text.toLowerCase()
  return { raw: text, lower, bare: bare(text), folded: /^[ -~\n]*$/.test(text) ? lower : folded(text) }
}

/** The forms in which a text holds a secret. */
export const formsIn = (haystack: Haystack, needles: ReadonlyArray<Needle>): ReadonlyArray<Form> => {
  const cores = new Map<string, boolean>()
  const mayHold = ({ core, where }: Needle): boolean => {
    const key = `${where} ${core}`
    const known = cores.get(key) ?? haystack[where].includes(core)
    cores.set(key, known)
    return known
  }
  const found = needles.filter((needle) => mayHold(needle) && haystack[needle.where].includes(needle.text))
  return [...new Set(found.map(({ form }) => form))]
}
