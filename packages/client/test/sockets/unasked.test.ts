// What no request has asked for, and what no request could be sent for: an upgrade, and a port that fetch refuses.
import * as Net from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { listening, portOf } from "../support/tlsWorld.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

const usersAt = (baseUrl: string, transport: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.provide(
    usersLayer({
      baseUrl,
      credentials: Credentials.apiKey(Redacted.make("a-key")),
      retryPolicy: RetryPolicy.make({ attempts: 1, attemptTimeout: "5 seconds" }),
    }),
    transport,
  )

const heads: Record<string, string> = {
  "an upgrade": "Connection: Upgrade\r\nUpgrade: websocket\r\n",
  "an upgrade with a body": "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n",
  "no upgrade": "",
}

describe("an unsolicited 101", () => {
  for (const [name, transport] of Object.entries(transports)) {
    for (const [what, head] of Object.entries(heads)) {
      it.scopedLive(`${name}: ${what} leaves no socket open`, () =>
        Effect.gen(function* () {
          const open = new Set<Net.Socket>()
          let calls = 0
          const server = yield* listening(
            Net.createServer((socket) => {
              open.add(socket)
              socket.on("error", () => {})
              socket.on("close", () => open.delete(socket))
              socket.on("data", () => {
                calls++
                socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\nhi`)
              })
            }),
          )
          yield* Effect.addFinalizer(() => Effect.sync(() => Array.from(open, (socket) => socket.destroy())))
          // The Layer is still there when the sockets are counted.
          const context = yield* Layer.build(usersAt(`http://127.0.0.1:${portOf(server)}/v4`, transport))
          for (let call = 0; call < 5; call++) {
            const error = yield* Effect.flip(
              Effect.provide(
                Effect.flatMap(Users.Users, (_) => _.getSelfUser),
                context,
              ),
            )
            assert.include(["ApiError", "TransportError"], error._tag)
            assert.strictEqual(error.outcome, "Unknown")
          }
          assert.strictEqual(calls, 5)
          // undici has one at hand that has carried nothing, at most.
          const gone = Effect.suspend(() =>
            open.size <= 1 ? Effect.void : Effect.fail(`${open.size} sockets are open`),
          )
          yield* Effect.retry(gone, Schedule.intersect(Schedule.spaced("10 millis"), Schedule.recurs(100)))
        }),
      )
    }
  }
})

describe("a 100 Continue that nobody asked for", () => {
  // undici, which is under Node's fetch too, closes the connection; node:http waits for what follows.
  const waits = new Set(["node:http"])
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`${name}: ${waits.has(name) ? "is skipped" : "leaves it Unknown"}`, () =>
      Effect.gen(function* () {
        const server = yield* listening(
          Net.createServer((socket) => {
            socket.on("error", () => {})
            socket.once("data", () => socket.end("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"))
          }),
        )
        const call = Effect.flatMap(Users.Users, (_) => _.requestPasswordReset({ username_or_email: "ada" }))
        const baseUrl = `http://127.0.0.1:${portOf(server)}/v4`
        const result = yield* Effect.either(Effect.provide(call, usersAt(baseUrl, transport)))
        if (waits.has(name)) assert.strictEqual(result._tag, "Right")
        else {
          assert.deepInclude(result._tag === "Left" ? result.left : {}, {
            reason: "ConnectionLost",
            outcome: "Unknown",
            detail: "UND_ERR_SOCKET",
          })
        }
      }),
    )
  }
})

describe("a status that is none", () => {
  for (const [name, transport] of Object.entries(transports)) {
    for (const status of ["000 OK", "099 No"]) {
      it.scopedLive(`${name}: ${status} leaves it Unknown, and no socket open`, () =>
        Effect.gen(function* () {
          const open = new Set<Net.Socket>()
          const server = yield* listening(
            Net.createServer((socket) => {
              open.add(socket)
              socket.on("error", () => {})
              socket.on("close", () => open.delete(socket))
              socket.once("data", () => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 1000\r\n\r\n{}`))
            }),
          )
          yield* Effect.addFinalizer(() => Effect.sync(() => Array.from(open, (socket) => socket.destroy())))
          const context = yield* Layer.build(usersAt(`http://127.0.0.1:${portOf(server)}/v4`, transport))
          const users = yield* Effect.provide(Users.Users, context)
          for (const call of [users.getSelfUser, users.requestPasswordReset({ username_or_email: "ada" })]) {
            const error = yield* Effect.flip(call)
            assert.deepInclude(error, { _tag: "TransportError", reason: "ConnectionLost", outcome: "Unknown" })
          }
          const gone = Effect.suspend(() =>
            open.size <= 1 ? Effect.void : Effect.fail(`${open.size} sockets are open`),
          )
          yield* Effect.retry(gone, Schedule.intersect(Schedule.spaced("10 millis"), Schedule.recurs(100)))
        }),
      )
    }
  }
})

describe("a port that fetch refuses", () => {
  for (const [name, transport] of Object.entries({
    fetch: FetchHttpClient.layer,
    FetchTransport: FetchTransport.layer,
  })) {
    it.scopedLive(`${name}: is NotSent, named and not repeated`, () =>
      Effect.gen(function* () {
        const call = Effect.flatMap(Users.Users, (_) => _.requestPasswordReset({ username_or_email: "ada" }))
        const error = yield* Effect.flip(Effect.provide(call, usersAt("http://127.0.0.1:6000/v4", transport)))
        assert.deepInclude(error, { _tag: "TransportError", reason: "ConnectionFailed", outcome: "NotSent" })
        assert.match(error.message, /\(BAD_PORT\); nothing was done; fetch refuses this port/)
      }),
    )
  }
})
