import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { status, transport } from "../../src/internal/failure/failure.js"
import { fromClientError, isSettled } from "../../src/internal/failure/transportFault.js"
import * as Unconnected from "../../src/internal/http/unconnected.js"

const system = (code: unknown, more: object = {}) => Object.assign(new Error(String(code)), { code, ...more })

const fault = (cause: unknown) =>
  fromClientError(
    new RequestError({ request: HttpClientRequest.get("http://127.0.0.1/v4/users/self"), reason: "Transport", cause }),
  )

const failed = (detail?: string) => transport("ConnectionFailed", false, { detail })
const lost = (detail?: string) => transport("ConnectionLost", true, { detail })

/** This error inside so many others. */
const wrapped = (error: unknown, times: number): unknown =>
  times === 0 ? error : new Error("wrapped", { cause: wrapped(error, times - 1) })

const certificates = [
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CRL_HAS_EXPIRED",
  "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
]

describe("no request was sent", () => {
  it("where the code is one of connecting, whatever the error says else", () => {
    const codes = [
      "ECONNREFUSED",
      "ENOTFOUND",
      "EAI_AGAIN",
      "UND_ERR_CONNECT_TIMEOUT",
      "ERR_INVALID_URL",
      "SELF_SIGNED",
    ]
    for (const code of [...codes, ...certificates]) assert.deepStrictEqual(fault(system(code)), failed(code))
  })

  it("but a code that only looks like one proves nothing", () => {
    for (const code of [
      "XECONNREFUSED",
      "ECONNREFUSEDX",
      "ENOTFOUND_2",
      "EAI_",
      "EAI_2",
      "ERR_TLS_",
      "ERR_TLS_2",
      "CERT_",
      "CERT_2",
      "MY_CERT_HAS_EXPIRED2",
      "CRL_",
      "CRL_2",
      "ERROR_IN_",
      "ERROR_IN_2",
      "SELF_SIGNED2",
      "A2SELF_SIGNED",
      "UNABLE_TO_",
      "UNABLE_TO_2",
      "HOSTNAME_MISMATCH_2",
      "INVALID_",
      "INVALID_CA_2",
      "ERR_INVALID_URL_SCHEME",
    ]) {
      assert.deepStrictEqual(fault(system(code)), lost(code), code)
    }
  })

  it("where the call that failed was `connect`, if the error has a system's code", () => {
    assert.deepStrictEqual(fault(system("ECONNRESET", { syscall: "connect" })), failed("ECONNRESET"))
    assert.deepStrictEqual(fault(system("Econnreset", { syscall: "connect" })), lost())
  })

  it("where the connection is known not to have come up, whatever the code", () => {
    assert.deepStrictEqual(fault(system("EPROTO")), lost("EPROTO"))
    assert.deepStrictEqual(fault(Unconnected.unsent(system("EPROTO"))), failed("EPROTO"))
    assert.deepStrictEqual(fault(Unconnected.unsent(new Error("no code"))), failed())
    assert.deepStrictEqual(fault(wrapped(Unconnected.unsent(system("EPROTO")), 3)), failed("EPROTO"))
  })

  it("where fetch refuses the port", () => {
    const refused = new TypeError("fetch failed", { cause: new Error("bad port") })
    assert.deepStrictEqual(fault(refused), failed("BAD_PORT"))
    assert.deepStrictEqual(fault(new TypeError("fetch failed", { cause: new Error("other") })), lost())
    assert.deepStrictEqual(fault(new TypeError("fetch failed")), lost())
    assert.deepStrictEqual(fault(new Error("fetch failed", { cause: new Error("bad port") })), lost())
  })
})

describe("an error is looked for", () => {
  it("five errors deep, and no deeper", () => {
    assert.deepStrictEqual(fault(wrapped(system("ECONNREFUSED"), 5)), failed("ECONNREFUSED"))
    assert.deepStrictEqual(fault(wrapped(system("ECONNREFUSED"), 6)), lost())
    const unsent = Unconnected.unsent(new Error("no code"))
    assert.deepStrictEqual(fault(wrapped(unsent, 5)), failed())
    assert.deepStrictEqual(fault(wrapped(unsent, 6)), lost())
  })

  it("in the first of several, however they go in circles", () => {
    const several = new AggregateError([system("ECONNREFUSED"), system("ECONNRESET")])
    assert.deepStrictEqual(fault(several), failed("ECONNREFUSED"))
    const circle: { errors: Array<unknown> } = { errors: [] }
    circle.errors.push(circle)
    assert.deepStrictEqual(fault(circle), lost())
  })
})

describe("what would be refused again is not repeated", () => {
  const settled = (detail: string | undefined) => isSettled(failed(detail))

  it("a certificate, a handshake, a port", () => {
    for (const code of [...certificates, "EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "BAD_PORT"]) {
      assert.isTrue(settled(code), code)
    }
  })

  it("and nothing else", () => {
    for (const code of [
      undefined,
      "ECONNREFUSED",
      "ENOTFOUND",
      "EAI_AGAIN",
      "XEPROTO",
      "EPROTO2",
      "X_CERT_HAS_EXPIRED",
      "A2SELF_SIGNED",
      "HOSTNAME_MISMATCH2",
      "INVALID_",
      "INVALID_CA2",
      "PATH_LENGTH_EXCEEDED2",
      "BAD_PORT2",
    ]) {
      assert.isFalse(settled(code), code)
    }
    assert.isFalse(isSettled(lost("EPROTO")))
    assert.isFalse(isSettled(transport("Timeout", true)))
    assert.isFalse(isSettled(status(500, "", [])))
  })
})

const parts = (cause: unknown, reason: RequestError["reason"] = "Transport") => {
  const { _tag, ...rest } = fromClientError(
    new RequestError({ request: HttpClientRequest.get("http://127.0.0.1/v4/users/self"), reason, cause }),
  ) as Extract<ReturnType<typeof fromClientError>, { _tag: "Transport" }>
  return rest
}

const noConnection = (detail?: string) => ({
  reason: "ConnectionFailed",
  acted: false,
  ...(detail === undefined ? {} : { detail }),
})
const brokenConnection = (detail?: string) => ({
  reason: "ConnectionLost",
  acted: true,
  ...(detail === undefined ? {} : { detail }),
})

describe("a transport's error", () => {
  it("proves that nothing was sent when there was no connection", () => {
    for (const code of [
      "ECONNREFUSED",
      "ENOTFOUND",
      "EAI_AGAIN",
      "UND_ERR_CONNECT_TIMEOUT",
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ]) {
      assert.deepStrictEqual<unknown>(parts(system(code)), noConnection(code))
    }
    for (const code of ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET", "EADDRNOTAVAIL", "EMFILE"]) {
      assert.deepStrictEqual<unknown>(parts(system(code, { syscall: "connect" })), noConnection(code))
    }
  })

  it("proves nothing when there was one, or when nobody can tell", () => {
    for (const code of ["ECONNRESET", "EPIPE", "ETIMEDOUT", "EPROTO", "UND_ERR_SOCKET", "HPE_INVALID_CONSTANT"]) {
      assert.deepStrictEqual<unknown>(parts(system(code)), brokenConnection(code))
      assert.deepStrictEqual<unknown>(parts(system(code, { syscall: "read" })), brokenConnection(code))
      assert.deepStrictEqual<unknown>(parts(system(code, { syscall: "write" })), brokenConnection(code))
    }
    for (const cause of [undefined, null, "ECONNREFUSED", new TypeError("Failed to fetch"), {}, { code: 7 }, []]) {
      assert.deepStrictEqual<unknown>(parts(cause), brokenConnection())
    }
  })

  it("is found inside the errors around it", () => {
    const refused = system("ECONNREFUSED", { syscall: "connect" })
    // As fetch wraps it, and as connecting to several addresses does.
    assert.deepStrictEqual<unknown>(
      parts(new TypeError("fetch failed", { cause: refused })),
      noConnection("ECONNREFUSED"),
    )
    const several = new AggregateError([refused, system("ETIMEDOUT", { syscall: "connect" })])
    assert.deepStrictEqual<unknown>(
      parts(new TypeError("fetch failed", { cause: several })),
      noConnection("ECONNREFUSED"),
    )
    const reset = system("UND_ERR_SOCKET", { cause: system("ECONNRESET", { syscall: "read" }) })
    assert.deepStrictEqual<unknown>(
      parts(new TypeError("fetch failed", { cause: reset })),
      brokenConnection("ECONNRESET"),
    )
  })

  it("ends, however deep it is", () => {
    const circle: { cause?: unknown } = {}
    circle.cause = circle
    assert.deepStrictEqual<unknown>(parts(circle), brokenConnection())
  })

  it("keeps nothing but a system's code", () => {
    for (const code of ["tiledb_secret", "Econnreset", "E SECRET", "E\nSECRET", `E${"X".repeat(100)}`, ""]) {
      assert.deepStrictEqual<unknown>(parts(system(code, { syscall: "read" })), brokenConnection())
    }
    assert.notInclude(JSON.stringify(parts(system("ECONNRESET", { message: "secret", stack: "secret" }))), "secret")
  })

  it("is no connection when the request could not even be written", () => {
    assert.deepStrictEqual<unknown>(parts(new Error("no"), "InvalidUrl"), noConnection())
    assert.deepStrictEqual<unknown>(parts(new Error("no"), "Encode"), noConnection())
  })
})
