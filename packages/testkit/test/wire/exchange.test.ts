import { inspect } from "node:util"
import * as Cookies from "@effect/platform/Cookies"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Deployment, Faults, Fixtures, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { basic, idOf, ownerKey, readError, send } from "../support/raw.js"

const deployment = Effect.provide(TestHttpClient.layer({ users: [Fixtures.user("bob")] }))

describe("routes", () => {
  it.effect("unknown paths are 404, known ones with another method 405 with Allow", () =>
    Effect.gen(function* () {
      for (const path of ["", "/", "/users/", "/users/self/", "/users//", "/nothing", "/actions/users", "/users/a/b"]) {
        const answer = yield* send("GET", path, { headers: yield* ownerKey })
        assert.strictEqual(answer.status, 404, path)
        readError(answer)
      }
      const allowed = [
        ["PUT", "/users", "POST, OPTIONS"],
        ["POST", "/users/self", "GET, DELETE, PATCH, HEAD, OPTIONS"],
        ["GET", "/actions/users/confirm_email", "POST, OPTIONS"],
      ] as const
      for (const [method, path, allow] of allowed) {
        const answer = yield* send(method, path)
        assert.deepStrictEqual([answer.status, answer.headers.allow], [405, allow])
        readError(answer)
      }
    }).pipe(deployment),
  )

  it.effect("a body that is nested too deep to be read is no JSON, whatever its operation", () =>
    Effect.gen(function* () {
      const headers = yield* ownerKey
      const nested = (depth: number) => [
        "[".repeat(depth) + "]".repeat(depth),
        `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
      ]
      for (const path of ["/users", "/tokens", "/workspaceusers/main", "/invitations/admin/main"]) {
        for (const body of [...nested(101), ...nested(20_000)]) {
          const answer = yield* send("POST", path, { headers, body })
          assert.deepStrictEqual([answer.status, readError(answer).code], [400, 10204], path)
        }
        for (const body of nested(100)) {
          const { code } = readError(yield* send("POST", path, { headers, body }))
          assert.notStrictEqual(code, 10204, path)
        }
      }
    }).pipe(deployment),
  )

  it.effect("a query is nobody's business, and a segment may be percent-encoded", () =>
    Effect.gen(function* () {
      const headers = yield* ownerKey
      const id = yield* idOf("bob")
      assert.strictEqual((yield* send("GET", `/users/${id}?a=b&c`, { headers })).status, 200)
      assert.strictEqual((yield* send("GET", `/users/${id.replace("u", "%75")}`, { headers })).status, 200)
    }).pipe(deployment),
  )

  it.effect("HEAD is GET without the body", () =>
    Effect.gen(function* () {
      const headers = yield* ownerKey
      const get = yield* send("GET", "/users/self", { headers })
      const head = yield* send("HEAD", "/users/self", { headers })
      assert.deepStrictEqual(head, { ...get, text: "" })
      assert.strictEqual((yield* send("HEAD", "/users/self")).status, 401)
      assert.strictEqual((yield* send("HEAD", "/users")).status, 405)
    }).pipe(deployment),
  )

  it.effect("OPTIONS says what a path takes, and no page of another origin is let in", () =>
    Effect.gen(function* () {
      const answer = yield* send("OPTIONS", "/users/self")
      assert.strictEqual(answer.status, 204)
      assert.sameMembers((answer.headers.allow ?? "").split(", "), ["GET", "DELETE", "PATCH", "HEAD", "OPTIONS"])
      for (const { headers } of [answer, yield* send("GET", "/users/self"), yield* send("GET", "/nothing")]) {
        assert.isEmpty(Object.keys(headers).filter((name) => name.startsWith("access-control-")))
      }
    }).pipe(deployment),
  )
})

describe("bodies", () => {
  const json = { username: "eve", email: "eve@example.com", password: "secret" }

  it.effect("other types, charsets and encodings than plain JSON are 415", () =>
    Effect.gen(function* () {
      const refused = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "",
        "json",
      ]
      for (const type of refused) {
        const answer = yield* send("POST", "/users", { json, headers: { "content-type": type } })
        assert.strictEqual(answer.status, 415, type)
      }
      const gzip = yield* send("POST", "/users", { json, headers: { "content-encoding": "gzip" } })
      assert.strictEqual(gzip.status, 415)
      const type = { "content-type": 'Application/JSON; charset="UTF-8"' }
      assert.strictEqual((yield* send("POST", "/users", { json, headers: type })).status, 201)
    }).pipe(deployment),
  )

  it.effect("no JSON, and no object, is 400", () =>
    Effect.gen(function* () {
      for (const body of ["", "{", "null", "[]", '"x"', "1", "{}{}", "\ufeff\ufeff{}", '{"username":undefined}']) {
        const answer = yield* send("POST", "/users", { body, headers: { "content-type": "application/json" } })
        assert.strictEqual(answer.status, 400, body)
        assert.notProperty(readError(answer), "validation_error", body)
      }
    }).pipe(deployment),
  )

  it.effect("more than 1 MiB is 413, whatever is in it", () =>
    Effect.gen(function* () {
      const fits = JSON.stringify({ ...json, image: "" }).length
      const image = "x".repeat(1024 * 1024 - fits)
      assert.strictEqual((yield* send("POST", "/users", { json: { ...json, image: `${image}x` } })).status, 413)
      assert.strictEqual((yield* send("POST", "/users", { json: { ...json, image } })).status, 201)
    }).pipe(deployment),
  )

  it.effect("who may not call learns nothing about the body", () =>
    Effect.gen(function* () {
      const id = yield* idOf("bob")
      assert.strictEqual((yield* send("PATCH", `/users/${id}`, { body: "{" })).status, 401)
      const owner = yield* (yield* Deployment.Deployment).user("owner")
      const path = `/users/${(yield* owner).id}`
      assert.strictEqual((yield* send("PATCH", path, { headers: basic("bob"), json: { email: 1 } })).status, 403)
    }).pipe(deployment),
  )

  it.effect("operations without a body do not mind one", () =>
    Effect.gen(function* () {
      const answer = yield* send("GET", "/users/self", { headers: yield* ownerKey })
      const headers = { ...(yield* ownerKey), "content-type": "text/plain" }
      const id = yield* idOf("bob")
      assert.strictEqual((yield* send("DELETE", `/users/${id}`, { headers, body: "{" })).status, 204)
      assert.strictEqual(answer.status, 200)
    }).pipe(deployment),
  )
})

describe("origins", () => {
  it.effect("the deployment is at its own origins and nowhere else", () =>
    Effect.gen(function* () {
      const at = (origin: string) => {
        const client = TestHttpClient.make({ origins: ["http://localhost:8080"] })
        return Effect.flatMap(client, (_) => _.get(`${origin}/v4/users/self`)).pipe(
          Effect.match({
            onFailure: (error) =>
              error._tag === "RequestError" ? (error.cause as { code?: string }).code : error._tag,
            onSuccess: ({ status }) => status,
          }),
        )
      }
      assert.strictEqual(yield* at("https://api.tiledb.com"), 401)
      assert.strictEqual(yield* at("https://us-east-1.aws.api.tiledb.com"), 401)
      assert.strictEqual(yield* at("http://localhost:8080"), 401)
      assert.strictEqual(yield* at("http://api.tiledb.com"), "ENOTFOUND")
      assert.strictEqual(yield* at("https://api.tiledb.com.evil.example"), "ENOTFOUND")
      assert.strictEqual(yield* at("http://localhost"), "ENOTFOUND")
    }).pipe(deployment),
  )
})

it.effect("an answer is read in any form, and again", () =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const read = (body: string, headers: Record<string, string>) =>
      client
        .get("https://api.tiledb.com/v4/users/self")
        .pipe(Faults.withFaults({ fault: Faults.answer({ status: 200, headers, body }) }))
    const json = yield* read('{"a":1}', { "Content-Type": "application/json", "set-cookie": "b=2" })
    assert.deepStrictEqual([yield* json.json, yield* json.text, yield* json.json], [{ a: 1 }, '{"a":1}', { a: 1 }])
    assert.strictEqual(new TextDecoder().decode(yield* json.arrayBuffer), '{"a":1}')
    const chunks = yield* Stream.runCollect(json.stream)
    assert.strictEqual(Array.from(chunks, (chunk) => new TextDecoder().decode(chunk)).join(""), '{"a":1}')
    assert.deepInclude(json.headers, { "content-type": "application/json", "content-length": "7" })
    assert.strictEqual(Option.getOrUndefined(Cookies.getValue(json.cookies, "b")), "2")
    assert.notInclude(JSON.stringify(json) + inspect(json), '"a"')
    const form = yield* read("c=3", { "content-type": "application/x-www-form-urlencoded" })
    assert.deepStrictEqual(yield* form.urlParamsBody, [["c", "3"]])
    assert.strictEqual((yield* form.formData).get("c"), "3")
    assert.isNull(yield* (yield* read("", {})).json)
    const odd = yield* read("{", {})
    assert.include(yield* Effect.flip(odd.json), { _tag: "ResponseError", reason: "Decode" })
  }).pipe(deployment),
)

it.effect("an answer that breaks off gives what has arrived, then the loss", () =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const cut = yield* client
      .get("https://api.tiledb.com/v4/users/self", { headers: yield* ownerKey })
      .pipe(Faults.withFaults({ fault: Faults.cutBody() }))
    const length = Number(cut.headers["content-length"])
    let arrived = 0
    const error = yield* Effect.flip(
      Stream.runForEach(cut.stream, (chunk) =>
        Effect.sync(() => {
          arrived += chunk.length
        }),
      ),
    )
    assert.strictEqual(arrived, Math.floor(length / 2))
    assert.include(error.cause, { code: "ECONNRESET" })
    assert.include((yield* Effect.flip(cut.text)).cause, { code: "ECONNRESET" })
  }).pipe(deployment),
)

it.effect("a URL that is none, or leads elsewhere, is refused as a transport does", () =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    assert.include(yield* Effect.flip(client.get("no url")), { _tag: "RequestError", reason: "InvalidUrl" })
    const elsewhere = yield* Effect.flip(client.get("https://example.com/v4/users/self"))
    assert.include(elsewhere, { _tag: "RequestError", reason: "Transport" })
    assert.include(elsewhere.cause, { code: "ENOTFOUND" })
  }).pipe(deployment),
)
