import { assert, it } from "@effect/vitest"
import { Queue } from "../../src/internal/limiter/queue.js"

it("a queue is first in, first out, whoever leaves it and from where", () => {
  const queue = new Queue<{ readonly name: string }>()
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ name }))
  assert(a !== undefined && b !== undefined && c !== undefined && d !== undefined)
  const names = () => [queue.head?.name, [...queue].map(({ name }) => name).join("")]
  assert.deepStrictEqual(names(), [undefined, ""])
  for (const one of [a, b, c]) queue.add(one)
  assert.deepStrictEqual(names(), ["a", "abc"])
  queue.remove(b)
  assert.deepStrictEqual(names(), ["a", "ac"])
  queue.remove(a)
  assert.deepStrictEqual(names(), ["c", "c"])
  queue.remove(c)
  assert.deepStrictEqual(names(), [undefined, ""])
  queue.add(d)
  queue.add(a)
  assert.deepStrictEqual(names(), ["d", "da"])
  queue.remove(d)
  queue.remove(d)
  assert.deepStrictEqual(names(), ["a", "a"])
  queue.add(b)
  queue.remove(a)
  assert.deepStrictEqual(names(), ["b", "b"])
})
