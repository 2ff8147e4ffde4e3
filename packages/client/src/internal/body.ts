import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** What is wrong with a body that could not be read: it is over the cap, or it broke off. */
export type BodyFault = "BodyTooLarge" | "ConnectionLost"

const isIdentity = (encoding: string | undefined): boolean => encoding === undefined || encoding === "identity"

const lost: Effect.Effect<never, BodyFault> = Effect.fail("ConnectionLost")

/** Pulls chunk by chunk: running the stream would fork a fiber, and Effect logs what a forked fiber fails with. */
const readStream = (response: HttpClientResponse.HttpClientResponse, limit: number): Effect.Effect<string, BodyFault> =>
  Effect.scoped(
    Effect.flatMap(Stream.toPull(response.stream), (pull) => {
      const decoder = new TextDecoder()
      let text = ""
      let size = 0
      const rest: Effect.Effect<never, "BodyTooLarge" | Option.Option<HttpClientError.ResponseError>> = Effect.flatMap(
        pull,
        (chunks) => {
          for (const chunk of chunks) {
            size += chunk.byteLength
            // What fails here leaves the scope, and with it the rest of the body.
            if (size > limit) return Effect.fail("BodyTooLarge")
            text += decoder.decode(chunk, { stream: true })
          }
          return rest
        },
      )
      const onEnd = (end: Effect.Effect.Error<typeof rest>): Effect.Effect<string, BodyFault> => {
        if (end === "BodyTooLarge") return Effect.fail(end)
        return Option.isNone(end) || end.value.reason === "EmptyBody"
          ? Effect.sync(() => text + decoder.decode())
          : lost
      }
      return Effect.catchAll(rest, onEnd)
    }),
  )

/** A page or worker in a browser may be shown the length of the compressed body, and not be shown that it is compressed. */
const knowsEncoding = (): boolean => !("window" in globalThis || "WorkerGlobalScope" in globalThis)

const readWhole = (response: HttpClientResponse.HttpClientResponse, limit: number): Effect.Effect<string, BodyFault> =>
  Effect.matchEffect(response.text, {
    onFailure: () => lost,
    onSuccess: (text): Effect.Effect<string, BodyFault> =>
      text.length <= limit ? Effect.succeed(text) : Effect.fail("BodyTooLarge"),
  })

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

/** The body, if the whole of it comes soon; otherwise its connection is given up. */
export const readSoon = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<string | undefined> =>
  Effect.map(Effect.timeoutOption(Effect.option(readText(response, limit)), drainTime), (text) =>
    Option.getOrUndefined(Option.flatten(text)),
  )

/**
 * Empties a body nobody reads, or gives its connection up when there is too much of it or it does not come: the answer
 * itself is here already and must not wait for it.
 */
export const drain = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> => {
  const read = Effect.ignore(readText(response, drainLimit))
  return response.status === 204 ? read : Effect.asVoid(Effect.timeoutOption(read, drainTime))
}
