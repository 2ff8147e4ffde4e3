import * as Http from "node:http"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import type * as Scope from "effect/Scope"
import type { Backend } from "../deployment/backend.js"
import { Failure } from "../deployment/failure.js"
import { exchange, type Reply } from "./exchange.js"
import { deliver, handleOddities, readBody, stop } from "./listener.js"
import * as MailboxPage from "./mailboxPage.js"
import { failureResponse } from "./wire.js"

const reply = (backend: Backend, incoming: Http.IncomingMessage): Effect.Effect<Reply> => {
  const { method = "GET", url: target = "/", headers } = incoming
  if (headers.host === undefined && incoming.httpVersion === "1.1") {
    const failure = new Failure("malformedHttp", backend.machine.state.random.requestId())
    return Effect.succeed({ _tag: "Response", response: failureResponse(failure) })
  }
  if (MailboxPage.isAt(target)) {
    return Effect.sync(() => ({ _tag: "Response", response: MailboxPage.answer(backend.machine, method, target) }))
  }
  return Effect.flatMap(readBody(incoming), (body) =>
    exchange(backend, {
      method,
      target,
      // Only Set-Cookie comes as a list, and nobody sends that.
      headers: headers as Readonly<Record<string, string | undefined>>,
      body,
    }),
  )
}

const app = (backend: Backend) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const outgoing = NodeHttpServerRequest.toServerResponse(request)
    // The time on the wire is the deployment's, or none.
    outgoing.sendDate = false
    return reply(backend, NodeHttpServerRequest.toIncomingMessage(request)).pipe(
      Effect.flatMap((reply) => {
        if (reply._tag === "Response" && reply.response.status === 413) outgoing.shouldKeepAlive = false
        return deliver(outgoing, reply)
      }),
      // All has been written; this is only what the platform wants to hear.
      Effect.as(HttpServerResponse.empty()),
    )
  })

/** Listens on 127.0.0.1 until the scope closes, and gives the origin. */
export const listen = (
  backend: Backend,
  port: number,
): Effect.Effect<string, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const node = Http.createServer({ requireHostHeader: false })
    handleOddities(node, backend.machine.state.random.requestId)
    const server = yield* NodeHttpServer.make(() => node, { host: "127.0.0.1", port })
    yield* Effect.locally(server.serve(app(backend)), HttpMiddleware.currentTracerDisabledWhen, constTrue)
    // Without a listener, Node takes a request to upgrade for the plain request it also is.
    node.removeAllListeners("upgrade")
    yield* Effect.addFinalizer(() => stop(node))
    return `http://127.0.0.1:${server.address._tag === "TcpAddress" ? server.address.port : 0}`
  })
