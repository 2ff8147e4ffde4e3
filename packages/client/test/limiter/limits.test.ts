import { assert, describe, it } from "@effect/vitest"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Limits, make, positive } from "../../src/internal/limiter/limits.js"

const made = (options: Limits) => Effect.runSync(Effect.either(make(options)))

const refused = (field: string, message: string) => ConfigError.InvalidData([field], message)
const whole = "Expected a whole number above 0"
const time = 'Expected a time above 0, such as "1 second"'

describe("the limits of a client", () => {
  it("are none by default", () => assert.isTrue(Either.isRight(made({}))))

  it("are whole numbers above nothing", () => {
    for (const value of [1, 2, 1000]) assert.deepStrictEqual(positive("field", value), Either.right(value))
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.deepStrictEqual(positive("field", value), Either.left(refused("field", whole)), `${value}`)
    }
  })

  for (const [options, error] of [
    [{ concurrency: 1 }, undefined],
    [{ rateLimit: { calls: 3, per: "1 second" } }, undefined],
    [{ rateLimit: { calls: 1, per: 1 } }, undefined],
    [{ concurrency: 0 }, refused("concurrency", whole)],
    [{ concurrency: 0.5 }, refused("concurrency", whole)],
    [{ rateLimit: { calls: 0, per: 1 } }, refused("rateLimit.calls", whole)],
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, "soon" as never].map(
      (per) => [{ rateLimit: { calls: 1, per } }, refused("rateLimit.per", time)] as const,
    ),
  ] as ReadonlyArray<readonly [Limits, ConfigError.ConfigError | undefined]>) {
    const { concurrency, rateLimit } = options
    it(`${concurrency}, ${rateLimit?.calls} per ${rateLimit?.per}: ${error === undefined ? "taken" : "refused"}`, () => {
      const result = made(options)
      assert.deepStrictEqual(Either.isLeft(result) ? result.left : undefined, error)
    })
  }

  it("have the pace that was asked for", () => {
    const limiter = Either.getOrThrow(made({ rateLimit: { calls: 1, per: 1000 } }))
    const clock = Effect.runSync(Effect.clock)
    assert.isUndefined(limiter.acquire(limiter.ticket({}, undefined, clock), Number.POSITIVE_INFINITY))
    const second = limiter.acquire(limiter.ticket({}, undefined, clock), Number.POSITIVE_INFINITY)
    assert.isDefined(second)
  })
})
