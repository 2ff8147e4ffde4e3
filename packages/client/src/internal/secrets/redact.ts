import { base64, type Secrets, textInside } from "./secretText.js"

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

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " }

/** Removes one layer of one kind of escapes: percent-encoding, JSON's, HTML's. */
const unescapes: ReadonlyArray<(text: string) => string> = [
  (text) =>
    text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))),
    ),
  (text) =>
    text.replace(/\\(?:u([0-9a-f]{4})|([\\"'/bfnrt]))/gi, (_, hex: string | undefined, char = "") =>
      hex === undefined ? char.replace(/[bfnrt]/, " ") : String.fromCharCode(Number.parseInt(hex, 16)),
    ),
  (text) =>
    text.replace(
      /&(?:#(x?)([0-9a-f]{1,7})|(amp|lt|gt|quot|apos|nbsp));/gi,
      (entity, x = "", digits = "", name = "") => {
        const code = Number.parseInt(digits, x === "" ? 10 : 16)
        return named[name.toLowerCase()] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : entity)
      },
    ),
]

/** How many layers of escapes, of any kinds, are looked below: a server may escape what was escaped already. */
const maxLayers = 2

/** A shorter secret is only looked for as a whole word: otherwise parts of ordinary words would be redacted. */
const minLength = 4

/** So many characters of a secret are compared; the rest is redacted with them as far as it follows. */
const wholeLength = 128

/** A secret that is cut off is recognised by so many characters, and before an ellipsis or at the end by fewer. */
const cutLength = 12
const minCutLength = 8

/** Folds ASCII letters and, where the length stays, all others; form encoding writes a space as a plus. */
const folded = (text: string): string => {
  const lower = text.toLowerCase()
  return (lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (run) => run.toLowerCase())).replace(
    /\+/g,
    " ",
  )
}

/** One spelling of a secret: its text, in one of the forms of `comparable`, and what belongs to it where it follows. */
interface Spelling {
  readonly as: keyof ReturnType<typeof comparable>
  readonly sought: string
  readonly tail: RegExp
}

/** A text as it is compared, character by character: letters folded, and with one alphabet of base64. */
const comparable = (text: string) => ({ folded: folded(text), base64: text.replace(/-/g, "+").replace(/_/g, "/") })

/** The parts of a text's base64 that do not depend on the surrounding text, for each of three alignments. */
const base64Cores = (bytes: Uint8Array): ReadonlyArray<string> =>
  [0, 1, 2].map((before) =>
    base64(new Uint8Array([...new Uint8Array(before), ...bytes])).slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + bytes.length) * 8) / 6),
    ),
  )

const spellingsOf = (secret: string): ReadonlyArray<Spelling> => {
  const bare = strip(secret)
  if (bare.trim() === "") return []
  const plain: Spelling = { as: "folded", sought: folded(bare), tail: /(?:)/y }
  if (bare.length < minLength) return [plain]
  const bytes = new TextEncoder().encode(secret.slice(0, wholeLength / 2))
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
  const hex: Spelling = { as: "folded", sought: digits.join(""), tail: /[0-9a-f]*/y }
  return [plain, hex, ...base64Cores(bytes).map((sought): Spelling => ({ as: "base64", sought, tail: /[\w+/=%]*/y }))]
}

type Range = readonly [from: number, to: number]

const isWord = (char: string | undefined): boolean => char !== undefined && /[a-z0-9]/i.test(char)

/** Where a text has this spelling of a secret, or its first `length` characters with what else belongs to them. */
const rangesOf = (text: string, { sought, tail }: Spelling, length: number): ReadonlyArray<Range> => {
  const found: Array<Range> = []
  const head = sought.slice(0, length)
  for (let at = text.indexOf(head); at >= 0; ) {
    let end = at + head.length
    while (end - at < sought.length && text[end] === sought[end - at]) end++
    // What follows a secret that is cut off may be the rest of it, escaped.
    const rest = end - at < sought.length ? /[^\s"'<>\u2026]*/y : tail
    rest.lastIndex = end
    rest.test(text)
    const whole = sought.length >= minLength || !(isWord(text[at - 1]) || isWord(text[end]))
    if (whole) found.push([at, rest.lastIndex])
    at = text.indexOf(head, rest.lastIndex)
  }
  // Stryker disable next-line ConditionalExpression,EqualityOperator: saves looking for it in both passes, the same in either
  if (length > cutLength) return found
  for (const { index } of text.matchAll(/\u2026|\.\.\.|$/g)) {
    for (let from = index - minCutLength; from > index - cutLength; from--) {
      if (from >= 0 && sought.startsWith(text.slice(from, index))) found.push([from, index])
    }
  }
  return found
}

const mark = "<redacted>"

const hide = (text: string, spellings: ReadonlyArray<Spelling>, length: number): string => {
  const compared = comparable(text)
  const found = spellings.flatMap((spelling) => rangesOf(compared[spelling.as], spelling, length))
  found.sort(([one], [other]) => one - other)
  let out = ""
  let done = 0
  for (const [from, to] of found) {
    if (from >= done) out += text.slice(done, from) + mark
    done = Math.max(done, to)
  }
  return out + text.slice(done)
}

/** How much of a text is scanned, by the limit of the output: escapes are longer than the characters they stand for. */
const maxScanned = (limit: number): number => 16 * limit + 16_384

/** How many characters are dropped from the end of a truncated text: they may be the beginning of a secret. */
const droppedLength = 4096

/** How many times escapes are removed to hide what is below them; what then still has secrets is not shown. */
const maxRounds = 4

/**
 * Makes text from the service safe for a terminal and a log: no escape sequences or control characters, none of the
 * given secrets (as they are, with percent-encoding, JSON's or HTML's escapes, in base64 or hexadecimal, in any letter
 * case, cut off), at most `limit` characters.
 */
export const cleaner = (secrets: Secrets): ((text: string, limit: number) => string) => {
  const spellings = secrets.flatMap((secret) => spellingsOf(textInside(secret) ?? ""))
  /** Hides the spellings, or their first characters, but leaves what was put in the place of others. */
  const hideAll = (text: string, length: number): string =>
    text
      .split(mark)
      .map((part) => hide(part, spellings, length))
      .join(mark)
  /** The text without the escapes that hide a secret, and without the secret; `undefined` if none is found. */
  const below = (text: string, length: number): string | undefined => {
    let layer = [text]
    for (let depth = 0; depth < maxLayers; depth++) {
      layer = layer.flatMap((one) => unescapes.map((unescape) => strip(unescape(one))).filter((bare) => bare !== one))
      for (const bare of layer) {
        const hidden = hideAll(bare, length)
        if (hidden !== bare) return hidden
      }
    }
    return undefined
  }
  const safe = (text: string): string => {
    let out = strip(text)
    for (const length of [wholeLength, cutLength]) {
      let hidden: string | undefined = hideAll(out, length)
      for (let round = 0; hidden !== undefined; round++) {
        if (round > maxRounds) return mark
        out = hidden
        hidden = below(out, length)
      }
    }
    return out
  }
  return (text, limit) => {
    const cut = text.slice(0, maxScanned(limit))
    let out = safe(cut)
    if (cut !== text) out = `${out.slice(0, Math.max(0, out.length - droppedLength))}\u2026`
    out = out.trim()
    return out.length <= limit ? out : `${out.slice(0, limit - 1).replace(loneSurrogate, "")}\u2026`
  }
}
