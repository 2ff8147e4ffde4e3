// What a value, or a call under way, shows to whoever prints it: the fiber, its children, the runtime, the services.
import * as Util from "node:util"
import { assert } from "@effect/vitest"
import { Canary } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Supervisor from "effect/Supervisor"
import { reach } from "./reach.js"

const everything = { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null, breakLength: 1e9 }

const attempt = (print: () => unknown): string => {
  try {
    return String(print())
  } catch (error) {
    return String(error)
  }
}

const printed = (value: unknown): string =>
  [
    attempt(() => Util.inspect(value, everything)),
    attempt(() => Util.inspect(value, { ...everything, customInspect: false })),
    attempt(() => reach(value, "inspect")),
    attempt(() => JSON.stringify(value)),
    attempt(() => Inspectable.toStringUnknown(value)),
    attempt(() => reach(value, "json")),
    attempt(() => value),
  ].join("\n")

/** Fails if a secret is in a text. */
const assertNone = (text: string, canary: Canary.Canary, where: string): void =>
  assert.deepStrictEqual(Canary.leaks({ sinks: new Map([["console", text]]) }, canary), [], where)

/** Fails if a secret is in one of the ways to print a value. */
const assertPrintsNone = (value: unknown, canary: Canary.Canary, what: string): void =>
  assertNone(printed(value), canary, what)

/** How many suspensions of one fiber are dumped at most. */
const dumps = 4

/** Dumps a fiber and its children at each suspension, as a debugger, or a log line about a fiber that hangs, would. */
class Dumping extends Supervisor.AbstractSupervisor<void> {
  // Private at runtime: a dump includes the supervisor.
  readonly #seen = new Map<unknown, number>()
  readonly #dump: (fiber: unknown) => void

  constructor(dump: (fiber: unknown) => void) {
    super()
    this.#dump = dump
  }

  override get value(): Effect.Effect<void> {
    return Effect.void
  }

  override onStart(_: unknown, __: unknown, parent: Option.Option<unknown>, fiber: unknown): void {
    if (Option.isSome(parent) && this.#seen.has(parent.value)) this.#seen.set(fiber, 0)
  }

  override onSuspend<A, E>(fiber: Fiber.RuntimeFiber<A, E>): void {
    const before = this.#seen.get(fiber)
    if (before === undefined || before >= dumps) return
    this.#seen.set(fiber, before + 1)
    this.#dump(fiber)
  }

  /** Watches the current fiber and the children that it forks. */
  readonly watch = Effect.withFiberRuntime<void>((fiber) => {
    this.#seen.set(fiber, 0)
    return Effect.void
  })
}

/** Runs an effect in its own fiber, and fails if a dump of it or of its children has a secret. */
export const dumped = <A, E, R>(effect: Effect.Effect<A, E, R>, canary: Canary.Canary): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const texts: Array<string> = []
    const supervisor = new Dumping((fiber) => texts.push(reach(fiber, "inspect"), reach(fiber, "json")))
    const watched = Effect.zipRight(supervisor.watch, effect).pipe(Effect.supervised(supervisor))
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.fork(restore(watched)), (fiber) =>
        Effect.onInterrupt(restore(Fiber.await(fiber)), () => Fiber.interrupt(fiber)).pipe(
          Effect.zipLeft(Fiber.inheritAll(fiber)),
        ),
      ),
    ).pipe(
      Effect.tap(() => Effect.sync(() => assertNone(texts.join("\n"), canary, "dump"))),
      Effect.flatten,
    )
  })

/** Runs an effect in a runtime of a Layer, looks at all of it when `reached` has succeeded, and interrupts it. */
export const assertNoneUnderWay = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  layer: Layer.Layer<R, E2>,
  reached: Effect.Effect<unknown>,
  canary: Canary.Canary,
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => ManagedRuntime.make(layer)),
    (runtime) =>
      Effect.gen(function* () {
        const { context } = yield* runtime.runtimeEffect
        const fiber = runtime.runFork(effect)
        // An effect that ends first has nothing under way to print.
        yield* Effect.raceFirst(reached, Fiber.await(fiber))
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)), "it has ended")
        assertPrintsNone(fiber, canary, "fiber")
        assertPrintsNone(yield* Fiber.children(fiber), canary, "child fibers")
        assertPrintsNone(runtime, canary, "runtime")
        assertPrintsNone(runtime.memoMap, canary, "memo map")
        assertPrintsNone(layer, canary, "Layer")
        for (const service of context.unsafeMap.values()) assertPrintsNone(service, canary, "service")
        const exit = yield* Fiber.interrupt(fiber)
        assertPrintsNone(exit, canary, "exit")
        return exit
      }),
    (runtime) => runtime.disposeEffect,
  )
