import { randomBytes, timingSafeEqual } from "node:crypto"
import * as Http from "node:http"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { isTooDeep } from "../api/requestBody.js"
import { authoritiesOf, isKnownHost, repeatsHeader } from "../server/guard.js"
import { stop } from "../server/listener.js"
import { Authorization, ControlUnauthorized } from "./api.js"
import * as Handlers from "./handlers.js"

const refuse = (message: string) => HttpServerResponse.unsafeJson({ _tag: "ControlRefused", message }, { status: 403 })

/**
 * Refuses, before the body is read, a request that may come from a page in a browser: one with a `Host` that is not
 * loopback (DNS rebinding), or one that a browser marks as not typed by its user. No other program sends these headers.
 */
const guard = HttpMiddleware.make((app) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const incoming = NodeHttpServerRequest.toIncomingMessage(request)
    const { origin, "sec-fetch-site": site = "none" } = incoming.headers
    const authorities = authoritiesOf(incoming)
    if (repeatsHeader(incoming) || authorities.length === 0 || !authorities.every((one) => isKnownHost(one))) {
      return Effect.succeed(refuse("The Host header is not that of this server: write 127.0.0.1, [::1] or localhost"))
    }
    return origin !== undefined || site !== "none"
      ? Effect.succeed(refuse("Pages in a browser cannot use the control port"))
      : app
  }),
)

const malformed = (message: string) =>
  Effect.fail(new HttpApiDecodeError({ message, issues: [{ _tag: "Type", path: [], message }] }))

const readable = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ json }) =>
  Effect.matchEffect(json, {
    onFailure: () => malformed("The body is not JSON"),
    onSuccess: (body) => (isTooDeep(body) ? malformed("The body is nested too deep") : Effect.void),
  }),
)

const authorization = (token: string) => {
  const wanted = Buffer.from(token)
  const message = "Send the controlToken that the server printed: Authorization: Bearer <token>"
  return Authorization.of({
    token: (given) => {
      const sent = Buffer.from(Redacted.value(given))
      return sent.length === wanted.length && timingSafeEqual(sent, wanted)
        ? readable
        : Effect.fail(new ControlUnauthorized({ message }))
    },
  })
}

/** Serves the control API on 127.0.0.1, and passes its URL and token to `use`. */
export const serve = <A>(port: number, use: (url: string, token: string) => Layer.Layer<A>) => {
  const token = randomBytes(24).toString("base64url")
  const node = Http.createServer()
  const where = Layer.unwrapEffect(HttpServer.addressFormattedWith((url) => Effect.succeed(use(url, token))))
  const api = Layer.merge(
    HttpApiBuilder.serve((app) => Effect.locally(guard(app), HttpMiddleware.currentTracerDisabledWhen, constTrue)),
    Layer.scopedDiscard(Effect.addFinalizer(() => stop(node))),
  ).pipe(
    Layer.provide(HttpApiBuilder.middlewareOpenApi()),
    Layer.provide(Handlers.layer),
    Layer.provide(Layer.succeed(Authorization, authorization(token))),
  )
  return Layer.provide(
    Layer.merge(where, api),
    NodeHttpServer.layer(() => node, { host: "127.0.0.1", port }),
  )
}
