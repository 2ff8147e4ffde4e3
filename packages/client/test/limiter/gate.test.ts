import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import { Gate, initialWindow, Ticket } from "../../src/internal/limiter/gate.js"

const never = Number.POSITIVE_INFINITY

const world = () => {
  const gate = new Gate()
  let order = 0
  const ticket = (more: Partial<Pick<Ticket, "isRetry" | "deadline">> = {}) =>
    Object.assign(new Ticket(++order, gate, Clock.make()), more)
  const waiting = (more?: Partial<Pick<Ticket, "isRetry" | "deadline">>) => {
    const made = ticket(more)
    gate.wait(made)
    return made
  }
  const started = () => {
    const made = ticket()
    gate.start(made)
    return made
  }
  return { gate, ticket, waiting, started }
}

describe("a call's ticket", () => {
  it("is that of a call that waits for nothing, without a deadline", () => {
    const { gate, ticket } = world()
    const { deadline, gate: its, order, epoch, isRetry, settle, state } = ticket()
    assert.deepStrictEqual([state, isRetry, deadline, epoch, order], ["Idle", false, never, 0, 1])
    assert.strictEqual(its, gate)
    assert.isUndefined(settle())
  })
})

describe("the line before a gate", () => {
  it("is first come, first served, and who was sent once goes before who was not", () => {
    const { gate, waiting } = world()
    assert.isUndefined(gate.head)
    const [a, b, again] = [waiting(), waiting(), waiting({ isRetry: true })]
    assert.strictEqual(gate.head, again)
    gate.remove(again)
    assert.strictEqual(gate.head, a)
    gate.remove(a)
    assert.strictEqual(gate.head, b)
    gate.remove(b)
    assert.isUndefined(gate.head)
  })

  it("is looked at for deadlines when the first one has passed, and not before", () => {
    const { gate, waiting } = world()
    assert.strictEqual(gate.expiresAt, never)
    const [long, short, again] = [
      waiting({ deadline: 300 }),
      waiting({ deadline: 100 }),
      waiting({ deadline: 200, isRetry: true }),
    ]
    assert.strictEqual(gate.expiresAt, 100)
    assert.deepStrictEqual(gate.expired(99, 0), [])
    assert.strictEqual(gate.expiresAt, 100)
    assert.deepStrictEqual(gate.expired(100, 0), [short])
    gate.remove(short)
    assert.strictEqual(gate.expiresAt, 200)
    assert.deepStrictEqual(gate.expired(200, 0), [again])
    gate.remove(again)
    assert.deepStrictEqual(gate.expired(299, 0), [])
    assert.deepStrictEqual(gate.expired(1000, 0), [long])
    gate.remove(long)
    assert.strictEqual(gate.expiresAt, never)
  })

  it("is not looked at again before the pause is over", () => {
    const { gate, waiting } = world()
    waiting({ deadline: 100 })
    const next = waiting({ deadline: 105 })
    assert.strictEqual(gate.expired(100, 10).length, 1)
    assert.strictEqual(gate.expiresAt, 110)
    assert.deepStrictEqual(gate.expired(109, 10), [])
    assert.include(gate.expired(110, 10), next)
  })

  it("has the deadlines of those who are left after one has gone", () => {
    const { gate, waiting } = world()
    gate.remove(waiting({ deadline: 50 }))
    assert.strictEqual(gate.expiresAt, never, "nobody is left")
    const first = waiting({ deadline: 100 })
    waiting({ deadline: 200 })
    gate.remove(first)
    assert.strictEqual(gate.expiresAt, 100, "it is looked at once for nothing")
    assert.deepStrictEqual(gate.expired(150, 0), [])
    assert.strictEqual(gate.expiresAt, 200)
  })
})

describe("a gate", () => {
  it("lets everybody through until it is closed", () => {
    const { gate, started } = world()
    for (let call = 0; call < 100; call++) started()
    assert.strictEqual(gate.at, Number.NEGATIVE_INFINITY)
  })

  it("opens when the longest time is over that it was closed for, for a few", () => {
    const { gate, started } = world()
    gate.close(100)
    gate.close(50)
    assert.strictEqual(gate.opensAt, 100)
    for (let call = 0; call < initialWindow; call++) {
      assert.strictEqual(gate.at, 100)
      started()
    }
    assert.strictEqual(gate.at, never)
  })

  it("lets one more through for each that is over, and two for each that is answered", () => {
    const { gate, started, waiting } = world()
    gate.close(100)
    waiting()
    const [first, second] = Array.from({ length: initialWindow }, started)
    assert(first !== undefined && second !== undefined)
    gate.end(first, false, never)
    assert.strictEqual(gate.at, 100)
    started()
    assert.strictEqual(gate.at, never)
    gate.end(second, true, never)
    started()
    assert.strictEqual(gate.at, 100)
    started()
    assert.strictEqual(gate.at, never)
  })

  it("lets all through when one was answered and nobody waits, or as many may go as the client lets go", () => {
    for (const [waits, most] of [
      [false, never],
      [true, initialWindow + 1],
    ] as const) {
      const { gate, started, waiting } = world()
      gate.close(100)
      if (waits) waiting()
      const [first] = Array.from({ length: initialWindow }, started)
      assert(first !== undefined)
      gate.end(first, true, most)
      for (let call = 0; call < 100; call++) started()
      assert.strictEqual(gate.at, 100)
    }
    const { gate, started, waiting } = world()
    gate.close(100)
    waiting()
    const [first] = Array.from({ length: initialWindow }, started)
    assert(first !== undefined)
    gate.end(first, true, initialWindow + 2)
    started()
    started()
    assert.strictEqual(gate.at, never)
  })

  it("does not let more through where nobody was answered, although nobody waits", () => {
    const { gate, started } = world()
    gate.close(100)
    const [first] = Array.from({ length: initialWindow }, started)
    assert(first !== undefined)
    gate.end(first, false, 1)
    started()
    assert.strictEqual(gate.at, never)
  })

  it("that is closed again counts anew: who went before is not one of the few", () => {
    const { gate, started, waiting } = world()
    const before = started()
    gate.close(100)
    waiting()
    const old = Array.from({ length: initialWindow }, started)
    gate.close(200)
    for (const one of [before, ...old]) gate.end(one, true, never)
    for (let call = 0; call < initialWindow; call++) {
      assert.strictEqual(gate.at, 200)
      started()
    }
    assert.strictEqual(gate.at, never)
  })
})
