import * as Effect from "effect/Effect"
import type { BodyFault } from "./body.js"
import { NotInCharset, textOf } from "./charset.js"

type Decoder = "gunzipSync" | "inflateSync" | "brotliDecompressSync"

/** The functions of `node:zlib`. */
const decoders: Readonly<Record<string, Decoder>> = {
  gzip: "gunzipSync",
  "x-gzip": "gunzipSync",
  deflate: "inflateSync",
  br: "brotliDecompressSync",
}

/**
 * Decodes a body that was compressed although nothing was asked for, to at most `limit` bytes. fetch has decoded it and
 * leaves the header: what is text is taken as it is. Other codings, and browsers, have no decoder.
 */
export const decoded = (
  body: Effect.Effect<Uint8Array, BodyFault>,
  limit: number,
  contentEncoding: string | undefined,
): Effect.Effect<Uint8Array, BodyFault> => {
  const coding = contentEncoding?.trim().toLowerCase() || "identity"
  if (coding === "identity") return body
  return Effect.flatMap(body, (bytes) =>
    textOf(bytes, undefined) instanceof NotInCharset
      ? Effect.try({
          try: () =>
            process.getBuiltinModule("node:zlib")[decoders[coding] as Decoder](bytes, {
              maxOutputLength: Math.min(limit, 2 ** 31),
            }),
          catch: (error): BodyFault => (error instanceof RangeError ? "BodyTooLarge" : "BodyEncoding"),
        })
      : Effect.succeed(bytes),
  )
}
