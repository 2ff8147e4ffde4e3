import * as Encoding from "effect/Encoding"
import { identity } from "effect/Function"
import type * as Redacted from "effect/Redacted"
import { textInside } from "./secretText.js"

// CSI and OSC sequences first, then all control, bidirectional, invisible and line-separating characters.
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

/** Removes one layer of percent-encoding, JSON escapes and HTML entities. */
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

/** How many layers of escapes are removed: a server may escape a quote of text that was escaped already. */
const layers = 4

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** The parts of a text's base64 that do not depend on the surrounding text, for each of three alignments. */
const base64Cores = (text: string): ReadonlyArray<string> => {
  const bytes = new TextEncoder().encode(text)
  return [0, 1, 2].map((before) =>
    Encoding.encodeBase64(new Uint8Array([...new Uint8Array(before), ...bytes])).slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + bytes.length) * 8) / 6),
    ),
  )
}

/** Matches either alphabet of base64. */
const anyAlphabet = (core: string): string => core.replaceAll("+", "[+-]").replaceAll("/", "[/_]")

/** Form encoding writes a space as a plus. */
const asWritten = (secret: string): string => literally(secret).replace(/ |\\\+/g, "[ +]")

/** Fragments of a secret, to recognise it when a server truncates it or drops all but letters and digits. */
const words = (secret: string): ReadonlyArray<string> =>
  Array.from(new Set(secret.match(/[A-Za-z0-9]{12}/g)))
    .slice(0, 16)
    .map((word) => `${word}[A-Za-z0-9]*`)

/** A shorter secret is only matched as a whole word: otherwise parts of ordinary words would be redacted. */
const shortest = 4

/**
 * Only the beginning of a longer secret is compared, as each character may start a match. The rest is redacted with it.
 */
const longest = 128

/** A pattern to search for. If its first group matches, `more` further characters belong to the match. */
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

/** Characters that are invisible or not characters of their own: they may stand between any two of a secret. */
const ignorable = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** A text normalised for comparison: one form per character, without ignorable characters. */
const folded = (text: string): string => text.normalize("NFKD").replace(ignorable, "")

/** A secret, its unescaped forms if it looks escaped, and the other Unicode forms of each. */
const formsOf = (secret: Redacted.Redacted<string>): ReadonlyArray<string> => {
  const forms = [textInside(secret) ?? ""]
  for (let layer = 0; layer < layers; layer++) {
    const bare = removeEscapes(forms[layer] ?? "")
    if (bare.length < shortest || bare === forms[layer]) break
    forms.push(bare)
  }
  return forms.flatMap((form) =>
    // The bytes that base64 and hexadecimal encode differ between these forms.
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
    .flatMap(patternsOf)

/** A character with its combining marks: no text has more than thirty in a row. Printable ASCII folds to itself. */
const clusters = /[ -~]+(?!\p{M})|\P{M}\p{M}{0,30}|\p{M}{1,30}/gu

/** A text normalised for comparison, with the source position of each character. */
interface Folded {
  readonly text: string
  readonly start: (at: number) => number
  /** The end of the source of the character before this position. */
  readonly end: (at: number) => number
}

const fold = (text: string): Folded => {
  if (/^[ -~]*$/.test(text)) return { text, start: identity, end: identity }
  const parts: Array<string> = []
  const starts: Array<number> = []
  const ends: Array<number> = []
  for (const { 0: cluster, index } of text.matchAll(clusters)) {
    const plain = /[ -~]$/.test(cluster)
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
  found.sort(([one], [other]) => one - other)
  let out = ""
  let done = 0
  for (const [from, to] of found) {
    if (from >= done) out += `${text.slice(done, from)}<redacted>`
    done = Math.max(done, to)
  }
  return out + text.slice(done)
}

/** How much of a text is scanned, by the limit of the output: escapes are longer than the characters they stand for. */
const looked = (limit: number): number => 16 * limit + 16_384

/** How many characters are dropped from the end of a truncated text: they may be the beginning of a secret. */
const halved = 4096

/**
 * Makes text from the service safe for a terminal and a log: no escape sequences or control characters, none of the
 * given secrets (plain, in any Unicode form, percent-encoded, with JSON or HTML escapes, in base64 or hexadecimal), at
 * most `limit` characters.
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
      // The text keeps its escapes unless they hide a secret.
      if (bare !== strip(next)) out = bare
    }
    if (cut !== text) out = `${out.slice(0, Math.max(0, out.length - halved))}…`
    out = out.trim()
    return out.length <= limit ? out : `${out.slice(0, limit - 1).replace(loneSurrogate, "")}…`
  }
}
