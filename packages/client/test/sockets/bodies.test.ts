// How much of an answer is read, and what becomes of the rest.

import * as Http from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { gzipSync } from "node:zlib"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient, type TileDBError, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { id, user } from "../support/documented.js"
import { inFull } from "../support/exhaustive.js"
import { usersLayer } from "../support/users.js"

const transports: Record<string, Layer.Layer<HttpClient.HttpClient>> = {
  fetch: FetchHttpClient.layer,
  // The agent of `NodeHttpClient.layer` makes a connection for every request, whoever asks.
  "node:http": Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer({ keepAlive: true })),
  undici: NodeHttpClient.layerUndici,
  NodeTransport: NodeTransport.layer,
  FetchTransport: FetchTransport.layer,
}

/** A server on loopback that counts its connections. */
const server = (answer: Http.RequestListener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly server: Http.Server; readonly sockets: Array<Socket> }>((resume) => {
        const sockets: Array<Socket> = []
        const server = Http.createServer((request, response) => {
          request.resume()
          request.on("end", () => answer(request, response))
        })
        server.on("connection", (socket) => sockets.push(socket))
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets })))
      }),
      ({ server }) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        }),
    ),
    ({ server, sockets }) => ({
      sockets,
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4`,
    }),
  )

const usersAt = (transport: Layer.Layer<HttpClient.HttpClient>, options: TileDBClient.Options) =>
  Effect.map(
    Layer.build(Layer.provide(usersLayer({ retryPolicy: RetryPolicy.none, ...options }), transport)),
    Context.get(Users.Users),
  )

/** The user as JSON of exactly this many bytes. */
const padded = (bytes: number) => {
  const json = JSON.stringify({ data: { ...user, display_name: "é" } })
  return json + " ".repeat(bytes - Buffer.byteLength(json))
}

const megabyte = 1024 * 1024

const calls = inFull(100, 25)

describe("connections", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`${2 * calls} error responses of 200 KB, one after the other: ${name}`, () =>
      Effect.gen(function* () {
        const text = JSON.stringify({ code: 1, message: "no", request_id: "r", debug: "x".repeat(200_000) })
        const { baseUrl, sockets } = yield* server((request, response) => {
          // Half of them say how long they are.
          const length = sockets.length === 0 || request.url?.includes("self") ? {} : { "content-length": text.length }
          response.writeHead(500, { "content-type": "application/json", ...length }).end(text)
        })
        const users = yield* usersAt(transport, { baseUrl })
        for (let call = 0; call < calls; call++) {
          assert.deepInclude(yield* Effect.flip(users.getSelfUser), {
            status: 500,
            serviceMessage: "no",
            requestId: "r",
          })
          assert.deepInclude(yield* Effect.flip(users.deleteUser(id)), { status: 500, serviceMessage: "no" })
        }
        assert.isAtMost(sockets.length, 2)
      }),
    )

    it.scopedLive(`answers whose bodies nobody asked for: ${name}`, () =>
      Effect.gen(function* () {
        const { baseUrl, sockets } = yield* server((request, response) => {
          const moved = request.method === "PATCH" && !request.url?.endsWith("moved")
          response
            .writeHead(moved ? 307 : 200, moved ? { location: "/v4/moved" } : {})
            .end(`{"data":{"x":"${"x".repeat(20_000)}"}}`)
        })
        const users = yield* usersAt(transport, { baseUrl })
        for (let call = 0; call < 20; call++) {
          yield* users.requestPasswordReset({ username_or_email: "ada" })
          yield* users.updateUser(id, { display_name: "Ada" })
          yield* users.deleteUser(id)
        }
        assert.isAtMost(sockets.length, 2)
      }),
    )

    it.scopedLive(`a body over the cap gives its connection up: ${name}`, () =>
      Effect.gen(function* () {
        const closed: Array<Socket> = []
        const { baseUrl } = yield* server((request, response) => {
          request.socket.once("close", () => closed.push(request.socket))
          response.writeHead(request.method === "GET" ? 200 : 500)
          const more = () => {
            while (response.write("x".repeat(65_536))) if (response.destroyed) return
            response.once("drain", more)
          }
          more()
        })
        const users = yield* usersAt(transport, { baseUrl })
        assert.deepInclude(yield* Effect.flip(users.getSelfUser), { _tag: "TransportError", reason: "BodyTooLarge" })
        assert.deepInclude(yield* Effect.flip(users.deleteUser(id)), { _tag: "ApiError", status: 500 })
        yield* users.getUser(id).pipe(Effect.ignore)
        // It ends when all three are closed. (undici opens another one each time, to have it at hand.)
        while (closed.length < 3) yield* Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
      }),
    )
  }
})

describe("the cap", () => {
  for (const [name, transport] of Object.entries(transports)) {
    for (const chunked of [false, true]) {
      it.scopedLive(`counts bytes${chunked ? ", in chunks that cut characters in two" : ""}: ${name}`, () =>
        Effect.gen(function* () {
          let size = 0
          const { baseUrl } = yield* server((request, response) => {
            const body = Buffer.from(padded(size))
            const status = request.method === "POST" ? 400 : 200
            if (!chunked) return void response.writeHead(status, { "content-length": body.length }).end(body)
            response.writeHead(status)
            const middle = body.indexOf("é") + 1
            response.write(body.subarray(0, middle))
            setImmediate(() => response.end(body.subarray(middle)))
          })
          const byDefault = yield* usersAt(transport, { baseUrl })
          size = megabyte
          assert.strictEqual((yield* byDefault.getUser(id)).display_name, "é")
          size = megabyte + 1
          assert.deepInclude(yield* Effect.flip(byDefault.getUser(id)), {
            _tag: "TransportError",
            reason: "BodyTooLarge",
            outcome: "Unknown",
          })
          // An error that is too long is an error still.
          assert.deepInclude(yield* Effect.flip(byDefault.requestPasswordReset({ username_or_email: "ada" })), {
            _tag: "ApiError",
            status: 400,
          })
          const narrow = yield* usersAt(transport, { baseUrl, maxBodyBytes: 1000 })
          size = 1000
          assert.strictEqual((yield* narrow.getUser(id)).display_name, "é")
          size = 1001
          assert.deepInclude(yield* Effect.flip(narrow.getUser(id)), { reason: "BodyTooLarge" })
        }),
      )
    }
  }

  it.scopedLive("is a whole number above 0", () =>
    Effect.gen(function* () {
      for (const maxBodyBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = yield* Effect.flip(usersAt(FetchHttpClient.layer, { maxBodyBytes }))
        assert.include(String(error), "maxBodyBytes")
      }
    }),
  )

  /** A transport whose header says one thing and whose body is another. */
  const lying = (headers: Record<string, string>, pulled: { bytes: number }) =>
    HttpClient.make((request) =>
      Effect.sync(() => {
        const body = new ReadableStream<Uint8Array>({
          pull: (controller) => {
            if (pulled.bytes >= 8 * megabyte) return controller.close()
            pulled.bytes += 65_536
            controller.enqueue(new Uint8Array(65_536).fill(32))
          },
        })
        return HttpClientResponse.fromWeb(request, new Response(body, { headers }))
      }),
    )

  it.scopedLive("does not take a transport's word for the length", () =>
    Effect.gen(function* () {
      for (const length of ["5", "0", "", "-1", "1e3", "0x10", " 5 "]) {
        const users = yield* usersAt(
          Layer.succeed(HttpClient.HttpClient, lying({ "content-length": length }, { bytes: 0 })),
          {},
        )
        assert.deepInclude(yield* Effect.flip(users.getUser(id)), { reason: "BodyTooLarge" }, length)
      }
    }),
  )

  for (const scope of ["window", "WorkerGlobalScope"]) {
    it.scopedLive(`counts in a browser, where a compressed body may look like a short one: ${scope}`, () =>
      Effect.gen(function* () {
        const pulled = { bytes: 0 }
        yield* Effect.acquireRelease(
          Effect.sync(() => Reflect.set(globalThis, scope, {})),
          () => Effect.sync(() => Reflect.deleteProperty(globalThis, scope)),
        )
        const client = lying({ "content-length": "5" }, pulled)
        const users = yield* usersAt(Layer.succeed(HttpClient.HttpClient, client), {})
        assert.deepInclude(yield* Effect.flip(users.getUser(id)), { reason: "BodyTooLarge" })
        assert.isBelow(pulled.bytes, 2 * megabyte)
      }),
    )
  }
})

describe("a bomb: 65 KB that decompress to 64 MB", () => {
  const bomb = gzipSync(Buffer.alloc(64 * megabyte, " "))

  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* server((request, response) => {
          const status = request.method === "GET" ? 200 : 500
          response.writeHead(status, { "content-encoding": "gzip", "content-length": bomb.length }).end(bomb)
        })
        const users = yield* usersAt(transport, { baseUrl })
        const call: Effect.Effect<unknown, TileDBError.TileDBError> = users.getSelfUser
        yield* Effect.flip(call)
        globalThis.gc?.()
        const before = process.memoryUsage()
        let peak = 0
        let buffers = 0
        const timer = setInterval(() => {
          const now = process.memoryUsage()
          peak = Math.max(peak, now.rss - before.rss)
          buffers = Math.max(buffers, now.arrayBuffers - before.arrayBuffers)
        }, 1)
        for (let times = 0; times < 10; times++) {
          const error = yield* Effect.flip(call)
          assert.deepInclude(error, { _tag: "TransportError", reason: "BodyTooLarge" })
          const failed = yield* Effect.flip(
            users.resetPassword(Redacted.make("t"), { new_password: Redacted.make("p") }),
          )
          assert.deepInclude(failed, { _tag: "ApiError", status: 500 })
        }
        clearInterval(timer)
        // Unfolded, twenty of them would be 1,280 MB, and a single one 64.
        assert.isBelow(buffers / megabyte, 32)
        assert.isBelow(peak / megabyte, 64)
      }),
    )
  }
})

describe("a success with a million things wrong", () => {
  const answering = (body: string) =>
    Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request) => Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(body)))),
    )
  const wrong = (workspaces: number) => `{"data":{"user":{},"workspaces":[${"{},".repeat(workspaces)}{}]}}`

  it.scopedLive("is reported in a few words, at once", () =>
    Effect.gen(function* () {
      const users = yield* usersAt(answering(wrong(349_000)), {})
      const before = process.memoryUsage().rss
      const error = yield* Effect.flip(users.getSelfUser)
      assert.deepInclude(error, { _tag: "DecodeError", reason: "Schema" })
      assert.isAtMost(error._tag === "DecodeError" ? error.issues.length : Number.NaN, 20)
      assert.isBelow(JSON.stringify(error).length, 5000)
      // Each of them as an object would be 1.5 GB.
      assert.isBelow((process.memoryUsage().rss - before) / megabyte, 300)
    }),
  )

  it.scopedLive("of a short one more is told than the first", () =>
    Effect.gen(function* () {
      const users = yield* usersAt(answering(wrong(0)), {})
      const error = yield* Effect.flip(users.getSelfUser)
      const paths = error._tag === "DecodeError" ? error.issues.map(({ path }) => path) : []
      assert.includeMembers(paths, ["data.user.id", "data.user.email", "data.workspaces[0].name"])
    }),
  )
})
