import * as Encoding from "effect/Encoding"
import { identity } from "effect/Function"
import type * as Redacted from "effect/Redacted"
import { textInside } from "./headerValue.js"

// CSI and OSC sequences first, then every control, bidirectional, invisible and line-separating character.
const escapeSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g
const controlCharacters =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/g
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const strip = (text: string): string =>
  text.replace(escapeSequence, "").replace(controlCharacters, " ").replace(loneSurrogate, "\ufffd")

const percentEncoded = /(?:%[0-9a-f]{2})+/gi
const backslashed = /\\(?:u([0-9a-f]{4})|([\\"'/bfnrt]))/gi
const entity = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|shy|zwn?j));/gi
const short: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
const named: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" },
  ...{ nbsp: " ", shy: "\u00ad", zwj: "\u200d", zwnj: "\u200c" },
}

const codePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd")

/** Takes one layer of percent-encoding, JSON escapes and HTML entities off, wherever there is one. */
const removeEscapes = (text: string): string =>
  text
    .replace(percentEncoded, (run) =>
      new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))),
    )
    .replace(backslashed, (_, hex: string | undefined, char = "") =>
      hex === undefined ? (short[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(entity, (_, decimal: string | undefined, hex: string | undefined, name = "") =>
      decimal !== undefined
        ? codePoint(Number(decimal))
        : hex !== undefined
          ? codePoint(Number.parseInt(hex, 16))
          : (named[name.toLowerCase()] ?? ""),
    )

/** A server may have escaped what it quotes from something that was escaped already; nobody does it more often. */
const layers = 4

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/**
 * What base64 makes of a text wherever in a longer one it stands: at each of three alignments there are characters that
 * depend on this text alone.
 */
const base64Cores = (text: string): ReadonlyArray<string> => {
  const bytes = new TextEncoder().encode(text)
  return [0, 1, 2].map((before) =>
    Encoding.encodeBase64(new Uint8Array([...new Uint8Array(before), ...bytes])).slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + bytes.length) * 8) / 6),
    ),
  )
}

/** Either alphabet of base64. */
const anyAlphabet = (core: string): string => core.replaceAll("+", "[+-]").replaceAll("/", "[/_]")

/** Form encoding writes a space as a plus. */
const asWritten = (secret: string): string => literally(secret).replace(/ |\\\+/g, "[ +]")

/** What is left to recognise when a server cuts a secret short, or drops what is no letter or digit. */
const words = (secret: string): ReadonlyArray<string> =>
  Array.from(new Set(secret.match(/[A-Za-z0-9]{12}/g)))
    .slice(0, 16)
    .map((word) => `${word}[A-Za-z0-9]*`)

/** A shorter secret is looked for as a word of its own: anywhere else it would turn ordinary words into holes. */
const shortest = 4

/** Of a longer secret only the beginning is compared, as every character may be the first of it, and what follows goes with it. */
const longest = 128

/** What to look for; where the first group has matched, so many characters more go with it. */
interface Sought {
  readonly pattern: RegExp
  readonly more: number
}

const patternsOf = (secret: string): ReadonlyArray<Sought> => {
  const found = (source: string, flags: string, more = 0) => ({ pattern: new RegExp(source, flags), more })
  if (secret.length >= shortest) {
    const head = secret.slice(0, longest)
    const written = [`(${asWritten(head)})`, `${Encoding.encodeHex(head)}[0-9a-f]*`, ...words(secret)]
    return [
      found(written.join("|"), "gi", secret.length - head.length),
      found(`(?:${base64Cores(head).map(anyAlphabet).join("|")})[\\w+/-]*={0,2}`, "g"),
    ]
  }
  const whole = anyAlphabet(Encoding.encodeBase64(secret).replaceAll("=", ""))
  return [
    found(`(?<![A-Za-z0-9])${asWritten(secret)}(?![A-Za-z0-9])`, "g"),
    found(`(?<![\\w+/-])${whole}(?![\\w+/-])={0,2}`, "g"),
  ]
}

/** What shows nothing, or is not a character of its own: it may stand between any two of a secret. */
const ignorable = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** A text as it is compared: all ways to write a character are one, and what is ignorable is gone. */
const folded = (text: string): string => text.normalize("NFKD").replace(ignorable, "")

/** A secret, what is left of it under the escapes that it looks like itself, and the other ways to write its characters. */
const formsOf = (secret: Redacted.Redacted<string>): ReadonlyArray<string> => {
  const forms = [textInside(secret) ?? ""]
  for (let layer = 0; layer < layers; layer++) {
    const bare = removeEscapes(forms[layer] ?? "")
    if (bare.length < shortest || bare === forms[layer]) break
    forms.push(bare)
  }
  return forms.flatMap((form) =>
    // The bytes that are behind base64 and hexadecimal differ from one to the other.
    [form, strip(form)].flatMap((form) => [
      form,
      folded(form),
      ...["NFC", "NFD", "NFKC"].map((_) => form.normalize(_)),
    ]),
  )
}

const patterns = (secrets: ReadonlyArray<string>): ReadonlyArray<Sought> =>
  Array.from(new Set(secrets))
    .filter((secret) => secret.trim() !== "")
    // One secret may be the beginning of another.
    .sort((one, other) => other.length - one.length)
    .flatMap(patternsOf)

/** A character with its marks, of which no text has more than thirty in a row; printable ASCII is folded to itself. */
const clusters = /[ -~]+(?!\p{M})|\P{M}\p{M}{0,30}|\p{M}{1,30}/gu

/** A text as it is compared, and for each place in it where in the text it comes from. */
interface Folded {
  readonly text: string
  readonly start: (at: number) => number
  /** The end of what the character before this place comes from. */
  readonly end: (at: number) => number
}

const fold = (text: string): Folded => {
  if (/^[ -~]*$/.test(text)) return { text, start: identity, end: identity }
  const parts: Array<string> = []
  const starts: Array<number> = []
  const ends: Array<number> = []
  for (const { 0: cluster, index } of text.matchAll(clusters)) {
    const plain = cluster.length > 1 && /^[ -~]/.test(cluster) && /[ -~]$/.test(cluster)
    const part = plain ? cluster : folded(cluster)
    parts.push(part)
    for (let at = 0; at < part.length; at++) {
      starts.push(plain ? index + at : index)
      ends.push(plain ? index + at + 1 : index + cluster.length)
    }
  }
  return { text: parts.join(""), start: (at) => starts[at] ?? 0, end: (at) => ends[at - 1] ?? 0 }
}

const hide = (text: string, secrets: ReadonlyArray<Sought>): string => {
  const { end, start, text: compared } = fold(text)
  const found: Array<readonly [from: number, to: number]> = []
  for (const { more, pattern } of secrets) {
    pattern.lastIndex = 0
    for (let match = pattern.exec(compared); match !== null; match = pattern.exec(compared)) {
      if (match[1] !== undefined) pattern.lastIndex = Math.min(pattern.lastIndex + more, compared.length)
      found.push([start(match.index), end(pattern.lastIndex)])
    }
  }
  if (found.length === 0) return text
  found.sort(([one], [other]) => one - other)
  let out = ""
  let done = 0
  for (const [from, to] of found) {
    if (from >= done) out += `${text.slice(done, from)}<redacted>`
    done = Math.max(done, to)
  }
  return out + text.slice(done)
}

/** How much of a text is looked at, by how much of it may be shown: escapes are longer than what they stand for. */
const looked = (limit: number): number => 16 * limit + 16_384

/** The end of a text that was cut before it was looked at: it may be the beginning of a secret. */
const halved = 4096

/**
 * Makes what the service said fit for a terminal and a log: no escape sequences or control characters, none of the given
 * secrets (plain, in any of the ways that Unicode has to write it, percent-encoded, with JSON or HTML escapes, in base64 or
 * hexadecimal), no more than `limit` characters.
 */
export const cleaner = (
  secrets: ReadonlyArray<Redacted.Redacted<string>>,
): ((text: string, limit: number) => string) => {
  const sought = patterns(secrets.flatMap(formsOf))
  const safe = (text: string) => {
    const hidden = hide(text, sought)
    const bare = strip(hidden)
    return bare === hidden ? bare : hide(bare, sought)
  }
  return (text, limit) => {
    const cut = text.slice(0, looked(limit))
    let out = safe(cut)
    for (let bare = out, layer = 0; layer < layers; layer++) {
      const next = removeEscapes(bare)
      if (next === bare) break
      bare = safe(next)
      // The words stay as they were said unless there is a secret under their escapes.
      if (bare !== strip(next)) out = bare
    }
    if (cut !== text) out = `${out.slice(0, Math.max(0, out.length - halved))}…`
    out = out.trim()
    return out.length <= limit ? out : `${out.slice(0, limit - 1).replace(loneSurrogate, "")}…`
  }
}
