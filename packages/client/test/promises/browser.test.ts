// In a page every script can read what the client holds.
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient } from "@effect-tiledb/client"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { makeUsers, usersLayerConfig } from "../support/users.js"

/** Makes the tests' process look like this for as long as the scope is open. */
const globals = (...names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        assert.isFalse(name in globalThis, name)
        Reflect.set(globalThis, name, {})
      }),
      () => Effect.sync(() => Reflect.deleteProperty(globalThis, name)),
    ),
  )

const aPage = globals("window", "document")

const usersWith = (options: TileDBClient.Options) => {
  const sent: Array<HttpClientRequest> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      sent.push(request)
      return HttpClientResponse.fromWeb(request, new Response(null, { status: 204 }))
    }),
  )
  return makeUsers({ retryPolicy: RetryPolicy.none, ...options }).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.map((users) => ({ users, sent })),
  )
}

const apiKey = Credentials.apiKey(Redacted.make("tiledb_key"))
const basic = Credentials.basic("ada", Redacted.make("hunter2"))
const bearer = Credentials.bearer(Redacted.make("token"))

const refuses = (options: TileDBClient.Options) =>
  Effect.map(Effect.flip(usersWith(options)), (error) => {
    assert.isTrue(ConfigError.isConfigError(error))
    assert.include(String(error), "credentials")
    assert.include(String(error), "Credentials.bearer")
    assert.include(String(error), "allowCredentialsInBrowser")
    assert.notMatch(String(error) + JSON.stringify(error), /tiledb_key|hunter2/)
  })

describe("in a browser's page", () => {
  it.scoped("an API key or password is refused", () =>
    Effect.gen(function* () {
      yield* aPage
      yield* refuses({ credentials: apiKey })
      yield* refuses({ credentials: basic })
      yield* refuses({ credentials: basic, allowCredentialsInBrowser: false })
    }),
  )

  it.scoped("from the configuration too", () =>
    Effect.gen(function* () {
      yield* aPage
      const layer = usersLayerConfig().pipe(
        Layer.provide(
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make(() => Effect.never),
          ),
        ),
      )
      const error = yield* Layer.build(layer).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["TILEDB_REST_TOKEN", "tiledb_key"]]))),
        Effect.flip,
      )
      assert.include(String(error), "allowCredentialsInBrowser")
      assert.notInclude(String(error), "tiledb_key")
    }),
  )

  it.scoped("unless told so explicitly", () =>
    Effect.gen(function* () {
      yield* aPage
      for (const credentials of [apiKey, basic]) {
        const { sent, users } = yield* usersWith({ credentials, allowCredentialsInBrowser: true })
        yield* users.requestPasswordReset({ username_or_email: "ada" })
        assert.strictEqual(sent.length, 1)
      }
    }),
  )

  it.scoped("a bearer token, a scoped token and nobody at all are fine", () =>
    Effect.gen(function* () {
      yield* aPage
      for (const credentials of [bearer, Credentials.anonymous, undefined]) {
        const { sent, users } = yield* usersWith({ credentials })
        yield* users.requestPasswordReset({ username_or_email: "ada" })
        yield* users.confirmEmail(Redacted.make("scoped"))
        assert.strictEqual(sent[1]?.headers["x-tiledb-rest-api-key"], "scoped")
      }
    }),
  )

  it.scoped("no header is sent that asks for a preflight without need", () =>
    Effect.gen(function* () {
      yield* aPage
      const { sent, users } = yield* usersWith({})
      yield* Effect.withSpan(users.requestPasswordReset({ username_or_email: "ada" }), "page")
      assert.hasAllKeys({ ...sent[0]?.headers }, ["accept", "content-type", "content-length"])
    }),
  )
})

describe("elsewhere", () => {
  for (const [where, names] of Object.entries({
    "on a server": [],
    "in a worker": ["WorkerGlobalScope"],
    "with a window but no document": ["window"],
    "with a document but no window": ["document"],
  })) {
    it.scoped(`an API key or password is taken: ${where}`, () =>
      Effect.gen(function* () {
        yield* globals(...names)
        for (const credentials of [apiKey, basic]) yield* usersWith({ credentials })
      }),
    )
  }
})

describe("a page that gets no response", () => {
  it.scoped("is told of CORS, after one retry at most: fetch does not say why", () =>
    Effect.gen(function* () {
      yield* aPage
      let requests = 0
      const client = HttpClient.make((request) => {
        requests++
        return Effect.fail(new RequestError({ request, reason: "Transport", cause: new TypeError("Failed to fetch") }))
      })
      const users = yield* Effect.provideService(
        makeUsers({ credentials: bearer, retryPolicy: RetryPolicy.make({ baseDelay: 0 }) }),
        HttpClient.HttpClient,
        client,
      )
      const error = yield* Effect.flip(users.getSelfUser)
      assert.deepInclude(error, {
        _tag: "TransportError",
        reason: "ConnectionLost",
        detail: "CORS",
        stopped: "Attempts",
      })
      assert.include(error.message, "probably CORS (the service must allow this page's origin), or it is down")
      assert.strictEqual(requests, 2)
    }),
  )
})
