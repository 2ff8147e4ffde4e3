import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Backend } from "../deployment/backend.js"
import { exchange, type Reply } from "./exchange.js"
import { bodyLimit, bytes, type WireResponse } from "./wire.js"

const home = /^https:\/\/(?:[a-z0-9-]+\.)*api\.tiledb\.com$/

const systemError = (code: string, syscall: string, message: string): Error =>
  Object.assign(new Error(message), { code, syscall })

const lost = (): Error => systemError("ECONNRESET", "read", "read ECONNRESET")

export const readBody = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<Uint8Array, unknown> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array())
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Stream":
    case "Raw":
    case "FormData": {
      const content =
        body._tag === "FormData"
          ? body.formData
          : body._tag === "Stream"
            ? Stream.toReadableStream(body.stream)
            : body.body
      return typeof content === "string"
        ? Effect.succeed(bytes(content))
        : // The platform's `Response` reads every other kind of body that fetch takes.
          Effect.tryPromise(
            async () =>
              new Uint8Array(await new Response(content as ConstructorParameters<typeof Response>[0]).arrayBuffer()),
          )
    }
  }
}

const complete = (response: WireResponse): Response => {
  const body = bytes(response.body)
  const hasBody = response.status !== 204 && response.status !== 304
  return new Response(hasBody ? body : null, {
    status: response.status,
    headers: hasBody ? { "content-length": String(body.length), ...response.headers } : response.headers,
  })
}

/** Sends the headers now, and the body after this delay by the `Clock` of the caller. */
const late = (response: WireResponse, after: Duration.Duration): Effect.Effect<Response> =>
  Effect.map(Effect.runtime<never>(), (runtime) => {
    const { headers, status } = complete(response)
    const body = Stream.fromEffect(Effect.as(Effect.sleep(after), bytes(response.body)))
    return new Response(response.body === "" ? null : Stream.toReadableStreamRuntime(body, runtime), {
      status,
      headers,
    })
  })

const brokenOff = (response: WireResponse, end: "reset" | "stall"): Response => {
  const body = bytes(response.body)
  const half = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(body.subarray(0, Math.floor(body.length / 2)))
    },
    pull(controller) {
      if (end === "reset") controller.error(lost())
    },
  })
  return new Response(half, {
    status: response.status,
    headers: { ...response.headers, "content-length": String(body.length) },
  })
}

/** An `HttpClient` that is connected to the deployment; requests to other origins fail. */
export const make = (backend: Backend, origins: ReadonlyArray<string> = []): HttpClient.HttpClient => {
  const known = new Set(origins.map((origin) => new URL(origin).origin))
  return HttpClient.make((request, url) => {
    const fail = (cause: unknown) =>
      Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
    if (!known.has(url.origin) && !home.test(url.origin)) {
      return fail(
        systemError("ENOTFOUND", "getaddrinfo", `No deployment at ${url.origin}; TestHttpClient's origins can name it`),
      )
    }
    const deliver = (
      reply: Reply,
    ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.RequestError> => {
      switch (reply._tag) {
        case "Response":
          return reply.bodyAfter === undefined
            ? Effect.sync(() => HttpClientResponse.fromWeb(request, complete(reply.response)))
            : Effect.map(late(reply.response, reply.bodyAfter), (response) =>
                HttpClientResponse.fromWeb(request, response),
              )
        case "CutBody":
          return Effect.sync(() => HttpClientResponse.fromWeb(request, brokenOff(reply.response, reply.end)))
        case "CutHead":
        case "Reset":
          return fail(lost())
        case "Refuse":
          return fail(systemError("ECONNREFUSED", "connect", "connect ECONNREFUSED"))
        case "Silence":
          return Effect.never
      }
    }
    return Effect.matchEffect(readBody(request), {
      onFailure: (cause) => Effect.fail(new HttpClientError.RequestError({ request, reason: "Encode", cause })),
      onSuccess: (body) =>
        Effect.flatMap(
          exchange(backend, {
            method: request.method,
            target: url.pathname + url.search,
            headers: headersOf(request),
            body: body.length > bodyLimit ? "TooLarge" : body,
          }),
          deliver,
        ),
    })
  })
}

const headersOf = ({ headers, body }: HttpClientRequest.HttpClientRequest): Readonly<Record<string, string>> =>
  headers["content-type"] === undefined && body._tag !== "Empty" && body.contentType !== undefined
    ? { ...headers, "content-type": body.contentType }
    : headers
