// A sample of the matrix over real sockets, on every transport: what their errors say is not what the tests made up.
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Canary } from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { calls, canary, echo, echoHtml, schemes } from "../support/canaryWorld.js"
import { inFull } from "../support/exhaustive.js"
import { usersLayer, usersLayerFetch } from "../support/users.js"

type Behaviour = (told: HttpClientRequest.HttpClientRequest, response: Http.ServerResponse) => void

const behaviours: Record<string, Behaviour> = {
  "400 that repeats the request": (told, response) => response.writeHead(400).end(echo(told)),
  "502 in HTML that repeats the request": (told, response) => response.writeHead(502).end(echoHtml(told)),
  "a status line that repeats the request": (told, response) =>
    response.writeHead(500, String(told.headers["x-tiledb-rest-api-key"] ?? told.headers.authorization), {}).end(),
  "success that is not what it should be": (told, response) => response.writeHead(200).end(echo(told)),
  "more than the cap": (told, response) => response.writeHead(500).end(echo(told) + " ".repeat(2 * 1024 * 1024)),
  "a redirect elsewhere": (_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/v4" }).end(),
  "no answer": (_, response) => response.socket?.resetAndDestroy(),
  "half an answer": (told, response) => {
    response.writeHead(400, { "content-length": 1_000_000 })
    response.write(echo(told), () => response.socket?.resetAndDestroy())
  },
  "what is no HTTP": (told, response) => response.socket?.end(`${echo(told)}\r\n\r\n`),
  "a header that cannot be read": (told, response) =>
    response.socket?.end(`HTTP/1.1 400 Bad\r\nx-echo\0: ${told.headers["x-tiledb-rest-api-key"]}\r\n\r\n${echo(told)}`),
}

const server = (behave: Behaviour) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            const body = Buffer.concat(chunks).toString()
            const headers = Object.fromEntries(
              Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
            )
            behave(
              HttpClientRequest.make("POST")(`http://127.0.0.1${request.url}`, {
                headers,
                body: body === "" ? HttpBody.empty : HttpBody.text(body, "application/json"),
              }),
              response,
            )
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        }),
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4`,
  )

const over = (transport: Layer.Layer<HttpClient.HttpClient>) => (options: TileDBClient.Options) =>
  Layer.provide(usersLayer(options), transport)

const transports = {
  fetch: over(FetchHttpClient.layer),
  "node:http": over(NodeHttpClient.layer),
  undici: over(NodeHttpClient.layerUndici),
  NodeTransport: over(NodeTransport.layer),
  FetchTransport: over(FetchTransport.layer),
  layerFetch: usersLayerFetch,
}

const retryPolicy = RetryPolicy.make({ attempts: 2, baseDelay: 0, attemptTimeout: "5 seconds" })

describe("no secret reaches any sink, over real sockets", () => {
  for (const [number, [name, transport]] of Object.entries(transports).entries()) {
    for (const [index, [what, behave]] of Object.entries(behaviours).entries()) {
      // By default each happens over two of the six transports.
      if (!inFull(true, (index + number) % 3 === 0)) continue
      it.scopedLive(`${name}: ${what}`, () =>
        Effect.gen(function* () {
          const baseUrl = yield* server(behave)
          for (const credentials of [schemes["API key"], schemes.Basic]) {
            const users = Context.get(yield* Layer.build(transport({ baseUrl, credentials, retryPolicy })), Users.Users)
            for (const { call } of [calls.changePassword, calls.getSelfUser, calls.resetPassword]) {
              const exit = yield* Canary.assertNoLeak(call(users), canary)
              if (what !== "success that is not what it should be") assert.isTrue(Exit.isFailure(exit))
            }
          }
        }),
      )
    }

    it.scopedLive(`${name}: nobody listens`, () =>
      Effect.gen(function* () {
        const baseUrl = yield* Effect.scoped(server(() => {}))
        const users = Context.get(
          yield* Layer.build(transport({ baseUrl, credentials: schemes.Basic, retryPolicy })),
          Users.Users,
        )
        for (const { call } of Object.values(calls)) {
          assert.isTrue(Exit.isFailure(yield* Canary.assertNoLeak(call(users), canary)))
        }
      }),
    )
  }
})
