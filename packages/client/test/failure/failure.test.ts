import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { type Failure, jsonObject, reasonOf, status, transport } from "../../src/internal/failure/failure.js"

const secret = Redacted.make("correct horse")
const bodyOf = (json: unknown) => status(400, JSON.stringify(json), [secret]).body

const documented = { code: 10, message: "No such user", request_id: "req_1" }

describe("what an error answer says", () => {
  it("is read, with its status, its media type and its Retry-After", () => {
    assert.deepStrictEqual(status(404, JSON.stringify(documented), [], "application/json", 7000), {
      _tag: "Status",
      status: 404,
      retryAfter: 7000,
      mediaType: "application/json",
      ofService: true,
      body: { code: 10, message: "No such user", requestId: "req_1" },
    })
  })

  it("is nothing where the body is no JSON of an object", () => {
    for (const text of ["", "<html>", "[]", "null", "1", '"message"']) {
      assert.deepStrictEqual(status(500, text, [], "text/html"), {
        _tag: "Status",
        status: 500,
        retryAfter: undefined,
        mediaType: "text/html",
        ofService: false,
        body: {},
      })
    }
    assert.strictEqual(status(500, "x", []).mediaType, "a body without Content-Type")
  })

  it("is not empty where it did not arrive, or should have been a page", () => {
    const mediaType = (text: string | undefined, type?: string) => status(500, text, [], type).mediaType
    assert.strictEqual(mediaType(undefined), "an incomplete body")
    assert.strictEqual(mediaType(undefined, "text/html"), "an incomplete body")
    for (const type of ["text/html", "application/xhtml+xml"]) assert.strictEqual(mediaType("", type), type)
    assert.isUndefined(mediaType(""))
    assert.isUndefined(mediaType("", "application/json"))
  })

  it("is the service's own where it has all that the document gives an Error", () => {
    const ofService = (json: unknown) => status(404, JSON.stringify(json), []).ofService
    assert.isTrue(ofService({ ...documented, more: 1 }))
    assert.isTrue(ofService({ code: 0, message: "", request_id: "" }))
    for (const wrong of [
      {},
      { ...documented, code: 1.5 },
      { ...documented, code: "10" },
      { ...documented, message: undefined },
      { ...documented, message: 1 },
      { ...documented, request_id: undefined },
      { ...documented, request_id: 1 },
    ]) {
      assert.isFalse(ofService(wrong), JSON.stringify(wrong))
    }
  })

  it("is read part by part, whatever the others are", () => {
    assert.deepStrictEqual(bodyOf({ ...documented, message: 1 }), { code: 10, requestId: "req_1" })
    assert.deepStrictEqual(bodyOf({ ...documented, message: "" }), { code: 10, requestId: "req_1" })
    assert.deepStrictEqual(bodyOf({ ...documented, request_id: {} }), { code: 10, message: "No such user" })
    for (const code of ["10", 1.5, 1e300, null]) {
      assert.deepStrictEqual(bodyOf({ message: "m", code }), { message: "m" }, String(code))
    }
    assert.deepStrictEqual(bodyOf({ code: 0 }), { code: 0 })
    assert.deepStrictEqual(bodyOf({ code: -1 }), { code: -1 })
  })

  it("is what gateways write in place of a message too", () => {
    for (const [json, words] of [
      [{ type: "about:blank", title: "Quota exceeded", status: 403, detail: "50 users" }, "Quota exceeded: 50 users"],
      [{ error: "invalid_token", error_description: "It expired" }, "invalid_token: It expired"],
      [{ errors: [{ message: "Not allowed" }, "else"] }, "Not allowed"],
      [{ errors: ["Not allowed"] }, "Not allowed"],
      [{ message: ["Not allowed", "else"] }, "Not allowed"],
      [{ errors: [{ title: "Forbidden", detail: "by policy" }] }, "Forbidden: by policy"],
      [{ error: { code: 403, message: "Blocked by policy" } }, "Blocked by policy"],
      [{ message: "", error: "Forbidden" }, "Forbidden"],
      [{ message: "Forbidden", error: "else", title: "else", errors: ["else"] }, "Forbidden"],
      [{ title: "correct horse", detail: "is wrong" }, "<redacted>: is wrong"],
    ] as const) {
      assert.deepStrictEqual(bodyOf(json), { message: words })
    }
    for (const json of [
      { error: 1, errors: {}, title: null, detail: [] },
      { error: { error: { error: { error: { error: "deep" } } } } },
    ]) {
      assert.deepStrictEqual(bodyOf(json), {})
    }
    assert.deepStrictEqual(status(400, `${'{"error":'.repeat(5000)}1${"}".repeat(5000)}`, []).body, {})
  })

  it("is cleaned of what was sent, and no longer than it may be", () => {
    const { message, requestId } = bodyOf({
      message: `correct horse is wrong ${"x".repeat(2000)}`,
      request_id: `correct horse ${"y".repeat(300)}`,
    })
    assert.strictEqual(message?.length, 1000)
    assert.match(message ?? "", /^<redacted> is wrong x+…$/)
    assert.strictEqual(requestId?.length, 200)
    assert.match(requestId ?? "", /^<redacted> y+…$/)
    assert.deepStrictEqual(status(400, '{"code":123456}', [Redacted.make("123456")]).body, {})
    assert.deepStrictEqual(status(400, '{"code":123456}', [Redacted.make("654321")]).body, { code: 123456 })
  })
})

describe("the fields that were refused", () => {
  const fieldsOf = (fields: unknown) => bodyOf({ validation_error: { fields } }).validationError?.fields

  it("are told by name and message, cleaned", () => {
    assert.deepStrictEqual(fieldsOf([{ field: "password", message: "correct horse is too short" }]), [
      { field: "password", message: "<redacted> is too short" },
    ])
    const [long] = fieldsOf([{ field: "x".repeat(300), message: "y".repeat(2000) }]) ?? []
    assert.deepStrictEqual([long?.field.length, long?.message.length], [200, 1000])
  })

  it("are there as far as they can be read", () => {
    assert.deepStrictEqual(fieldsOf([null, "email", { field: 1, message: {} }, { field: "email" }, []]), [
      { field: "", message: "" },
      { field: "email", message: "" },
    ])
    assert.deepStrictEqual(fieldsOf([]), [])
    for (const none of [undefined, null, {}, "email"]) assert.isUndefined(fieldsOf(none), JSON.stringify(none))
    for (const validation_error of [null, 1, [], "fields"]) assert.deepStrictEqual(bodyOf({ validation_error }), {})
  })

  it("are a hundred at the most", () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ field: `${index}`, message: "m" }))
    assert.deepStrictEqual(
      fieldsOf([null, ...many])?.map(({ field }) => field),
      many.slice(0, 100).map(({ field }) => field),
    )
  })
})

describe("a failure of the transport", () => {
  it("has what is known of it, and no more", () => {
    assert.deepStrictEqual(transport("Timeout", true), { _tag: "Transport", reason: "Timeout", acted: true })
    const nothing = { detail: undefined, to: undefined }
    assert.deepStrictEqual(transport("Timeout", false, nothing), { _tag: "Transport", reason: "Timeout", acted: false })
    const all = { detail: "ECONNRESET", from: "https://a", to: "https://b", retryAfter: 0 }
    assert.deepStrictEqual(transport("RedirectRefused", true, all), {
      _tag: "Transport",
      reason: "RedirectRefused",
      acted: true,
      ...all,
    })
  })
})

it("a failure in one word is its status, its reason, or Decode", () => {
  const decode: Failure = {
    _tag: "Decode",
    status: 200,
    reason: "Json",
    issues: [],
    outcome: "Done",
    mediaType: undefined,
  }
  assert.deepStrictEqual([status(503, "", []), transport("Paused", false), decode].map(reasonOf), [
    "503",
    "Paused",
    "Decode",
  ])
})

it("JSON is an object, or it is none", () => {
  assert.deepStrictEqual(jsonObject(' {"a":1} '), { a: 1 })
  for (const text of ["", "{", "[]", "null", "1"]) assert.isUndefined(jsonObject(text), text)
})
