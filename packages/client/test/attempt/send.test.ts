// One attempt: what becomes of each kind of response, told by the error that the caller gets.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type Users } from "@effect-tiledb/client"
import { Operations, UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Authorizer from "../../src/internal/attempt/authorizer.js"
import { Attempt, type Sender, secretsOf, send } from "../../src/internal/attempt/send.js"
import { prepare } from "../../src/internal/call/prepare.js"
import type { Call } from "../../src/internal/call.js"
import { transport } from "../../src/internal/failure/failure.js"
import * as AbortTimer from "../../src/internal/http/abortTimer.js"
import { makeUsers } from "../support/users.js"

const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("correct horse") }

const calls = {
  get: (users: Users.Service) => users.getUser(id),
  create: (users: Users.Service) => users.createUser(eve),
  remove: (users: Users.Service) => users.deleteUser(id),
}

type Respond = (url: string) => Response

/** The error of one call over a service that responds like this, and the URLs that were asked. */
const sent = (call: keyof typeof calls, respond: Respond, okOnly = false) =>
  Effect.gen(function* () {
    const urls: Array<string> = []
    const client = HttpClient.make((request) => {
      urls.push(request.url)
      return Effect.succeed(HttpClientResponse.fromWeb(request, respond(request.url)))
    })
    const users = yield* Effect.provideService(
      makeUsers({ credentials: Credentials.apiKey(Redacted.make("tiledb_0123456789")), retryPolicy: RetryPolicy.none }),
      HttpClient.HttpClient,
      okOnly ? HttpClient.filterStatusOk(client) : client,
    )
    const error: object = yield* Effect.match(calls[call](users), {
      onFailure: (error) => error,
      onSuccess: () => ({ _tag: "Success" }),
    })
    return { error, urls }
  }).pipe(Effect.scoped)

const response = (status: number, body: string | null = null, headers: Record<string, string> = {}) =>
  new Response(body, { status, headers })

/** A response with a status that `Response` itself refuses, as other transports have it. */
const odd = (status: number, body: string | null = null, headers: Record<string, string> = {}) =>
  Object.defineProperty(response(200, body, headers), "status", { value: status })

/** A response whose connection breaks within the body. */
const broken = (status: number) =>
  new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) }), {
    status,
    headers: { "content-type": "text/html" },
  })

const encoder = new TextEncoder()
const latin = (text: string) =>
  new Response(
    Uint8Array.from(text, (char) => char.charCodeAt(0)),
    {
      status: 400,
      headers: { "content-type": "application/json; charset=latin1" },
    },
  )
const notUtf8 = (status: number) => new Response(Uint8Array.of(0xff), { status })

const typed = (type: string, status = 400) => response(status, "x", { "content-type": type })

describe("a response of an attempt", () => {
  for (const [what, call, respond, expected] of [
    [
      "200 in another form",
      "get",
      () => typed("text/HTML; charset=utf-8", 200),
      { _tag: "DecodeError", says: " text/html" },
    ],
    ["400 of a page", "get", () => typed("text/html"), { _tag: "ApiError", status: 400, says: " text/html" }],
    [
      "400 of a type in capitals",
      "get",
      () => typed("Application/X+Y-1.z; a=b"),
      { says: "400 with application/x+y-1.z" },
    ],
    [
      "400 of a type that tells the key",
      "get",
      () => typed("text/tiledb_0123456789"),
      { says: "400 with text/<redacted>" },
    ],
    ["400 of a type before the key", "get", () => typed("text/htmltiledb_0123456789"), { says: "text/html<redacted>" }],
    ["400 of a type after the key", "get", () => typed("tiledb_0123456789text/html"), { says: "<redacted>text/html" }],
    ["400 of what is no type", "get", () => typed(" /html"), { says: "a body without" }],
    ["400 of words before a type", "get", () => typed("as text/html"), { says: "a body without" }],
    ["400 without a type", "get", () => new Response(encoder.encode("x"), { status: 400 }), { says: "a body without" }],
    ["400 without a body", "get", () => response(400), { says: "with an empty body" }],
    ["400 of a byte order mark", "get", () => response(400, "\ufeff"), { says: "400 with text/plain" }],
    ["400 of latin-1", "get", () => latin('{"message":"na\u00efve"}'), { says: "400 na\u00efve" }],
    [
      "400 that does not arrive",
      "get",
      () => broken(400),
      { _tag: "ApiError", status: 400, says: "an incomplete body" },
    ],
    [
      "200 that does not arrive",
      "create",
      () => broken(200),
      { _tag: "TransportError", reason: "ConnectionLost", outcome: "Unknown" },
    ],
    ["199 with a body", "get", () => odd(199, "{}"), { _tag: "ApiError", status: 199 }],
    ["200 where 204 was due", "remove", () => typed("text/html", 200), { _tag: "DecodeError", outcome: "Unknown" }],
    ["200 with data where 204 was due", "remove", () => response(200, '{"data":{}}'), { _tag: "Success" }],
    ["200 of other JSON where 204 was due", "remove", () => response(200, "{}"), { _tag: "DecodeError" }],
    ["200 that does not arrive where 204 was due", "remove", () => broken(200), { _tag: "DecodeError" }],
    ["200 in no charset", "remove", () => notUtf8(200), { _tag: "DecodeError", reason: "Charset" }],
    ["204", "remove", () => response(204), { _tag: "Success" }],
    ["204 with a page", "remove", () => odd(204, "<html>"), { _tag: "Success" }],
    [
      "a redirect in a browser",
      "get",
      () => odd(0),
      { _tag: "TransportError", reason: "RedirectRefused", outcome: "NotSent" },
    ],
    [
      "a redirect in a browser, of a POST",
      "create",
      () => odd(0),
      { _tag: "TransportError", reason: "RedirectRefused", outcome: "Unknown" },
    ],
    [
      "no status of HTTP",
      "create",
      () => odd(42, "x", { "x-more": "1" }),
      { _tag: "TransportError", reason: "ConnectionLost", detail: "INVALID_STATUS", outcome: "Unknown" },
    ],
    ["300 with a Location", "get", () => response(300, null, { location: "/v4" }), { _tag: "ApiError", status: 300 }],
    ["304 with a Location", "get", () => response(304, null, { location: "/v4" }), { _tag: "ApiError", status: 304 }],
    ["307 without one", "get", () => response(307), { _tag: "ApiError", status: 307 }],
    ...[301, 302, 303, 307, 308].map(
      (status) =>
        [
          `${status} to another origin`,
          "get",
          () => response(status, null, { location: "https://evil.example/v4" }),
          {
            _tag: "TransportError",
            reason: "RedirectRefused",
            outcome: "NotSent",
            from: "https://api.tiledb.com",
            to: "another origin",
          },
        ] as const,
    ),
    ["307 to nowhere", "get", () => response(307, null, { location: "https://" }), { reason: "RedirectRefused" }],
  ] as ReadonlyArray<readonly [string, keyof typeof calls, Respond, { readonly says?: string }]>) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const { error, urls } = yield* sent(call, respond)
        const { says, ...fields } = expected
        assert.deepInclude(error, fields)
        if (says !== undefined) assert.include(String(error), says)
        assert.strictEqual(urls.length, 1)
      }),
    )
  }

  it.effect("with a redirect within the origin is followed, and a circle is refused", () =>
    Effect.gen(function* () {
      const { error, urls } = yield* sent("get", (url) =>
        response(307, null, { location: url.endsWith("/b") ? "/v4/a" : "/v4/b" }),
      )
      assert.deepInclude(error, { _tag: "TransportError" })
      assert.deepStrictEqual(
        urls.map((url) => new URL(url).pathname),
        [`/v4/users/${id}`, "/v4/b", "/v4/a"],
      )
    }),
  )

  it.effect("with a redirect is followed five times", () =>
    Effect.gen(function* () {
      let hops = 0
      const { error, urls } = yield* sent("get", () => response(307, null, { location: `/v4/${++hops}` }))
      assert.deepInclude(error, { reason: "RedirectLimit" })
      assert.strictEqual(urls.length, 6)
    }),
  )

  it.effect("is a response too where the HttpClient fails with it", () =>
    Effect.gen(function* () {
      const { error } = yield* sent("get", () => response(409), true)
      assert.deepInclude(error, { _tag: "ApiError", status: 409 })
    }),
  )
})

describe("an attempt", () => {
  const { apiKey } = Credentials
  const authorizer = Authorizer.make(apiKey(Redacted.make("tiledb_0123456789")), { accept: "application/json" })
  const create = Either.getOrThrow(prepare(Operations.createUser, { request: eve }))
  const remove = Either.getOrThrow(prepare(Operations.deleteUser, { path: { user_id: id } }))

  /** An attempt over a transport that does this, and the requests that it was given. */
  const attempt = (
    call: Call,
    respond: (
      request: HttpClientRequest.HttpClientRequest,
    ) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>,
    abortTimer?: AbortTimer.AbortTimer,
  ) =>
    Effect.gen(function* () {
      const requests: Array<HttpClientRequest.HttpClientRequest> = []
      const execute = (request: HttpClientRequest.HttpClientRequest) => {
        requests.push(request)
        return respond(request)
      }
      const sender: Sender = {
        client: { execute },
        readForeign: () => Effect.fail("ConnectionLost"),
        base: { origin: "https://api.tiledb.com", path: "/v4" },
        redirects: { baseOrigin: "https://api.tiledb.com", allowedOrigins: new Set() },
        maxBodyBytes: 1000,
        decoding: "lenient",
      }
      const attempt = new Attempt(sender, call, yield* Effect.clock, abortTimer)
      const authorization = yield* authorizer.authorize(call, yield* Effect.makeSpan("call"))
      return { attempt, requests, run: Effect.either(Effect.suspend(() => send(attempt, authorization))) }
    })

  const responding =
    (status: number, headers: Record<string, string> = {}) =>
    (request: HttpClientRequest.HttpClientRequest) =>
      Effect.succeed(HttpClientResponse.fromWeb(request, response(status, null, headers)))

  it.effect("sends one request, with the type and the length of its body if there is one", () =>
    Effect.gen(function* () {
      const body = '{"username":"eve","email":"eve@example.com","password":"correct horse"}'
      for (const [call, method, path, more] of [
        [
          create,
          "POST",
          "/v4/users",
          { "content-type": "application/json", "content-length": String(body.length), traceparent: "00-1" },
        ],
        [remove, "DELETE", `/v4/users/${id}`, { traceparent: "00-1" }],
      ] as const) {
        const { attempt: made, requests, run } = yield* attempt(call, responding(409))
        made.traceHeaders = { traceparent: "00-1" }
        yield* run
        const [request] = requests
        assert(request !== undefined && requests.length === 1)
        assert.deepStrictEqual([request.method, request.url], [method, `https://api.tiledb.com${path}`])
        const headers: Record<string, string> = { ...request.headers }
        assert.deepStrictEqual(headers, {
          accept: "application/json",
          "x-tiledb-rest-api-key": "tiledb_0123456789",
          ...more,
        })
        const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : undefined
        assert.deepStrictEqual(
          text === undefined ? undefined : JSON.parse(text),
          call === create ? JSON.parse(body) : text,
        )
        assert.isUndefined(AbortTimer.of(request))
      }
    }),
  )

  it.effect("has the timer of the transport on its request", () =>
    Effect.gen(function* () {
      const timer = new AbortTimer.AbortTimer(yield* Effect.clock, 1000)
      const { requests, run } = yield* attempt(remove, responding(409), timer)
      yield* run
      assert.deepStrictEqual(requests.map(AbortTimer.of), [timer])
    }),
  )

  it.effect("knows what it has sent, and where to, before the end", () =>
    Effect.gen(function* () {
      const to = "https://eu.api.tiledb.com/v4/x"
      const { attempt: made, run } = yield* attempt(create, (request) =>
        responding(request.url === to ? 409 : 307, { location: to })(request),
      )
      const secrets = () => secretsOf(made).map((secret) => Redacted.value(secret))
      assert.deepStrictEqual([made.status, made.origin, made.visited], [undefined, "https://api.tiledb.com", []])
      assert.deepStrictEqual(secrets(), ["correct horse"])
      yield* run
      assert.deepStrictEqual([made.status, made.origin], [409, "https://eu.api.tiledb.com"])
      assert.deepStrictEqual(made.visited, ["https://api.tiledb.com/v4/users"])
      assert.deepStrictEqual(secrets(), ["correct horse", "tiledb_0123456789"])
    }),
  )

  it.effect("has an outcome as soon as the headers are there, where the body does not matter", () =>
    Effect.gen(function* () {
      const outcome = (call: Call, status: number, headers?: Record<string, string>) =>
        Effect.gen(function* () {
          const { attempt: made, run } = yield* attempt(call, responding(status, headers))
          yield* run
          if (made.outcome === undefined) return "none yet"
          return yield* Effect.match(made.outcome, {
            onFailure: (failure) => `${failure._tag} ${"mediaType" in failure ? failure.mediaType : ""}`,
            onSuccess: () => "success",
          })
        })
      assert.strictEqual(yield* outcome(remove, 204), "success")
      assert.strictEqual(yield* outcome(remove, 200, { "content-type": "application/json" }), "Decode application/json")
      assert.strictEqual(yield* outcome(remove, 200, { "content-type": "text/html" }), "Decode text/html")
      assert.strictEqual(yield* outcome(create, 201), "none yet")
      assert.strictEqual(yield* outcome(create, 500), "Status an incomplete body")
    }),
  )

  it.effect("that gets no response ends as the transport says", () =>
    Effect.gen(function* () {
      const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" })
      const { run } = yield* attempt(create, (request) =>
        Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause })),
      )
      assert.deepStrictEqual(yield* run, Either.left(transport("ConnectionFailed", false, { detail: "ECONNREFUSED" })))
      const lost = yield* attempt(create, (request) =>
        Effect.fail(
          new HttpClientError.ResponseError({
            request,
            response: HttpClientResponse.fromWeb(request, response(200)),
            reason: "Decode",
          }),
        ),
      )
      assert.deepStrictEqual(yield* lost.run, Either.left(transport("ConnectionLost", true)))
    }),
  )
})
