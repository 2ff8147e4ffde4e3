/**
 * A lean `HttpClient` for Node.
 *
 * @example
 * import { Credentials, TileDBClient } from "@effect-tiledb/client"
 * import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
 * import { Layer, Redacted } from "effect"
 *
 * const ClientLive = TileDBClient.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) }).pipe(
 *   Layer.provide(NodeTransport.layer),
 * )
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { Dispatcher } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Tls from "./internal/config/tls.js"
import * as AbortTimer from "./internal/http/abortTimer.js"
import { invalidUrl, noResponse, type RequestError } from "./internal/http/clientError.js"
import { dispatching } from "./internal/http/node/connections.js"
import { checkUndici, makeAgent } from "./internal/http/node/dispatcher.js"
import { Exchange } from "./internal/http/node/exchange.js"
import { makeTarget } from "./internal/http/node/target.js"
import { lean } from "./internal/http/quiet.js"
import { TransportResponse } from "./internal/http/transportResponse.js"
import * as Unconnected from "./internal/http/unconnected.js"

type Body = NonNullable<Dispatcher.DispatchOptions["body"]> | null

/** A closed dispatcher fails requests in flight with this error, and requests that it does not start. */
const isClosed = (error: unknown): boolean =>
  Predicate.hasProperty(error, "code") && (error.code === "UND_ERR_DESTROYED" || error.code === "UND_ERR_CLOSED")

/**
 * An `HttpClient` over undici's `dispatch`, without what undici's `request` and the platform's client add to it: a Node
 * stream, an `AbortController`, a span, a `URL`. It follows no redirects, decompresses nothing, adds no headers and has
 * no timeouts: these are up to the caller. Interrupting a call, or not reading a body to its end, closes its socket; if
 * the dispatcher uses HTTP/2, it resets its stream. Throws on Bun, which has no undici; use `FetchTransport` there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (dispatcher: Dispatcher): HttpClient.HttpClient => {
  checkUndici()
  const targetOf = makeTarget()

  const dispatch = (request: HttpClientRequest.HttpClientRequest, body: Body) => {
    const target = targetOf(request)
    if (Either.isLeft(target)) {
      return Effect.fail(invalidUrl(request, target.left))
    }
    const { origin, path } = target.right
    return Effect.async<HttpClientResponse, RequestError>((resume) => {
      const exchange = new Exchange(
        // This runs a moment later. By then a short body has arrived too, in the same packet as the headers.
        () => resume(Effect.sync(() => exchange.watch(new TransportResponse(request, exchange)))),
        (error) => {
          const cause = !exchange.started && isClosed(error) ? Unconnected.unsent(error) : error
          resume(Effect.fail(noResponse(request, cause)))
        },
        AbortTimer.of(request),
      )
      exchange.startTimer()
      // One literal: spreading a shared part into it costs undici's constructor a quarter of the whole request.
      const options: Dispatcher.DispatchOptions & { readonly maxRedirections: 0 } = {
        origin,
        path,
        method: request.method,
        headers: request.headers,
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
        // Keeps undici's redirect interceptor, if the dispatcher has one, from following redirects.
        maxRedirections: 0,
      }
      dispatching.exchange = exchange
      try {
        dispatcher.dispatch(options, exchange)
      } catch (cause) {
        exchange.onResponseError(undefined, exchange.started ? cause : Unconnected.unsent(cause))
      } finally {
        dispatching.exchange = undefined
      }
      return exchange.canceller
    })
  }

  const client = lean((request) => {
    const { body } = request
    switch (body._tag) {
      case "Empty":
        return dispatch(request, null)
      case "Uint8Array":
        return dispatch(request, body.body)
      case "Raw":
        // The body may be anything: undici refuses what it cannot send.
        return dispatch(request, body.body as Body)
      case "FormData": {
        // undici encodes only the FormData of its own package; Node encodes the global one and returns the boundary.
        const encoded = new Response(body.formData)
        const contentType = encoded.headers.get("content-type") ?? ""
        return Effect.flatMap(
          Effect.promise(() => encoded.arrayBuffer()),
          (bytes) => dispatch(HttpClientRequest.setHeader(request, "content-type", contentType), new Uint8Array(bytes)),
        )
      }
      case "Stream":
        return Effect.flatMap(NodeStream.toReadable(body.stream), (readable) => {
          // The failure propagates to the caller through the dispatcher; without a listener it would also end the
          // process.
          readable.on("error", () => {})
          return Effect.onError(dispatch(request, readable), () => Effect.sync(() => readable.destroy()))
        })
    }
  })
  return Tls.passOn(dispatcher, client)
}

/**
 * `make` with the dispatcher of the context (`NodeHttpClient.Dispatcher`): an agent with its own pool sizes, a mock, the
 * proxies of `NodeNetwork` (undici's `ProxyAgent` would show a proxy what goes to an `http://` address).
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWithoutDispatcher: Layer.Layer<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> =
  Layer.effect(HttpClient.HttpClient, Effect.map(NodeHttpClient.Dispatcher, make))

/**
 * `make` with its own undici `Agent`. Its sockets are closed with the Layer, including those that are still connecting.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.scoped(
  HttpClient.HttpClient,
  // Not a separate Layer: a memo map that holds the agent can be printed, and the agent holds the requests in flight.
  Effect.map(makeAgent, make),
)
