import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as BaseUrl from "../../src/internal/config/baseUrl.js"
import { usersLayer } from "../support/users.js"

/** Builds the Layer, asks once, and gives the URL that was asked. */
const urlAt = (options: TileDBClient.Options) =>
  Effect.gen(function* () {
    const urls: Array<string> = []
    const client = HttpClient.make((request, url) =>
      Effect.sync(() => {
        urls.push(url.href)
        return HttpClientResponse.fromWeb(request, new Response(null, { status: 204 }))
      }),
    )
    const layer = usersLayer({ retryPolicy: RetryPolicy.none, ...options }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, client)),
    )
    const users = yield* Effect.provide(Users.Users, layer)
    yield* Effect.ignore(users.requestPasswordReset({ username_or_email: "ada" }))
    return urls[0] ?? assert.fail("nothing was sent")
  })

const path = "/actions/users/request_password_reset"

describe("a base URL that can be used", () => {
  const taken: Record<string, string> = {
    "https://api.tiledb.com/v4": "https://api.tiledb.com/v4",
    "https://api.tiledb.com/v4/": "https://api.tiledb.com/v4",
    "https://api.tiledb.com/v4///": "https://api.tiledb.com/v4",
    "HTTPS://API.TileDB.com/v4": "https://api.tiledb.com/v4",
    "https://api.tiledb.com:443/v4": "https://api.tiledb.com/v4",
    "https://tiledb.example.com:8443/gateway/v4": "https://tiledb.example.com:8443/gateway/v4",
    "https://tiledb.example.com/v1": "https://tiledb.example.com/v1",
    "https://tiledb.example.com/a/../v4": "https://tiledb.example.com/v4",
    "https://b\u00fccher.example/v4": "https://xn--bcher-kva.example/v4",
    "http://localhost:8080/v4": "http://localhost:8080/v4",
    "http://127.0.0.1/v4": "http://127.0.0.1/v4",
    "http://127.8.9.10:1/v4": "http://127.8.9.10:1/v4",
    "http://127.1:8080/v4": "http://127.0.0.1:8080/v4",
    "http://[::1]:8080/v4": "http://[::1]:8080/v4",
    "https://[2001:db8::1]/v4": "https://[2001:db8::1]/v4",
  }
  for (const [text, expected] of Object.entries(taken)) {
    it.effect(text, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* urlAt({ baseUrl: text }), expected + path)
      }),
    )
  }

  it("with letters beyond ASCII, however often a URL was parsed before", () => {
    const urls = ["https://b\u00fccher.example/v4", "https://api.tiledb.com/v4"]
    // So often that V8 optimises it.
    for (let times = 0; times < 50_000; times++) URL.canParse(urls[times % 2] ?? "")
    for (const url of urls) assert.isTrue(Either.isRight(BaseUrl.parse("baseUrl", url, false)), url)
  })

  it.effect("the service's own, when none is given", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* urlAt({}), `https://api.tiledb.com/v4${path}`)
      assert.strictEqual(TileDBConfig.defaultBaseUrl, "https://api.tiledb.com/v4")
    }),
  )

  it.effect("plain http elsewhere, when asked for explicitly", () =>
    Effect.gen(function* () {
      const baseUrl = "http://tiledb.intranet:8080/v4"
      assert.strictEqual(yield* urlAt({ baseUrl, allowInsecureHttp: true }), baseUrl + path)
    }),
  )
})

/** What is refused, and a word of the message that says what to write instead. */
const refused: Record<string, string> = {
  "": "absolute URL",
  "api.tiledb.com/v4": "absolute URL",
  "/v4": "absolute URL",
  "//api.tiledb.com/v4": "absolute URL",
  "https:api.tiledb.com/v4": "absolute URL",
  "https:///api.tiledb.com/v4": "absolute URL",
  "https://": "absolute URL",
  "https://:443/v4": "absolute URL",
  "https://api.tiledb.com:port/v4": "absolute URL",
  "ftp://api.tiledb.com/v4": "absolute URL",
  "file:///v4": "absolute URL",
  "javascript:alert(1)": "absolute URL",
  " https://api.tiledb.com/v4": "absolute URL",
  "https://api.tiledb.com/v4 ": "white space",
  "https://api.tiledb.com/v4\n": "white space",
  "https://api.tile\tdb.com/v4": "white space",
  "https://api.tiledb.com/\u0000v4": "control characters",
  "https://api.tiledb.com/v4\u001b[31m": "control characters",
  "https://api.tiledb.com/\u202ev4": "control characters",
  "https://api.tiledb.com\\v4": "backslashes",
  "https:\\\\api.tiledb.com\\v4": "absolute URL",
  "https://ada:hunter2@api.tiledb.com/v4": "Credentials.basic",
  "https://ada@api.tiledb.com/v4": "Credentials.basic",
  "https://:hunter2@api.tiledb.com/v4": "Credentials.basic",
  "https://@api.tiledb.com/v4": "Credentials.basic",
  "https://api.tiledb.com/v4?token=hunter2": "query",
  "https://api.tiledb.com/v4?": "query",
  "https://api.tiledb.com/v4#hunter2": "fragment",
  "https://api.tiledb.com/v4#": "fragment",
  "https://app.tiledb.com/v4": "web console",
  "https://APP.tiledb.com/v4": "web console",
  "http://api.tiledb.com/v4": "Write https://",
  "http://127.0.0.1.evil.example/v4": "Write https://",
  "http://localhost.evil.example/v4": "Write https://",
  "http://notlocalhost/v4": "Write https://",
  "http://127.evil.example/v4": "Write https://",
  "http://0.0.0.0/v4": "Write https://",
  "http://10.0.0.1/v4": "Write https://",
  "http://[::ffff:10.0.0.1]/v4": "Write https://",
  "http://[2001:db8::1]/v4": "Write https://",
  "http://localhost./v4": "Write https://",
}

describe("a base URL that cannot be used ends the Layer", () => {
  for (const [text, hint] of Object.entries(refused)) {
    it.effect(JSON.stringify(text), () =>
      Effect.gen(function* () {
        for (const options of [{ baseUrl: text }, { allowedOrigins: [text] }]) {
          const error = yield* Effect.flip(urlAt(options))
          assert.isTrue(ConfigError.isConfigError(error))
          assert.include(String(error), hint)
          assert.include(String(error), "baseUrl" in options ? "baseUrl" : "allowedOrigins")
          assert.notInclude(JSON.stringify(error) + String(error), "hunter2")
        }
      }),
    )
  }

  it.effect("a path that does not end in a version, with what to write", () =>
    Effect.gen(function* () {
      for (const path of ["", "/", "/v4/users", "/v4/users/self", "/v4x", "/v", "/api", "/v4%20", "/v4/.."]) {
        const error = yield* Effect.flip(urlAt({ baseUrl: `https://tiledb.example.com${path}` }))
        assert.isTrue(ConfigError.isConfigError(error))
        assert.match(String(error), /baseUrl.*End the path with the version .* https:\/\/api\.tiledb\.com\/v4/)
      }
    }),
  )

  it.effect("whatever else it is", () =>
    Effect.gen(function* () {
      for (const value of [12, {}, ["https://api.tiledb.com"], new URL("https://api.tiledb.com/v4")]) {
        assert.isTrue(ConfigError.isConfigError(yield* Effect.flip(urlAt({ baseUrl: value as never }))))
      }
    }),
  )

  it.effect("plain http is the one thing that allowInsecureHttp allows", () =>
    Effect.gen(function* () {
      for (const [text, hint] of Object.entries(refused)) {
        const result = yield* Effect.either(urlAt({ baseUrl: text, allowInsecureHttp: true }))
        assert.strictEqual(Either.isRight(result), hint === "Write https://", text)
      }
    }),
  )

  it.effect("an allowed origin has no path", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(urlAt({ allowedOrigins: ["https://eu.example.com/v4"] }))
      assert.include(String(error), "origins without a path")
    }),
  )
})

describe("any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc
      .tuple(
        fc.constantFrom("https:", "http:", "HTTP:", "ftp:", "https", ""),
        fc.constantFrom("//", "///", "/", "\\\\", ""),
        fc.constantFrom("", "@", "ada:pass@", "\t"),
        fc.constantFrom(
          "api.tiledb.com",
          "localhost",
          "127.0.0.1",
          "[::1]",
          "app.tiledb.com",
          "2130706433",
          "evil.example",
          "",
        ),
        fc.constantFrom("", ":443", ":0", ":99999", ".", "\u0000"),
        fc.constantFrom("", "/v4", "/v4/", "/../v4", "?a", "#a", "\\v4", "//", "/%2e%2e/"),
      )
      .map((parts) => parts.join("")),
  )

  it("becomes an origin and a path that lead there, or a message that does not repeat it", () => {
    fc.assert(
      fc.property(text, fc.boolean(), (text, insecure) => {
        const parsed = BaseUrl.parse("baseUrl", text, insecure)
        if (Either.isLeft(parsed)) {
          if (text.length > 12) assert.notInclude(String(parsed.left).replace("https://api.tiledb.com/v4", ""), text)
          return
        }
        const { origin, path } = parsed.right
        const url = new URL(`${origin}${path}/users/self`)
        assert.strictEqual(url.origin, origin)
        assert.strictEqual(url.pathname, `${path}/users/self`)
        assert.strictEqual(url.search + url.hash + url.username + url.password, "")
        assert.strictEqual(url.origin, new URL(text).origin)
        assert.isFalse(path.endsWith("/"))
        const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)
        assert.isTrue(url.protocol === "https:" || (url.protocol === "http:" && (loopback || insecure)))
      }),
      { seed: 20260131, numRuns: 5000 },
    )
  })

  it("as a host becomes a base URL that the client takes, or a message that does not repeat it", () => {
    fc.assert(
      fc.property(text, (text) => {
        const url = TileDBConfig.baseUrlFromHost(text)
        if (Either.isRight(url)) assert.isTrue(Either.isRight(BaseUrl.parse("baseUrl", url.right, true)), url.right)
        else if (text.length > 12) assert.notInclude(String(url.left).replace("https://api.tiledb.com/v4", ""), text)
      }),
      { seed: 20260131, numRuns: 5000 },
    )
  })
})
