import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Defect from "./defect.js"

/** What is wrong with a body that could not be read: it is over the cap, or it broke off. */
export type BodyFault = "BodyTooLarge" | "ConnectionLost"

const isIdentity = (encoding: string | undefined): boolean => encoding === undefined || encoding === "identity"

const brokeOff = (error: HttpClientError.ResponseError): Effect.Effect<void, BodyFault> =>
  error.reason === "EmptyBody" ? Effect.void : Effect.fail("ConnectionLost")

const readStream = (response: HttpClientResponse.HttpClientResponse, limit: number): Effect.Effect<string, BodyFault> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let text = ""
    let size = 0
    // The first chunk over the cap fails the stream, and a stream that fails closes its source.
    return response.stream.pipe(
      Stream.runForEach((chunk) => {
        size += chunk.byteLength
        if (size > limit) return Effect.fail("BodyTooLarge" as const)
        text += decoder.decode(chunk, { stream: true })
        return Effect.void
      }),
      (read) => Defect.catchAll(read, (fault) => (fault === "BodyTooLarge" ? Effect.fail(fault) : brokeOff(fault))),
      Effect.map(() => text + decoder.decode()),
    )
  })

/** A page or worker in a browser may be shown the length of the compressed body, and not be shown that it is compressed. */
const knowsEncoding = (): boolean => !("window" in globalThis || "WorkerGlobalScope" in globalThis)

const readWhole = (response: HttpClientResponse.HttpClientResponse, limit: number): Effect.Effect<string, BodyFault> =>
  Effect.filterOrFail(
    Defect.catchAll(response.text, () => Effect.fail("ConnectionLost" as const)),
    (text) => text.length <= limit,
    () => "BodyTooLarge" as const,
  )

/**
 * Reads a body as text, but never more than `limit` bytes of it, counted after decompression. A body that says how long
 * it is and is not compressed is read in one go; any other is counted as it comes.
 */
export const readText = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<string, BodyFault> => {
  const headers = response.headers
  const length = headers["content-length"]
  return length !== undefined && isIdentity(headers["content-encoding"]) && Number(length) <= limit && knowsEncoding()
    ? readWhole(response, limit)
    : readStream(response, limit)
}

/** Enough to empty what a server has sent along with an answer nobody reads, so that the connection can be used again. */
const drainLimit = 64 * 1024

/** Longer than what is on its way already takes to arrive. */
const drainTime = "1 second"

/**
 * Empties a body nobody reads, or gives its connection up when there is too much of it or it does not come: the answer
 * itself is here already and must not wait for it.
 */
export const drain = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> => {
  const read = Effect.ignore(readText(response, drainLimit))
  return response.status === 204 ? read : Effect.asVoid(Effect.timeoutOption(read, drainTime))
}
