import * as Util from "node:util"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Metric from "effect/Metric"
import type * as MetricPair from "effect/MetricPair"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Supervisor from "effect/Supervisor"
import * as Tracer from "effect/Tracer"
import * as Console from "./console.js"
import { reach } from "./reach.js"

/** A value that a program, or a developer who debugs it, may print. */
const parts = ["value", "service", "Layer", "memo map", "runtime", "fiber", "child fiber"] as const

/** Every place where the activity of a program becomes text: the rows of the matrix. */
export const sinks = [
  "error.message",
  "error.stack",
  "error.cause",
  "error.toJSON",
  "error JSON.stringify",
  "error inspect",
  "error inspect of own properties",
  "error String",
  "Cause.pretty",
  "Cause inspect",
  "Exit inspect",
  "Exit JSON.stringify",
  "FiberFailure",
  "log json",
  "log logfmt",
  "log pretty",
  "log structured",
  "log string",
  "span name",
  "span attributes",
  "span events",
  "span exit",
  "metrics",
  "console",
  ...parts.flatMap((part) => [`${part} inspect`, `${part} JSON.stringify`, `${part} String`] as const),
] as const

/** A value that a program, or a developer who debugs it, may print. */
export type Part = (typeof parts)[number]

/** A place where the activity of a program becomes text. */
export type Sink = (typeof sinks)[number]

/** Adds the text of a sink, or of the error that reading it throws. */
export type Add = (sink: Sink, read: () => unknown) => void

/** Gathers the texts of each sink. */
export const collect = () => {
  const texts = new Map<Sink, string>()
  const add: Add = (sink, read) => texts.set(sink, `${texts.get(sink) ?? ""}${reading(read)}\n`)
  return { add, texts }
}

const everything = { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null, breakLength: 1e9 }

const reading = (read: () => unknown): string => {
  try {
    return String(read())
  } catch (error) {
    return String(error)
  }
}

const inspect = (u: unknown): string => reading(() => Util.inspect(u, everything))

/** Bypasses custom printing, which could hide the secret. */
const inspectOwn = (u: unknown): string => reading(() => Util.inspect(u, { ...everything, customInspect: false }))

const all = (u: unknown): string => inspect(u) + inspectOwn(u)

const json = (u: unknown): string => reading(() => JSON.stringify(u))

/** Prints an error in all the ways that a program may choose from. */
const addError = (add: Add, error: unknown): void => {
  const of = (key: string): unknown => (typeof error === "object" && error !== null ? Reflect.get(error, key) : "")
  add("error.message", () => of("message"))
  add("error.stack", () => of("stack"))
  add("error.cause", () => all(of("cause")))
  const toJSON = of("toJSON")
  if (typeof toJSON === "function") add("error.toJSON", () => inspect(Reflect.apply(toJSON, error, [])))
  add("error JSON.stringify", () => json(error))
  add("error inspect", () => inspect(error))
  add("error inspect of own properties", () => inspectOwn(error))
  add("error String", () => error)
}

/** Prints the failure of an effect; a success value belongs to the caller and is not searched. */
const addCause = (add: Add, exit: Exit.Failure<unknown, unknown>): void => {
  const { cause } = exit
  for (const error of [...Cause.failures(cause), ...Cause.defects(cause)]) addError(add, error)
  add("Cause.pretty", () => Cause.pretty(cause) + Cause.pretty(cause, { renderErrorCause: true }))
  add("Cause inspect", () => all(cause) + json(cause) + String(cause))
  add("Exit inspect", () => all(exit) + String(exit))
  add("Exit JSON.stringify", () => json(exit))
  const thrown = Runtime.makeFiberFailure(cause)
  add("FiberFailure", () => inspect(thrown) + json(thrown) + String(thrown) + thrown.stack)
}

/** Effect's five loggers, and the one that writes into the current span. */
const loggers = (add: Add) => {
  const pretty = Logger.prettyLogger({ colors: false, mode: "tty" })
  const hear = (text: string) => add("log pretty", () => text)
  const watched = Logger.make<unknown, void>((options) => {
    add("log json", () => Logger.jsonLogger.log(options))
    add("log logfmt", () => Logger.logfmtLogger.log(options))
    add("log string", () => Logger.stringLogger.log(options))
    const structured = Logger.structuredLogger.log(options)
    add("log structured", () => inspect(structured) + json(structured))
    Console.printing(hear, () => pretty.log(options))
  })
  return HashSet.make<Array<Logger.Logger<unknown, unknown>>>(watched, Logger.tracerLogger)
}

/** What a span is told, and the sink that it reaches. */
const told = {
  attribute: "span attributes",
  event: "span events",
  addLinks: "span attributes",
  end: "span exit",
} as const satisfies Partial<Record<keyof Tracer.Span, Sink>>

const shown = (u: unknown): string => {
  if (!Exit.isExit(u)) return `${String(u)} ${inspect(u)}`
  return Exit.isSuccess(u) ? "" : all(u) + Cause.pretty(u.cause)
}

/** Effect's own tracer, with all that its spans are told, sampled or not. */
const tracer = (add: Add): Tracer.Tracer => {
  const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)
  return Tracer.make({
    context: (f) => f(),
    span: (...args) => {
      const span = native.span(...args)
      add("span name", () => span.name)
      add("span attributes", () => inspect(span.links))
      for (const [name, sink] of Object.entries(told)) {
        const method: unknown = Reflect.get(span, name)
        Reflect.set(span, name, (...given: ReadonlyArray<unknown>) => {
          add(sink, () => given.map(shown).join(" "))
          if (typeof method === "function") Reflect.apply(method, span, [...given])
        })
      }
      return span
    },
  })
}

/** Names and labels, and the words that a frequency has counted. */
const metrics = (pairs: Iterable<MetricPair.MetricPair.Untyped>): string =>
  Array.from(pairs, ({ metricKey, metricState }) => {
    const description = Option.getOrElse(metricKey.description, () => "")
    const labels = metricKey.tags.map(({ key, value }) => `${key}=${value}`)
    const words = MetricState.isFrequencyState(metricState) ? metricState.occurrences.keys() : []
    return [metricKey.name, description, ...labels, ...words].join(" ")
  }).join("\n")

/** Logs an exit as programs do: as the message, beside one, as an annotation, and as the cause. */
const log = (exit: Exit.Failure<unknown, unknown>): Effect.Effect<void> => {
  const error = Cause.squash(exit.cause)
  return Effect.logTrace("outcome", exit).pipe(
    Effect.zipRight(Effect.logDebug(error)),
    Effect.zipRight(Effect.logError("failed", exit.cause)),
    Effect.zipRight(Effect.annotateLogs(Effect.logFatal(`failed: ${reading(() => String(error))}`), { error })),
    Effect.withLogSpan("canary"),
    Effect.withSpan("canary"),
  )
}

const dump = (add: Add, fiber: Fiber.RuntimeFiber<unknown, unknown>): void => {
  add("fiber inspect", () => reach(fiber, "inspect"))
  add("fiber JSON.stringify", () => reach(fiber, "json"))
}

/** How many suspensions of one fiber are dumped at most. */
const dumps = 4

/** Dumps a fiber and its children at each suspension, as a debugger, or a log line about a fiber that hangs, would. */
class Dumping extends Supervisor.AbstractSupervisor<void> {
  // Private at runtime: a dump includes the supervisor.
  readonly #seen = new Map<unknown, number>()
  readonly #add: Add

  constructor(add: Add) {
    super()
    this.#add = add
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
    dump(this.#add, fiber)
  }

  /** Watches the current fiber and the children that it forks. */
  readonly watch = Effect.withFiberRuntime<void>((fiber) => {
    this.#seen.set(fiber, 0)
    return Effect.void
  })
}

/** Runs an effect in its own fiber, so that a dump shows its frames and not those of the watching fiber. */
const dumped = <A, E, R>(effect: Effect.Effect<A, E, R>, add: Add): Effect.Effect<Exit.Exit<A, E>, never, R> =>
  Effect.suspend(() => {
    const supervisor = new Dumping(add)
    const watched = Effect.zipRight(supervisor.watch, effect).pipe(Effect.supervised(supervisor))
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.fork(restore(watched)), (fiber) =>
        Effect.onInterrupt(restore(Fiber.await(fiber)), () => Fiber.interrupt(fiber)).pipe(
          Effect.zipLeft(Fiber.inheritAll(fiber)),
        ),
      ),
    )
  })

/** Prints a value in all the ways there are. */
export const print = (value: unknown, part: Part, add: Add): void => {
  add(`${part} inspect`, () => all(value) + reach(value, "inspect"))
  add(`${part} JSON.stringify`, () => json(value) + Inspectable.toStringUnknown(value) + reach(value, "json"))
  add(`${part} String`, () => value)
}

/**
 * Runs an effect in a runtime of a Layer. When `reached` has succeeded, prints the fiber and its children, the runtime,
 * its memo map, the Layer, and its services. Then the effect is interrupted.
 */
export const printUnderWay = <A, E, R, E2, E3, R3>(
  effect: Effect.Effect<A, E, R>,
  layer: Layer.Layer<R, E2>,
  reached: Effect.Effect<unknown, E3, R3>,
  add: Add,
): Effect.Effect<Exit.Exit<A, E | E2>, E2 | E3, R3> =>
  Effect.acquireUseRelease(
    Effect.sync(() => ManagedRuntime.make(layer)),
    (runtime) =>
      Effect.gen(function* () {
        const { context } = yield* runtime.runtimeEffect
        const fiber = runtime.runFork(effect)
        // An effect that ends first has nothing under way to print.
        yield* Effect.raceFirst(reached, Fiber.await(fiber))
        print(fiber, "fiber", add)
        print(yield* Fiber.children(fiber), "child fiber", add)
        print(runtime, "runtime", add)
        print(runtime.memoMap, "memo map", add)
        print(layer, "Layer", add)
        for (const service of context.unsafeMap.values()) print(service, "service", add)
        const exit = yield* Fiber.interrupt(fiber)
        if (Exit.isFailure(exit)) addCause(add, exit)
        return exit
      }),
    (runtime) => runtime.disposeEffect,
  )

/** Runs an effect with every sink open, and succeeds with its exit. */
export const record = <A, E, R>(effect: Effect.Effect<A, E, R>, add: Add): Effect.Effect<Exit.Exit<A, E>, never, R> => {
  const heard = (text: string) => add("console", () => text)
  return Effect.acquireUseRelease(
    Effect.sync(() => Console.listen(heard)),
    () =>
      Effect.tap(dumped(effect, add), (exit) => {
        if (Exit.isSuccess(exit)) return Effect.void
        addCause(add, exit)
        return log(exit)
      }),
    () => Effect.sync(() => Console.unlisten(heard)),
  ).pipe(
    Effect.withTracer(tracer(add)),
    Effect.locally(FiberRef.currentTracerEnabled, true),
    Effect.locally(FiberRef.currentLoggers, loggers(add)),
    Effect.locally(FiberRef.currentMinimumLogLevel, LogLevel.All),
    Effect.zipLeft(Effect.map(Metric.snapshot, (pairs) => add("metrics", () => metrics(pairs)))),
  )
}
