/** Interruption goes through the bridge in both directions, and waits on the other side. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Context, Deferred, Effect, Exit, Fiber, Layer } from "effect"
import { Credentials, Effect3 } from "tiledb-island"
import { Faults } from "tiledb-island/testkit"
import { fromEffect3 } from "../src/tiledb/fromEffect3.ts"
import { toEffect3 } from "../src/tiledb/toEffect3.ts"
import { Users } from "../src/tiledb/Users.ts"
import { configured, memory, worlds } from "./world.ts"

const self = Effect.flatMap(Users, (users) => users.getSelfUser)

describe("interruption", () => {
  it.live("of a call interrupts the client's, and waits until that has ended", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const started = yield* Deferred.make<void>()
      const cleaned = yield* Deferred.make<void>()
      const push = (event: string) => Effect.sync(() => events.push(event))
      const bridge = toEffect3(Context.empty())
      const call = fromEffect3(
        bridge(Deferred.succeed(started, undefined)).pipe(
          Effect3.Effect.zipRight(Effect3.Effect.never),
          Effect3.Effect.onInterrupt(() =>
            Effect3.Effect.asVoid(bridge(Effect.andThen(Deferred.await(cleaned), push("given up")))),
          ),
        ),
      )
      const caller = yield* Effect.forkChild(call)
      yield* Deferred.await(started)
      const interruption = yield* Effect.forkChild(Effect.andThen(Fiber.interrupt(caller), push("interrupted")))
      yield* Effect.sleep(0) // time for what must not happen: the interruption ends before the call does
      events.push("may end")
      yield* Deferred.succeed(cleaned, undefined)
      yield* Fiber.join(interruption)
      assert.deepStrictEqual(events, ["may end", "given up", "interrupted"])
    }),
  )

  it.live("at any moment leaves nothing running", () =>
    Effect.gen(function* () {
      let running = 0
      const call = fromEffect3(
        Effect3.Effect.acquireUseRelease(
          Effect3.Effect.sync(() => running++),
          () => Effect3.Effect.never,
          () => Effect3.Effect.sync(() => running--),
        ),
      )
      for (let steps = 0; steps < 20; steps++) {
        const fiber = yield* Effect.forkChild(call)
        for (let step = 0; step < steps; step++) yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(running, 0, `after ${steps} steps`)
      }
    }),
  )

  it.live("from below ends the caller as interrupted", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(fromEffect3(Effect3.Effect.interrupt))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    }),
  )

  it.live("of a call interrupts an effect of Effect 4 that gets its token", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const token = Effect.andThen(Deferred.succeed(asked, undefined), Effect.never).pipe(
        Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined)),
      )
      const { layer } = yield* memory({ credentials: Credentials.bearer(toEffect3(Context.empty())(token)) })
      const fiber = yield* Effect.forkChild(Effect.provide(self, layer))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(yield* Deferred.isDone(interrupted))
    }),
  )

  it.live("within Effect 3 interrupts an effect of Effect 4, and waits", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const below = toEffect3(Context.empty())(
        Effect.never.pipe(
          Effect.onInterrupt(() =>
            Effect.andThen(
              Effect.sleep(1),
              Effect.sync(() => void events.push("given up")),
            ),
          ),
        ),
      )
      const program = Effect3.Effect.flatMap(Effect3.Effect.fork(below), (fiber) =>
        Effect3.Effect.zipRight(Effect3.Effect.yieldNow(), Effect3.Fiber.interrupt(fiber)),
      )
      yield* fromEffect3(program)
      assert.deepStrictEqual(events, ["given up"])
    }),
  )

  it.live("closes the socket of a request", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const closed = yield* Deferred.make<void>()
      const server = createServer((request) => {
        request.socket.once("close", () => Deferred.doneUnsafe(closed, Exit.void))
        Deferred.doneUnsafe(arrived, Exit.void)
      }).listen(0, "127.0.0.1")
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      yield* Effect.promise(() => new Promise((listening) => server.once("listening", listening)))
      const { port } = server.address() as AddressInfo
      const env = { TILEDB_REST_HOST: `http://127.0.0.1:${port}`, TILEDB_REST_TOKEN: "tiledb_key" }
      const live = Layer.provide(configured, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      yield* Effect.gen(function* () {
        const users = yield* Users
        const fiber = yield* Effect.forkChild(users.getSelfUser)
        yield* Deferred.await(arrived)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(closed) // while the client is still there
      }).pipe(Effect.provide(live))
    }),
  )

  for (const [where, world] of Object.entries(worlds))
    it.live(`by a timeout gives up a silent service, ${where}`, () =>
      Effect.gen(function* () {
        const { inject, layer } = yield* world
        yield* inject({ fault: Faults.silence() })
        const exit = yield* Effect.exit(Effect.timeout(Effect.provide(self, layer), 20))
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("TimeoutError"))
      }),
    )
})
