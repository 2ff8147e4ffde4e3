import { assert, describe, it } from "@effect/vitest"
import { policyProblem, problems } from "../../src/internal/retry/policyProblem.js"

const good = { operations: {} }
const bad = (part: string) => ({ [problems]: { [part]: "a number", later: "a time" }, operations: {} })

describe("the first problem of a policy", () => {
  for (const [what, policy, path, expected] of [
    ["none", good, undefined, undefined],
    ["none of its operations", { operations: { getUser: good, createUser: undefined } }, undefined, undefined],
    ["its own", bad("attempts"), undefined, "retryPolicy.attempts"],
    ["its own, elsewhere", bad("attempts"), "here", "here.attempts"],
    [
      "its own before an operation's",
      { ...bad("deadline"), operations: { getUser: bad("attempts") } },
      undefined,
      "retryPolicy.deadline",
    ],
    [
      "an operation's, after those that have none",
      {
        operations: { createUser: undefined, getUser: good, deleteUser: bad("attempts"), updateUser: bad("deadline") },
      },
      undefined,
      "retryPolicy.operations.deleteUser.attempts",
    ],
  ] as const) {
    it(what, () => {
      const problem = expected === undefined ? undefined : { path: expected, message: "should be a number" }
      assert.deepStrictEqual(policyProblem(policy, path), problem)
    })
  }

  it("is found in the policies of another copy of the package", () => {
    assert.strictEqual(problems, Symbol.for("@effect-tiledb/client/RetryPolicy/problems"))
  })
})
