import { assert, it } from "@effect/vitest"
import { memoised } from "../../src/internal/runtime/memoised.js"

it("computes each value once", () => {
  const computed: Array<string> = []
  const lengthOf = memoised((key: string) => computed.push(key) && key.length)
  assert.deepStrictEqual(["a", "bc", "a", "bc"].map(lengthOf), [1, 2, 1, 2])
  assert.deepStrictEqual(computed, ["a", "bc"])
})
