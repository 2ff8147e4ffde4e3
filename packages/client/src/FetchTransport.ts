/**
 * A lean `HttpClient` over fetch, for browsers, workers, Bun, Deno and Node.
 *
 * @example
 * import { Credentials, TileDBClient } from "@effect-tiledb/client"
 * import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
 * import { Layer, Redacted } from "effect"
 *
 * const ClientLive = TileDBClient.layer({ credentials: Credentials.bearer(Redacted.make("your_token")) }).pipe(
 *   Layer.provide(FetchTransport.layer),
 * )
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Dispatch from "./internal/http/fetch/dispatch.js"
import { lean } from "./internal/http/quiet.js"
import { TransportResponse } from "./internal/http/transportResponse.js"

export type { Options } from "./internal/http/fetch/dispatch.js"

/**
 * An `HttpClient` over fetch, without what the platform's client adds to it: a span, trace headers, a `URL`, a copy of
 * the headers. It follows no redirects and has no timeouts: these are up to the caller. Interrupting a call, or not
 * reading a body to its end, aborts the request. `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` in the
 * context of a call take precedence over the options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Dispatch.Options = {}): HttpClient.HttpClient => {
  const dispatch = Dispatch.make(options, (request, exchange) => new TransportResponse(request, exchange))

  return lean((request) => {
    const { body } = request
    switch (body._tag) {
      case "Empty":
        return dispatch(request, undefined)
      case "Uint8Array":
      case "Raw":
        // The body may be anything: fetch refuses what it cannot send.
        return dispatch(request, body.body as Dispatch.Body)
      case "FormData":
        return dispatch(request, body.formData)
      case "Stream":
        return Effect.flatMap(Stream.toReadableStreamEffect(body.stream), (stream) => dispatch(request, stream))
    }
  })
}

/**
 * `make`, with the `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` of the context in which the Layer is
 * built.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = /*#__PURE__*/ Layer.effect(
  HttpClient.HttpClient,
  /*#__PURE__*/ Effect.map(
    /*#__PURE__*/ Effect.all([
      /*#__PURE__*/ Effect.serviceOption(FetchHttpClient.Fetch),
      /*#__PURE__*/ Effect.serviceOption(FetchHttpClient.RequestInit),
    ]),
    ([fetch, requestInit]) =>
      make({ fetch: Option.getOrUndefined(fetch), requestInit: Option.getOrUndefined(requestInit) }),
  ),
)
