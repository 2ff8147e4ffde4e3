import * as Effect from "effect/Effect"
import type { BodyFault } from "./body.js"
import { NotInCharset, textOf } from "./charset.js"

type Decode = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

/** Node's own function for a coding. In a browser fetch decodes, and hides that there was one. */
const decodeOf = (coding: string | undefined, [first = 0]: Uint8Array): Decode | undefined => {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib")
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return zlib?.gunzipSync
    case "deflate":
      // Some servers leave out the zlib format around it.
      return (first & 15) === 8 ? zlib?.inflateSync : zlib?.inflateRawSync
    case "br":
      return zlib?.brotliDecompressSync
    case undefined:
    case "":
    case "identity":
      return (bytes) => bytes
    default:
      return undefined
  }
}

/**
 * A body without its content coding, which was not asked for; at most `limit` bytes are made. One that is text has
 * none any more: fetch decodes, and goes on naming the coding.
 */
export const decoded = (
  body: Effect.Effect<Uint8Array, BodyFault>,
  limit: number,
  contentEncoding: () => string | undefined,
): Effect.Effect<Uint8Array, BodyFault> =>
  Effect.flatMap(body, (bytes): Effect.Effect<Uint8Array, BodyFault> => {
    if (!(textOf(bytes, undefined) instanceof NotInCharset)) return Effect.succeed(bytes)
    const decode = decodeOf(contentEncoding()?.trim().toLowerCase(), bytes)
    try {
      return decode === undefined
        ? Effect.fail("BodyEncoding")
        : Effect.succeed(decode(bytes, { maxOutputLength: Math.min(limit, 2 ** 31) }))
    } catch (error) {
      return Effect.fail(error instanceof RangeError ? "BodyTooLarge" : "BodyEncoding")
    }
  })
