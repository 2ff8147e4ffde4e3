import * as Effect from "effect/Effect"
import type { BodyFault } from "./body.js"
import { NotInCharset, textOf } from "./charset.js"

/** The functions of `node:zlib`, by content coding. */
const decoders = [
  ["gzip", "gunzipSync"],
  ["x-gzip", "gunzipSync"],
  ["deflate", "inflateSync"],
  ["br", "brotliDecompressSync"],
] as const

/**
 * Decodes a body that was compressed although nothing was asked for, to at most `limit` bytes. fetch has decoded it and
 * leaves the header: what is text is taken as it is. Without zlib (in a browser) nothing else comes.
 */
export const decoded = (
  body: Effect.Effect<Uint8Array, BodyFault>,
  limit: number,
  contentEncoding: string | undefined,
): Effect.Effect<Uint8Array, BodyFault> => {
  const coding = contentEncoding?.trim().toLowerCase() || "identity"
  if (coding === "identity") return body
  return Effect.flatMap(body, (bytes): Effect.Effect<Uint8Array, BodyFault> => {
    if (!(textOf(bytes, undefined) instanceof NotInCharset)) return Effect.succeed(bytes)
    const decoder = decoders.find(([name]) => name === coding)?.[1]
    const zlib = globalThis.process?.getBuiltinModule?.("node:zlib")
    try {
      return zlib === undefined || decoder === undefined
        ? Effect.fail("BodyEncoding")
        : Effect.succeed(zlib[decoder](bytes, { maxOutputLength: Math.min(limit, 2 ** 31) }))
    } catch (error) {
      return Effect.fail(error instanceof RangeError ? "BodyTooLarge" : "BodyEncoding")
    }
  })
}
