import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { defaultBaseUrl, normalise, parse, parseOrigin } from "../../src/internal/config/baseUrl.js"

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
const clear =
  /Write https:\/\/ : http:\/\/ would send secrets in the clear \(allowed to loopback, or with allowInsecureHttp\)/
const version =
  /End the path with the version of the API, as in https:\/\/api\.tiledb\.com\/v4, and leave out what follows it/

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
    const unfit = /Expected a URL without backslashes, white space or control characters/
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
    const leaveOut = /Leave the username and password out of the URL and pass Credentials\.basic instead/
    for (const text of ["https://ada@a/v4", "https://ada:pw@a/v4", "https://:pw@a/v4", "https://a.example:1@a/v4"]) {
      assert.match(base(text), leaveOut, text)
    }
    assert.match(base("https://a@/v4"), absolute)
  })

  it("has no query and no fragment, not even empty ones", () => {
    for (const text of ["https://a/v4?x", "https://a/v4?", "https://a/v4#x", "https://a/v4#", "https://a?x@y/v4"]) {
      assert.match(base(text), /Leave the query and fragment out: only scheme, host, port and path belong here/, text)
    }
  })

  it("is not the web console", () => {
    const console =
      /This is the web console; the API is at https:\/\/api\.tiledb\.com\/v4 \(write `api\.` for `app\.`\)/
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
