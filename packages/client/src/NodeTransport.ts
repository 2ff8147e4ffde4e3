/**
 * A lean `HttpClient` for Node.
 *
 * @example
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
 * import { Layer, Redacted } from "effect"
 *
 * const UsersLive = Users.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) }).pipe(
 *   Layer.provide(NodeTransport.layer),
 * )
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { Dispatcher } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as AbortTimer from "./internal/abortTimer.js"
import { dispatching } from "./internal/node/connections.js"
import { makeAgent } from "./internal/node/dispatcher.js"
import { Exchange } from "./internal/node/exchange.js"
import { makeTarget } from "./internal/node/target.js"
import { checkUndici } from "./internal/node/undici.js"
import { quietMark } from "./internal/quiet.js"
import { TransportResponse } from "./internal/transportResponse.js"
import * as Unconnected from "./internal/unconnected.js"

type Body = NonNullable<Dispatcher.DispatchOptions["body"]> | null

/** A dispatcher that has been closed tells it of requests under way, and of those that it does not begin. */
const isClosed = (error: unknown): boolean =>
  Predicate.hasProperty(error, "code") && (error.code === "UND_ERR_DESTROYED" || error.code === "UND_ERR_CLOSED")

/** Keeps undici's redirect interceptor, should the dispatcher have one, from following. */
interface RedirectOptions {
  readonly maxRedirections: 0
}

/**
 * An `HttpClient` over undici's `dispatch`: what undici's `request` and the platform's client add to it (a Node stream, an
 * `AbortController`, a span, a `URL`) is left out. It follows no redirects, decompresses nothing, sends no header of its
 * own and has no timeouts: whoever calls decides. Interrupting a call, or leaving a body half read, closes its socket, or
 * resets its stream where the dispatcher speaks HTTP/2. Throws on Bun, which has no undici; there `FetchTransport` is the
 * transport.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (dispatcher: Dispatcher): HttpClient.HttpClient => {
  checkUndici()
  const targetOf = makeTarget()

  const dispatch = (
    request: HttpClientRequest.HttpClientRequest,
    body: Body,
  ): Effect.Effect<HttpClientResponse, RequestError> => {
    const target = targetOf(request)
    if (Either.isLeft(target)) {
      return Effect.fail(new RequestError({ request, reason: "InvalidUrl", cause: target.left }))
    }
    const { origin, path } = target.right
    return Effect.async<HttpClientResponse, RequestError>((resume) => {
      const exchange = new Exchange(
        () =>
          resume(
            Effect.sync(() => {
              const response = new TransportResponse(request, exchange)
              // This runs a moment later, when a short body is here too: it came in the same packet as the head.
              exchange.watch(response)
              return response
            }),
          ),
        (error) => {
          const cause = !exchange.started && isClosed(error) ? Unconnected.unsent(error) : error
          resume(Effect.fail(new RequestError({ request, reason: "Transport", cause })))
        },
        AbortTimer.of(request),
      )
      exchange.startTimer()
      // One literal: spreading a shared part into it costs undici's constructor a quarter of the whole request.
      const options: Dispatcher.DispatchOptions & RedirectOptions = {
        origin,
        path,
        method: request.method,
        headers: request.headers,
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
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
      return Effect.sync(() => exchange.abort())
    })
  }

  const send = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<HttpClientResponse, RequestError> => {
    const { body } = request
    switch (body._tag) {
      case "Empty":
        return dispatch(request, null)
      case "Uint8Array":
        return dispatch(request, body.body)
      case "Raw":
        // Whatever the caller made it of: undici refuses what it cannot send.
        return dispatch(request, body.body as Body)
      case "FormData": {
        // undici encodes only the FormData of its own package; Node encodes the global one, and knows the boundary.
        const encoded = new Response(body.formData)
        const contentType = encoded.headers.get("content-type") ?? ""
        return Effect.flatMap(
          Effect.promise(() => encoded.arrayBuffer()),
          (bytes) => dispatch(HttpClientRequest.setHeader(request, "content-type", contentType), new Uint8Array(bytes)),
        )
      }
      case "Stream":
        return Effect.flatMap(NodeStream.toReadable(body.stream), (readable) => {
          // The failure reaches the caller through the dispatcher; without a listener it would also end the process.
          readable.on("error", () => {})
          return Effect.onError(dispatch(request, readable), () => Effect.sync(() => readable.destroy()))
        })
    }
  }

  const client = HttpClient.makeWith(
    (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) => Effect.flatMap(request, send),
    Effect.succeed,
  )
  return Object.assign(client, { [quietMark]: true })
}

/**
 * `make` with the dispatcher of the context (`NodeHttpClient.Dispatcher`): an agent with its own pool sizes, a proxy, a
 * mock.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWithoutDispatcher: Layer.Layer<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> =
  Layer.effect(HttpClient.HttpClient, Effect.map(NodeHttpClient.Dispatcher, make))

/**
 * `make` with an undici `Agent` of its own, whose sockets are closed with the Layer, those of connections under way included.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.scoped(
  HttpClient.HttpClient,
  // Not a Layer of its own: a memo map that holds the agent can be printed, and the agent holds the requests under way.
  Effect.map(makeAgent, make),
)
