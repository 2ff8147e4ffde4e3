import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { gzipSync } from "node:zlib"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as FastCheck from "fast-check"
import * as FetchTransport from "../../src/FetchTransport.js"
import { makeTarget } from "../../src/internal/http/node/target.js"
import * as NodeTransport from "../../src/NodeTransport.js"
import { seedOf } from "../support/exhaustive.js"

const MiB = 1024 * 1024

/**
 * A server on loopback that counts its connections; `idle` waits until all that have carried a request are closed. (undici
 * may open one more after an abort, and keeps it for 4 s.)
 */
const serve = (handler: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    const seen = { connections: 0 }
    let whenIdle = () => {}
    const server = createServer(handler)
    server.on("connection", (socket) => {
      seen.connections++
      socket.on("close", () => {
        sockets.delete(socket)
        if (sockets.size === 0) whenIdle()
      })
    })
    server.on("request", ({ socket }) => sockets.add(socket))
    yield* Effect.async<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    })
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }),
    )
    const idle = Effect.async<void>((resume) => {
      if (sockets.size === 0) resume(Effect.void)
      else whenIdle = () => resume(Effect.void)
    })
    const { port } = server.address() as AddressInfo
    return { origin: `http://127.0.0.1:${port}`, seen, sockets, idle }
  })

/** Waits for something the other side does; as long as it takes, the test's own limit ends it. */
const signal = () => {
  let fire = () => {}
  const fired = new Promise<void>((resolve) => {
    fire = resolve
  })
  return { fire, wait: Effect.promise(() => fired) }
}

const echo = (request: IncomingMessage, response: ServerResponse) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const { headers, method, rawHeaders, url } = request
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ body: Buffer.concat(chunks).toString(), headers, method, names: rawHeaders, url }))
  })
}

interface Echo {
  readonly body: string
  readonly headers: Record<string, string>
  readonly method: string
  readonly names: ReadonlyArray<string>
  readonly url: string
}

const echoed = (request: HttpClientRequest.HttpClientRequest) =>
  HttpClient.execute(request).pipe(
    Effect.flatMap((response) => response.json),
    Effect.map((json) => json as Echo),
  )

const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
  NodeTransport: NodeTransport.layer,
  FetchTransport: FetchTransport.layer,
}

/** The system's error code; fetch wraps the error once. */
const code = (cause: unknown): unknown =>
  cause instanceof Error ? ("code" in cause ? cause.code : code(cause.cause)) : undefined

const small = (_: IncomingMessage, response: ServerResponse) => {
  response.setHeader("content-length", 5)
  response.end("hello")
}

describe.each(Object.entries(transports))("%s", (transport, layer) => {
  const unfolds = transport === "FetchTransport"
  const test = (name: string, body: () => Effect.Effect<unknown, unknown, HttpClient.HttpClient | Scope.Scope>) =>
    it.scopedLive(name, () => Effect.provide(Effect.asVoid(body()), layer))

  describe("answers", () => {
    test("hand over status, headers and cookies, a header with several values joined", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((_, response) => {
          response.setHeader("X-Mixed-Case", ["a", "b"])
          response.setHeader("Set-Cookie", ["one=1; Path=/", "two=2"])
          response.statusCode = 418
          response.end("short and stout")
        })
        const response = yield* HttpClient.get(origin)
        assert.strictEqual(response.status, 418)
        assert.strictEqual(response.headers["x-mixed-case"], "a, b")
        assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["one", "two"])
        assert.strictEqual(yield* response.text, "short and stout")
      }))

    test("can be read in every form, and whole more than once", () =>
      Effect.gen(function* () {
        const text = JSON.stringify({ name: "Ελένη 🦉" })
        const { origin } = yield* serve((_, response) => response.end(text))
        const response = yield* HttpClient.get(origin)
        assert.strictEqual(yield* response.text, text)
        assert.deepStrictEqual(yield* response.json, { name: "Ελένη 🦉" })
        assert.strictEqual(Buffer.from(yield* response.arrayBuffer).toString(), text)
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), text)
        assert.deepStrictEqual([...(yield* response.urlParamsBody)], [[text, ""]])
      }))

    test("can be read as a form", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((_, response) => {
          response.setHeader("content-type", "application/x-www-form-urlencoded")
          response.end("a=1&b=%C3%A9")
        })
        const form = yield* Effect.flatMap(HttpClient.get(origin), (response) => response.formData)
        assert.deepStrictEqual(
          [...form.entries()],
          [
            ["a", "1"],
            ["b", "é"],
          ],
        )
      }))

    test("are streamed once", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve(small)
        const response = yield* HttpClient.get(origin)
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), "hello")
        assert.strictEqual((yield* Effect.flip(Stream.runDrain(response.stream))).reason, "Decode")
        assert.strictEqual((yield* Effect.flip(response.text)).reason, "Decode")
      }))

    test("an empty body is the empty text, and null as JSON; one that is no JSON is a ResponseError", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((request, response) => response.end(request.url === "/" ? "" : "<html>"))
        const empty = yield* HttpClient.get(origin)
        assert.strictEqual(yield* empty.text, "")
        assert.strictEqual(yield* empty.json, null)
        const html = yield* HttpClient.get(`${origin}/html`)
        assert.strictEqual((yield* Effect.flip(html.json)).reason, "Decode")
      }))

    test("early hints are passed over", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((_, response) => {
          response.writeEarlyHints({ link: "</style.css>; rel=preload" })
          response.end("done")
        })
        const response = yield* HttpClient.get(origin)
        assert.strictEqual(response.status, 200)
        assert.strictEqual(yield* response.text, "done")
      }))

    test(`redirects are answers, and compressed bodies are ${unfolds ? "unfolded" : "left compressed"}`, () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((request, response) => {
          response.writeHead(request.url === "/" ? 307 : 200, { location: "/elsewhere", "content-encoding": "gzip" })
          response.end(gzipSync("text"))
        })
        assert.strictEqual((yield* HttpClient.get(origin)).status, 307)
        const response = yield* HttpClient.get(`${origin}/200`)
        const expected = unfolds ? Buffer.from("text") : gzipSync("text")
        assert.isTrue(expected.equals(new Uint8Array(yield* response.arrayBuffer)))
      }))

    test("printing one leaves its body alone", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((_, response) => {
          response.setHeader("content-type", "application/json")
          response.end('{"secret":"s3cret"}')
        })
        const response = yield* HttpClient.get(origin)
        assert.notInclude(JSON.stringify(response), "s3cret")
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), '{"secret":"s3cret"}')
      }))
  })

  describe("requests", () => {
    test("carry the given headers and nothing else of ours", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve(echo)
        const { names } = yield* echoed(HttpClientRequest.get(origin, { headers: { "x-tiledb-rest-api-key": "k" } }))
        const ofFetch = ["accept", "accept-language", "sec-fetch-mode", "user-agent", "accept-encoding"]
        assert.deepStrictEqual(
          names.filter((_, index) => index % 2 === 0),
          ["host", "connection", "x-tiledb-rest-api-key", ...(unfolds ? ofFetch : [])],
        )
      }).pipe(Effect.withSpan("a span whose trace must not be told")))

    test("carry bodies of every kind, to the byte", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve(echo)
        const text = "naïve – 你好 🦉"
        const post = HttpClientRequest.post(`${origin}/users`)
        const length = String(Buffer.byteLength(text))

        const asText = yield* echoed(HttpClientRequest.bodyText(post, text))
        assert.strictEqual(asText.method, "POST")
        assert.strictEqual(asText.body, text)
        assert.strictEqual(asText.headers["content-length"], length)

        const asBytes = yield* echoed(HttpClientRequest.bodyUint8Array(post, Buffer.from(text)))
        assert.strictEqual(asBytes.body, text)

        const raw = yield* echoed(HttpClientRequest.setBody(post, HttpBody.raw(text)))
        assert.strictEqual(raw.body, text)
        assert.strictEqual(raw.headers["content-length"], length)

        const streamed = yield* echoed(HttpClientRequest.bodyStream(post, Stream.encodeText(Stream.make(...text))))
        assert.strictEqual(streamed.body, text)
        assert.strictEqual(streamed.headers["transfer-encoding"], "chunked")

        const form = new FormData()
        form.set("name", text)
        const asForm = yield* echoed(HttpClientRequest.bodyFormData(post, form))
        assert.include(asForm.body, text)
        assert.include(asForm.headers["content-type"], "multipart/form-data; boundary=")

        const none = yield* echoed(HttpClientRequest.del(`${origin}/users`))
        assert.strictEqual(none.body, "")
      }))

    test("carry the query, and keep the fragment to themselves", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve(echo)
        const request = HttpClientRequest.get(`${origin}/a?x=1`).pipe(
          HttpClientRequest.setUrlParam("y", "2 & 3"),
          HttpClientRequest.setHash("part"),
        )
        assert.strictEqual((yield* echoed(request)).url, "/a?x=1&y=2+%26+3")
      }))

    test("a URL that is none is an InvalidUrl", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(HttpClient.get("http://[nowhere"))
        assert.isTrue(error._tag === "RequestError" && error.reason === "InvalidUrl")
      }))
  })

  describe("connections", () => {
    test("are kept: 200 answers of 200 kB, one after the other, need no more than two", () =>
      Effect.gen(function* () {
        const body = Buffer.alloc(200_000, "x")
        const { origin, seen } = yield* serve((_, response) => response.end(body))
        for (let i = 0; i < 100; i++) {
          const response = yield* HttpClient.get(origin)
          assert.strictEqual((yield* response.text).length, body.length)
          const streamed = yield* HttpClient.get(origin)
          const size = yield* Stream.runFold(streamed.stream, 0, (size, chunk) => size + chunk.byteLength)
          assert.strictEqual(size, body.length)
        }
        assert.isAtMost(seen.connections, 2)
      }))

    test("are not held by answers without a body, nor by short ones nobody reads", () =>
      Effect.gen(function* () {
        const { origin, seen } = yield* serve((request, response) => {
          if (request.url === "/short") return small(request, response)
          response.statusCode = Number(request.url?.slice(1))
          return response.end()
        })
        for (let i = 0; i < 20; i++) {
          for (const path of ["204", "304", "short"]) yield* HttpClient.get(`${origin}/${path}`)
        }
        assert.isAtMost(seen.connections, 2)
      }))

    test("HEAD has the length of a body and no body", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve(small)
        const response = yield* HttpClient.head(origin)
        assert.strictEqual(response.headers["content-length"], "5")
        assert.strictEqual(yield* response.text, "")
      }))

    test("one whose call is interrupted before the head is closed", () =>
      Effect.gen(function* () {
        const arrived = signal()
        const { idle, origin } = yield* serve(() => arrived.fire())
        const fiber = yield* Effect.fork(HttpClient.get(origin))
        yield* arrived.wait
        yield* Fiber.interrupt(fiber)
        yield* idle
      }))

    test("a call interrupted before it has a connection is never sent", () =>
      Effect.gen(function* () {
        const requested: Array<string | undefined> = []
        const { origin } = yield* serve((request, response) => {
          requested.push(request.url)
          response.end()
        })
        const fiber = yield* Effect.fork(HttpClient.get(`${origin}/interrupted`))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        yield* HttpClient.get(`${origin}/after`)
        assert.deepStrictEqual(requested, ["/after"])
      }))

    test("one whose body is given up, by interruption or by a reader that has enough, is closed", () =>
      Effect.gen(function* () {
        const stalled = (_: IncomingMessage, response: ServerResponse) => {
          response.setHeader("content-length", 10)
          response.write("12345")
        }
        const { idle, origin } = yield* serve(stalled)
        const first = yield* HttpClient.get(origin)
        const fiber = yield* Effect.fork(first.text)
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        yield* idle
        assert.strictEqual((yield* Effect.flip(first.text)).reason, "Decode")

        const second = yield* HttpClient.get(origin)
        yield* Stream.runDrain(Stream.take(second.stream, 1))
        yield* idle
      }))

    test("one whose answer is dropped unread is closed once that is collected", () =>
      Effect.gen(function* () {
        setFlagsFromString("--expose-gc")
        const collect: () => void = runInNewContext("gc")
        const { idle, origin, sockets } = yield* serve((_, response) => response.end(Buffer.alloc(10 * MiB)))
        yield* HttpClient.get(origin)
        assert.strictEqual(sockets.size, 1)
        yield* Effect.raceFirst(
          idle,
          Effect.forever(
            Effect.async<void>((resume) => {
              setImmediate(() => {
                collect()
                resume(Effect.void)
              })
            }),
          ),
        )
      }))
  })

  describe("large bodies", () => {
    test("arrive whole through a slow reader, and wait for it meanwhile", () =>
      Effect.gen(function* () {
        const body = Buffer.alloc(8 * MiB)
        for (let i = 0; i < body.length; i += 4) body.writeUInt32BE(i, i)
        const { origin } = yield* serve((_, response) => response.end(body))
        const response = yield* HttpClient.get(origin)
        let at = 0
        yield* Stream.runForEach(response.stream, (chunk) =>
          Effect.suspend(() => {
            assert.isTrue(body.subarray(at, at + chunk.byteLength).equals(chunk))
            at += chunk.byteLength
            return Effect.yieldNow()
          }),
        )
        assert.strictEqual(at, body.length)
      }))

    test("without end wait for a reader, and end with a reader that stops", () =>
      Effect.gen(function* () {
        let sent = 0
        const closed = signal()
        const { origin } = yield* serve((request, response) => {
          if (request.url === "/small") return small(request, response)
          const chunk = Buffer.alloc(64 * 1024)
          const pour = () => {
            while (!response.destroyed) {
              sent += chunk.byteLength
              if (!response.write(chunk)) break
            }
          }
          response.on("drain", pour)
          response.on("close", closed.fire)
          return pour()
        })
        const response = yield* HttpClient.get(origin)
        for (let i = 0; i < 200; i++) yield* HttpClient.get(`${origin}/small`)
        // What the kernel's buffers hold on both sides, and no more.
        assert.isBelow(sent, 16 * MiB)
        let read = 0
        const enough = yield* Effect.flip(
          Stream.runForEach(response.stream, (chunk) => {
            read += chunk.byteLength
            return read > MiB ? Effect.fail("enough") : Effect.void
          }),
        )
        assert.strictEqual(enough, "enough")
        yield* closed.wait
        assert.isBelow(sent, 17 * MiB)
      }))
  })

  describe("failures", () => {
    test("a refused connection is a RequestError whose cause has its code", () =>
      Effect.gen(function* () {
        const { origin } = yield* Effect.scoped(serve(small))
        const error = yield* Effect.flip(HttpClient.get(origin))
        assert.isTrue(error._tag === "RequestError" && error.reason === "Transport")
        assert.strictEqual(code(error.cause), "ECONNREFUSED")
      }))

    test("so is a connection that ends before there is a head", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((request) => request.socket.destroy())
        const error = yield* Effect.flip(HttpClient.get(origin))
        assert.isTrue(error._tag === "RequestError" && error.reason === "Transport")
        assert.strictEqual(code(error.cause), "UND_ERR_SOCKET")
      }))

    test("so is a header that cannot be sent", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve(small)
        const header = yield* Effect.flip(HttpClient.get(origin, { headers: { "x-a": "b\r\nc" } }))
        assert.strictEqual(header._tag, "RequestError")
      }))

    test("a body that is cut off is a ResponseError, and the head is still there", () =>
      Effect.gen(function* () {
        const { origin } = yield* serve((request, response) => {
          if (request.url === "/length") response.setHeader("content-length", 100)
          response.statusCode = 502
          response.write("only this", () => request.socket.destroy())
        })
        for (const path of ["length", "chunked"]) {
          const response = yield* HttpClient.get(`${origin}/${path}`)
          assert.strictEqual(response.status, 502)
          const error = yield* Effect.flip(response.text)
          assert.strictEqual(error.reason, "Decode")
          assert.strictEqual(code(error.cause), "UND_ERR_SOCKET")

          const streamed = yield* HttpClient.get(`${origin}/${path}`)
          const chunks: Array<string> = []
          const broken = yield* streamed.stream.pipe(
            Stream.decodeText(),
            Stream.runForEach((text) => Effect.sync(() => chunks.push(text))),
            Effect.flip,
          )
          assert.strictEqual(broken.reason, "Decode")
          assert.strictEqual(chunks.join(""), "only this")
        }
      }))

    test("a request whose own stream fails, fails", () =>
      Effect.gen(function* () {
        const { idle, origin } = yield* serve(echo)
        // @effect-diagnostics-next-line globalErrorInEffectFailure:off — any failure
        const body = Stream.concat(Stream.encodeText(Stream.make("a")), Stream.fail(new Error("no more")))
        const request = HttpClientRequest.bodyStream(HttpClientRequest.post(origin), body)
        assert.strictEqual((yield* Effect.flip(HttpClient.execute(request)))._tag, "RequestError")
        yield* idle
      }))
  })
})

describe("NodeTransport alone", () => {
  it("go where `new URL` says, however the URL is written", () => {
    const target = makeTarget()
    const piece = FastCheck.constantFrom(
      ..."/a/./../%2e%2e/?/#/\\/@/:8080/é/ /.b/c.d/~/;v=1/'/|/\t/usr_9m4e2mr0ui3e8a215n4g".split("/"),
      "/",
      "//",
    )
    const origin = FastCheck.constantFrom(
      "http://127.0.0.1:1",
      "https://api.tiledb.com",
      "HTTP://A.b:80",
      "http://u:p@h",
    )
    FastCheck.assert(
      FastCheck.property(origin, FastCheck.array(piece, { maxLength: 6 }), (origin, pieces) => {
        const url = origin + pieces.join("")
        const made = target(HttpClientRequest.get(url))
        if (!URL.canParse(url)) return Either.isLeft(made)
        const { origin: expected, pathname, search } = new URL(url)
        assert.deepStrictEqual(Either.getOrThrow(made), { origin: expected, path: pathname + search })
        return true
      }),
      { numRuns: 2000, seed: seedOf(1) },
    )
  })

  it.scopedLive("connections close with the layer", () =>
    Effect.gen(function* () {
      const { idle, origin, sockets } = yield* serve(small)
      yield* Effect.provide(
        Effect.tap(HttpClient.get(origin), () => assert.strictEqual(sockets.size, 1)),
        NodeTransport.layer,
      )
      yield* idle
    }),
  )

  it.scopedLive("a dispatcher that throws or is closed is a RequestError", () =>
    Effect.gen(function* () {
      const { origin } = yield* serve(small)
      const throwing = new Undici.Agent().compose(() => () => {
        throw new Error("no")
      })
      const thrown = yield* Effect.flip(NodeTransport.make(throwing).get(origin))
      assert.strictEqual(thrown._tag, "RequestError")
      const closed = new Undici.Agent()
      yield* Effect.promise(() => closed.destroy())
      const late = yield* Effect.flip(NodeTransport.make(closed).get(origin))
      assert.strictEqual(code(late.cause), "UND_ERR_DESTROYED")
    }),
  )

  it.scopedLive("sends through the dispatcher of the context", () =>
    Effect.gen(function* () {
      const mock = new Undici.MockAgent()
      mock.disableNetConnect()
      mock
        .get("https://api.tiledb.com")
        .intercept({ path: "/v4/users/self", method: "GET" })
        .reply(200, { data: "mocked" }, { headers: { "content-type": "application/json" } })
      const answer = yield* HttpClient.get("https://api.tiledb.com/v4/users/self").pipe(
        Effect.flatMap((response) => response.json),
        Effect.provide(
          Layer.provide(NodeTransport.layerWithoutDispatcher, Layer.succeed(NodeHttpClient.Dispatcher, mock)),
        ),
      )
      assert.deepStrictEqual(answer, { data: "mocked" })
    }),
  )
})

describe("FetchTransport alone", () => {
  const answering = (body: RequestInit["body"]) => {
    const inits: Array<RequestInit> = []
    const fetch = (_: string | URL | Request, init: RequestInit = {}) => {
      inits.push(init)
      return Promise.resolve(new Response(body ?? null))
    }
    return { fetch, inits }
  }

  it.effect(
    "sends with the fetch and the settings of the options, of the Layer's context and of the call's, in this order",
    () =>
      Effect.gen(function* () {
        const ofOptions = answering("options")
        const ofLayer = answering("layer")
        const ofCall = answering("call")
        const get = (client: HttpClient.HttpClient) => Effect.flatMap(client.get("https://a.example/"), (_) => _.text)
        const client = FetchTransport.make({ fetch: ofOptions.fetch, requestInit: { credentials: "include" } })
        assert.strictEqual(yield* get(client), "options")
        assert.strictEqual(ofOptions.inits[0]?.credentials, "include")
        const layered = yield* Effect.provide(HttpClient.HttpClient, FetchTransport.layer).pipe(
          Effect.provideService(FetchHttpClient.Fetch, ofLayer.fetch),
          Effect.provideService(FetchHttpClient.RequestInit, { keepalive: true, headers: { "x-mine": "1" } }),
        )
        assert.strictEqual(yield* get(layered), "layer")
        assert.strictEqual(ofLayer.inits[0]?.keepalive, true)
        assert.deepStrictEqual(ofLayer.inits[0]?.headers, [["x-mine", "1"]])
        const around = get(layered).pipe(
          Effect.provideService(FetchHttpClient.Fetch, ofCall.fetch),
          Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow" }),
        )
        assert.strictEqual(yield* around, "call")
        assert.strictEqual(ofCall.inits[0]?.redirect, "manual")
      }),
  )

  it.effect("a fetch that throws is a RequestError", () =>
    Effect.gen(function* () {
      const fetch = () => {
        throw new Error("no")
      }
      const error = yield* Effect.flip(FetchTransport.make({ fetch }).get("https://a.example/"))
      assert.strictEqual(error._tag, "RequestError")
    }),
  )

  it.effect("an answer that comes although its request was aborted is given up", () =>
    Effect.gen(function* () {
      let cancelled = false
      const body = new ReadableStream({
        cancel: () => {
          cancelled = true
        },
      })
      let answer = (_: Response) => {}
      const answered = new Promise<Response>((resolve) => {
        answer = resolve
      })
      const fiber = yield* Effect.fork(FetchTransport.make({ fetch: () => answered }).get("https://a.example/"))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      answer(new Response(body))
      yield* Effect.promise(() => answered)
      assert.isTrue(cancelled)
    }),
  )
})
