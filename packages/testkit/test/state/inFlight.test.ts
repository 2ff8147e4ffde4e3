import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { InFlight } from "../../src/internal/state/inFlight.js"

/** Calls that end one by one, and how often somebody who waits was called. */
const world = (calls: number) =>
  Effect.gen(function* () {
    const inFlight = new InFlight()
    const ends = yield* Effect.replicateEffect(Deferred.make<string>(), calls)
    const fibers = yield* Effect.forEach(ends, (end) => Effect.fork(inFlight.during(Deferred.await(end))))
    yield* Effect.yieldNow()
    let idle = 0
    const wait = () => inFlight.whenIdle(() => void idle++)
    const end = (index: number) =>
      Effect.zipRight(
        Effect.forEach(ends.slice(index, index + 1), (end) => Deferred.succeed(end, "done")),
        Effect.forEach(fibers.slice(index, index + 1), Fiber.join),
      )
    return { inFlight, fibers, wait, end, idle: () => idle }
  })

it.effect("nothing is in flight at the start: who waits is called at once", () =>
  Effect.gen(function* () {
    const { idle, wait } = yield* world(0)
    wait()()
    assert.strictEqual(idle(), 1)
  }),
)

it.effect("who waits is called when the last call has ended, once", () =>
  Effect.gen(function* () {
    const { end, idle, inFlight, wait } = yield* world(2)
    wait()
    wait()
    assert.strictEqual(idle(), 0)
    assert.deepStrictEqual(yield* end(1), ["done"])
    assert.strictEqual(idle(), 0)
    yield* end(0)
    assert.strictEqual(idle(), 2)
    yield* inFlight.during(Effect.void)
    assert.strictEqual(idle(), 2)
  }),
)

it.effect("who waits no more is not called", () =>
  Effect.gen(function* () {
    const { end, idle, wait } = yield* world(1)
    wait()()
    yield* end(0)
    assert.strictEqual(idle(), 0)
  }),
)

it.effect("a call that is interrupted or dies has ended too", () =>
  Effect.gen(function* () {
    const { fibers, idle, inFlight, wait } = yield* world(1)
    wait()
    yield* Fiber.interruptAll(fibers)
    assert.strictEqual(idle(), 1)
    assert.isTrue(Exit.isFailure(yield* Effect.exit(inFlight.during(Effect.die("no")))))
    wait()
    assert.strictEqual(idle(), 2)
  }),
)
