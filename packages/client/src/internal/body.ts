import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { within } from "./within.js"

/** What is wrong with a body that could not be read: it is over the cap, or it broke off. */
export type BodyFault = "BodyTooLarge" | "ConnectionLost"

/** The head of a response; its body is reached through what reads it. */
export type Received = Pick<HttpClientResponse.HttpClientResponse, "headers" | "status">

/** The chunks of a body as one. */
export const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return first
  const out = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.byteLength
  }
  return out
}

/** How responses of this package's own transports are read: under the cap and within the time, with no fiber. */
export const readAtMost: unique symbol = Symbol.for("@effect-tiledb/client/readAtMost")

/** How one header of such a response is read, without the others being copied. */
export const headerOf: unique symbol = Symbol.for("@effect-tiledb/client/headerOf")

interface BoundedResponse {
  readonly [headerOf]: (name: string) => string | undefined
  readonly [readAtMost]: (limit: number, millis?: number) => Effect.Effect<Uint8Array, BodyFault>
}

const isBounded = (response: Received): response is Received & BoundedResponse => readAtMost in response

/** The value of one header, its name in lower case. */
export const header = (response: Received, name: string): string | undefined =>
  isBounded(response) ? response[headerOf](name) : response.headers[name]

/** Reads the body of a response that another `HttpClient` made, but never more than `limit` bytes of it. */
export type ReadForeign = (response: Received, limit: number) => Effect.Effect<Uint8Array, BodyFault>

/** Reads a body, but never more than `limit` bytes of it, counted after decompression. */
export const readBytes = (
  response: Received,
  limit: number,
  readForeign: ReadForeign,
): Effect.Effect<Uint8Array, BodyFault> =>
  isBounded(response) ? response[readAtMost](limit) : readForeign(response, limit)

const charsetOf = (contentType: string | undefined): string =>
  contentType?.match(/;\s*charset\s*=\s*"?([^\s";]+)/i)?.[1] ?? "utf-8"

const utf8 = new TextDecoder("utf-8", { fatal: true })

const decoderOf = (charset: string, fatal: boolean): InstanceType<typeof TextDecoder> => {
  if (fatal && charset.toLowerCase() === "utf-8") return utf8
  try {
    return new TextDecoder(charset, { fatal })
  } catch {
    // A charset that nobody knows: JSON is UTF-8.
    return new TextDecoder("utf-8", { fatal })
  }
}

/** A charset that the bytes do not fit, and the text with what does not fit replaced. */
export class NotInCharset {
  constructor(
    readonly charset: string,
    readonly readable: string,
  ) {}
}

/**
 * The text of a success, the same over every transport: in the `charset` of the content type where `TextDecoder` knows it,
 * in UTF-8 otherwise, without a byte order mark. Bytes that do not fit are not replaced.
 */
export const textOf = (bytes: Uint8Array, contentType: string | undefined): string | NotInCharset => {
  const decoder = decoderOf(charsetOf(contentType), true)
  try {
    return decoder.decode(bytes)
  } catch {
    return new NotInCharset(decoder.encoding, textAsFarAsReadable(bytes, contentType))
  }
}

/** The text of an error, as far as it can be read. */
export const textAsFarAsReadable = (bytes: Uint8Array, contentType: string | undefined): string =>
  decoderOf(charsetOf(contentType), false).decode(bytes)

/** Enough to empty what a server has sent along with an answer nobody reads, so that the connection can be used again. */
const drainLimit = 64 * 1024

/** In milliseconds; longer than what is on its way already takes to arrive. */
const drainTime = 1000

/** The body, if the whole of it comes soon; otherwise its connection is closed. */
export const readSoon = (
  response: Received,
  limit: number,
  readForeign: ReadForeign,
): Effect.Effect<Uint8Array | undefined> => {
  const nothing = () => Effect.succeed(undefined)
  return isBounded(response)
    ? Effect.catchAll(response[readAtMost](limit, drainTime), nothing)
    : within(Effect.catchAll(readForeign(response, limit), nothing), drainTime, nothing)
}

/**
 * Empties a body nobody reads, or closes its connection when there is too much of it or it does not come: the answer
 * itself is here already and must not wait for it.
 */
export const drain = (response: Received, readForeign: ReadForeign): Effect.Effect<void> =>
  isBounded(response)
    ? Effect.ignore(response[readAtMost](drainLimit, drainTime))
    : within(Effect.ignore(readForeign(response, drainLimit)), drainTime, () => Effect.void)
