import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Backend } from "../deployment/backend.js"
import { exchange, type Reply } from "./exchange.js"
import { bodyLimit, bytes, type WireResponse } from "./format.js"
import { type Body, MemoryResponse } from "./memoryResponse.js"

const home = /^https:\/\/(?:[a-z0-9-]+\.)*api\.tiledb\.com$/

const systemError = (code: string, syscall: string, message: string): Error =>
  Object.assign(new Error(message), { code, syscall })

const reset = (): Error => systemError("ECONNRESET", "read", "read ECONNRESET")

const readBody = ({ body }: HttpClientRequest.HttpClientRequest): Effect.Effect<Uint8Array, unknown> => {
  if (body._tag === "Empty") return Effect.succeed(new Uint8Array())
  if (body._tag === "Uint8Array") return Effect.succeed(body.body)
  if (body._tag === "FormData") return readWeb(body.formData)
  // A raw body is any kind that fetch takes.
  return readWeb(body._tag === "Stream" ? Stream.toReadableStream(body.stream) : (body.body as Content))
}

type Content = ConstructorParameters<typeof Response>[0]

const readWeb = (content: Content): Effect.Effect<Uint8Array, unknown> =>
  Effect.tryPromise(async () => new Uint8Array(await new Response(content).arrayBuffer()))

/** An `HttpClient` that is connected to the deployment; requests to other origins fail. */
export const make = (backend: Backend, origins: ReadonlyArray<string> = []): HttpClient.HttpClient => {
  const known = new Set(origins.map((origin) => new URL(origin).origin))
  const send = (
    request: HttpClientRequest.HttpClientRequest,
  ): Effect.Effect<HttpClientResponse, HttpClientError.RequestError> => {
    const failed = (reason: "Encode" | "InvalidUrl" | "Transport") => (cause: unknown) =>
      Effect.fail(new HttpClientError.RequestError({ request, reason, cause }))
    const lost = failed("Transport")
    const made = UrlParams.makeUrl(request.url, request.urlParams, request.hash)
    if (Either.isLeft(made)) return failed("InvalidUrl")(made.left)
    const { origin, pathname, search } = made.right
    if (!known.has(origin) && !home.test(origin)) {
      return lost(
        systemError("ENOTFOUND", "getaddrinfo", `No deployment at ${origin}; TestHttpClient's origins can name it`),
      )
    }
    const respond = (
      { body, headers, status }: WireResponse,
      more: (bytes: Uint8Array) => Body = (bytes) => ({ bytes }),
    ): Effect.Effect<HttpClientResponse> => {
      const isEmpty = status === 204 || status === 304
      const encoded = isEmpty ? new Uint8Array() : bytes(body)
      const length = isEmpty ? headers : { "content-length": String(encoded.length), ...headers }
      return Effect.succeed(new MemoryResponse(request, status, length, more(encoded)))
    }
    const deliver = (reply: Reply): Effect.Effect<HttpClientResponse, HttpClientError.RequestError> => {
      switch (reply._tag) {
        case "Response": {
          const { bodyAfter, response } = reply
          return bodyAfter === undefined || response.body === ""
            ? respond(response)
            : respond(response, (bytes) => ({ bytes, wait: Effect.sleep(bodyAfter) }))
        }
        case "CutBody":
          return respond(reply.response, (bytes) => ({
            bytes: bytes.subarray(0, Math.floor(bytes.length / 2)),
            end: reply.end === "reset" ? Effect.failSync(reset) : Effect.never,
          }))
        case "CutHead":
        case "Reset":
          return lost(reset())
        case "Refuse":
          return lost(systemError("ECONNREFUSED", "connect", "connect ECONNREFUSED"))
        case "Silence":
          return Effect.never
      }
    }
    const wire = { method: request.method, target: pathname + search, headers: headersOf(request) }
    const exchanged = (body: Uint8Array) =>
      exchange(backend, { ...wire, body: body.length > bodyLimit ? "TooLarge" : body })
    return Effect.matchEffect(readBody(request), {
      onFailure: failed("Encode"),
      onSuccess: (body) => Effect.flatMap(exchanged(body), deliver),
    })
  }
  return HttpClient.makeWith(
    (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) => Effect.flatMap(request, send),
    Effect.succeed,
  )
}

const headersOf = ({ headers, body }: HttpClientRequest.HttpClientRequest): Readonly<Record<string, string>> =>
  headers["content-type"] === undefined && body._tag !== "Empty" && body.contentType !== undefined
    ? { ...headers, "content-type": body.contentType }
    : headers
