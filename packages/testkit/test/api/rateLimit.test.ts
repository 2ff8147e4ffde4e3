import { assert, describe, it } from "@effect/vitest"
import type { Credential } from "../../src/internal/api/credential.js"
import { RateLimiter } from "../../src/internal/api/rateLimit.js"

const key = (key: string): Credential => ({ _tag: "ApiKey", key })
const basic = (username: string, password: string): Credential => ({ _tag: "Basic", username, password })
const none: Credential = { _tag: "None" }

describe("a rate limit", () => {
  it("accepts so many calls within a period, which begins with the first; others wait in whole seconds", () => {
    const limiter = new RateLimiter({ calls: 2, per: "10 seconds" })
    const waits = [5, 6, 7, 1004, 9005, 9006, 10_004].map((now) => limiter.take(none, now))
    assert.deepStrictEqual(waits, [undefined, undefined, 10, 10, 1, 1, 1])
    assert.deepStrictEqual(
      [10_005, 20_004, 20_004, 20_015].map((now) => limiter.take(none, now)),
      [undefined, undefined, 1, undefined],
    )
  })

  it("counts for each credential: a key by itself, a username whatever the password", () => {
    const first: ReadonlyArray<Credential> = [
      none,
      { _tag: "Unreadable" },
      key("a"),
      key("b"),
      basic("ada", "x"),
      basic("bob", "x"),
      { _tag: "Bearer", token: "a" },
      { _tag: "Bearer", token: "b" },
    ]
    const limiter = new RateLimiter({ calls: 1, per: 1000, by: "credential" })
    for (const credential of first) assert.isUndefined(limiter.take(credential, 0), JSON.stringify(credential))
    for (const credential of [...first, basic("ada", "y"), { _tag: "Several", key: "a" } as const]) {
      assert.strictEqual(limiter.take(credential, 0), 1, JSON.stringify(credential))
    }
  })

  it("counts for the whole deployment if it is told to", () => {
    const limiter = new RateLimiter({ calls: 1, per: 1000, by: "deployment" })
    assert.deepStrictEqual([limiter.take(key("a"), 0), limiter.take(none, 500)], [undefined, 1])
  })

  it("forgets its counts", () => {
    const limiter = new RateLimiter({ calls: 1, per: 1000 })
    limiter.take(none, 0)
    limiter.clear()
    assert.deepStrictEqual([limiter.take(none, 0), limiter.take(none, 0)], [undefined, 1])
  })
})
