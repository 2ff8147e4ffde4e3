import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type BodyFault, joined, type ReadForeign } from "./body.js"
import { isEmpty, type ResponseError } from "./clientError.js"
import { decoded } from "./contentCoding.js"
import { hasEndedHttp } from "./quirks.js"

const isIdentity = (encoding: string | undefined): boolean => encoding === undefined || encoding === "identity"

const lost: Effect.Effect<never, BodyFault> = Effect.fail("ConnectionLost")

/** Pulls chunk by chunk: running the stream would fork a fiber, and Effect logs the failure of a forked fiber. */
const readStream = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
): Effect.Effect<Uint8Array, BodyFault> =>
  Effect.scoped(
    Effect.flatMap(Stream.toPull(response.stream), (pull) => {
      const body: Array<Uint8Array> = []
      let size = 0
      const rest: Effect.Effect<never, "BodyTooLarge" | Option.Option<ResponseError>> = Effect.flatMap(
        pull,
        (chunks) => {
          for (const chunk of chunks) {
            size += chunk.byteLength
            // This failure closes the scope, which discards the rest of the body.
            if (size > limit) return Effect.fail("BodyTooLarge")
            body.push(chunk)
          }
          return rest
        },
      )
      const onEnd = (end: Effect.Effect.Error<typeof rest>): Effect.Effect<Uint8Array, BodyFault> => {
        if (end === "BodyTooLarge") return Effect.fail(end)
        return Option.isNone(end) || isEmpty(end.value) ? Effect.sync(() => joined(body)) : lost
      }
      return Effect.catchAll(rest, onEnd)
    }),
  )

/** A page or worker in a browser may see the length of the compressed body, but not that it is compressed. */
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

/** Closes the connection of a response without reading its body. */
const abandon = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  Effect.flatMap(Effect.fork(Effect.ignore(response.arrayBuffer)), (reader) =>
    // Interrupting a reader that has started destroys its source.
    Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(reader)),
  )

const isWhole = (response: object): response is HttpClientResponse.HttpClientResponse => "stream" in response

/**
 * Reads the body of a response of the platform's clients. An uncompressed body of known length is read at once; any
 * other is counted chunk by chunk.
 */
export const readForeign: ReadForeign = (response, limit) => {
  if (!isWhole(response)) return lost
  if (hasEndedHttp(response)) return Effect.as(abandon(response), new Uint8Array())
  const headers = response.headers
  const length = headers["content-length"]
  const coding = headers["content-encoding"]
  const isKnown = length !== undefined && isIdentity(coding) && Number(length) <= limit && knowsEncoding()
  return decoded((isKnown ? readWhole : readStream)(response, limit), limit, coding)
}
