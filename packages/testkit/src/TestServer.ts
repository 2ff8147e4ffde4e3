/**
 * The deployment as a real server on the loopback interface, for any HTTP client in any language, browsers included.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import { TestServer } from "@effect-tiledb/testkit"
 * import { Effect, Layer } from "effect"
 *
 * const UsersOverHttp = Layer.unwrapEffect(
 *   Effect.map(TestServer.TestServer, ({ apiKey, baseUrl }) =>
 *     Users.layer({ baseUrl, credentials: Credentials.apiKey(apiKey) }),
 *   ),
 * ).pipe(Layer.provide(FetchHttpClient.layer), Layer.provideMerge(TestServer.layer()))
 *
 * @since 0.1.0
 */
import * as Http from "node:http"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type { UserId } from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Deployment from "./Deployment.js"
import type { Faults } from "./Faults.js"
import { type Core, exchange, type Reply } from "./internal/core.js"
import { Failure } from "./internal/failure.js"
import { deliver, handleOddities, readBody, stop } from "./internal/listener.js"
import * as MailboxPage from "./internal/mailboxPage.js"
import { basePath, failureResponse } from "./internal/wire.js"
import type { Journal } from "./Journal.js"
import type { Mailbox } from "./Mailbox.js"

/**
 * Where the server is and how to get in. `baseUrl` ends in `/v4`; `GET mailboxUrl?to=…&kind=confirm_email|password_reset`
 * answers the newest token as text (404 while there is none); `apiKey` and `userId` are the seeded owner's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly baseUrl: string
  readonly mailboxUrl: string
  readonly apiKey: Redacted.Redacted<string>
  readonly userId: UserId
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestServer extends Context.Tag("@effect-tiledb/testkit/TestServer")<TestServer, Service>() {}

/**
 * The port on 127.0.0.1; by default one that is free.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  readonly port?: number
}

const reply = (core: Core, incoming: Http.IncomingMessage): Effect.Effect<Reply> => {
  const { method = "GET", url: target = "/", headers } = incoming
  if (headers.host === undefined && incoming.httpVersion === "1.1") {
    const failure = new Failure("malformedHttp", core.machine.state.random.requestId())
    return Effect.succeed({ _tag: "Response", response: failureResponse(failure) })
  }
  if (MailboxPage.isAt(target)) {
    return Effect.sync(() => ({ _tag: "Response", response: MailboxPage.answer(core.machine, method, target) }))
  }
  return Effect.flatMap(readBody(incoming), (body) =>
    exchange(core, {
      method,
      target,
      // Only Set-Cookie comes as a list, and nobody sends that.
      headers: headers as Readonly<Record<string, string | undefined>>,
      body,
    }),
  )
}

const app = (core: Core) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const outgoing = NodeHttpServerRequest.toServerResponse(request)
    // The time on the wire is the deployment's, or none.
    outgoing.sendDate = false
    return reply(core, NodeHttpServerRequest.toIncomingMessage(request)).pipe(
      Effect.flatMap((reply) => {
        if (reply._tag === "Response" && reply.response.status === 413) outgoing.shouldKeepAlive = false
        return deliver(outgoing, reply)
      }),
      // All has been written; this is only what the platform wants to hear.
      Effect.as(HttpServerResponse.empty()),
    )
  })

/**
 * Starts the server; closing the scope stops it: it takes no more connections, and calls under way get to their end.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Service, HttpServerError.ServeError, Deployment.Deployment | Scope.Scope> =>
  Effect.gen(function* () {
    const deployment = yield* Deployment.Deployment
    const core = deployment[Deployment.CoreId]
    const node = Http.createServer({ requireHostHeader: false })
    handleOddities(node, core.machine.state.random.requestId)
    const server = yield* NodeHttpServer.make(() => node, { host: "127.0.0.1", port: options.port ?? 0 })
    yield* Effect.locally(server.serve(app(core)), HttpMiddleware.currentTracerDisabledWhen, constTrue)
    // Without a listener, Node takes a request to upgrade for the plain request it also is.
    node.removeAllListeners("upgrade")
    yield* Effect.addFinalizer(() => stop(node))
    const origin = `http://127.0.0.1:${server.address._tag === "TcpAddress" ? server.address.port : 0}`
    return {
      baseUrl: origin + basePath,
      mailboxUrl: origin + MailboxPage.path,
      apiKey: deployment.apiKey,
      userId: deployment.ownerId,
    }
  })

/**
 * `make` as a Layer, for several faces over one deployment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployment = (
  options: Options = {},
): Layer.Layer<TestServer, HttpServerError.ServeError, Deployment.Deployment> => Layer.scoped(TestServer, make(options))

/**
 * A server over a deployment of its own, with what it takes to look inside.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & Deployment.Options = {},
): Layer.Layer<TestServer | Deployment.Deployment | Faults | Journal | Mailbox, HttpServerError.ServeError> =>
  Layer.provideMerge(layerDeployment(options), Deployment.layer(options))
