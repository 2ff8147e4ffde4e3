import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { within } from "../runtime/timeout.js"

/** Why a body could not be read: it is over the limit, in an unknown coding, or the connection was lost. */
export type BodyFault = "BodyTooLarge" | "BodyEncoding" | "ConnectionLost"

/** The status and headers of a response; its body is read by a function below. */
export type Received = Pick<HttpClientResponse.HttpClientResponse, "headers" | "status">

/** Concatenates the chunks of a body. */
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

/** Reads responses of this package's own transports: with a size limit and a time limit, without a fiber. */
export const readAtMost: unique symbol = Symbol.for("@effect-tiledb/client/readAtMost")

/** Reads one header of such a response without copying the others. */
export const headerOf: unique symbol = Symbol.for("@effect-tiledb/client/headerOf")

interface BoundedResponse {
  readonly [headerOf]: (name: string) => string | undefined
  readonly [readAtMost]: (limit: number, millis?: number) => Effect.Effect<Uint8Array, BodyFault>
}

const isBounded = (response: Received): response is Received & BoundedResponse => readAtMost in response

/** The value of one header; its name is in lower case. */
export const header = (response: Received, name: string): string | undefined =>
  isBounded(response) ? response[headerOf](name) : response.headers[name]

/** Reads the body of another `HttpClient`'s response, but at most `limit` bytes of it. */
export type ReadForeign = (response: Received, limit: number) => Effect.Effect<Uint8Array, BodyFault>

/** Reads a body, but at most `limit` bytes of it, counted after decompression. */
export const readBytes = (
  response: Received,
  limit: number,
  readForeign: ReadForeign,
): Effect.Effect<Uint8Array, BodyFault> =>
  isBounded(response) ? response[readAtMost](limit) : readForeign(response, limit)

/** In bytes; enough to drain an unused body, so that the connection can be reused. */
const drainLimit = 64 * 1024

/** In milliseconds; longer than data in flight takes to arrive. */
const drainTime = 1000

/** Reads the body if all of it arrives within `drainTime`; otherwise closes its connection. */
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
 * Drains an unused body. Closes the connection if the body is too long or does not arrive: the outcome is already known
 * and must not wait for it.
 */
export const drain = (response: Received, readForeign: ReadForeign): Effect.Effect<void> =>
  Effect.ignore(readSoon(response, drainLimit, readForeign))
