import { assert, describe, it } from "@effect/vitest"
import { Operations } from "@effect-tiledb/schema"
import { type Failure, status, transport } from "../../src/internal/failure/failure.js"
import * as Outcome from "../../src/internal/failure/outcome.js"

const answered = (code: number, retryAfter?: number) => status(code, "", [], undefined, retryAfter)
const gone = status(404, JSON.stringify({ code: 1, message: "No such user", request_id: "req_1" }), [])
const unreadable = (outcome: "Done" | "Unknown"): Failure => ({
  _tag: "Decode",
  status: 200,
  reason: "Json",
  issues: [],
  outcome,
  mediaType: undefined,
})

describe("one attempt", () => {
  it("did nothing where the service refused it", () => {
    for (const code of [400, 401, 404, 407, 409, 410, 429, 450, 451]) {
      assert.strictEqual(Outcome.ofAttempt(answered(code)), "NotDone", `${code}`)
    }
    assert.strictEqual(Outcome.ofAttempt(answered(503, 0)), "NotDone")
    assert.strictEqual(Outcome.ofAttempt(answered(503, 1000)), "NotDone")
    const own = JSON.stringify({ code: 1, message: "Later", request_id: "req_1" })
    assert.strictEqual(Outcome.ofAttempt(status(503, own, [], "application/json", 1000)), "NotDone")
  })

  it("may have done it after any other status", () => {
    for (const code of [100, 304, 399, 408, 452, 499, 500, 502, 503, 504, 599]) {
      assert.strictEqual(Outcome.ofAttempt(answered(code)), "Unknown", `${code}`)
    }
    const page = status(503, "<html>", [], "text/html", 1000)
    assert.strictEqual(Outcome.ofAttempt(page), "Unknown", "a proxy's page")
    for (const code of [408, 500, 504])
      assert.strictEqual(Outcome.ofAttempt(answered(code, 1000)), "Unknown", `${code}`)
  })

  it("was not sent, or may have done it, as the transport says", () => {
    assert.strictEqual(Outcome.ofAttempt(transport("ConnectionFailed", false)), "NotSent")
    assert.strictEqual(Outcome.ofAttempt(transport("ConnectionLost", true)), "Unknown")
  })

  it("did it where the answer is the service's", () => {
    assert.strictEqual(Outcome.ofAttempt(unreadable("Done")), "Done")
    assert.strictEqual(Outcome.ofAttempt(unreadable("Unknown")), "Unknown")
  })
})

describe("a call", () => {
  const all = [answered(400), answered(500), gone, transport("ConnectionFailed", false), unreadable("Unknown")]

  it("is what its last attempt was, where no earlier one may have done it", () => {
    for (const failure of all) {
      assert.strictEqual(Outcome.ofCall(Operations.deleteUser, failure, false), Outcome.ofAttempt(failure))
    }
  })

  it("is unknown where an earlier one may have done it, unless the last one did", () => {
    for (const failure of all) {
      for (const operation of [Operations.createUser, Operations.updateUser, Operations.getUser]) {
        assert.strictEqual(Outcome.ofCall(operation, failure, true), "Unknown")
      }
    }
    assert.strictEqual(Outcome.ofCall(Operations.createUser, unreadable("Done"), true), "Done")
  })

  it("has deleted the user whom the service does not know any more; any other 404 says nothing of that", () => {
    assert.strictEqual(Outcome.ofCall(Operations.deleteUser, gone, true), "Done")
    for (const failure of [answered(404), answered(400), unreadable("Unknown")]) {
      assert.strictEqual(Outcome.ofCall(Operations.deleteUser, failure, true), "Unknown")
    }
  })
})

it("not found is the service's own 404 to an operation that has one", () => {
  assert.isTrue(Outcome.isNotFound(Operations.getUser, gone))
  assert.isFalse(Outcome.isNotFound(Operations.createUser, gone))
  assert.isFalse(Outcome.isNotFound(Operations.getUser, answered(404)))
  assert.isFalse(Outcome.isNotFound(Operations.getUser, { ...gone, status: 410 }))
  assert.isFalse(Outcome.isNotFound(Operations.getUser, transport("ConnectionLost", true)))
})
