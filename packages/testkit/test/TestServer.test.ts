import * as Http from "node:http"
import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deployment, Faults, Journal, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"

interface Answer {
  readonly status: number | undefined
  readonly text: string
  readonly port: number | undefined
}

const request = (url: string, options: Http.RequestOptions, body = "") =>
  Effect.async<Answer, Error>((resume) => {
    const outgoing = Http.request(url, options, (incoming) => {
      let text = ""
      const port = incoming.socket.localPort
      incoming.on("data", (chunk) => {
        text += chunk
      })
      incoming.on("end", () => resume(Effect.succeed({ status: incoming.statusCode, text, port })))
    })
    outgoing.on("error", (error) => resume(Effect.fail(error)))
    outgoing.end(body)
  })

const self = Effect.map(TestServer.TestServer, ({ apiKey, baseUrl }) => ({
  url: `${baseUrl}/users/self`,
  headers: { "x-tiledb-rest-api-key": Redacted.value(apiKey) },
}))

describe("TestServer", () => {
  it.live("keeps connections alive, after errors too", () =>
    Effect.gen(function* () {
      const { headers, url } = yield* self
      const agent = new Http.Agent({ keepAlive: true, maxSockets: 1 })
      const paths = [url, url.replace("self", "nobody"), url.replace("users", "nothing"), url]
      const answers = yield* Effect.forEach([...paths, ...paths], (path) => request(path, { agent, headers }))
      agent.destroy()
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 404, 404, 200, 200, 404, 404, 200],
      )
      assert.strictEqual(new Set(answers.map(({ port }) => port)).size, 1)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("serves many clients at once", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* TestServer.TestServer
      const d = yield* Deployment.Deployment
      const headers = { "content-type": "application/json" }
      const answers = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, index) => index),
        (index) => {
          const name = `user${index % 100}`
          const body = JSON.stringify({ username: name, email: `${name}@example.com`, password: "x" })
          return request(`${baseUrl}/users`, { method: "POST", headers, agent: false }, body)
        },
        { concurrency: "unbounded" },
      )
      const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
      assert.deepStrictEqual([count(201), count(409)], [100, 100])
      assert.strictEqual(yield* d.size, 101)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("answers what comes after a good request on the same connection, however bad it is", () =>
    Effect.gen(function* () {
      const { url } = yield* self
      const received = yield* Effect.async<string>((resume) => {
        let text = ""
        const socket = Net.connect(Number(new URL(url).port), "127.0.0.1", () => {
          socket.write("GET /v4/users/self HTTP/1.1\r\nhost: localhost\r\n\r\nNONSENSE\r\n\r\n")
        })
        socket.on("data", (chunk) => {
          text += chunk
        })
        socket.on("end", () => resume(Effect.succeed(text)))
      })
      assert.deepStrictEqual(received.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 401", "HTTP/1.1 400"])
      assert.strictEqual(received.match(/"request_id"/g)?.length, 2)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("stops in spite of idle connections and of calls that are never answered", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(TestServer.layer(), scope)
      yield* Effect.gen(function* () {
        const { headers, url } = yield* self
        const agent = new Http.Agent({ keepAlive: true })
        yield* request(url, { agent, headers })
        // @effect-diagnostics-next-line floatingEffect:off - what install returns would remove the rule
        yield* (yield* Faults.Faults).install({ fault: Faults.silence() })
        const silenced = yield* Effect.fork(Effect.exit(request(url, { headers })))
        yield* Effect.repeat(Effect.sleep(5), {
          until: () => Effect.map(Journal.entries(), ({ length }) => length === 2),
        })
        const start = performance.now()
        yield* Scope.close(scope, Exit.void)
        assert.isBelow(performance.now() - start, 2000)
        assert.isTrue(Exit.isFailure(yield* silenced))
        assert.match(String(yield* Effect.flip(request(url, { agent }))), /ECONNREFUSED/)
      }).pipe(Effect.provide(context))
    }),
  )

  it.live("leaves no spans of its own among those of the program", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const tracer = Effect.map(Effect.tracer, (native) =>
        Tracer.make({
          context: native.context,
          span: (name, ...rest) => {
            names.push(name)
            return native.span(name, ...rest)
          },
        }),
      )
      yield* Effect.gen(function* () {
        const { headers, url } = yield* self
        yield* request(url, { headers })
      }).pipe(Effect.withSpan("mine"), Effect.provide(TestServer.layer()), Effect.withTracer(yield* tracer))
      assert.deepStrictEqual(names, ["mine"])
    }),
  )
})
