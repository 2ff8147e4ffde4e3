import { assert, describe, it } from "@effect/vitest"
import { Pace } from "../../src/internal/limiter/pace.js"

describe("a pace of 4 calls a second", () => {
  const started = (...times: ReadonlyArray<number>) => {
    const pace = new Pace(4, 1000)
    for (const time of times) pace.start(time)
    return pace
  }

  it("lets the first one go at once, and the next ones at even distances", () => {
    assert.strictEqual(started().at, Number.NEGATIVE_INFINITY)
    assert.strictEqual(started(100).at, 350)
    assert.strictEqual(started(100, 350).at, 600)
    assert.strictEqual(started(100, 350, 600, 850).at, 1100)
    assert.strictEqual(started(100, 350, 600, 850, 1100).at, 1350)
  })

  it("is not slowed down by timers that are 20 ms late, and begins anew after a longer rest", () => {
    assert.strictEqual(started(100, 370).at, 600)
    assert.strictEqual(started(100, 371).at, 621)
    assert.strictEqual(started(100, 5000).at, 5250)
  })

  it("never lets more than 4 start within any second, whatever has been made up for", () => {
    // The second to fourth start came late, the fifth must be a second after the first all the same.
    assert.strictEqual(started(20, 270, 520, 770).at, 1020)
    assert.strictEqual(started(15, 265, 515, 765, 1015).at, 1265)
    // The sixth is held by the second, not by the first.
    assert.strictEqual(started(0, 270, 500, 750, 1000).at, 1270)
  })
})
