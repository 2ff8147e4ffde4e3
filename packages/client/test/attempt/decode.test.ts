import { assert, describe, it } from "@effect/vitest"
import { Model, type Operation, Operations, type ResponseIssue } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { decode, decodeNothing, type Head, notText } from "../../src/internal/attempt/decode.js"

const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada",
  email: "ada@example.com",
  role: "owner",
  username: "ada",
  timezone: "Europe/Athens",
  created_at: "2026-01-31T12:00:00Z",
}

const answer = (mediaType: string | undefined = "application/json"): Head => ({
  status: 200,
  mediaType: () => mediaType,
  // As the client's own does: what was sent is not shown, and nothing longer than the limit.
  clean: (text, limit) => text.replaceAll("correct horse", "<redacted>").slice(0, limit),
})

const run = (
  text: string,
  decoding: "lenient" | "strict" = "lenient",
  of: Head = answer(),
  operation: Operation = Operations.getUser,
) => {
  const told: Array<ReadonlyArray<ResponseIssue>> = []
  const report = (issues: ReadonlyArray<ResponseIssue>) => void told.push(issues)
  const result = Effect.runSync(Effect.either(decode(operation, of, text, { decoding, report })))
  return { result, told }
}

const failure = (text: string, decoding?: "lenient" | "strict", of?: Head) => {
  const { result } = run(text, decoding, of)
  assert(Either.isLeft(result) && result.left._tag === "Decode")
  return result.left
}

describe("a success with a body", () => {
  it("that lacks something is read, and told by path, without what the service must not repeat; strictly it fails", () => {
    const text = JSON.stringify({ data: { ...user, timezone: null, "correct horse": 1, [`x${"y".repeat(300)}`]: 1 } })
    const { result, told } = run(text)
    assert.isTrue(Either.isRight(result))
    assert.deepStrictEqual(told, [[{ path: "data.timezone", message: "should be a string" }]])
    const { issues, reason } = failure(text, "strict")
    assert.strictEqual(reason, "Schema")
    assert.deepStrictEqual(
      issues.map(({ path }) => path),
      ["data.timezone", "data.<redacted>", `data.x${"y".repeat(194)}`],
    )
    // Each way of reading is remembered for itself.
    assert.isTrue(Either.isRight(run(text).result))
  })

  it("is what is in its envelope, and a documented one is told to nobody", () => {
    for (const decoding of ["lenient", "strict"] as const) {
      const { result, told } = run(JSON.stringify({ data: user }), decoding)
      assert(Either.isRight(result))
      assert.deepInclude(result.right, { id: user.id, username: "ada" })
      assert.deepStrictEqual(told, [])
    }
  })

  it("that is no JSON is a DecodeError, and nobody knows whether it was done", () => {
    assert.deepStrictEqual(failure("<html>", "lenient", answer("text/html")), {
      _tag: "Decode",
      status: 200,
      reason: "Json",
      issues: [],
      mediaType: "text/html",
      outcome: "Unknown",
      requestId: undefined,
      id: undefined,
    })
  })

  it("that is in the envelope is the service's, and it was done; an Error, a page or other JSON proves nothing", () => {
    const { issues, outcome, reason } = failure('{"data":{}}')
    assert.deepStrictEqual([reason, outcome], ["Schema", "Done"])
    assert.isNotEmpty(issues)
    assert.strictEqual(failure('{"data":[{"id":7}]}').outcome, "Done")
    assert.strictEqual(failure('{"data":{}}', "lenient", answer("text/html")).outcome, "Unknown")
    for (const text of [
      '{"code":1,"message":"m","request_id":"r"}',
      '{"error":"no"}',
      "{}",
      '{"data":1}',
      '{"code":1,"message":"m"}',
      "[]",
      "null",
      "1",
      '"data"',
      '{"data":"x"}',
    ]) {
      assert.strictEqual(failure(text).outcome, "Unknown", text)
    }
  })

  it("tells the ids it has, as far as they can be shown as they are", () => {
    const ids = (json: unknown) => {
      const { id, requestId } = failure(JSON.stringify(json))
      return [requestId, id]
    }
    const data = { ...user, email: 1 }
    assert.deepStrictEqual(ids({ request_id: "req_1", data }), ["req_1", user.id])
    assert.deepStrictEqual(ids({ request_id: 1, data: { ...data, id: 1 } }), [undefined, undefined])
    assert.deepStrictEqual(ids({ request_id: "", data: "usr_1" }), [undefined, undefined])
    assert.deepStrictEqual(ids({ request_id: "correct horse", data: { ...data, id: "x".repeat(201) } }), [
      undefined,
      undefined,
    ])
    assert.deepStrictEqual(ids({ request_id: "x".repeat(200), data: null }), ["x".repeat(200), undefined])
  })

  it("of another id than the one in the path is a DecodeError", () => {
    const of = (operation: Operation, parameters: Record<string, string>, data: unknown) => {
      const options = { decoding: "lenient", parameters, report: () => {} } as const
      const text = JSON.stringify({ data })
      const result = Effect.runSync(Effect.either(decode(operation, answer(), text, options)))
      return Either.isRight(result) ? "success" : result.left
    }
    assert.deepInclude(of(Operations.getUser, { user_id: "usr_B" }, user), {
      reason: "Schema",
      outcome: "Done",
      id: user.id,
      issues: [{ path: "data", message: "is not the one requested" }],
    })
    assert.strictEqual(of(Operations.getUser, { user_id: user.id }, user), "success")
    // Of another group: the property of the parameter's name, else the id; a parameter that is a name may be no id.
    const row = (path: `/${string}`, fields: Record<string, Schema.Schema.AnyNoContext>): Operation => ({
      ...Operations.getUser,
      path,
      success: Schema.Struct({ data: Schema.Struct(fields) }),
    })
    const key = row("/keys/{workspace}/{key_id}", { id: Schema.Number, workspace: Schema.String })
    assert.strictEqual(of(key, { workspace: "acme", key_id: "7" }, { id: 7, workspace: "ws_1" }), "success")
    assert.notStrictEqual(of(key, { workspace: "acme", key_id: "8" }, { id: 7, workspace: "ws_1" }), "success")
    const member = row("/members/{user_id}", { id: Schema.String, user_id: Schema.String })
    assert.strictEqual(of(member, { user_id: "usr_1" }, { id: "mem_1", user_id: "usr_1" }), "success")
    assert.notStrictEqual(of(member, { user_id: "mem_1" }, { id: "mem_1", user_id: "usr_1" }), "success")
    assert.strictEqual(of(row("/w/{workspace}", { id: Schema.String }), { workspace: "w" }, { id: "ws_1" }), "success")
    assert.strictEqual(of(row("/w/{w_id}", { name: Schema.String }), { w_id: "w" }, { name: "x" }), "success")
  })

  it("is named by its media type, unless there is no body", () => {
    assert.strictEqual(failure("x").mediaType, "application/json")
    assert.strictEqual(
      failure("x", "lenient", { ...answer(), mediaType: () => undefined }).mediaType,
      "a body without Content-Type",
    )
    assert.isUndefined(failure("").mediaType)
  })
})

it("an answer that is not in its charset is a DecodeError that names it, and tells whose it is", () => {
  const unreadable = Effect.runSync(Effect.flip(notText(answer(), "utf-8", '{"request_id":"req_1","data":{}}')))
  assert.deepInclude(unreadable, {
    _tag: "Decode",
    reason: "Charset",
    outcome: "Done",
    requestId: "req_1",
    issues: [{ path: "", message: "is not utf-8" }],
  })
  assert.deepInclude(Effect.runSync(Effect.flip(notText(answer(), "utf-8", "<html>"))), { outcome: "Unknown" })
})

describe("what of a body is the operation's result", () => {
  class Team extends Schema.Class<Team>("Team")({ id: Schema.String }) {}
  const row = { ...Operations.getUser, group: "Teams", success: Model.page("TeamPage", "Teams", Team) }
  const text = JSON.stringify({
    data: [{ id: "a" }],
    pagination_metadata: { page: 1, per_page: 1, total_pages: 2, total_items: 2 },
  })

  it("is its data, or the whole of it: a page keeps its metadata", () => {
    const { result } = run(text, "lenient", answer(), { ...row, result: "body" })
    assert(Either.isRight(result))
    const { items, pagination } = result.right as Model.Page<Team>
    assert.deepStrictEqual([items, pagination?.total_pages], [[new Team({ id: "a" })], 2])
    const list = { ...row, success: Model.listResponse("TeamList", "Teams", Team) }
    assert.deepStrictEqual(run(text, "lenient", answer(), list).result, Either.right([new Team({ id: "a" })]))
  })
})

describe("an operation whose answer has no body succeeds, on another 2xx", () => {
  const outcome = (text: string | undefined, mediaType?: string) => {
    const result = Effect.runSync(Effect.either(decodeNothing({ ...answer(), mediaType: () => mediaType }, text)))
    if (Either.isRight(result)) return "success"
    assert(result.left._tag === "Decode")
    assert.deepStrictEqual(result.left.issues, [])
    return `${result.left.reason} ${result.left.outcome} ${result.left.mediaType}`
  }

  it("that is empty and of JSON or no type, or in the service's envelope, whatever its type unless a page", () => {
    for (const text of ["", " \n"]) {
      assert.strictEqual(outcome(text), "success")
      for (const type of ["application/json", "application/problem+json", "application/vnd.api-2.x+json"]) {
        assert.strictEqual(outcome(text, type), "success", type)
      }
      for (const type of ["text/html", "application/xhtml+xml", "text/plain", "application/jsonp", "text/json"]) {
        assert.strictEqual(outcome(text, type), `Json Unknown ${type}`)
      }
    }
    for (const text of ['{"data":{}}', '{"data":[]}', '{"data":{"id":"usr_1"},"request_id":"r"}']) {
      for (const type of [undefined, "application/json", "text/plain"]) {
        assert.strictEqual(outcome(text, type), "success", text)
      }
      assert.strictEqual(outcome(text, "text/html"), "Schema Unknown text/html")
      assert.strictEqual(outcome(text, "application/xhtml+xml"), "Schema Unknown application/xhtml+xml")
    }
  })

  it("and with nothing else: an Error, other JSON, text, or what does not arrive", () => {
    const error = '{"code":1,"message":"m","request_id":"r"}'
    for (const text of [error, '{"error":"no"}', "{}", '{"data":null}', '{"data":"done"}']) {
      assert.strictEqual(outcome(text, "application/json"), "Schema Unknown application/json", text)
    }
    for (const text of ["null", "[]", '"ok"', "It works!"]) {
      assert.strictEqual(outcome(text), "Json Unknown a body without Content-Type", text)
    }
    assert.strictEqual(outcome(undefined, "application/json"), "Json Unknown application/json")
    assert.strictEqual(outcome(undefined), "Json Unknown a body without Content-Type")
  })
})
