// A request is read by transports as any other, and printed by nobody with its credential or its body.
import { inspect } from "node:util"
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as FiberRefs from "effect/FiberRefs"
import * as Inspectable from "effect/Inspectable"
import { credentialHeaders, request, shield, textBody } from "../../src/internal/secrets/shieldedRequest.js"

const hunter = "hunter2 hunter2"

const redactedBy = (u: unknown): unknown =>
  Inspectable.withRedactableContext(FiberRefs.empty(), () => Inspectable.redact(u))

/** All that prints it. */
const printed = (u: unknown): ReadonlyArray<string> => [
  String(u),
  JSON.stringify(u),
  inspect(u),
  inspect(u, { customInspect: false, depth: null, showHidden: true }),
  JSON.stringify(redactedBy(u)),
  JSON.stringify(Inspectable.toJSON(u)),
]

const read = (headers: Headers.Headers): Record<string, string> => ({ ...headers })

const secretNames = ["authorization", "proxy-authorization", "cookie", "x-tiledb-rest-api-key"]

describe("the headers of a request", () => {
  it("have the credential for whoever reads them, beside the others", () => {
    const make = credentialHeaders({ accept: "json", a: "1" }, "authorization", () => hunter)
    assert.deepStrictEqual(read(make({ a: "2", b: "3" })), { accept: "json", a: "2", b: "3", authorization: hunter })
    assert.deepStrictEqual(read(make(undefined)), { accept: "json", a: "1", authorization: hunter })
    assert.deepStrictEqual(read(credentialHeaders({ accept: "json" })({ b: "3" })), { accept: "json", b: "3" })
    assert.isTrue(Headers.isHeaders(make(undefined)))
    assert.notStrictEqual(make(undefined), make(undefined))
  })

  it("print without it, and with the others", () => {
    for (const name of secretNames) {
      const headers = credentialHeaders({ accept: "json" }, name, () => hunter)(undefined)
      const shown = { accept: "json", [name]: "<redacted>" }
      for (const text of printed(headers)) assert.notInclude(text, hunter, name)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(headers)), shown)
      assert.deepStrictEqual(JSON.parse(String(headers)), shown)
      assert.deepStrictEqual(redactedBy(headers), shown)
      assert.strictEqual(inspect(headers), inspect(shown))
    }
  })
})

describe("the body of a request", () => {
  const body = textBody(hunter, "text/plain")
  const shown = {
    _id: "@effect/platform/HttpBody",
    _tag: "Uint8Array",
    body: "<redacted>",
    contentType: "text/plain",
    contentLength: hunter.length,
  }

  it("is bytes with a type and a length", () => {
    assert.isTrue(HttpBody.isHttpBody(body))
    assert.strictEqual(new TextDecoder().decode(body.body), hunter)
    assert.deepStrictEqual(
      [body._tag, body.contentType, body.contentLength],
      ["Uint8Array", "text/plain", hunter.length],
    )
    assert.strictEqual(textBody("\u00fc", "text/plain").contentLength, 2)
  })

  it("prints as what it is, without the bytes", () => {
    const bytes = String(new TextEncoder().encode(hunter)).slice(0, 12)
    for (const text of printed(body)) {
      assert.notInclude(text, hunter)
      assert.notInclude(text, bytes)
    }
    assert.deepStrictEqual(JSON.parse(JSON.stringify(body)), shown)
    assert.deepStrictEqual(JSON.parse(String(body)), shown)
    assert.strictEqual(inspect(body), inspect(shown))
  })
})

describe("a request", () => {
  const headers = credentialHeaders({ accept: "json" }, "authorization", () => hunter)(undefined)
  const made = request("POST", "https://api.tiledb.com/v4", headers, textBody(hunter, "text/plain"))

  it("is one of the platform", () => {
    assert.isTrue(HttpClientRequest.TypeId in made)
    const { hash, method, url, urlParams } = HttpClientRequest.post("https://api.tiledb.com/v4")
    assert.deepStrictEqual([made.method, made.url, made.urlParams, made.hash], [method, url, urlParams, hash])
    assert.strictEqual(made.headers, headers)
    for (const text of printed(made)) assert.notInclude(text, hunter)
  })

  it("that was not changed stays as it is", () => {
    assert.strictEqual(shield(made), made)
  })

  it("that the user's own client has changed is hidden again, and can be changed as before", () => {
    for (const name of secretNames) {
      const changed = HttpClientRequest.setHeaders(HttpClientRequest.get("https://api.tiledb.com/v4"), {
        [name]: hunter,
        "x-mine": "1",
      })
      const shielded = shield(changed)
      assert.isTrue(HttpClientRequest.TypeId in shielded)
      assert.deepStrictEqual([shielded.method, shielded.url], ["GET", changed.url])
      assert.deepStrictEqual(read(shielded.headers), { [name]: hunter, "x-mine": "1" })
      for (const text of printed(shielded.headers)) assert.notInclude(text, hunter, name)
      for (const text of printed(shielded)) assert.notInclude(text, hunter, name)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(shielded.headers)), { [name]: "<redacted>", "x-mine": "1" })
      assert.isTrue(Reflect.set(shielded.headers, "x-mine", "2"))
      assert.strictEqual(shielded.headers["x-mine"], "2")
    }
  })
})
