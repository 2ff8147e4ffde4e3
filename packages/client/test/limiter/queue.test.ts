import { assert, it } from "@effect/vitest"
import { Line } from "../../src/internal/limiter/queue.js"

it("a line is first in, first out, whoever leaves it and from where", () => {
  const line = new Line<{ readonly name: string }>()
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ name }))
  assert(a !== undefined && b !== undefined && c !== undefined && d !== undefined)
  const names = () => [line.head?.name, [...line].map(({ name }) => name).join("")]
  assert.deepStrictEqual(names(), [undefined, ""])
  for (const one of [a, b, c]) line.add(one)
  assert.deepStrictEqual(names(), ["a", "abc"])
  line.remove(b)
  assert.deepStrictEqual(names(), ["a", "ac"])
  line.remove(a)
  assert.deepStrictEqual(names(), ["c", "c"])
  line.remove(c)
  assert.deepStrictEqual(names(), [undefined, ""])
  line.add(d)
  line.add(a)
  assert.deepStrictEqual(names(), ["d", "da"])
  line.remove(d)
  line.remove(d)
  assert.deepStrictEqual(names(), ["a", "a"])
  line.add(b)
  line.remove(a)
  assert.deepStrictEqual(names(), ["b", "b"])
})
