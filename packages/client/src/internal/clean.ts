import * as Encoding from "effect/Encoding"
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
const entity = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi
const short: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

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
  (secret.match(/[A-Za-z0-9]{12,}/g) ?? []).map((word) => `${word.slice(0, 12)}[A-Za-z0-9]*`)

/** A shorter secret is looked for as a word of its own: anywhere else it would turn ordinary words into holes. */
const shortest = 4

/** Of a longer secret only the beginning is compared, and what follows goes with it. */
const longest = 1024

const patternsOf = (secret: string): ReadonlyArray<RegExp> => {
  if (secret.length >= shortest) {
    const head = secret.slice(0, longest)
    const rest = head === secret ? "" : "[^]*"
    return [
      new RegExp([asWritten(head) + rest, Encoding.encodeHex(head) + rest, ...words(head)].join("|"), "gi"),
      new RegExp(`(?:${base64Cores(head).map(anyAlphabet).join("|")})[\\w+/-]*={0,2}${rest}`, "g"),
    ]
  }
  const whole = anyAlphabet(Encoding.encodeBase64(secret).replaceAll("=", ""))
  return [
    new RegExp(`(?<![A-Za-z0-9])${asWritten(secret)}(?![A-Za-z0-9])`, "g"),
    new RegExp(`(?<![\\w+/-])${whole}(?![\\w+/-])={0,2}`, "g"),
  ]
}

/** A secret, and what is left of it under the escapes that it looks like itself. */
const formsOf = (secret: Redacted.Redacted<string>): ReadonlyArray<string> => {
  const forms = [textInside(secret) ?? ""]
  for (let layer = 0; layer < layers; layer++) {
    const bare = removeEscapes(forms[layer] ?? "")
    if (bare.length < shortest || bare === forms[layer]) break
    forms.push(bare)
  }
  return forms
}

const patterns = (secrets: ReadonlyArray<string>): ReadonlyArray<RegExp> =>
  secrets
    .filter((secret) => secret.trim() !== "")
    // One secret may be the beginning of another.
    .sort((one, other) => other.length - one.length)
    .flatMap(patternsOf)

const hide = (text: string, secrets: ReadonlyArray<RegExp>): string =>
  secrets.reduce((out, pattern) => out.replace(pattern, "<redacted>"), text)

/**
 * Makes what the service said fit for a terminal and a log: no escape sequences or control characters, none of the given
 * secrets (plain, percent-encoded, with JSON or HTML escapes, in base64 or hexadecimal), no more than `limit` characters.
 */
export const cleaner = (
  secrets: ReadonlyArray<Redacted.Redacted<string>>,
): ((text: string, limit: number) => string) => {
  const texts = secrets.flatMap(formsOf)
  const sent = patterns(texts)
  // What is left of a secret that has control characters in it, once they are gone.
  const shown = patterns(texts.map(strip))
  const safe = (text: string) => hide(strip(hide(text, sent)), shown)
  return (text, limit) => {
    let out = safe(text)
    for (let bare = out, layer = 0; layer < layers; layer++) {
      const next = removeEscapes(bare)
      if (next === bare) break
      bare = safe(next)
      // The words stay as they were said unless there is a secret under their escapes.
      if (bare !== strip(next)) out = bare
    }
    out = out.trim()
    return out.length <= limit ? out : `${out.slice(0, limit - 1).replace(loneSurrogate, "")}…`
  }
}
