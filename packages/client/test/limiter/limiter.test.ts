import { assert, describe, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { status, transport } from "../../src/internal/failure/failure.js"
import { initialWindow, Ticket } from "../../src/internal/limiter/gate.js"
import { Limiter } from "../../src/internal/limiter/limiter.js"
import { Pace } from "../../src/internal/limiter/pace.js"
import { runs, seedOf } from "../support/exhaustive.js"

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

const seeds = runs(1000)

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
    }).pipe(Effect.withRandom(Random.make(seedOf(seed))), Effect.runSync)
  for (let seed = 0; seed < seeds; seed++) scenario(seed)
  // The seeds have seen all there is to see.
  assert.isAbove(Math.min(served, repeated, gaveUp, turnedAway), seeds / 2)
}, 120_000)

// Who is let in when, step by step with a clock set by hand whose timers fire.
/** The date when the clock begins. */
const epoch = 1_800_000_000_000

/** What fibers and timers have been told, they do. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A limiter and its time; and of each attempt, in order, that it began at once or after how long, or why it did not. */
const stepwise = (concurrency: number, pace?: Pace) => {
  const timers = new Map<() => void, number>()
  const state = { now: 0, timersSet: 0 }
  const clock: Clock.Clock = Object.create(live, {
    unsafeCurrentTimeMillis: { value: () => epoch + state.now },
    unsafeCurrentTimeNanos: { value: () => BigInt(state.now) * 1_000_000n },
    sleep: {
      value: (duration: Duration.Duration) =>
        Effect.async<void>((resume) => {
          const fire = () => resume(Effect.void)
          state.timersSet++
          timers.set(fire, state.now + Duration.toMillis(duration))
          return Effect.sync(() => timers.delete(fire))
        }),
    },
  })
  const limiter = new Limiter({ concurrency, pace, pause: true }, clock)
  const log: Array<string> = []
  const failures: Array<unknown> = []
  const session = () => limiter.ticket({}, undefined, clock)
  const scoped = () => limiter.ticket({ token: Redacted.make("token") }, undefined, clock)
  const enter = (ticket: Ticket, remaining = Number.POSITIVE_INFINITY): Ticket => {
    const turn = limiter.acquire(ticket, remaining)
    if (turn === undefined) log.push(`${ticket.order} at once`)
    else {
      Effect.runFork(turn).addObserver((exit) => {
        if (exit._tag === "Success") log.push(`${ticket.order} after ${exit.value}`)
        else if (exit.cause._tag === "Fail") {
          failures.push(exit.cause.error)
          log.push(`${ticket.order} ${"reason" in exit.cause.error ? exit.cause.error.reason : ""}`)
        }
      })
    }
    return ticket
  }
  /** The time comes, and with it the timers that are due. */
  const at = async (now: number) => {
    state.now = now
    for (const [fire, time] of [...timers]) {
      if (time > now) continue
      timers.delete(fire)
      fire()
    }
    await settled()
  }
  const pause = (ticket: Ticket, code: number, millis: number) => limiter.pause(ticket, status(code, "", []), millis)
  /** What was logged since it was last asked for. */
  const news = async () => {
    await settled()
    return log.splice(0)
  }
  /** When the limiter wants to be woken. */
  const wakes = async () => {
    await settled()
    return [...timers.values()]
  }
  return { limiter, clock, state, failures, session, scoped, enter, at, pause, news, wakes }
}

const gauge = (name: string): number => {
  const found = Metric.unsafeSnapshot().find(({ metricKey }) => metricKey.name === `tiledb.client.${name}`)
  const value = found !== undefined && "value" in found.metricState ? found.metricState.value : 0
  return Number(value)
}

describe("places", () => {
  it("are given at once while there are any, then in the order of the calls", async () => {
    const { enter, limiter, news, session, wakes } = stepwise(2)
    const [first, second, third, fourth] = [session(), session(), session(), session()]
    for (const ticket of [first, second, third, fourth]) enter(ticket)
    assert.deepStrictEqual(await news(), ["1 at once", "2 at once"])
    assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [2, 2])
    assert.deepStrictEqual([first.state, third.state], ["InFlight", "Waiting"])
    assert.deepStrictEqual(await wakes(), [])
    limiter.release(second, true)
    assert.deepStrictEqual([second.state, third.state, fourth.state], ["Idle", "InFlight", "Waiting"])
    assert.deepStrictEqual(await news(), ["3 after 0"])
    limiter.release(first, false)
    assert.deepStrictEqual(await news(), ["4 after 0"])
    assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [2, 0])
  })

  it("are given back once, and only by who has one", async () => {
    const { enter, limiter, news, session } = stepwise(1)
    const [first, second, idle] = [enter(session()), enter(session()), session()]
    limiter.release(idle, true)
    assert.deepStrictEqual(await news(), ["1 at once"])
    limiter.release(first, true)
    limiter.release(first, true)
    assert.strictEqual(limiter.inFlight, 1)
    limiter.release(second, true)
    assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [0, 0])
    assert.deepStrictEqual([first.isRetry, idle.isRetry], [true, false])
  })

  it("are counted in the gauges of all clients", async () => {
    const before = [gauge("waiting"), gauge("in_flight")]
    const counted = () => [gauge("waiting") - (before[0] ?? 0), gauge("in_flight") - (before[1] ?? 0)]
    const { enter, limiter, session } = stepwise(2)
    const tickets = [1, 2, 3, 4, 5].map(() => enter(session()))
    assert.deepStrictEqual(counted(), [3, 2])
    for (const ticket of tickets.slice(3)) limiter.release(ticket, true)
    assert.deepStrictEqual(counted(), [1, 2])
    for (const ticket of tickets) limiter.release(ticket, true)
    assert.deepStrictEqual(counted(), [0, 0])
  })

  it("are given to a call that was sent before ahead of those that were not", async () => {
    const { enter, limiter, news, session } = stepwise(1)
    const [first, second] = [enter(session()), enter(session()), enter(session())]
    limiter.release(first, true)
    enter(first)
    limiter.release(second, true)
    assert.deepStrictEqual(await news(), ["1 at once", "2 after 0", "1 after 0"])
  })

  it("are given in order whatever the credentials are", async () => {
    const { enter, limiter, news, scoped, session } = stepwise(1)
    const first = enter(session())
    const waiting = [scoped(), session(), scoped(), session()]
    // Who calls first need not come first to the limiter.
    for (const index of [1, 0, 2, 3]) enter(waiting[index] ?? assert.fail())
    limiter.release(first, true)
    for (const ticket of waiting) limiter.release(ticket, true)
    assert.deepStrictEqual(await news(), ["1 at once", "2 after 0", "3 after 0", "4 after 0", "5 after 0"])
  })
})

describe("an interruption", () => {
  it("of who waits leaves the place to the others, and no timer", async () => {
    const { enter, limiter, news, session, wakes } = stepwise(1)
    const [first, second] = [enter(session()), enter(session(), 50), enter(session(), 70)]
    assert.deepStrictEqual(await wakes(), [50])
    limiter.release(second, false)
    assert.deepStrictEqual([second.state, second.isRetry, limiter.waiting], ["Idle", false, 1])
    limiter.release(first, true)
    assert.deepStrictEqual(await news(), ["1 at once", "3 after 0"])
    assert.deepStrictEqual(await wakes(), [])
  })

  it("of the last who waits at a closed gate leaves no timer", async () => {
    const { enter, limiter, pause, session, wakes } = stepwise(1)
    pause(session(), 429, 100)
    const one = enter(session())
    const other = enter(session())
    limiter.release(one, false)
    assert.deepStrictEqual(await wakes(), [100])
    limiter.release(other, false)
    assert.deepStrictEqual(await wakes(), [])
  })

  it("in the moment of being woken gives the place to the next", async () => {
    const { enter, limiter, news, session } = stepwise(1)
    const holder = enter(session())
    const woken = session()
    const fiber = Effect.runFork(
      Effect.ensuring(
        Effect.suspend(() => limiter.acquire(woken, 1000) ?? Effect.succeed(0)),
        Effect.sync(() => limiter.release(woken, false)),
      ),
    )
    const next = enter(session())
    limiter.release(holder, true)
    fiber.unsafeInterruptAsFork(FiberId.none)
    assert.deepStrictEqual([woken.state, next.state], ["InFlight", "Waiting"])
    assert.deepStrictEqual(await news(), ["1 at once", "3 after 0"])
    assert.deepStrictEqual([limiter.inFlight, limiter.waiting], [1, 0])
  })
})

describe("a deadline", () => {
  it("ends the waiting when it has come", async () => {
    const { at, enter, failures, limiter, news, session, state, wakes } = stepwise(1)
    const first = enter(session())
    const [second, third] = [enter(session(), 100), enter(session(), 60), enter(session())]
    assert.deepStrictEqual([second.deadline, third.deadline], [100, 60])
    assert.deepStrictEqual(await wakes(), [60])
    await at(59)
    assert.deepStrictEqual(await news(), ["1 at once"])
    await at(60)
    assert.deepStrictEqual(await news(), ["3 Deadline"])
    assert.deepStrictEqual(failures, [transport("Deadline", false)])
    assert.deepStrictEqual([third.state, limiter.waiting], ["Idle", 2])
    assert.deepStrictEqual(await wakes(), [100])
    await at(100)
    assert.deepStrictEqual(await news(), ["2 Deadline"])
    assert.deepStrictEqual(await wakes(), [])
    assert.strictEqual(state.timersSet, 3)
    limiter.release(first, true)
    assert.deepStrictEqual(await news(), ["4 after 100"])
  })

  it("is counted from when the waiting began", async () => {
    const { at, enter, news, session, wakes } = stepwise(1)
    enter(session())
    await at(40)
    assert.strictEqual(enter(session(), 100).deadline, 140)
    assert.deepStrictEqual(await wakes(), [140])
    await at(139)
    assert.deepStrictEqual(await news(), ["1 at once"])
  })

  it("that has come lets nobody in, when a place is free in the same moment", async () => {
    const { enter, limiter, news, session, state } = stepwise(1)
    const [first, second, third] = [enter(session()), enter(session(), 100), enter(session(), 101)]
    state.now = 100
    limiter.release(first, true)
    assert.deepStrictEqual([second.state, third.state, limiter.inFlight], ["Idle", "InFlight", 1])
    assert.deepStrictEqual(await news(), ["1 at once", "2 Deadline", "3 after 100"])
  })

  it("that comes before the fiber runs is one that has come", async () => {
    for (const [late, expected] of [
      [99, "2 after 99"],
      [100, "2 Deadline"],
    ] as const) {
      const { enter, failures, limiter, news, session, state } = stepwise(1)
      const [first] = [enter(session()), enter(session(), 100)]
      state.now = 99
      limiter.release(first, true)
      state.now = late
      assert.deepStrictEqual(await news(), ["1 at once", expected])
      assert.deepStrictEqual(failures, late === 100 ? [transport("Deadline", false)] : [])
    }
  })

  it("is looked for every millisecond, and with thousands who wait less often", async () => {
    const { at, enter, limiter, news, session, wakes } = stepwise(1)
    enter(session())
    for (let n = 0; n < 3000; n++) enter(session(), n < 2 ? 100 + n : 1000)
    await at(100)
    assert.deepStrictEqual(await news(), ["1 at once", "2 Deadline"])
    assert.deepStrictEqual(await wakes(), [103])
    await at(103)
    assert.deepStrictEqual(await news(), ["3 Deadline"])
    assert.strictEqual(limiter.waiting, 2998)
  })
})

describe("a pause", () => {
  it("after 429 holds back the calls with that credential, and no others", async () => {
    const { at, clock, enter, limiter, news, pause, scoped, session, wakes } = stepwise(9)
    const [mine, hers] = [{}, {}]
    const own = (credentials: object) => limiter.ticket({}, credentials, clock)
    const tokenOfMine = () => limiter.ticket({ token: Redacted.make("token") }, mine, clock)
    const all = [session, scoped, () => own(mine), () => own(hers), tokenOfMine]
    for (const make of all) {
      const time = clock.unsafeCurrentTimeMillis() - epoch
      pause(make(), 429, 100)
      const entered = all.map((other) => enter(other()))
      const held = entered.filter(({ state }) => state === "Waiting")
      assert.deepStrictEqual(
        held.map((ticket) => entered.indexOf(ticket)),
        make === scoped || make === tokenOfMine ? [1, 4] : [all.indexOf(make)],
      )
      await news()
      assert.deepStrictEqual(await wakes(), [time + 100])
      await at(time + 99)
      assert.deepStrictEqual(await news(), [])
      await at(time + 100)
      assert.deepStrictEqual(
        await news(),
        held.map(({ order }) => `${order} after 100`),
      )
      for (const ticket of entered) limiter.release(ticket, true)
    }
  })

  it("after 503 holds back everybody, also who has not called yet", async () => {
    const { at, clock, enter, limiter, news, pause, scoped, session } = stepwise(9)
    // These wait in a shorter pause of their own.
    pause(scoped(), 429, 30)
    enter(scoped())
    pause(session(), 503, 100)
    enter(session())
    enter(limiter.ticket({}, {}, clock))
    await at(99)
    assert.deepStrictEqual(await news(), [])
    await at(100)
    assert.deepStrictEqual(await news(), ["2 after 100", "4 after 100", "5 after 100"])
  })

  it("after 503 does not end with a shorter one", async () => {
    const { at, clock, enter, limiter, news, pause, session } = stepwise(9)
    pause(session(), 503, 100)
    pause(session(), 503, 50)
    enter(limiter.ticket({}, {}, clock))
    await at(99)
    assert.deepStrictEqual(await news(), [])
    await at(100)
    assert.deepStrictEqual(await news(), ["3 after 100"])
  })

  it("lets initialWindow go when it is over, one more for each that is answered, and then all", async () => {
    for (const code of [429, 503]) {
      const { enter, limiter, news, pause, session, state } = stepwise(9)
      pause(session(), code, 100)
      state.now = 100
      const tickets = Array.from({ length: 9 }, () => enter(session()))
      assert.deepStrictEqual(await news(), ["2 at once", "3 at once", "4 at once", "5 at once"])
      const [first, second] = tickets
      assert(first !== undefined && second !== undefined)
      limiter.release(first, false)
      assert.deepStrictEqual(await news(), ["6 after 0"])
      limiter.release(second, true)
      assert.deepStrictEqual(await news(), ["7 after 0", "8 after 0"])
      assert.strictEqual(limiter.inFlight, 5)
    }
  })

  it("that is over holds nobody back who was not there", async () => {
    const { clock, enter, limiter, news, pause, session, state } = stepwise(9)
    const own = {}
    pause(session(), 503, 100)
    state.now = 150
    for (let n = 0; n < 6; n++) enter(limiter.ticket({}, own, clock))
    assert.strictEqual((await news()).length, 6)
    assert.strictEqual(limiter.inFlight, 6)
  })

  it("turns away who cannot wait that long, whoever comes later and whoever waits already", async () => {
    const { at, enter, failures, limiter, news, pause, scoped, session } = stepwise(1)
    const holder = enter(scoped())
    const [long, exact, short] = [enter(session(), 201), enter(session(), 200), enter(session(), 90)]
    await at(20)
    pause(session(), 429, 180)
    assert.deepStrictEqual(await news(), ["1 at once", "3 Paused", "4 Paused"])
    assert.deepStrictEqual([long.state, exact.state, short.state], ["Waiting", "Idle", "Idle"])
    const late = [enter(session(), 180), enter(session(), 181)]
    assert.deepStrictEqual(
      late.map(({ state }) => state),
      ["Idle", "Waiting"],
    )
    assert.deepStrictEqual(await news(), ["6 Paused"])
    const paused = transport("Paused", false, { retryAfter: 180 })
    assert.deepStrictEqual(failures, [paused, paused, paused])
    assert.strictEqual(limiter.waiting, 2)
    limiter.release(holder, true)
    assert.deepStrictEqual(await news(), [])
    await at(200)
    assert.deepStrictEqual(await news(), ["2 after 200"])
  })

  it("is one of the client that is shown, in its status and in the gauge", async () => {
    const { limiter, pause, scoped, session, state } = stepwise(9)
    const shown = () => limiter.status(7)
    assert.deepStrictEqual(shown(), { waiting: 0, inFlight: 0, pausedUntil: undefined, retryBudget: 7 })
    state.now = 10
    pause(session(), 429, 2000)
    assert.strictEqual(shown().pausedUntil, epoch + 2010)
    assert.strictEqual(gauge("paused_until"), (epoch + 2010) / 1000)
    // It is another credential's, and everybody's.
    pause(scoped(), 429, 3000)
    assert.strictEqual(shown().pausedUntil, epoch + 2010)
    pause(scoped(), 503, 2500)
    assert.strictEqual(shown().pausedUntil, epoch + 2510)
    state.now = 2509
    assert.strictEqual(shown().pausedUntil, epoch + 2510)
    state.now = 2510
    assert.strictEqual(shown().pausedUntil, undefined)
  })
})

describe("the pace", () => {
  it("is kept between the starts, in the order of the calls", async () => {
    const { at, enter, news, scoped, session, state, wakes } = stepwise(9, new Pace(10, 1000))
    enter(session())
    enter(session())
    enter(scoped())
    assert.deepStrictEqual(await news(), ["1 at once"])
    assert.deepStrictEqual(await wakes(), [100])
    await at(99)
    assert.deepStrictEqual(await news(), [])
    // Nobody who comes in the moment when the next may start goes ahead of it.
    state.now = 100
    enter(session())
    assert.deepStrictEqual(await news(), ["2 after 100"])
    await at(200)
    await at(300)
    assert.deepStrictEqual(await news(), ["3 after 200", "4 after 200"])
    await at(399)
    enter(session())
    await at(400)
    assert.deepStrictEqual(await news(), ["5 after 1"])
    await at(500)
    enter(session())
    assert.deepStrictEqual(await news(), ["6 at once"])
  })

  it("is kept also where a pause ends, whichever is over last", async () => {
    const { at, enter, news, pause, session, wakes } = stepwise(9, new Pace(10, 1000))
    enter(session())
    enter(session())
    pause(session(), 429, 40)
    assert.deepStrictEqual(await wakes(), [100])
    await at(100)
    pause(session(), 429, 150)
    enter(session())
    assert.deepStrictEqual(await wakes(), [250])
    await at(249)
    assert.deepStrictEqual(await news(), ["1 at once", "2 after 100"])
    await at(250)
    assert.deepStrictEqual(await news(), ["5 after 150"])
  })

  it("sets one timer for all who wait", async () => {
    const { enter, session, state, wakes } = stepwise(9, new Pace(10, 1000))
    for (let n = 0; n < 5; n++) enter(session())
    assert.deepStrictEqual(await wakes(), [100])
    assert.strictEqual(state.timersSet, 1)
    enter(session(), 70)
    assert.deepStrictEqual(await wakes(), [70])
    assert.strictEqual(state.timersSet, 2)
  })
})

it("who waits at an open gate goes while others wait at a closed one, whoever came first", async () => {
  for (const reversed of [false, true]) {
    const { enter, limiter, news, pause, scoped, session } = stepwise(1)
    pause(scoped(), 429, 100)
    const holder = enter(session())
    const waiting = [session(), scoped()]
    for (const ticket of reversed ? waiting.reverse() : waiting) enter(ticket)
    limiter.release(holder, true)
    assert.deepStrictEqual(await news(), ["2 at once", "3 after 0"])
  }
})
