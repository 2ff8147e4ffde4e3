import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { defaultBaseUrl, normalise, parse, parseOrigin } from "../../src/internal/config/baseUrl.js"
import { seedOf } from "../support/exhaustive.js"
import { usersLayer } from "../support/users.js"

const said = (result: Either.Either<unknown, unknown>) =>
  Either.isLeft(result) ? JSON.stringify(result.left) : "it is taken"

const base = (text: string, insecure = false) => {
  const result = normalise("baseUrl", text, "baseUrl", insecure)
  return Either.isRight(result) ? result.right.origin + result.right.path : said(result)
}
const host = (text: string, insecure = false) => {
  const result = normalise(["profile", "host"], text, "host", insecure)
  return Either.isRight(result) ? result.right.origin + result.right.path : said(result)
}

const absolute = /Expected an absolute URL such as https:\/\/api\.tiledb\.com\/v4/
const clear = /Use https:\/\/: http:\/\/ sends secrets in clear text \(see allowInsecureHttp\)/
const version = /End the path with the version of the API, as in https:\/\/api\.tiledb\.com\/v4/

describe("a base URL", () => {
  it("is read in linear time, however many slashes are not at its end", () => {
    const started = performance.now()
    assert.match(base(`https://gateway.example/${"/".repeat(200_000)}x`), version)
    assert.isBelow(performance.now() - started, 2000)
  })

  it("is an origin and a path that ends in a version", () => {
    for (const [text, url = text] of [
      [defaultBaseUrl, "https://api.tiledb.com/v4"],
      ["https://api.tiledb.com/v4///", "https://api.tiledb.com/v4"],
      ["HTTPS://API.TileDB.com:443/v4", "https://api.tiledb.com/v4"],
      ["https://gateway.example/tiledb/v12"],
      ["https://gateway.example/v1/v2"],
      ["https://apps.example/v4"],
      ["https://my.app.example/v4"],
      ["http://localhost/v4"],
      ["http://localhost:8080/v4"],
      ["http://127.0.0.1/v4"],
      ["http://127.255.10.200:1/v4"],
      ["http://[::1]:8080/v4"],
      ["https://api.tiledb.com/a@b/v4"],
      ["https://api.tiledb.com//x@y/v4"],
    ] as const) {
      assert.strictEqual(base(text), url)
    }
  })

  it("is absolute and has a host", () => {
    for (const text of [
      "",
      "api.tiledb.com/v4",
      "/v4",
      "//a/v4",
      "https:a/v4",
      "https:///a/v4",
      "https://?x",
      "https://#x",
      "https://\\a",
      "ftp://a/v4",
      "xhttps://a/v4",
      "https://a:port/v4",
      " https://a/v4",
    ]) {
      assert.match(base(text), absolute, text)
    }
    for (const value of [12, new URL(defaultBaseUrl)]) assert.match(base(value as never), absolute)
  })

  it("has nothing in it that the parser would repair", () => {
    const unfit = /Remove backslashes, white space and control characters/
    for (const text of [
      "https://a/v4 ",
      "https://a/v4\n",
      "https://a\\v4",
      "https://a/\u0000v4",
      "https://a/\u202ev4",
    ]) {
      assert.match(base(text), unfit, JSON.stringify(text))
    }
  })

  it("has no username and no password, not even empty ones", () => {
    const leaveOut = /Remove the username and password; pass Credentials\.basic instead/
    for (const text of ["https://ada@a/v4", "https://ada:pw@a/v4", "https://:pw@a/v4", "https://a.example:1@a/v4"]) {
      assert.match(base(text), leaveOut, text)
    }
    assert.match(base("https://a@/v4"), absolute)
  })

  it("has no query and no fragment, not even empty ones", () => {
    for (const text of ["https://a/v4?x", "https://a/v4?", "https://a/v4#x", "https://a/v4#", "https://a?x@y/v4"]) {
      assert.match(base(text), /Remove the query and the fragment/, text)
    }
  })

  it("is not the web console", () => {
    const console = /This is the web console; the API is at https:\/\/api\.tiledb\.com\/v4/
    for (const text of ["https://app.tiledb.com/v4", "https://APP.example/v4"]) assert.match(base(text), console)
  })

  it("is plain http to loopback alone, or where that is asked for", () => {
    for (const host of [
      "api.tiledb.com",
      "localhost.evil.example",
      "notlocalhost",
      "127.0.0.1.evil.example",
      "x127.0.0.1.example",
      "0.0.0.0",
      "128.0.0.1",
      "[::2]",
    ]) {
      assert.match(base(`http://${host}/v4`), clear, host)
      assert.strictEqual(base(`http://${host}/v4`, true), `http://${host}/v4`)
    }
  })

  it("is told to end in a version", () => {
    for (const path of ["", "/", "/v4/users", "/v4x", "/v", "/xv4", "/v4.1"]) {
      assert.match(base(`https://a.example${path}`), version, path)
    }
  })
})

describe("a host", () => {
  it("means https, and has the version that this client speaks", () => {
    for (const [text, url] of [
      ["api.tiledb.com", "https://api.tiledb.com/v4"],
      [" api.tiledb.com\n", "https://api.tiledb.com/v4"],
      ["https://api.tiledb.com/", "https://api.tiledb.com/v4"],
      ["HTTPS://api.tiledb.com", "https://api.tiledb.com/v4"],
      ["https://api.tiledb.com/v1", "https://api.tiledb.com/v4"],
      ["gateway.example/tiledb/v12", "https://gateway.example/tiledb/v4"],
      ["gateway.example/v1/v2", "https://gateway.example/v1/v4"],
      ["localhost:8080", "https://localhost:8080/v4"],
      ["http://localhost:8080", "http://localhost:8080/v4"],
      ["a.example/b://v4", "https://a.example/b://v4"],
    ] as const) {
      assert.strictEqual(host(text), url, text)
    }
    assert.strictEqual(host("http://a.example", true), "http://a.example/v4")
  })

  it("is refused as a base URL would be", () => {
    assert.match(host("ftp://a.example"), absolute)
    assert.match(host("x+y-z.1://a.example"), absolute)
    assert.match(host(""), absolute)
    assert.match(host("http://a.example"), clear)
    assert.match(host("a.example/users"), version)
  })
})

describe("what is refused is named", () => {
  it("as the option, or as where somebody has written it down, and never repeated", () => {
    const secret = "https://ada:hunter2@a.example/v4"
    const [option, path] = [parse("baseUrl", secret, false), parse(["profile", "host"], secret, false)]
    assert.include(said(option), '"path":["baseUrl"]')
    assert.include(said(path), '"path":["profile","host"]')
    for (const one of [option, path]) assert.notInclude(said(one), "hunter2")
    assert.include(base("https://a.example/x"), '"path":["baseUrl"]')
    assert.include(host("a.example/x"), '"path":["profile","host"]')
  })
})

describe("an allowed origin", () => {
  it("is an origin without a path", () => {
    const origin = (text: string, insecure = false) => parseOrigin(text, insecure)
    assert.deepStrictEqual(origin("https://EU.example.com:443/"), Either.right("https://eu.example.com"))
    assert.deepStrictEqual(origin("http://a.example", true), Either.right("http://a.example"))
    assert.match(said(origin("http://a.example")), clear)
    const path = said(origin("https://eu.example.com/v4"))
    assert.match(path, /Expected origins without a path, such as https:\/\/eu\.example\.com/)
    assert.include(path, '"path":["allowedOrigins"]')
    assert.include(said(origin("eu.example.com")), '"path":["allowedOrigins"]')
  })
})

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
    for (const url of urls) assert.isTrue(Either.isRight(parse("baseUrl", url, false)), url)
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
  "http://api.tiledb.com/v4": "Use https://",
  "http://127.0.0.1.evil.example/v4": "Use https://",
  "http://localhost.evil.example/v4": "Use https://",
  "http://notlocalhost/v4": "Use https://",
  "http://127.evil.example/v4": "Use https://",
  "http://0.0.0.0/v4": "Use https://",
  "http://10.0.0.1/v4": "Use https://",
  "http://[::ffff:10.0.0.1]/v4": "Use https://",
  "http://[2001:db8::1]/v4": "Use https://",
  "http://localhost./v4": "Use https://",
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
        assert.strictEqual(Either.isRight(result), hint === "Use https://", text)
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
        const parsed = parse("baseUrl", text, insecure)
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
      { seed: seedOf(20260131), numRuns: 5000 },
    )
  })

  it("as a host becomes a base URL that the client takes, or a message that does not repeat it", () => {
    fc.assert(
      fc.property(text, (text) => {
        const url = TileDBConfig.baseUrlFromHost(text)
        if (Either.isRight(url)) assert.isTrue(Either.isRight(parse("baseUrl", url.right, true)), url.right)
        else if (text.length > 12) assert.notInclude(String(url.left).replace("https://api.tiledb.com/v4", ""), text)
      }),
      { seed: seedOf(20260131), numRuns: 5000 },
    )
  })
})
