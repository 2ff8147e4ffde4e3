import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { within } from "./within.js"

/** What is wrong with a body that could not be read: it is over the cap, or it broke off. */
export type BodyFault = "BodyTooLarge" | "ConnectionLost"

const isIdentity = (encoding: string | undefined): boolean => encoding === undefined || encoding === "identity"

const lost: Effect.Effect<never, BodyFault> = Effect.fail("ConnectionLost")

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

/** Pulls chunk by chunk: running the stream would fork a fiber, and Effect logs what a forked fiber fails with. */
const readStream = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<Uint8Array, BodyFault> =>
  Effect.scoped(
    Effect.flatMap(Stream.toPull(response.stream), (pull) => {
      const body: Array<Uint8Array> = []
      let size = 0
      const rest: Effect.Effect<never, "BodyTooLarge" | Option.Option<HttpClientError.ResponseError>> = Effect.flatMap(
        pull,
        (chunks) => {
          for (const chunk of chunks) {
            size += chunk.byteLength
            // What fails here leaves the scope, and with it the rest of the body.
            if (size > limit) return Effect.fail("BodyTooLarge")
            body.push(chunk)
          }
          return rest
        },
      )
      const onEnd = (end: Effect.Effect.Error<typeof rest>): Effect.Effect<Uint8Array, BodyFault> => {
        if (end === "BodyTooLarge") return Effect.fail(end)
        return Option.isNone(end) || end.value.reason === "EmptyBody" ? Effect.sync(() => joined(body)) : lost
      }
      return Effect.catchAll(rest, onEnd)
    }),
  )

/** A page or worker in a browser may be shown the length of the compressed body, and not be shown that it is compressed. */
const knowsEncoding = (): boolean => !("window" in globalThis || "WorkerGlobalScope" in globalThis)

const readWhole = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<Uint8Array, BodyFault> =>
  Effect.matchEffect(response.arrayBuffer, {
    onFailure: () => lost,
    onSuccess: (body): Effect.Effect<Uint8Array, BodyFault> =>
      body.byteLength <= limit ? Effect.succeed(new Uint8Array(body)) : Effect.fail("BodyTooLarge"),
  })

/** How responses of this package's own transports are read: under the cap and within the time, with no fiber. */
export const readAtMost: unique symbol = Symbol.for("@effect-tiledb/client/readAtMost")

interface BoundedResponse {
  readonly [readAtMost]: (limit: number, millis?: number) => Effect.Effect<Uint8Array, BodyFault>
}

const isBounded = (
  response: HttpClientResponse.HttpClientResponse,
): response is HttpClientResponse.HttpClientResponse & BoundedResponse => readAtMost in response

/**
 * Reads a body, but never more than `limit` bytes of it, counted after decompression. A body that says how long it is and
 * is not compressed is read in one go; any other is counted as it comes.
 */
export const readBytes = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<Uint8Array, BodyFault> => {
  if (isBounded(response)) return response[readAtMost](limit)
  const headers = response.headers
  const length = headers["content-length"]
  return length !== undefined && isIdentity(headers["content-encoding"]) && Number(length) <= limit && knowsEncoding()
    ? readWhole(response, limit)
    : readStream(response, limit)
}

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
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<Uint8Array | undefined> => {
  const nothing = () => Effect.succeed(undefined)
  return isBounded(response)
    ? Effect.catchAll(response[readAtMost](limit, drainTime), nothing)
    : within(Effect.catchAll(readBytes(response, limit), nothing), drainTime, nothing)
}

/** Closes the connection of an answer without reading its body. */
const abandon = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.flatMap(Effect.fork(Effect.ignore(response.arrayBuffer)), (reader) =>
    // Once it has begun to read, its interruption destroys what it reads from.
    Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(reader)),
  )

/**
 * Reads the body of an error. A `101` that was not asked for is the last that HTTP says on its connection: `node:http` takes
 * it out of its agent, and nobody else closes it.
 */
export const readErrorBytes = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<Uint8Array, BodyFault> =>
  response.status === 101 ? Effect.as(abandon(response), new Uint8Array()) : readBytes(response, limit)

/**
 * Empties a body nobody reads, or closes its connection when there is too much of it or it does not come: the answer
 * itself is here already and must not wait for it.
 */
export const drain = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  isBounded(response)
    ? Effect.ignore(response[readAtMost](drainLimit, drainTime))
    : within(Effect.ignore(readBytes(response, drainLimit)), drainTime, () => Effect.void)
