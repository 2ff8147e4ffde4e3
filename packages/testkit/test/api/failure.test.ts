import { assert, it } from "@effect/vitest"
import { Failure, type FailureKind } from "../../src/internal/api/failure.js"

const statuses: { readonly [Kind in FailureKind]: number } = {
  invalidRequest: 400,
  bodyMissing: 400,
  malformedJson: 400,
  malformedHttp: 400,
  unauthorized: 401,
  unconfirmed: 403,
  forbidden: 403,
  foreignHost: 403,
  foreignOrigin: 403,
  userNotFound: 404,
  workspaceNotFound: 404,
  memberNotFound: 404,
  invitationNotFound: 404,
  tokenNotFound: 404,
  pathNotFound: 404,
  namespaceNotFound: 404,
  noMail: 404,
  methodNotAllowed: 405,
  timeout: 408,
  conflict: 409,
  lastOwner: 409,
  secondOwner: 409,
  bodyTooLarge: 413,
  notJson: 415,
  expectation: 417,
  rateLimited: 429,
  headersTooLarge: 431,
  defect: 500,
}
const kinds = Object.keys(statuses) as ReadonlyArray<FailureKind>

it("each kind of failure has the status of HTTP, a code of its own and a sentence", () => {
  for (const kind of kinds) {
    const { code, message, status } = new Failure(kind, "req_1")
    assert.strictEqual(status, statuses[kind])
    assert.isAbove(code, 10_000)
    assert.match(message, /^[A-Z].{10,}\w$/)
  }
  assert.strictEqual(new Set(kinds.map((kind) => new Failure(kind, "").code)).size, kinds.length)
})

it("a failure has what it is given besides, and no fields by default", () => {
  assert.deepInclude(new Failure("conflict", "req_1"), { requestId: "req_1", fields: [], retryAfter: undefined })
  const fields = [{ field: "a", message: "is taken" }]
  assert.deepInclude(new Failure("rateLimited", "", fields, 7), { fields, retryAfter: 7 })
  const own = { status: 418, code: 19_418, message: "I am a teapot" }
  assert.deepInclude(new Failure(own, "req_1"), { ...own, requestId: "req_1" })
})
