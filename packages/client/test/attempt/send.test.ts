// One attempt: what becomes of each kind of response, told by the error that the caller gets.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { makeUsers } from "../support/users.js"

const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

const calls = {
  get: (users: Users.Service) => users.getUser(id),
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
      onSuccess: () => ({}),
    })
    return { error, urls }
  }).pipe(Effect.scoped)

const response = (status: number, body: string | null = null, headers: Record<string, string> = {}) =>
  new Response(body, { status, headers })

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
    ["400 of what is no type", "get", () => typed(" /html"), { says: "a body without" }],
    ["200 where 204 was due", "remove", () => typed("text/html", 200), { _tag: "DecodeError", outcome: "Unknown" }],
    ["204", "remove", () => response(204), {}],
    ["300 with a Location", "get", () => response(300, null, { location: "/v4" }), { _tag: "ApiError", status: 300 }],
    ["304 with a Location", "get", () => response(304, null, { location: "/v4" }), { _tag: "ApiError", status: 304 }],
    ["307 without one", "get", () => response(307), { _tag: "ApiError", status: 307 }],
    ...[301, 302, 307, 308].map(
      (status) =>
        [
          `${status} to another origin`,
          "get",
          () => response(status, null, { location: "https://evil.example/v4" }),
          { _tag: "TransportError", reason: "RedirectRefused", outcome: "NotSent" },
        ] as const,
    ),
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

  it.effect("is a response too where the HttpClient fails with it", () =>
    Effect.gen(function* () {
      const { error } = yield* sent("get", () => response(409), true)
      assert.deepInclude(error, { _tag: "ApiError", status: 409 })
    }),
  )
})
