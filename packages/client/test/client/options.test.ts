import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient } from "@effect-tiledb/client"
import { ConfigError, Duration, Effect } from "effect"
import { policyProblem } from "../../src/internal/retry/policyProblem.js"
import { makeUsers } from "../support/users.js"

const durations = ["baseDelay", "maxDelay", "maxRetryAfter", "attemptTimeout", "deadline"] as const

describe("options of a policy", () => {
  it("undefined is not given, for make and for modify", () => {
    const nothing = { attempts: undefined, deadline: undefined, onRetry: undefined, repeatUnsafe: undefined }
    assert.deepStrictEqual(RetryPolicy.make(nothing), RetryPolicy.standard)
    assert.deepStrictEqual(RetryPolicy.modify(RetryPolicy.forceful, nothing), RetryPolicy.forceful)
    const onRetry = () => Effect.void
    const hooked = RetryPolicy.make({ onRetry })
    assert.strictEqual(RetryPolicy.modify(hooked, { onRetry: undefined, attempts: 2 }).onRetry, onRetry)
  })

  const expected = {
    attempts: "should be a whole number of at least 1, or Infinity",
    duration: 'should be a duration that is not negative, such as "20 seconds" or 250 (in milliseconds)',
  }

  it("a number of attempts that cannot be made is remembered by name", () => {
    for (const attempts of [Number.NaN, 0, -1, 1.5, Number.NEGATIVE_INFINITY]) {
      const problem = { path: "retryPolicy.attempts", message: expected.attempts }
      assert.deepStrictEqual(policyProblem(RetryPolicy.make({ attempts })), problem)
      const modified = RetryPolicy.modify(RetryPolicy.none, { attempts })
      const copy: RetryPolicy.RetryPolicy = { ...modified, repeatUnsafe: true }
      assert.deepStrictEqual(policyProblem(modified), problem)
      assert.deepStrictEqual(policyProblem(copy), problem, "in a copy too")
      assert.deepStrictEqual(policyProblem(RetryPolicy.modify(modified, { deadline: "1 second" })), problem)
      assert.strictEqual(
        policyProblem(RetryPolicy.modify(modified, { attempts: 2 })),
        undefined,
        "until it is put right",
      )
    }
    const unbounded = RetryPolicy.make({ attempts: Number.POSITIVE_INFINITY })
    assert.deepStrictEqual([unbounded.attempts, policyProblem(unbounded)], [Number.POSITIVE_INFINITY, undefined])
  })

  it("a duration that is none is remembered by name", () => {
    for (const field of durations) {
      for (const value of [Number.NaN, -1, "-1 seconds", -1n, [-1, 0], [Number.NaN, 0], "soon", "1 fortnight"]) {
        // What the type forbids, JavaScript does all the same.
        const policy = RetryPolicy.make({ [field]: value as Duration.DurationInput })
        assert.deepStrictEqual(policyProblem(policy), { path: `retryPolicy.${field}`, message: expected.duration })
        assert.isTrue(Duration.isDuration(policy[field]))
      }
      for (const input of [0, 0.5, "0.5 seconds", "20 seconds", 5n, [1, 500], Duration.infinity] as const) {
        const policy = RetryPolicy.make({ [field]: input })
        assert.deepStrictEqual(policy[field], Duration.decode(input as Duration.DurationInput))
        assert.strictEqual(policyProblem(policy), undefined)
      }
    }
  })

  it("that of an operation's policy is remembered by the operation", () => {
    const policy = RetryPolicy.forOperations(RetryPolicy.standard, { getUser: RetryPolicy.make({ deadline: -1 }) })
    assert.strictEqual(policyProblem(policy)?.path, "retryPolicy.operations.getUser.deadline")
  })
})

describe("options of the client", () => {
  const build = (options: TileDBClient.Options) =>
    makeUsers(options).pipe(
      Effect.provideService(
        HttpClient.HttpClient,
        HttpClient.make(() => Effect.dieMessage("nothing is sent")),
      ),
      Effect.scoped,
    )

  it.effect("numbers that cannot be used are refused by name when the client is built", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [field: string, options: TileDBClient.Options]> = [
        ...[Number.NaN, -1, 0.5, Number.NEGATIVE_INFINITY].flatMap((value) => [
          ["retryBudget,capacity", { retryBudget: { capacity: value } }] as const,
          ["maxBodyBytes", { maxBodyBytes: value }] as const,
          ["concurrency", { concurrency: value }] as const,
          ["rateLimit.calls", { rateLimit: { calls: value, per: "1 second" } }] as const,
        ]),
        ["retryBudget,perSuccess", { retryBudget: { perSuccess: Number.NaN } }],
        ["retryBudget,perSuccess", { retryBudget: { perSuccess: -0.1 } }],
        ["decoding", { decoding: "Strict" as "strict" }],
        ["retryPolicy,attempts", { retryPolicy: RetryPolicy.make({ attempts: 0 }) }],
        ["retryPolicy,deadline", { retryPolicy: RetryPolicy.make({ deadline: -1 }) }],
        [
          "retryPolicy,operations,getUser,attempts",
          {
            retryPolicy: RetryPolicy.forOperations(RetryPolicy.none, { getUser: RetryPolicy.make({ attempts: 0.5 }) }),
          },
        ],
      ]
      for (const [field, options] of wrong) {
        const error = yield* Effect.flip(build(options))
        assert.isTrue(ConfigError.isConfigError(error))
        assert.strictEqual("path" in error ? error.path.join(",") : "", field)
      }
    }),
  )

  it.effect("undefined is not given, and what can be used is", () =>
    Effect.all([
      build({ retryBudget: undefined, decoding: undefined, maxBodyBytes: undefined, concurrency: undefined }),
      build({ retryBudget: { capacity: undefined, perSuccess: undefined } }),
      build({ retryBudget: { capacity: 0 } }),
      build({ retryBudget: { capacity: Number.POSITIVE_INFINITY, perSuccess: 0.5 } }),
    ]),
  )
})
