import type * as Redacted from "effect/Redacted"
import { textInside } from "../secrets/secretText.js"

/** Shown in place of an origin that a server may have built from a secret that it received. */
export const anotherOrigin = "another origin"

/** How many letters and digits in a row two texts do not share by chance. */
const enough = 5

/** A longer label is of no use to a reader, and has room for a key. */
const longestLabel = 24

/** Digits of hexadecimal, of both base32 alphabets, and of base64 in lower case, as in a host. */
const alphabets: ReadonlyArray<readonly [bits: number, digits: string]> = [
  [4, "0123456789abcdef"],
  [5, "abcdefghijklmnopqrstuvwxyz234567"],
  [5, "0123456789abcdefghijklmnopqrstuv"],
  [6, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789  "],
]

const lettersAndDigits = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "")

const rotated = (text: string): string =>
  text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97))

/** The forms that a secret may take in a host: without punctuation, reversed, rotated, and encoded at any offset. */
const disguises = (secret: string): ReadonlyArray<string> => {
  const plain = lettersAndDigits(secret.normalize("NFKC"))
  const bytes = new TextEncoder().encode(secret.slice(0, 1024))
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("")
  const encoded = alphabets.flatMap(([width, digits]) =>
    Array.from({ length: width }, (_, shift) =>
      Array.from(bits.slice(shift).match(new RegExp(`.{${width}}`, "g")) ?? [], (of) => digits[Number.parseInt(of, 2)])
        .join("")
        .replaceAll(" ", ""),
    ),
  )
  return [plain, Array.from(plain).reverse().join(""), rotated(plain), bytes.join(""), ...encoded]
}

const haveInCommon = (host: string, disguise: string): boolean => {
  const length = Math.min(enough, disguise.length)
  if (length === 0) return false
  for (let at = 0; at + length <= disguise.length; at++) {
    if (host.includes(disguise.slice(at, at + length))) return true
  }
  return false
}

/** The labels of a host that it does not share with the base's domain, which was known before anything was sent. */
const ownLabels = (host: string, base: string): ReadonlyArray<string> => {
  const labels = host.split(".")
  const ofBase = base.split(".")
  let shared = 0
  while (shared < labels.length && labels.at(-1 - shared) === ofBase.at(-1 - shared)) shared++
  return shared >= 2 ? labels.slice(0, labels.length - shared) : labels
}

const isAddress = (host: string): boolean => /^\[|(?:^|\.)\d+$/.test(host)

/**
 * The origin that a server has named, unless it may have been built from a secret: a number can be written as an
 * address, and any text as a host. The base's own host and loopback reveal no secret.
 */
export const shownOrigin = (
  origin: string,
  base: string,
  secrets: ReadonlyArray<Redacted.Redacted<string>>,
): string => {
  const { hostname, port } = new URL(origin)
  const known = new URL(base)
  const texts = secrets.flatMap((secret) => textInside(secret) ?? [])
  const hidden = texts.some((text) => port.length > 2 && port !== known.port && text.includes(port))
  if (hidden) return anotherOrigin
  if (hostname === known.hostname || hostname === "127.0.0.1" || hostname === "[::1]" || texts.length === 0) {
    return origin
  }
  const labels = ownLabels(hostname, known.hostname)
  if (isAddress(hostname) || labels.some((label) => label.startsWith("xn--") || label.length > longestLabel)) {
    return anotherOrigin
  }
  const host = lettersAndDigits(labels.join(""))
  return texts.flatMap(disguises).some((disguise) => haveInCommon(host, disguise)) ? anotherOrigin : origin
}
