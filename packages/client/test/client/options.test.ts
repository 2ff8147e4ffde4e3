import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient } from "@effect-tiledb/client"
import { Cause, ConfigError, Duration, Effect, Exit } from "effect"
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

  it("a number of attempts that cannot be made is refused by name", () => {
    for (const attempts of [Number.NaN, 0, -1, 1.5, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => RetryPolicy.make({ attempts }), /attempts should be a whole number of at least 1/)
      assert.throws(() => RetryPolicy.modify(RetryPolicy.none, { attempts }), /attempts/)
    }
    assert.strictEqual(RetryPolicy.make({ attempts: Number.POSITIVE_INFINITY }).attempts, Number.POSITIVE_INFINITY)
  })

  it("a duration that is none is refused by name", () => {
    for (const field of durations) {
      for (const value of [Number.NaN, -1, "-1 seconds", -1n, [-1, 0], [Number.NaN, 0], "soon", "1 fortnight"]) {
        // What the type forbids, JavaScript does all the same.
        const input = value as Duration.DurationInput
        assert.throws(
          () => RetryPolicy.make({ [field]: input }),
          new RegExp(`RetryPolicy: ${field} should be a duration`),
        )
      }
      for (const input of [0, 0.5, "0.5 seconds", "20 seconds", 5n, [1, 500], Duration.infinity] as const) {
        assert.deepStrictEqual(
          RetryPolicy.make({ [field]: input })[field],
          Duration.decode(input as Duration.DurationInput),
        )
      }
    }
    const thrown = Effect.runSyncExit(Effect.try({ try: () => RetryPolicy.make({ deadline: -1 }), catch: (e) => e }))
    assert.isTrue(Exit.isFailure(thrown) && Cause.isIllegalArgumentException(Cause.squash(thrown.cause)))
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
