import * as Http from "node:http"
import * as Net from "node:net"
import * as Os from "node:os"
import { assert, describe, it } from "@effect/vitest"
import { Deployment, Faults, Journal, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

interface Answer {
  readonly status: number | undefined
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
}

const ask = (url: string, headers: Http.OutgoingHttpHeaders = {}, method = "GET", body = "") =>
  Effect.async<Answer>((resume) => {
    const outgoing = Http.request(url, { agent: false, headers, method }, (incoming) => {
      let text = ""
      incoming.on("data", (chunk) => {
        text += chunk
      })
      // The body may be cut off.
      incoming.on("error", () => {})
      incoming.on("close", () =>
        resume(Effect.succeed({ status: incoming.statusCode, headers: incoming.headers, text })),
      )
    })
    outgoing.end(body)
  })

/** The statuses that lines on a socket are answered with. */
const statuses = (port: number, ...lines: ReadonlyArray<string>) =>
  Effect.async<ReadonlyArray<string>>((resume) => {
    let text = ""
    const socket = Net.connect(port, "127.0.0.1", () =>
      socket.end(`${[...lines, "connection: close"].join("\r\n")}\r\n\r\n`),
    )
    socket.on("data", (chunk) => {
      text += chunk
    })
    socket.on("close", () => resume(Effect.succeed(text.match(/(?<=^HTTP\/1\.1 )\d+/gm) ?? [])))
  })

const here = Effect.map(TestServer.TestServer, (server) => ({
  ...server,
  port: Number(new URL(server.baseUrl).port),
  key: { "x-tiledb-rest-api-key": Redacted.value(server.apiKey) },
  self: `${server.baseUrl}/users/self`,
}))

describe("Host", () => {
  it.live("must be loopback, with any port", () =>
    Effect.gen(function* () {
      const { key, port, self } = yield* here
      const known = ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]", `[::1]:${port}`, `127.0.0.1:${port}`]
      for (const host of known) assert.strictEqual((yield* ask(self, { ...key, host })).status, 200, host)
      const foreign = [
        "evil.example",
        `evil.example:${port}`,
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "evil.example@127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "::1",
        "[::2]",
        "localhost.",
        "localhost:x",
      ]
      for (const host of foreign) {
        const { status, text } = yield* ask(self, { ...key, host })
        assert.strictEqual(status, 403, host)
        assert.include(text, "The Host header is not that of this server")
      }
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("is checked for every path, before anything happens", () =>
    Effect.gen(function* () {
      const { baseUrl, mailboxUrl, openApiUrl } = yield* here
      const d = yield* Deployment.Deployment
      const host = "evil.example"
      for (const url of [mailboxUrl, openApiUrl, `${baseUrl}/nothing`, baseUrl]) {
        assert.strictEqual((yield* ask(url, { host })).status, 403)
      }
      const json = { host, "content-type": "application/json" }
      const body = JSON.stringify({ username: "eve", email: "eve@example.com", password: "p" })
      assert.strictEqual((yield* ask(`${baseUrl}/users`, json, "POST", body)).status, 403)
      assert.strictEqual((yield* ask(`${baseUrl}/users`, json, "OPTIONS")).status, 403)
      assert.strictEqual(yield* d.size, 1)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("may have a listed name, of any port", () =>
    Effect.gen(function* () {
      const { key, self } = yield* here
      for (const host of ["tiledb.test", "TileDB.test:80"]) {
        assert.strictEqual((yield* ask(self, { ...key, host })).status, 200)
      }
      assert.strictEqual((yield* ask(self, { ...key, host: "other.test" })).status, 403)
    }).pipe(Effect.provide(TestServer.layer({ hosts: ["tiledb.test"] }))),
  )

  it.live("counts in a target that is a whole URL too", () =>
    Effect.gen(function* () {
      const { port } = yield* here
      const get = (origin: string) => statuses(port, `GET ${origin}/v4/users/self HTTP/1.1`, "host: localhost")
      assert.deepStrictEqual(yield* get("http://127.0.0.1"), ["401"])
      assert.deepStrictEqual(yield* get("http://evil.example"), ["403"])
      assert.deepStrictEqual(yield* get("http://127.0.0.1@evil.example"), ["403"])
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("two of them, or two Authorizations, are 400", () =>
    Effect.gen(function* () {
      const { port } = yield* here
      const get = (...lines: ReadonlyArray<string>) => statuses(port, "GET /v4/users/self HTTP/1.1", ...lines)
      assert.deepStrictEqual(yield* get("host: localhost", "host: localhost"), ["400"])
      assert.deepStrictEqual(yield* get("host: localhost", "HOST: evil.example"), ["400"])
      const basic = `authorization: Basic ${btoa("owner:pw-owner")}`
      assert.deepStrictEqual(yield* get("host: localhost", basic), ["200"])
      assert.deepStrictEqual(yield* get("host: localhost", basic, basic), ["400"])
      assert.deepStrictEqual(yield* get("host: localhost", basic, "Authorization: Bearer x"), ["400"])
      assert.deepStrictEqual(yield* get(), ["400"])
      assert.deepStrictEqual(yield* get("host:"), ["403"])
    }).pipe(Effect.provide(TestServer.layer())),
  )
})

const granted = ({ headers }: Answer) => Object.keys(headers).filter((name) => name.startsWith("access-control-"))

const preflight = {
  origin: "https://app.example",
  "access-control-request-method": "POST",
  "access-control-request-headers": "content-type",
  "access-control-request-private-network": "true",
}

describe("a request", () => {
  const page = (headers: Http.OutgoingHttpHeaders) => ({ "content-type": "text/plain", ...headers })
  const foreign = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost.evil.example", "sec-fetch-site": "none" },
    { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ]

  it.live("of a page is rejected before it is read, and leaves no trace", () =>
    Effect.gen(function* () {
      const { baseUrl, key, mailboxUrl, openApiUrl, port, self } = yield* here
      const state = (yield* Deployment.Deployment).exportState
      const before = yield* state
      const json = JSON.stringify({ username: "eve", email: "eve@example.com", password: "p" })
      for (const headers of foreign) {
        const answers = [
          yield* ask(`${baseUrl}/users`, page(headers), "POST", json),
          yield* ask(`${baseUrl}/users`, page({ ...headers, "content-type": "application/json" }), "POST", json),
          yield* ask(`${baseUrl}/actions/users/request_password_reset`, page(headers), "POST", "{"),
          yield* ask(`${baseUrl}/users`, headers, "OPTIONS"),
          yield* ask(self, { ...headers, ...key }),
          yield* ask(`${mailboxUrl}?to=owner`, headers),
          yield* ask(openApiUrl, headers),
          yield* ask(`${baseUrl}/../ns/nothing`, headers),
        ]
        for (const { status, text } of answers) {
          assert.strictEqual(status, 403, JSON.stringify(headers))
          assert.include(text, "Pages of this origin may not use this server")
        }
      }
      // Nor does what is refused for other reasons before a deployment is reached.
      yield* ask(self, { host: "evil.example" })
      yield* ask(`${self}?${"x".repeat(20_000)}`, { origin: "null" })
      yield* statuses(port, "GET /v4/users/self HTTP/1.1", "host: localhost", "host: localhost")
      assert.deepStrictEqual(yield* Journal.entries(), [])
      assert.deepStrictEqual(
        (yield* (yield* Faults.Faults).struck).map(({ calls, struck }) => [calls, struck]),
        [[0, 0]],
      )
      assert.deepStrictEqual(yield* state, before)
    }).pipe(
      Effect.provide(
        TestServer.layer({ faults: [{ fault: Faults.status(503), nth: 1, optional: true }], now: "2026-01-31" }),
      ),
    ),
  )

  it.live("of the server's own page, of its proxy's, or of no page is not refused", () =>
    Effect.gen(function* () {
      const { key, port, self } = yield* here
      const own = [
        {},
        { "sec-fetch-site": "none" },
        { "sec-fetch-site": "same-origin" },
        { origin: `http://127.0.0.1:${port}` },
        { origin: "http://localhost:5173", "sec-fetch-site": "same-origin" },
      ]
      for (const headers of own) assert.strictEqual((yield* ask(self, { ...key, ...headers })).status, 200)
    }).pipe(Effect.provide(TestServer.layer())),
  )
})

describe("CORS", () => {
  it.live("is off", () =>
    Effect.gen(function* () {
      const { key, mailboxUrl, self } = yield* here
      const origin = "https://app.example"
      const answers = [
        yield* ask(self, { ...key, origin }),
        yield* ask(self, preflight, "OPTIONS"),
        yield* ask(mailboxUrl, { origin }),
        yield* ask(`${self}/nothing`, { origin: "null" }),
      ]
      for (const answer of answers) assert.deepStrictEqual(granted(answer), [])
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("allows the named origin, and no other", () =>
    Effect.gen(function* () {
      const { key, mailboxUrl, self } = yield* here
      const origin = "https://app.example"
      yield* Faults.inject({ operation: "getSelfUser", nth: 2, fault: Faults.cutBody("reset") })
      const answers = [
        yield* ask(self, { ...key, origin }),
        yield* ask(self, { ...key, origin }),
        yield* ask(mailboxUrl, { origin }),
      ]
      for (const answer of answers) {
        assert.strictEqual(answer.headers["access-control-allow-origin"], origin)
        assert.strictEqual(answer.headers.vary, "Origin")
      }
      const { headers, status } = yield* ask(self, preflight, "OPTIONS")
      assert.strictEqual(status, 204)
      assert.strictEqual(headers["access-control-allow-origin"], origin)
      assert.include(headers["access-control-allow-methods"], "PATCH")
      assert.include(headers["access-control-allow-headers"], "X-TILEDB-REST-API-KEY")
      assert.strictEqual(headers["access-control-allow-private-network"], "true")
      for (const other of ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"]) {
        const answer = yield* ask(self, { ...preflight, origin: other }, "OPTIONS")
        assert.deepStrictEqual([answer.headers.vary, ...granted(answer)], ["Origin"])
      }
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer({ cors: ["https://app.example"] }))),
  )

  it.live("is not granted to what is no origin", () =>
    Effect.forEach(["*", "null", "app.example", "https://app.example/"], (origin) =>
      Effect.map(Effect.flip(Effect.scoped(TestServer.make({ cors: [origin] }))), (error) =>
        assert.match(error.message, /is not an origin; write one such as http:\/\/localhost:5173/),
      ),
    ).pipe(Effect.provide(Deployment.layer())),
  )
})

describe("the address", () => {
  /** How connecting to an address of this machine ends. */
  const connects = (host: string, port: number) =>
    Effect.async<string>((resume) => {
      const socket = Net.connect({ host, port })
      socket.on("connect", () => resume(Effect.succeed("connected")))
      socket.on("error", () => resume(Effect.succeed("refused")))
      return Effect.sync(() => socket.destroy())
    })

  it.live("is 127.0.0.1, and no other address of the machine", () =>
    Effect.gen(function* () {
      const { port } = yield* here
      assert.strictEqual(yield* connects("127.0.0.1", port), "connected")
      const others = Object.values(Os.networkInterfaces()).flatMap((of = []) => of.map(({ address }) => address))
      for (const address of ["127.0.0.2", ...others.filter((address) => address !== "127.0.0.1")]) {
        assert.strictEqual(yield* connects(address, port), "refused", address)
      }
    }).pipe(Effect.provide(TestServer.layer())),
  )
})

describe("the mailbox", () => {
  it.live("is at a path that cannot be guessed, even with the seed", () =>
    Effect.gen(function* () {
      const first = new URL((yield* here).mailboxUrl)
      const second = new URL((yield* Effect.provide(here, TestServer.layer({ seed: 1 }))).mailboxUrl)
      assert.match(first.pathname, /^\/mailbox\/[\w-]{22}$/)
      assert.notStrictEqual(first.pathname, second.pathname)
      assert.strictEqual((yield* ask(first.href)).status, 404)
      assert.include((yield* ask(first.href)).text, "There is no such e-mail yet")
      for (const path of ["/mailbox", "/mailbox/", `/mailbox/${"A".repeat(22)}`, second.pathname]) {
        const { status, text } = yield* ask(`${first.origin}${path}?to=owner`)
        assert.strictEqual(status, 404)
        assert.include(text, "There is nothing at this path")
      }
    }).pipe(Effect.provide(TestServer.layer({ seed: 1 }))),
  )
})

describe("/openapi.json", () => {
  it.live("describes this very server", () =>
    Effect.gen(function* () {
      const { baseUrl, openApiUrl } = yield* here
      const { headers, status, text } = yield* ask(openApiUrl)
      const document = JSON.parse(text)
      assert.deepStrictEqual([status, headers["content-type"]], [200, "application/json"])
      assert.strictEqual(document.servers[0].url, baseUrl)
      assert.lengthOf(
        Object.values(document.paths).flatMap((methods) => Object.keys(methods as object)),
        22,
      )
      assert.strictEqual((yield* ask(openApiUrl, {}, "POST")).status, 405)
    }).pipe(Effect.provide(TestServer.layer())),
  )
})

describe("the port", () => {
  it.live("is named when it is in use, or is none", () =>
    Effect.gen(function* () {
      const { port } = yield* here
      const attempt = (port: number) => Effect.flip(Effect.scoped(TestServer.make({ port })))
      const busy = yield* attempt(port)
      assert.include(busy, { _tag: "ListenError", port, code: "EADDRINUSE" })
      assert.include(busy.message, `Port ${port} on 127.0.0.1 is in use`)
      assert.include((yield* attempt(70_000)).message, "70000 is not a port")
    }).pipe(Effect.provide(TestServer.layer())),
  )
})
