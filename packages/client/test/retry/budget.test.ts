import { assert, describe, it } from "@effect/vitest"
import * as Budget from "../../src/internal/retry/budget.js"

const world = (capacity: number, perSuccess: number) => {
  const changes: Array<number> = []
  const budget = Budget.make({ capacity, perSuccess }, (delta) => changes.push(delta))
  /** Takes a retry if there is one. */
  const take = () => {
    const allowed = budget.allows()
    if (allowed) budget.take()
    return allowed
  }
  return { budget, changes, take }
}

describe("the retries that all calls share", () => {
  it("are as many as there is capacity for, and then none", () => {
    const { budget, changes, take } = world(2, 0.5)
    assert.deepStrictEqual([take(), take(), take()], [true, true, false])
    assert.strictEqual(budget.left(), 0)
    assert.deepStrictEqual(changes, [2, -1, -1])
  })

  it("come back with successes, a fraction each, up to the capacity", () => {
    const { budget, changes, take } = world(1, 0.4)
    budget.give()
    assert.strictEqual(budget.left(), 1)
    take()
    budget.give()
    assert.strictEqual(budget.left(), 0.4)
    assert.isFalse(take())
    budget.give()
    budget.give()
    assert.strictEqual(budget.left(), 1)
    budget.give()
    assert.strictEqual(budget.left(), 1)
    assert.deepStrictEqual(changes.slice(0, 4), [1, -1, 0.4, 0.4])
    assert.strictEqual(changes.length, 5, "no change is told where there is none")
    assert.isTrue(take())
  })

  it("are one again after ten successes of a tenth, although ten tenths are a little less than one", () => {
    const { budget, take } = world(1, 0.1)
    assert.isTrue(take())
    for (let success = 0; success < 9; success++) budget.give()
    assert.isFalse(take())
    budget.give()
    assert.isBelow(budget.left(), 1)
    assert.isTrue(take())
  })

  it("are none where the capacity is no number, and need nobody to tell", () => {
    assert.isFalse(Budget.make({ capacity: Number.NaN, perSuccess: 1 }).allows())
    assert.isTrue(Budget.make({ capacity: Number.POSITIVE_INFINITY, perSuccess: 0 }).allows())
  })
})
