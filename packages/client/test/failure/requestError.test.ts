import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { fromRequestError } from "../../src/internal/failure/transportFault.js"

const system = (code: unknown, more: object = {}) => Object.assign(new Error(String(code)), { code, ...more })

const fault = (cause: unknown, reason: RequestError["reason"] = "Transport") => {
  const { _tag, ...rest } = fromRequestError(
    new RequestError({ request: HttpClientRequest.get("http://127.0.0.1/v4/users/self"), reason, cause }),
  ) as Extract<ReturnType<typeof fromRequestError>, { _tag: "Transport" }>
  return rest
}

const failed = (detail?: string) => ({
  reason: "ConnectionFailed",
  acted: false,
  ...(detail === undefined ? {} : { detail }),
})
const lost = (detail?: string) => ({
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
      assert.deepStrictEqual<unknown>(fault(system(code)), failed(code))
    }
    for (const code of ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET", "EADDRNOTAVAIL", "EMFILE"]) {
      assert.deepStrictEqual<unknown>(fault(system(code, { syscall: "connect" })), failed(code))
    }
  })

  it("proves nothing when there was one, or when nobody can tell", () => {
    for (const code of ["ECONNRESET", "EPIPE", "ETIMEDOUT", "EPROTO", "UND_ERR_SOCKET", "HPE_INVALID_CONSTANT"]) {
      assert.deepStrictEqual<unknown>(fault(system(code)), lost(code))
      assert.deepStrictEqual<unknown>(fault(system(code, { syscall: "read" })), lost(code))
      assert.deepStrictEqual<unknown>(fault(system(code, { syscall: "write" })), lost(code))
    }
    for (const cause of [undefined, null, "ECONNREFUSED", new TypeError("Failed to fetch"), {}, { code: 7 }, []]) {
      assert.deepStrictEqual<unknown>(fault(cause), lost())
    }
  })

  it("is found inside the errors around it", () => {
    const refused = system("ECONNREFUSED", { syscall: "connect" })
    // As fetch wraps it, and as connecting to several addresses does.
    assert.deepStrictEqual<unknown>(fault(new TypeError("fetch failed", { cause: refused })), failed("ECONNREFUSED"))
    const several = new AggregateError([refused, system("ETIMEDOUT", { syscall: "connect" })])
    assert.deepStrictEqual<unknown>(fault(new TypeError("fetch failed", { cause: several })), failed("ECONNREFUSED"))
    const reset = system("UND_ERR_SOCKET", { cause: system("ECONNRESET", { syscall: "read" }) })
    assert.deepStrictEqual<unknown>(fault(new TypeError("fetch failed", { cause: reset })), lost("ECONNRESET"))
  })

  it("ends, however deep it is", () => {
    const circle: { cause?: unknown } = {}
    circle.cause = circle
    assert.deepStrictEqual<unknown>(fault(circle), lost())
  })

  it("keeps nothing but a system's code", () => {
    for (const code of ["tiledb_secret", "Econnreset", "E SECRET", "E\nSECRET", `E${"X".repeat(100)}`, ""]) {
      assert.deepStrictEqual<unknown>(fault(system(code, { syscall: "read" })), lost())
    }
    assert.notInclude(JSON.stringify(fault(system("ECONNRESET", { message: "secret", stack: "secret" }))), "secret")
  })

  it("is no connection when the request could not even be written", () => {
    assert.deepStrictEqual<unknown>(fault(new Error("no"), "InvalidUrl"), failed())
    assert.deepStrictEqual<unknown>(fault(new Error("no"), "Encode"), failed())
  })
})
