import { assert, describe, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { status } from "../../src/internal/failure/failure.js"
import { initialWindow, Ticket } from "../../src/internal/limiter/gate.js"
import { Limiter } from "../../src/internal/limiter/limiter.js"
import { Pace } from "../../src/internal/limiter/pace.js"

const answered = (code: number) => status(code, "", [])

const live = Effect.runSync(Effect.clock)

/** A limiter, its time, and who was let in, in order. */
const world = (concurrency: number, pace?: Pace) => {
  const state = { now: 0 }
  const clock: Clock.Clock = Object.create(live, {
    unsafeCurrentTimeMillis: { value: () => state.now },
    unsafeCurrentTimeNanos: { value: () => BigInt(Math.round(state.now * 1e6)) },
    sleep: { value: () => Effect.never },
  })
  const limiter = new Limiter({ concurrency, pace, pause: true }, clock)
  const started: Array<Ticket> = []
  const refused: Array<Ticket> = []
  /** Calls of the client's credential and with a scoped token. */
  const session = (): Ticket => limiter.ticket({}, undefined, clock)
  const scoped = (): Ticket => limiter.ticket({ token: Redacted.make("token") }, undefined, clock)
  const enter = (ticket: Ticket, deadline = Number.POSITIVE_INFINITY): Ticket => {
    const turn = limiter.acquire(ticket, deadline - state.now)
    if (turn !== undefined) Effect.runFork(turn)
    if (ticket.state === "InFlight") started.push(ticket)
    if (ticket.state === "Idle") refused.push(ticket)
    ticket.settle = (failure) => (failure === undefined ? started : refused).push(ticket)
    return ticket
  }
  const enterAll = (count: number, make = session) => Array.from({ length: count }, () => enter(make()))
  const at = (now: number) => {
    state.now = now
    limiter.dispatch()
  }
  /** The service asks one that calls with this credential to wait until then. */
  const close = (until: number, gate = limiter.session) =>
    limiter.pause(new Ticket(0, gate, clock), answered(429), until - state.now)
  const orders = () => started.map(({ order }) => order)
  return { limiter, state, started, refused, session, scoped, enter, enterAll, at, close, orders }
}

describe("the limiter", () => {
  it("lets in as many as may be under way, in the order in which they came, one for each that leaves", () => {
    const { enterAll, limiter, orders } = world(2)
    const turns = enterAll(5)
    assert.deepStrictEqual(orders(), [1, 2])
    for (const turn of turns.slice(0, 3)) limiter.release(turn, true)
    assert.deepStrictEqual(orders(), [1, 2, 3, 4, 5])
    assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [2, 0])
  })

  it("lets a call that was sent before go before those that were not", () => {
    const { enter, enterAll, limiter, orders } = world(1)
    const [first, second] = enterAll(4)
    assert(first !== undefined && second !== undefined)
    limiter.release(first, true)
    enter(first)
    limiter.release(second, true)
    assert.deepStrictEqual(orders(), [1, 2, 1])
  })

  it("holds back who waits for a closed gate, and nobody else", () => {
    const { at, close, enterAll, orders, scoped } = world(3)
    close(100)
    enterAll(4)
    enterAll(1, scoped)
    assert.deepStrictEqual(orders(), [5])
    at(99)
    assert.deepStrictEqual(orders(), [5])
    at(100)
    assert.deepStrictEqual(orders(), [5, 1, 2])
  })

  it("opens a gate for a initialWindow, then for two more with each that is answered, then for all", () => {
    const { at, close, enterAll, limiter, started } = world(Number.POSITIVE_INFINITY)
    close(100)
    enterAll(100)
    at(100)
    assert.strictEqual(started.length, initialWindow)
    // Each answer gives its own place back, and one more.
    for (let answers = 1; started.length < 100; answers++) {
      const turn = started.find(({ state }) => state === "InFlight")
      assert(turn !== undefined)
      limiter.release(turn, true)
      assert.strictEqual(started.length, Math.min(100, initialWindow + 2 * answers))
    }
    for (const turn of started) limiter.release(turn, true)
    enterAll(100)
    assert.strictEqual(started.length, 200)
  })

  it("lets no more go than the initialWindow while nobody is answered", () => {
    const { at, close, enterAll, limiter, started } = world(Number.POSITIVE_INFINITY)
    close(100)
    enterAll(20)
    at(100)
    for (let i = 0; i < 16; i++) {
      const turn = started.find(({ state }) => state === "InFlight")
      if (turn !== undefined) limiter.release(turn, false)
      assert.isAtMost(limiter.inFlight, initialWindow)
    }
    assert.strictEqual(started.length, 20)
  })

  it("closes for the longest time that was asked, and turns away who cannot wait that long", () => {
    const { close, enter, limiter, refused, session } = world(8)
    close(100)
    const [short, long] = [enter(session(), 150), enter(session(), 250)]
    close(50)
    assert.strictEqual(limiter.session.opensAt, 100)
    assert.deepStrictEqual(refused, [])
    close(200)
    assert.deepStrictEqual(refused, [short])
    assert.deepStrictEqual([short.state, long.state, limiter.waiting], ["Idle", "Waiting", 1])
  })
})

describe("a waiter that is interrupted", () => {
  it.effect("in the very moment of being woken gives its place to the next", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const limiter = new Limiter({ concurrency: 1, pace: undefined, pause: true }, clock)
      const ticket = () => limiter.ticket({}, undefined, clock)
      const holder = ticket()
      assert.isUndefined(limiter.acquire(holder, 1000))
      const attempt = Effect.suspend(() => {
        const mine = ticket()
        return Effect.ensuring(
          limiter.acquire(mine, 1000) ?? Effect.succeed(0),
          Effect.sync(() => limiter.release(mine, true)),
        )
      })
      const woken = yield* Effect.fork(attempt)
      const next = yield* Effect.fork(attempt)
      yield* Effect.yieldNow()
      assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [1, 2])
      limiter.release(holder, true)
      woken.unsafeInterruptAsFork(FiberId.none)
      assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [1, 1])
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(woken)))
      assert.strictEqual(yield* Fiber.join(next), 0)
      assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [0, 0])
    }),
  )
})

describe("a deadline", () => {
  it("ends the waiting when it has come, in whatever order they come", () => {
    const { at, enter, enterAll, limiter, refused, session, started } = world(1)
    const [holder] = enterAll(1)
    const deadlines = [100, 50, 70, 300]
    const waiting = deadlines.map((deadline) => enter(session(), deadline))
    const gone = () => refused.map((ticket) => deadlines[waiting.indexOf(ticket)])
    at(49)
    assert.deepStrictEqual(gone(), [])
    at(60)
    assert.deepStrictEqual(gone(), [50])
    at(70)
    assert.deepStrictEqual(gone(), [50, 70])
    at(200)
    assert.deepStrictEqual(gone(), [50, 70, 100])
    assert(holder !== undefined)
    limiter.release(holder, true)
    assert.deepStrictEqual(started, [holder, waiting[3]])
  })

  it("that has passed lets nobody in, however late it is noticed", () => {
    const { at, enter, enterAll, limiter, refused, session, started, state } = world(1)
    const [holder] = enterAll(1)
    // So many that not all are looked at every millisecond.
    for (let n = 0; n < 50_000; n++) enter(session(), 1000 + n / 1000)
    at(1001)
    state.now = 1003
    assert(holder !== undefined)
    limiter.release(holder, true)
    assert.isTrue(started.every(({ deadline }) => deadline > state.now || deadline === Number.POSITIVE_INFINITY))
    assert.strictEqual(refused.length, 3001)
    for (const ticket of refused) assert.isAtMost(ticket.deadline, state.now)
  })
})

describe("the pace", () => {
  it("spreads the starts evenly, without a burst after idle time", () => {
    const { at, enterAll, orders, state } = world(Number.POSITIVE_INFINITY, new Pace(4, 1000))
    enterAll(3)
    at(249)
    assert.strictEqual(orders().length, 1)
    at(250)
    assert.strictEqual(orders().length, 2)
    at(500)
    state.now = 10_000
    enterAll(3)
    at(10_249)
    assert.strictEqual(orders().length, 4)
    at(10_250)
    assert.strictEqual(orders().length, 5)
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
      const { at, close, enter, limiter, refused, scoped, session, started, state } = world(
        permits,
        paced ? new Pace(yield* Random.nextIntBetween(1, 5), 20) : undefined,
      )
      const all: Array<Ticket> = []
      let seen = 0
      for (let step = 0; step < 40; step++) {
        const dice = yield* Random.nextIntBetween(0, 100)
        const before = all.map(({ gate, order, state }) => ({ gate, order, waits: state === "Waiting" }))
        const one = all[yield* Random.nextIntBetween(0, Math.max(1, all.length))]
        const what = `seed ${seed}, step ${step}`
        if (dice < 40) {
          const ticket = (yield* Random.nextBoolean) ? session() : scoped()
          all.push(ticket)
          enter(ticket, state.now + (yield* Random.nextIntBetween(1, 200)))
        } else if (dice < 66 && one !== undefined) {
          if (one.state === "Waiting") gaveUp++
          limiter.release(one, yield* Random.nextBoolean)
        } else if (dice < 80 && one?.isRetry === true && one.state === "Idle") {
          enter(one, state.now + (yield* Random.nextIntBetween(1, 200)))
          repeated++
        } else if (dice < 87) {
          const gate = (yield* Random.nextBoolean) ? limiter.session : limiter.scoped
          close(state.now + (yield* Random.nextIntBetween(0, 50)), gate)
        } else at(state.now + (yield* Random.nextIntBetween(0, 30)))

        const inFlight = all.filter(({ state }) => state === "InFlight").length
        assert.strictEqual(limiter.inFlight, inFlight, what)
        assert.isAtMost(inFlight, permits)
        const waits = all.filter(({ state }) => state === "Waiting")
        assert.strictEqual(limiter.waiting, waits.length)
        for (const { deadline } of waits) assert.isAbove(deadline, state.now, what)
        // Whoever was let in now came before everybody else who waited at the same gate with the same right.
        for (const { gate, isRetry, order } of started.slice(seen)) {
          assert.isAtLeast(state.now, gate.opensAt)
          const me = before.find((other) => other.order === order)
          if (me?.waits !== true || isRetry) continue
          const behind = waits.filter((other) => other.gate === gate && !other.isRetry)
          for (const other of behind) assert.isBelow(order, other.order, what)
        }
        seen = started.length
      }
      for (const one of all) limiter.release(one, true)
      assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [0, 0])
      // All places are there again.
      at(state.now + 1000)
      for (let i = 0; i < permits; i++) {
        enter(session())
        at(state.now + 20)
      }
      assert.isAtLeast(limiter.inFlight, Math.min(permits, initialWindow), `seed ${seed}`)
      served += started.length
      turnedAway += refused.length
    }).pipe(Effect.withRandom(Random.make(seed)), Effect.runSync)
  for (let seed = 0; seed < seeds; seed++) scenario(seed)
  // The seeds have seen all there is to see.
  assert.isAbove(Math.min(served, repeated, gaveUp, turnedAway), seeds / 2)
}, 120_000)
