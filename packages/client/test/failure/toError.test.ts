// The fields of each error, from the end of its call; the texts are those of messages.test.ts.
import { assert, describe, it } from "@effect/vitest"
import { TileDBError } from "@effect-tiledb/client"
import { type Operation, Operations, UserId } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { prepare } from "../../src/internal/call/prepare.js"
import type { Given } from "../../src/internal/call.js"
import { type Failure, status, transport } from "../../src/internal/failure/failure.js"
import { about } from "../../src/internal/failure/line.js"
import { texts } from "../../src/internal/failure/messages.js"
import { type End, invalidRequest, toError } from "../../src/internal/failure/toError.js"

const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")
const callOf = (operation: Operation, input: Given) => Either.getOrThrow(prepare(operation, input))
const read = callOf(Operations.getUser, { path: { user_id: id } })
const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("correct horse") }
const create = callOf(Operations.createUser, { request: eve })
const remove = callOf(Operations.deleteUser, { path: { user_id: id } })
const invite = callOf(
  {
    name: "invite",
    group: "Invitations",
    method: "POST",
    path: "/invitations/{workspace}",
    pathParameters: { workspace: Schema.String },
    subject: ["workspace"],
    successStatus: 201,
  },
  { path: { workspace: "engines" } },
)

const attempts = [{ number: 1, delay: Duration.zero, reason: "503" }]
const now = Date.parse("2026-02-01T00:00:00Z")

const end = (call: End["call"], failure: Failure, more: Partial<End> = {}) => {
  const error = toError({
    call,
    failure,
    attempts,
    stopped: undefined,
    earlierUnknown: false,
    base: "https://api.tiledb.com",
    origin: "https://api.tiledb.com",
    named: { base: "baseUrl", credentials: "credentials" },
    texts,
    scheme: "ApiKey",
    secrets: [],
    now,
    ...more,
  })
  const { message, ...fields }: { readonly message: string } & Record<string, unknown> = {
    ...error,
    message: error.message,
  }
  return { message, fields }
}

/** Its own fields, without what every error of the platform has. */
const own = ({ fields }: ReturnType<typeof end>) =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== undefined && name !== "name"))

const said = { code: 7, message: "No such user", request_id: "req_1" }
const json = (code: number, more: object = {}, retryAfter?: number) =>
  status(code, JSON.stringify({ ...said, ...more }), [], "application/json", retryAfter)

const ofUser = { operation: "getUser", attempts, subject: { userId: id }, userId: id }

describe("a response that is no success", () => {
  it("has what the service says, and what the call was about", () => {
    assert.deepStrictEqual(own(end(read, json(404))), {
      _tag: "NotFound",
      ...ofUser,
      status: 404,
      outcome: "NotDone",
      code: 7,
      requestId: "req_1",
      serviceMessage: "No such user",
    })
    const fields = [{ field: "email", message: "is wrong" }]
    assert.deepStrictEqual(own(end(read, json(400, { validation_error: { fields } }))), {
      _tag: "ApiError",
      ...ofUser,
      status: 400,
      outcome: "NotDone",
      code: 7,
      requestId: "req_1",
      serviceMessage: "No such user",
      validationError: { fields },
    })
  })

  it("has no more where there is no more", () => {
    for (const code of [404, 410]) {
      assert.deepStrictEqual(own(end(read, status(code, "", []))), {
        _tag: "ApiError",
        ...ofUser,
        status: code,
        outcome: "NotDone",
      })
    }
  })

  it("has when to call again, why it was not repeated, and whether it may have been done", () => {
    const busy = own(end(read, status(503, "", [], undefined, 7000), { stopped: "RetryAfter" }))
    assert.deepInclude(busy, { retryAfter: Duration.seconds(7), stopped: "RetryAfter", outcome: "NotDone" })
    assert.deepInclude(own(end(create, status(500, "", []))), { outcome: "Unknown", username: "eve" })
    assert.deepInclude(own(end(create, json(409), { earlierUnknown: true })), { outcome: "Unknown" })
    assert.deepInclude(own(end(remove, json(404), { earlierUnknown: true })), { _tag: "NotFound", outcome: "NotDone" })
  })
})

describe("no response", () => {
  it("is told with what the transport knows", () => {
    assert.deepStrictEqual(own(end(read, transport("ConnectionFailed", false, { detail: "ENOTFOUND" }))), {
      _tag: "TransportError",
      ...ofUser,
      reason: "ConnectionFailed",
      detail: "ENOTFOUND",
      outcome: "NotSent",
    })
    const more = { from: "https://api.tiledb.com", to: "https://a.example", retryAfter: 1000 }
    assert.deepStrictEqual(own(end(read, transport("RedirectRefused", true, more), { stopped: "NotRepeatable" })), {
      _tag: "TransportError",
      ...ofUser,
      ...more,
      reason: "RedirectRefused",
      retryAfter: Duration.seconds(1),
      stopped: "NotRepeatable",
      outcome: "Unknown",
    })
  })
})

describe("a response that cannot be read", () => {
  const decode: Failure = {
    _tag: "Decode",
    status: 201,
    reason: "Schema",
    issues: [{ path: "data", message: "should be an object" }],
    outcome: "Done",
    mediaType: "application/json",
  }

  it("has what is wrong with it", () => {
    const { _tag, mediaType, ...fields } = decode
    assert.deepStrictEqual(own(end(read, decode)), { _tag: "DecodeError", ...ofUser, ...fields })
    const ids = { requestId: "req_1", outcome: "Unknown" as const }
    assert.deepStrictEqual(own(end(read, { ...decode, ...ids })), { _tag: "DecodeError", ...ofUser, ...fields, ...ids })
  })

  it("has the id of what was made, as that of a user where it is one", () => {
    const created = own(end(create, { ...decode, id: "usr_2" }))
    assert.deepInclude(created, { userId: "usr_2", username: "eve", subject: { username: "eve" } })
    const invited = own(end(invite, { ...decode, id: "inv_1" }))
    assert.deepInclude(invited, { subject: { id: "inv_1", workspace: "engines" } })
    assert.notProperty(invited, "userId")
    assert.deepInclude(own(end(invite, decode)), { subject: { workspace: "engines" } })
  })
})

describe("the text", () => {
  it("ends with the host, which is not shown where a server has chosen it", () => {
    for (const [origin, base, host] of [
      ["https://api.tiledb.com", "https://api.tiledb.com", "api.tiledb.com"],
      ["http://localhost:8080", "http://localhost:8080", "localhost:8080"],
      ["https://eu.api.tiledb.com", "https://api.tiledb.com", "eu.api.tiledb.com"],
      ["https://evil.example", "https://api.tiledb.com", "another origin"],
      ["https://http://x", "https://http://x", "http://x"],
    ] as const) {
      const { message } = end(read, transport("Timeout", true), { origin, base })
      assert.isTrue(message.endsWith(`[${id}, ${host}]`), message)
    }
  })

  it("tells after a 401 when the token that was sent expired, if it has", () => {
    const jwt = (exp: number) => Redacted.make(`e30.${btoa(JSON.stringify({ exp }))}.x`)
    const past = now / 1000 - 60
    const expired = "expired at 2026-01-31T23:59:00.000Z"
    assert.include(end(read, json(401), { secrets: [jwt(past)] }).message, expired)
    assert.include(end(read, json(401), { secrets: [jwt(0.001)] }).message, "expired at 1970-01-01T00:00:00.001Z")
    for (const secrets of [
      [],
      [jwt(now / 1000)],
      [jwt(now / 1000 + 60)],
      [jwt(0)],
      [jwt(-1)],
      [Redacted.make("key")],
    ]) {
      assert.notInclude(end(read, json(401), { secrets }).message, "expired")
    }
    assert.notInclude(end(read, json(403), { secrets: [jwt(past)] }).message, "expired")
    assert.notInclude(end(read, transport("Timeout", true), { secrets: [jwt(past)] }).message, "expired")
  })
})

describe("the next step", () => {
  const stepAfter = (failure: Failure, call = read) => end(call, failure).message

  it("after a connection that was not made depends on the whole code", () => {
    for (const [detail, step] of [
      ["PLAIN_HTTP_PROXY", "the proxy could read the credential: use https://"],
      ["PROXY_407", "the proxy requires a login: put it in HTTPS_PROXY"],
      ["PROXY_ECONNREFUSED", "the proxy does not respond: check HTTPS_PROXY"],
      ["PROXY_UND_ERR_CONNECT_TIMEOUT", "the proxy does not respond: check HTTPS_PROXY"],
      ["PROXY_4071", "the proxy refused a tunnel to this host"],
      ["PROXY_502", "the proxy refused a tunnel to this host"],
      ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", "the server refused the TLS handshake"],
      ...[
        "XPLAIN_HTTP_PROXY",
        "PLAIN_HTTP_PROXYX",
        "XPROXY_407",
        "XPROXY_502",
        "XENOTFOUND",
        "XECONNREFUSED",
        "ECONNREFUSEDX",
        "XBAD_PORT",
        "BAD_PORTX",
        "XEPROTO",
        "XERR_SSL_ALERT",
      ].map((code) => [code, "check the network, proxy and firewall"] as const),
    ] as const) {
      assert.include(stepAfter(transport("ConnectionFailed", false, { detail })), `(${detail}); ${step}`)
    }
  })

  it("after a pause is to wait", () => {
    const paused = "the service's pause ends after the call's deadline"
    const seven = stepAfter(transport("Paused", false, { retryAfter: 6500 }))
    assert.include(seven, `${paused}; wait 7 s before you call again`)
    assert.include(stepAfter(transport("Paused", false)), "wait 0 s before")
  })

  it("after a redirect depends on where it leads, if that is known", () => {
    const from = "https://api.tiledb.com"
    const hidden = "the host is not shown, as it may contain what was sent"
    const refused = (more: object) => stepAfter(transport("RedirectRefused", false, more))
    assert.include(refused({ from, to: "another origin" }), hidden)
    assert.notInclude(stepAfter(transport("RedirectLoop", false, { from, to: "another origin" })), hidden)
    assert.include(refused({ from, to: "https://a.example" }), "add https://a.example to allowedOrigins")
    assert.include(refused({ from, to: from }), "check that baseUrl is the API")
    assert.include(refused({ from }), "check that baseUrl is the API")
    for (const more of [{ from }, { to: from }]) assert.notInclude(refused(more), "leads to")
  })

  it("after a page of a proxy is to look there, if the service has failed", () => {
    const page = (code: number) => stepAfter(status(code, "<html>", [], "text/html"), create)
    assert.include(page(500), "a proxy may have sent it")
    assert.notInclude(page(499), "proxy")
    assert.notInclude(stepAfter(json(500)), "proxy")
  })
})

describe("what is listed", () => {
  const refused = (fields: ReadonlyArray<{ readonly field: string; readonly message: string }>) =>
    end(create, json(400, { validation_error: { fields } })).message

  it("has no more than ten fields, and says how many more there are", () => {
    const fields = Array.from({ length: 11 }, (_, index) => ({ field: `f${index}`, message: "is wrong" }))
    assert.include(refused(fields.slice(0, 10)), "f9 is wrong)")
    assert.include(refused(fields), "f9 is wrong; and 1 more)")
    assert.include(refused([{ field: "", message: "is wrong" }]), "(is wrong)")
  })

  it("has no more than five issues, and says how many more there are", () => {
    const issues = Array.from({ length: 6 }, (_, index) => ({
      path: index === 0 ? "" : `p${index}`,
      message: "is wrong",
    }))
    const unreadable = (more: object) =>
      end(read, { _tag: "Decode", status: 200, reason: "Schema", issues, outcome: "Done", mediaType: "x/y", ...more })
        .message
    assert.include(
      unreadable({}),
      "200, but the response is wrong; p1 is wrong; p2 is wrong; p3 is wrong; p4 is wrong; and 1 more",
    )
    assert.notInclude(unreadable({ issues: issues.slice(0, 5) }), "more")
    assert.include(unreadable({ reason: "Json" }), "unexpected response: 200, but it is not JSON [")
  })

  it("has an argument by its name, unless it says itself what it is", () => {
    assert.deepStrictEqual(about("userId", { userId: "0190f5c6" }), ["0190f5c6"])
    assert.deepStrictEqual(about("keyId", { keyId: "key_7" }), ["key_7"])
    assert.deepStrictEqual(about("team", { team: "My_team" }), ["team My_team"])
    assert.deepStrictEqual(about("team", {}), [])
  })

  it("has nothing of what was done where there is nothing to do", () => {
    for (const method of ["GET", "HEAD"] as const) {
      const call = { ...read, operation: { ...read.operation, method } }
      assert.notInclude(end(call, transport("Timeout", true)).message, "done")
    }
  })
})

it("a request that was not sent has its issues", () => {
  const issues = [{ path: "user_id", message: "is missing" }]
  const error = invalidRequest(Operations.getUser, issues, { userId: id })
  assert.instanceOf(error, TileDBError.InvalidRequest)
  const { _tag, message, operation, outcome, userId } = error
  assert.deepStrictEqual([_tag, operation, outcome, userId], ["InvalidRequest", "getUser", "NotSent", id])
  assert.deepStrictEqual(error.issues, issues)
  assert.strictEqual(message, "getUser was not sent: user_id is missing")
  assert.strictEqual(
    invalidRequest(Operations.getUser, [{ path: "", message: "is wrong" }, ...issues]).message,
    "getUser was not sent: the request is wrong; user_id is missing",
  )
})
