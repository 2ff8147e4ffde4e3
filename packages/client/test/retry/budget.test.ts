import { assert, describe, it } from "@effect/vitest"
import * as Budget from "../../src/internal/retry/budget.js"

const world = (capacity: number, perSuccess: number) => {
  const changes: Array<number> = []
  const budget = Budget.make({ capacity, perSuccess }, (delta) => changes.push(delta))
  return { budget, changes }
}

describe("the retries that all calls share", () => {
  it("are as many as there is capacity for, and then none", () => {
    const { budget, changes } = world(2, 0.5)
    assert.deepStrictEqual([budget.take(), budget.take(), budget.take()], [true, true, false])
    assert.strictEqual(budget.left(), 0)
    assert.deepStrictEqual(changes, [2, -1, -1])
  })

  it("come back with successes, a fraction each, up to the capacity", () => {
    const { budget, changes } = world(1, 0.4)
    budget.give()
    assert.strictEqual(budget.left(), 1)
    budget.take()
    budget.give()
    assert.strictEqual(budget.left(), 0.4)
    assert.isFalse(budget.take())
    budget.give()
    budget.give()
    assert.strictEqual(budget.left(), 1)
    budget.give()
    assert.strictEqual(budget.left(), 1)
    assert.deepStrictEqual(changes.slice(0, 4), [1, -1, 0.4, 0.4])
    assert.strictEqual(changes.length, 5, "no change is told where there is none")
    assert.isTrue(budget.take())
  })

  it("are one again after ten successes of a tenth, although ten tenths are a little less than one", () => {
    const { budget } = world(1, 0.1)
    assert.isTrue(budget.take())
    for (let success = 0; success < 9; success++) budget.give()
    assert.isFalse(budget.take())
    budget.give()
    assert.isBelow(budget.left(), 1)
    assert.isTrue(budget.take())
  })

  it("are none where the capacity is no number, and need nobody to tell", () => {
    assert.isFalse(Budget.make({ capacity: Number.NaN, perSuccess: 1 }).take())
    assert.isTrue(Budget.make({ capacity: Number.POSITIVE_INFINITY, perSuccess: 0 }).take())
  })

  it("cost nothing where a closed gate holds them back", () => {
    for (let call = 0; call < 100; call++) assert.isTrue(Budget.free.take())
  })
})
