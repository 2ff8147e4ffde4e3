import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Script from "./support/retryScript.js"
import { usersLayer } from "./support/users.js"

const ask = Effect.flatMap(Users.Users, (users) => users.requestPasswordReset({ username_or_email: "ada" }))
const read = Effect.flatMap(Users.Users, (users) => users.getUser(Script.userId))

/** A service that answers by the URL of the request, and what it was sent. */
const answering = (answer: (url: URL) => Response) => {
  const sent: Array<HttpClientRequest.HttpClientRequest> = []
  const client = HttpClient.make((request, url) =>
    Effect.sync(() => {
      sent.push(request)
      return HttpClientResponse.fromWeb(request, answer(url))
    }),
  )
  return { client: Layer.succeed(HttpClient.HttpClient, client), sent }
}

const done = () => new Response(null, { status: 204 })

const withVariables = (variables: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

describe("the service", () => {
  it.effect("is served by Layer.mock, and is what Users is made of", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const mock = Layer.mock(TileDBClient.TileDBClient, {
        execute: (call) => Effect.sync(() => void seen.push(call.operation.name)),
      })
      yield* ask.pipe(Effect.provide(Users.layer), Effect.provide(mock))
      assert.deepStrictEqual(seen, ["requestPasswordReset"])
    }),
  )

  it.scoped("has an execute, a status and a workspace", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(TileDBClient.layer().pipe(Layer.provide(answering(done).client)))
      const client = Context.get(context, TileDBClient.TileDBClient)
      assert.deepStrictEqual(Object.keys(client).sort(), ["execute", "status", "workspace"])
      assert.isObject(client)
    }),
  )
})

describe("layerConfig", () => {
  const variables = { KEY: "a-key", HOST: "https://api.example.com/v4", CALLS: "2", CAPACITY: "-1" }

  /** The Layer's error, or what a call under it sends. */
  const built = (layer: Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient>) =>
    Effect.gen(function* () {
      const { client, sent } = answering(done)
      yield* ask.pipe(Effect.provide(Users.layer), Effect.provide(layer), Effect.provide(client))
      return sent.map(({ headers, url }) => [new URL(url).host, headers["x-tiledb-rest-api-key"]])
    }).pipe(withVariables(variables))

  const layerOf = (options?: TileDBClient.ConfigOptions) => TileDBClient.layerConfig(options)
  const credentials = Config.map(Config.redacted("KEY"), Credentials.apiKey)

  it.effect("takes values and Configs side by side", () =>
    Effect.gen(function* () {
      const mixed = layerOf({ baseUrl: Config.string("HOST"), credentials, retryPolicy: RetryPolicy.none })
      assert.deepStrictEqual(yield* built(mixed), [["api.example.com", "a-key"]])
      const plain = layerOf({ baseUrl: "https://eu.example.com/v4", credentials: Credentials.anonymous })
      assert.deepStrictEqual(yield* built(plain), [["eu.example.com", undefined]])
    }),
  )

  it.effect("takes Configs inside of rateLimit and retryBudget, beside values", () =>
    Effect.gen(function* () {
      const fine = layerOf({ credentials, rateLimit: { calls: Config.integer("CALLS"), per: "1 second" } })
      assert.deepStrictEqual(yield* built(fine), [["api.tiledb.com", "a-key"]])
      const wrong = layerOf({ credentials, retryBudget: { capacity: Config.integer("CAPACITY"), perSuccess: 1 } })
      assert.match(String(yield* Effect.flip(built(wrong))), /retryBudget\.capacity/)
      const absent = layerOf({ credentials, rateLimit: { calls: Config.integer("NONE"), per: "1 second" } })
      assert.match(String(yield* Effect.flip(built(absent))), /NONE/)
    }),
  )

  it.effect("takes Config.Wrap of the options, and one Config or one effect of all of them", () =>
    Effect.gen(function* () {
      const wrapped: Config.Config.Wrap<TileDBClient.Options> = { credentials, baseUrl: Config.string("HOST") }
      if (Config.isConfig(wrapped)) return assert.fail()
      assert.deepStrictEqual(yield* built(layerOf(wrapped)), [["api.example.com", "a-key"]])
      const one: Config.Config<TileDBClient.Options> = Config.all({ credentials, baseUrl: Config.string("HOST") })
      assert.deepStrictEqual(yield* built(TileDBClient.layerConfig(one)), [["api.example.com", "a-key"]])
      const options = Effect.succeed({ baseUrl: "https://us.example.com/v4" })
      assert.deepStrictEqual(yield* built(TileDBClient.layerConfig(options)), [["us.example.com", undefined]])
    }),
  )

  it("leaves open what the options need, and HttpClient", () => {
    type Open<R> = Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient | R>
    expectTypeOf(TileDBClient.layerConfig()).toEqualTypeOf<Open<never>>()
    expectTypeOf(TileDBClient.layerConfig(TileDBConfig.config)).toEqualTypeOf<Open<never>>()
    expectTypeOf(Users.layer).toEqualTypeOf<Layer.Layer<Users.Users, never, TileDBClient.TileDBClient>>()
    expectTypeOf(TileDBClient.layerFetch()).toEqualTypeOf<
      Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError>
    >()
    // @ts-expect-error a number where a text belongs
    const wrong = () => TileDBClient.layerConfig({ baseUrl: 1 })
    // @ts-expect-error a Config of a number where one of a text belongs
    const wrongConfig = () => TileDBClient.layerConfig({ baseUrl: Config.integer("HOST") })
    assert.isFunction(wrong ?? wrongConfig)
  })
})

describe("layerFetch", () => {
  it.effect("carries calls with the fetch of the options, and needs no HttpClient", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [url: string, init: RequestInit | undefined]> = []
      const fetch: typeof globalThis.fetch = async (url, init) => {
        seen.push([String(url), init])
        return done()
      }
      const credentials = Credentials.bearer(Redacted.make("a-token"))
      yield* ask.pipe(Effect.provide(Users.layer), Effect.provide(TileDBClient.layerFetch({ credentials, fetch })))
      const [url, init] = seen[0] ?? assert.fail()
      assert.strictEqual(url, "https://api.tiledb.com/v4/actions/users/request_password_reset")
      assert.strictEqual(new Headers(init?.headers).get("authorization"), "Bearer a-token")
      assert.strictEqual(init?.redirect, "manual")
    }),
  )

  it.effect("fails with a ConfigError for options that cannot be used", () =>
    Effect.gen(function* () {
      const layer = TileDBClient.layerFetch({ baseUrl: "api.tiledb.com" })
      assert.match(String(yield* Effect.flip(Effect.scoped(Layer.build(layer)))), /baseUrl/)
    }),
  )
})

describe("transformClient", () => {
  const credentials = Credentials.apiKey(Redacted.make("a-key"))
  const elsewhere = "https://evil.example/v4/moved"

  it.effect("wraps the client that sends", () =>
    Effect.gen(function* () {
      const { client, sent } = answering(done)
      const transformClient = HttpClient.mapRequest(HttpClientRequest.setHeader("x-from", "a test"))
      yield* ask.pipe(Effect.provide(usersLayer({ credentials, transformClient })), Effect.provide(client))
      assert.strictEqual(sent[0]?.headers["x-from"], "a test")
      assert.strictEqual(sent[0]?.headers["x-tiledb-rest-api-key"], "a-key")
    }),
  )

  const followers: Record<string, (client: HttpClient.HttpClient) => HttpClient.HttpClient> = {
    followRedirects: HttpClient.followRedirects(10),
    "followRedirects over filterStatusOk": (client) =>
      HttpClient.followRedirects(HttpClient.filterStatusOk(client), 10),
    "RequestInit with redirect: follow": HttpClient.transformResponse(
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow" }),
    ),
  }
  for (const [what, transformClient] of Object.entries(followers)) {
    it.effect(`cannot make the client follow a redirect that it refuses: ${what}`, () =>
      Effect.gen(function* () {
        const { client, sent } = answering(() => new Response(null, { status: 307, headers: { location: elsewhere } }))
        const error = yield* Effect.flip(read).pipe(
          Effect.provide(usersLayer({ credentials, transformClient })),
          Effect.provide(client),
        )
        assert.deepInclude(error, { _tag: "TransportError", reason: "RedirectRefused" })
        assert.strictEqual(sent.length, 1)
      }),
    )

    it.effect(`does not change which redirects the client follows, and with what: ${what}`, () =>
      Effect.gen(function* () {
        const { client, sent } = answering((url) =>
          url.pathname === "/v4/moved"
            ? done()
            : new Response(null, { status: 302, headers: { location: "/v4/moved" } }),
        )
        // 302 is followed for GET only.
        const error = yield* Effect.flip(ask).pipe(
          Effect.provide(usersLayer({ credentials, transformClient })),
          Effect.provide(client),
        )
        assert.deepInclude(error, { _tag: "TransportError", reason: "RedirectRefused" })
        yield* Effect.ignore(read).pipe(
          Effect.provide(usersLayer({ credentials, transformClient, retryPolicy: RetryPolicy.none })),
          Effect.provide(client),
        )
        assert.deepStrictEqual(
          sent.map(({ method, url }) => [method, new URL(url).pathname]),
          [
            ["POST", "/v4/actions/users/request_password_reset"],
            ["GET", `/v4/users/${Script.userId}`],
            ["GET", "/v4/moved"],
          ],
        )
      }),
    )
  }

  it.effect("cannot make fetch follow one", () =>
    Effect.gen(function* () {
      const seen: Array<RequestInit | undefined> = []
      const fetch: typeof globalThis.fetch = async (_url, init) => {
        seen.push(init)
        return done()
      }
      const transformClient = followers["RequestInit with redirect: follow"]
      yield* ask.pipe(
        Effect.provide(usersLayer({ credentials, transformClient })),
        Effect.provide(FetchHttpClient.layer),
        Effect.provideService(FetchHttpClient.Fetch, fetch),
      )
      assert.deepStrictEqual(
        seen.map((init) => init?.redirect),
        ["manual"],
      )
    }),
  )

  it.effect("sees requests that print no credential", () =>
    Effect.gen(function* () {
      const { client } = answering(() => new Response(null, { status: 307, headers: { location: elsewhere } }))
      const printed: Array<string> = []
      const print = (value: unknown) => Effect.sync(() => printed.push(JSON.stringify(value), String(value)))
      const transformClient = (client: HttpClient.HttpClient) =>
        client.pipe(
          HttpClient.tapRequest((request) => Effect.zipRight(print(request), print(request.headers))),
          HttpClient.tapError(print),
        )
      yield* Effect.ignore(ask).pipe(
        Effect.provide(usersLayer({ credentials, transformClient })),
        Effect.provide(client),
      )
      assert.strictEqual(printed.length, 6)
      assert.notInclude(printed.join(), "a-key")
      assert.include(printed.join(), "<redacted>")
    }),
  )
})
