import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { makeTarget } from "../../../src/internal/http/node/target.js"

const base = "https://api.example.com"

/** What `URL` makes of a URL, which is what the transport has to ask for. */
const parsed = (url: string) => {
  const { origin, pathname, search } = new URL(url)
  return { origin, path: pathname + search }
}

describe("the path that is asked for is the one that `URL` reads, also when the origin is known already", () => {
  const paths = [
    "",
    "/",
    "/v4/users",
    "/v4/users/",
    "/v4//users",
    "//users",
    "/v4/users/usr_9m4e2mr0ui3e8a215n4g",
    "/v4/a.b/c~d!$&'()*+,;=:@-e",
    "/.",
    "/..",
    "/v4/..",
    "/v4/../users",
    "/v4/./users",
    "/v4/.../users",
    "/v4/.hidden",
    "/v4/%2e%2e/users",
    "/v4/%41",
    "/v4/a b",
    "/v4/\u00fc",
    "/v4\\users",
    "/v4/users?a=1&b=%20",
    "/v4/users?a=1#part",
    "/v4/users#part",
    "/v4/a\n",
    "?a=1",
    "#part",
    ":8443/v4",
    ".evil.example/v4",
    "@evil.example/v4",
  ]
  for (const path of paths) {
    it(JSON.stringify(path), () => {
      const target = makeTarget()
      assert.deepStrictEqual(target(HttpClientRequest.get(base + path)), Either.right(parsed(base + path)))
      target(HttpClientRequest.get(`${base}/v4`))
      assert.deepStrictEqual(target(HttpClientRequest.get(base + path)), Either.right(parsed(base + path)))
      assert.deepStrictEqual(target(HttpClientRequest.get(`${base}/v4`)), Either.right({ origin: base, path: "/v4" }))
    })
  }

  it("for an origin that is not written as `URL` writes it", () => {
    const target = makeTarget()
    for (const url of ["HTTPS://API.example.com:443/v4/a", "HTTPS://API.example.com:443/v4/b", "http://127.1/v4"]) {
      assert.deepStrictEqual(target(HttpClientRequest.get(url)), Either.right(parsed(url)))
    }
  })

  it("with the parameters of the request, and without its fragment", () => {
    const target = makeTarget()
    const request = HttpClientRequest.get(`${base}/v4/users`, { urlParams: { a: "1 2" }, hash: "part" })
    for (const time of ["first", "then"]) {
      assert.deepStrictEqual(target(request), Either.right({ origin: base, path: "/v4/users?a=1+2" }), time)
    }
  })

  it("or it is an error, where there is no URL", () => {
    assert.isTrue(Either.isLeft(makeTarget()(HttpClientRequest.get("nowhere"))))
  })
})
