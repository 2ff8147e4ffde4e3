// a TLS handshake that fails has sent nothing, whatever the code of its error; the same error on a socket that has carried the
// request says nothing of the kind. On every transport, against real sockets.
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Tls from "node:tls"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBError, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { certificates, listening, portOf } from "../support/tlsWorld.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

const create = (
  transport: Layer.Layer<HttpClient.HttpClient>,
  port: number,
  policy: Parameters<typeof RetryPolicy.make>[0] = {},
) =>
  Effect.flatMap(Users.Users, (users) =>
    Effect.flip(
      users.createUser({ username: "ada", email: "ada@example.com", password: Redacted.make("a password of hers") }),
    ),
  ).pipe(
    Effect.provide(
      usersLayer({
        baseUrl: `https://127.0.0.1:${port}/v4`,
        credentials: Credentials.apiKey(Redacted.make("a-key")),
        retryPolicy: RetryPolicy.make({ attempts: 3, baseDelay: 0, ...policy }),
      }).pipe(Layer.provide(transport)),
    ),
    Logger.withMinimumLogLevel(LogLevel.None),
    Effect.filterOrFail((error) => error instanceof TileDBError.TransportError),
  )

/** What a server does with the first bytes of a handshake. */
const raw = (behave: (socket: Net.Socket) => void) =>
  Net.createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => behave(socket))
  })

const handshakeFailure = Buffer.from("15030300020228", "hex")

interface Files {
  readonly cert: Buffer
  readonly key: Buffer
}

interface Case {
  readonly server: (files: Files, arrived: Array<string>) => Net.Server
  readonly attempts: number
  readonly says: RegExp
}

const cases: Record<string, Case> = {
  "a port that speaks plain HTTP": {
    server: (_, arrived) => Http.createServer((request) => arrived.push(String(request.url))),
    attempts: 1,
    says: /\((?:EPROTO|ERR_SSL_WRONG_VERSION_NUMBER)\); nothing was done; the port does not speak TLS/,
  },
  "a handshake that is refused": {
    server: () => raw((socket) => socket.end(handshakeFailure)),
    attempts: 1,
    says: /\((?:EPROTO|ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE)\); nothing was done/,
  },
  "a version of TLS that is too old": {
    server: (files, arrived) =>
      Tls.createServer(
        { ...files, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
        (socket) => socket.on("data", (bytes) => arrived.push(bytes.toString())),
      ),
    attempts: 1,
    says: /\((?:EPROTO|ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)\); nothing was done/,
  },
  "a certificate that is refused": {
    server: (files, arrived) =>
      Tls.createServer(files, (socket) => {
        socket.on("error", () => {})
        socket.on("data", (bytes) => arrived.push(bytes.toString()))
      }),
    attempts: 1,
    says: /\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); nothing was done; the certificate is not trusted: set TILEDB_SSL_CA_FILE \(NodeNetwork\) or NODE_EXTRA_CA_CERTS/,
  },
  "a socket that is closed in the handshake": {
    server: () => raw((socket) => socket.end()),
    attempts: 3,
    says: /could not connect \(ECONNRESET\); nothing was done; gave up after 3 attempts/,
  },
  "a socket that is reset in the handshake": {
    server: () => raw((socket) => socket.resetAndDestroy()),
    attempts: 3,
    says: /could not connect \(ECONNRESET\); nothing was done; gave up after 3 attempts/,
  },
}

const files = Effect.map(certificates, ({ at }) => ({
  cert: Fs.readFileSync(at("server.pem")),
  key: Fs.readFileSync(at("server.key")),
}))

/** Certificates are not verified until the scope closes. */
const trusting = Effect.acquireRelease(
  Effect.sync(() => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
    // Node warns of it in each process, which is not for whoever runs the tests.
    const warn = process.emitWarning
    process.emitWarning = () => {}
    return { before, warn }
  }),
  ({ before, warn }) =>
    Effect.sync(() => {
      process.emitWarning = warn
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }),
)

describe("a TLS handshake that fails", () => {
  for (const [name, transport] of Object.entries(transports)) {
    for (const [what, { attempts, says, server }] of Object.entries(cases)) {
      it.scopedLive(`${name}: ${what} is NotSent, and ${attempts === 1 ? "not " : ""}repeated`, () =>
        Effect.gen(function* () {
          if (what.includes("version")) yield* trusting
          const arrived: Array<string> = []
          const listens = yield* listening(server(yield* files, arrived))
          const error = yield* create(transport, portOf(listens))
          assert.strictEqual(error.reason, "ConnectionFailed")
          assert.strictEqual(error.outcome, "NotSent")
          assert.strictEqual(error.attempts.length, attempts)
          assert.match(error.message, says)
          assert.deepStrictEqual(arrived, [])
        }),
      )
    }
  }
})

/** Passes bytes on until the service has had a request, and then writes what is no TLS to the client. */
const breakingAfterTheRequest = (files: Files) =>
  Effect.gen(function* () {
    const requests: Array<string> = []
    let toClient: Net.Socket | undefined
    const service = yield* listening(
      Tls.createServer(files, (socket) => {
        socket.on("error", () => {})
        socket.once("data", (bytes) => {
          requests.push(bytes.toString().slice(0, 14))
          toClient?.end("HTTP/1.1 400 Bad Request\r\n\r\n")
        })
      }),
    )
    const relay = yield* listening(
      Net.createServer((client) => {
        const upstream = Net.connect(portOf(service), "127.0.0.1")
        for (const socket of [client, upstream]) socket.on("error", () => {})
        toClient = client
        client.pipe(upstream)
        upstream.on("data", (bytes) => client.writable && client.write(bytes))
        client.on("close", () => upstream.destroy())
      }),
    )
    return { port: portOf(relay), requests }
  })

describe("TLS that breaks after it has carried the request", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`${name}: bytes that are no TLS leave it Unknown`, () =>
      Effect.gen(function* () {
        yield* trusting
        const { port, requests } = yield* breakingAfterTheRequest(yield* files)
        // undici does not tell of it until the socket closes.
        const error = yield* create(transport, port, { attemptTimeout: "2 seconds" })
        assert.deepStrictEqual(requests, ["POST /v4/users"])
        assert.strictEqual(error.outcome, "Unknown")
        assert.notStrictEqual(error.reason, "ConnectionFailed")
      }),
    )

    it.scopedLive(`${name}: a client certificate that is missed once the request is under way leaves it Unknown`, () =>
      Effect.gen(function* () {
        yield* trusting
        const server = Tls.createServer({ ...(yield* files), requestCert: true, rejectUnauthorized: true })
        server.on("tlsClientError", () => {})
        const error = yield* create(transport, portOf(yield* listening(server)))
        assert.strictEqual(error.outcome, "Unknown")
        assert.strictEqual(error.reason, "ConnectionLost")
      }),
    )
  }
})

describe("a handshake that never ends, over NodeTransport", () => {
  /** A server that says nothing; `connected` and `closed` are told of the first connection. */
  const silent = Effect.gen(function* () {
    const connected = yield* Deferred.make<void>()
    const closed = yield* Deferred.make<void>()
    const server = Net.createServer((socket) => {
      socket.on("error", () => {})
      socket.on("close", () => Deferred.unsafeDone(closed, Effect.void))
      socket.once("data", () => Deferred.unsafeDone(connected, Effect.void))
    })
    return { port: portOf(yield* listening(server)), connected, closed }
  })

  it.scopedLive("ends with the attempt, which has sent nothing", () =>
    Effect.gen(function* () {
      const { closed, port } = yield* silent
      const error = yield* create(NodeTransport.layer, port, { attempts: 1, attemptTimeout: "300 millis" })
      assert.strictEqual(error.reason, "Timeout")
      assert.strictEqual(error.outcome, "NotSent")
      yield* Effect.timeout(Deferred.await(closed), "2 seconds")
    }),
  )

  it.scopedLive("ends when the call is interrupted", () =>
    Effect.gen(function* () {
      const { closed, connected, port } = yield* silent
      const transport = yield* Layer.build(NodeTransport.layer)
      const call = create(Layer.succeedContext(transport), port, { attemptTimeout: "1 minute" })
      yield* Effect.raceFirst(call, Deferred.await(connected))
      yield* Effect.timeout(Deferred.await(closed), "2 seconds")
    }),
  )

  it.scopedLive("ends with the Layer", () =>
    Effect.gen(function* () {
      const { closed, connected, port } = yield* silent
      const scope = yield* Scope.make()
      const transport = yield* Layer.buildWithScope(NodeTransport.layer, scope)
      const call = create(Layer.succeedContext(transport), port, { attemptTimeout: "1 minute" })
      const under = yield* Effect.fork(call)
      yield* Deferred.await(connected)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.timeout(Deferred.await(closed), "2 seconds")
      const error = yield* Effect.timeout(under, "2 seconds")
      assert.strictEqual(error.outcome, "NotSent")
    }),
  )
})
