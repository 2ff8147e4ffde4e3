/**
 * A lean `HttpClient` over fetch, for browsers, workers, Bun, Deno and Node.
 *
 * @example
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
 * import { Layer, Redacted } from "effect"
 *
 * const UsersLive = Users.layer({ credentials: Credentials.bearer(Redacted.make("your_token")) }).pipe(
 *   Layer.provide(FetchTransport.layer),
 * )
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as AbortTimer from "./internal/abortTimer.js"
import { FetchExchange } from "./internal/fetchExchange.js"
import { quietMark } from "./internal/quiet.js"
import { TransportResponse } from "./internal/transportResponse.js"

/**
 * What `make` sends with; both may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The function that sends. Default `globalThis.fetch`, as it is when a request is made. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Settings of every request: `credentials`, `cache`, a dispatcher. Method, body, redirect and signal are the client's. */
  readonly requestInit?: RequestInit | undefined
}

type Body = RequestInit["body"]

/** What `fetch` takes, and what Node and the platforms that stream need for a body that is a stream. */
interface Init extends RequestInit {
  duplex?: "half"
}

// A response that is dropped unread would keep its socket, held back by the body, for good.
const dropped = new FinalizationRegistry((exchange: FetchExchange) => exchange.abort())

/** fetch computes the length of a body, and refuses one that is given in some places. */
const headersOf = (request: HttpClientRequest, given: RequestInit | undefined): Array<[string, string]> => {
  const headers =
    given?.headers === undefined
      ? request.headers
      : Headers.merge(Headers.fromInput(new globalThis.Headers(given.headers)), request.headers)
  const pairs: Array<[string, string]> = []
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (name !== "content-length" && value !== undefined) pairs.push([name, value])
  }
  return pairs
}

const urlOf = ({ hash, url, urlParams }: HttpClientRequest): Either.Either<string | URL, Error> =>
  urlParams.length === 0 && Option.isNone(hash) && URL.canParse(url)
    ? Either.right(url)
    : UrlParams.makeUrl(url, urlParams, hash)

/**
 * An `HttpClient` over fetch: what the platform's client adds to it (a span, trace headers, a `URL`, a copy of the
 * headers) is left out. It follows no redirects and has no timeouts: whoever calls decides. Interrupting a call, or leaving
 * a body half read, aborts the request. `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` in the context of a call
 * win over the options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): HttpClient.HttpClient => {
  const dispatch = (request: HttpClientRequest, body: Body): Effect.Effect<HttpClientResponse, RequestError> =>
    Effect.withFiberRuntime((fiber) => {
      const url = urlOf(request)
      if (Either.isLeft(url)) return Effect.fail(new RequestError({ request, reason: "InvalidUrl", cause: url.left }))
      const context = fiber.currentContext.unsafeMap
      const fetch: typeof globalThis.fetch = context.get(FetchHttpClient.Fetch.key) ?? options.fetch ?? globalThis.fetch
      const given: RequestInit | undefined = context.get(FetchHttpClient.RequestInit.key) ?? options.requestInit
      return Effect.async<HttpClientResponse, RequestError>((resume) => {
        const exchange = new FetchExchange(
          () =>
            resume(
              Effect.sync(() => {
                const response = new TransportResponse(request, exchange)
                if (!exchange.ended) dropped.register(response, exchange)
                return response
              }),
            ),
          (cause) => resume(Effect.fail(new RequestError({ request, reason: "Transport", cause }))),
          AbortTimer.of(request),
        )
        exchange.startTimer()
        const init: Init = {
          ...given,
          method: request.method,
          headers: headersOf(request, given),
          redirect: "manual",
        }
        if (body !== undefined) init.body = body
        if (request.body._tag === "Stream") init.duplex = "half"
        exchange.send(fetch, url.right, init)
        return Effect.sync(() => exchange.abort())
      })
    })

  const send = (request: HttpClientRequest): Effect.Effect<HttpClientResponse, RequestError> => {
    const { body } = request
    switch (body._tag) {
      case "Empty":
        return dispatch(request, undefined)
      case "Uint8Array":
      case "Raw":
        // Whatever the caller made it of: fetch refuses what it cannot send.
        return dispatch(request, body.body as Body)
      case "FormData":
        return dispatch(request, body.formData)
      case "Stream":
        return Effect.flatMap(Stream.toReadableStreamEffect(body.stream), (stream) => dispatch(request, stream))
    }
  }

  const client = HttpClient.makeWith(
    (request: Effect.Effect<HttpClientRequest>) => Effect.flatMap(request, send),
    Effect.succeed,
  )
  return Object.assign(client, { [quietMark]: true })
}

/**
 * `make`, with the `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` that are in the context when the Layer is
 * built.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    Effect.all([Effect.serviceOption(FetchHttpClient.Fetch), Effect.serviceOption(FetchHttpClient.RequestInit)]),
    ([fetch, requestInit]) =>
      make({ fetch: Option.getOrUndefined(fetch), requestInit: Option.getOrUndefined(requestInit) }),
  ),
)
