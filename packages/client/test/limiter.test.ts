import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { few, type Gate, type Turn } from "../src/internal/gate.js"
import { Limiter } from "../src/internal/limiter.js"
import { Pace } from "../src/internal/pace.js"

/** A limiter, its time, and who was let in, in order. */
const world = (permits: number, pace?: Pace) => {
  const limiter = new Limiter(permits, pace)
  const state = { now: 0, calls: 0 }
  const started: Array<Turn> = []
  const refused: Array<Turn> = []
  const turn = (gate = limiter.session, deadline = Number.POSITIVE_INFINITY): Turn => {
    const made: Turn = {
      gate,
      order: ++state.calls,
      first: false,
      state: "Idle",
      deadline,
      round: 0,
      before: undefined,
      after: undefined,
      settle: (paused) => (paused ? refused : started).push(made),
      now: () => state.now,
    }
    return made
  }
  const enter = (made: Turn): Turn => {
    if (limiter.startFreely(made)) started.push(made)
    else limiter.enter(made, state.now)
    return made
  }
  const enterAll = (count: number, gate?: Gate) => Array.from({ length: count }, () => enter(turn(gate)))
  const at = (now: number) => {
    state.now = now
    limiter.serve(now)
  }
  const orders = () => started.map(({ order }) => order)
  return { limiter, state, started, refused, turn, enter, enterAll, at, orders }
}

describe("the limiter", () => {
  it("lets in as many as may be under way, in the order in which they came, one for each that leaves", () => {
    const { enterAll, limiter, orders } = world(2)
    const turns = enterAll(5)
    assert.deepStrictEqual(orders(), [1, 2])
    for (const turn of turns.slice(0, 3)) limiter.leave(turn, true)
    assert.deepStrictEqual(orders(), [1, 2, 3, 4, 5])
    assert.deepStrictEqual([limiter.underWay, limiter.waiting], [2, 0])
  })

  it("lets a call that was sent before go before those that were not", () => {
    const { enter, enterAll, limiter, orders } = world(1)
    const [first, second] = enterAll(4)
    assert(first !== undefined && second !== undefined)
    limiter.leave(first, true)
    enter(first)
    limiter.leave(second, true)
    assert.deepStrictEqual(orders(), [1, 2, 1])
  })

  it("holds back who waits for a closed gate, and nobody else", () => {
    const { at, enterAll, limiter, orders } = world(3)
    limiter.close(limiter.session, 100)
    enterAll(4)
    enterAll(1, limiter.scoped)
    assert.deepStrictEqual(orders(), [5])
    assert.strictEqual(limiter.at, 100)
    at(99)
    assert.deepStrictEqual(orders(), [5])
    at(100)
    assert.deepStrictEqual(orders(), [5, 1, 2])
  })

  it("opens a gate for a few, then for two more with each that is answered, then for all", () => {
    const { at, enterAll, limiter, started } = world(Number.POSITIVE_INFINITY)
    limiter.close(limiter.session, 100)
    enterAll(100)
    at(100)
    assert.strictEqual(started.length, few)
    // Each answer gives its own place back, and one more.
    for (let answers = 1; started.length < 100; answers++) {
      const turn = started.find(({ state }) => state === "UnderWay")
      assert(turn !== undefined)
      limiter.leave(turn, true)
      assert.strictEqual(started.length, Math.min(100, few + 2 * answers))
    }
    assert.isFalse(limiter.session.free)
    for (const turn of started) limiter.leave(turn, true)
    assert.isTrue(limiter.session.free)
  })

  it("lets no more go than the few while nobody is answered", () => {
    const { at, enterAll, limiter, started } = world(Number.POSITIVE_INFINITY)
    limiter.close(limiter.session, 100)
    enterAll(20)
    at(100)
    for (let i = 0; i < 16; i++) {
      const turn = started.find(({ state }) => state === "UnderWay")
      if (turn !== undefined) limiter.leave(turn, false)
      assert.isAtMost(limiter.underWay, few)
    }
    assert.strictEqual(started.length, 20)
  })

  it("closes for the longest time that was asked, and turns away who cannot wait that long", () => {
    const { enter, limiter, refused, turn } = world(8)
    limiter.close(limiter.session, 100)
    const [short, long] = [enter(turn(undefined, 150)), enter(turn(undefined, 250))]
    limiter.close(limiter.session, 50)
    assert.strictEqual(limiter.session.opensAt, 100)
    assert.deepStrictEqual(refused, [])
    limiter.close(limiter.session, 200)
    assert.deepStrictEqual(refused, [short])
    assert.deepStrictEqual([short.state, long.state, limiter.waiting], ["Idle", "Waiting", 1])
  })
})

describe("the pace", () => {
  it("spreads the starts evenly, without a burst after idle time", () => {
    const { at, enterAll, limiter, orders, state } = world(Number.POSITIVE_INFINITY, new Pace(4, 1000))
    enterAll(3)
    assert.deepStrictEqual([orders().length, limiter.at], [1, 250])
    at(250)
    at(500)
    state.now = 10_000
    enterAll(3)
    assert.deepStrictEqual([orders().length, limiter.at], [4, 10_250])
  })

  it("lets late timers catch up, but no more than `calls` start within any `per`", () =>
    Effect.gen(function* () {
      const pace = new Pace(100, 1000)
      const starts: Array<number> = []
      let now = 0
      while (starts.length < 1000) {
        now = Math.max(now, Math.ceil(pace.at)) + (yield* Random.nextIntBetween(0, 12))
        while (pace.at <= now) {
          pace.start(now)
          starts.push(now)
        }
      }
      for (const [index, start] of starts.slice(100).entries()) assert.isAtLeast(start - (starts[index] ?? 0), 1000)
      // Nine whole windows at least; timers that are six milliseconds late on average cost less than a tenth.
      assert.isBelow(now, 10_900)
    }).pipe(Effect.withRandom(Random.make("pace")), Effect.runSync))
})

const seeds = 1000

it(`gives every place back, and keeps the order, whatever happens: ${seeds} seeds`, () => {
  let [served, repeated, gaveUp, turnedAway] = [0, 0, 0, 0]
  const scenario = (seed: number) =>
    Effect.gen(function* () {
      const permits = yield* Random.nextIntBetween(1, 6)
      const paced = yield* Random.nextBoolean
      const { at, enter, limiter, refused, started, state, turn } = world(
        permits,
        paced ? new Pace(yield* Random.nextIntBetween(1, 5), 20) : undefined,
      )
      const all: Array<Turn> = []
      let seen = 0
      for (let step = 0; step < 40; step++) {
        const dice = yield* Random.nextIntBetween(0, 100)
        const before = all.map(({ first, gate, order, state }) => ({ first, gate, order, waits: state === "Waiting" }))
        const one = all[yield* Random.nextIntBetween(0, Math.max(1, all.length))]
        if (dice < 45) {
          const gate = (yield* Random.nextBoolean) ? limiter.session : limiter.scoped
          all.push(turn(gate, state.now + (yield* Random.nextIntBetween(1, 200))))
          enter(all[all.length - 1] ?? turn())
        } else if (dice < 75 && one !== undefined) {
          if (one.state === "Waiting") gaveUp++
          limiter.leave(one, yield* Random.nextBoolean)
        } else if (dice < 82 && one?.first === true && one.state === "Idle") {
          enter(one)
          repeated++
        } else if (dice < 88) {
          const gate = (yield* Random.nextBoolean) ? limiter.session : limiter.scoped
          limiter.close(gate, state.now + (yield* Random.nextIntBetween(0, 50)))
        } else at(state.now + (yield* Random.nextIntBetween(0, 30)))

        const underWay = all.filter(({ state }) => state === "UnderWay").length
        assert.strictEqual(limiter.underWay, underWay, `seed ${seed}, step ${step}`)
        assert.isAtMost(underWay, permits)
        assert.strictEqual(limiter.waiting, all.filter(({ state }) => state === "Waiting").length)
        // Whoever was let in now came before everybody else who waited at the same gate with the same right.
        for (const { first, gate, order } of started.slice(seen)) {
          assert.isAtLeast(state.now, gate.opensAt)
          const me = before.find((other) => other.order === order)
          if (me?.waits !== true || first) continue
          const stillWaits = all.filter((other) => other.state === "Waiting" && other.gate === gate && !other.first)
          for (const other of stillWaits) assert.isBelow(order, other.order, `seed ${seed}, step ${step}`)
        }
        seen = started.length
      }
      for (const one of all) limiter.leave(one, true)
      assert.deepStrictEqual([limiter.underWay, limiter.waiting, limiter.at], [0, 0, Number.POSITIVE_INFINITY])
      // All places are there again.
      at(state.now + 1000)
      for (let i = 0; i < permits; i++) {
        enter(turn())
        at(state.now + 20)
      }
      assert.isAtLeast(limiter.underWay, Math.min(permits, few), `seed ${seed}`)
      served += started.length
      turnedAway += refused.length
    }).pipe(Effect.withRandom(Random.make(seed)), Effect.runSync)
  for (let seed = 0; seed < seeds; seed++) scenario(seed)
  // The seeds have seen all there is to see.
  assert.isAbove(Math.min(served, repeated, gaveUp, turnedAway), seeds / 2)
})
