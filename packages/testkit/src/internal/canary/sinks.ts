import * as Util from "node:util"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Tracer from "effect/Tracer"
import * as Console from "./console.js"

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
] as const

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

/** The parts of a span, and the sink that each reaches. */
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

/** Effect's own tracer, with all parts of its spans, sampled or not. */
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
const metrics = (pairs: Effect.Effect.Success<typeof Metric.snapshot>): string =>
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

/** Runs an effect with every sink open, and succeeds with its exit. */
export const record = <A, E, R>(effect: Effect.Effect<A, E, R>, add: Add): Effect.Effect<Exit.Exit<A, E>, never, R> => {
  const heard = (text: string) => add("console", () => text)
  return Effect.acquireUseRelease(
    Effect.sync(() => Console.listen(heard)),
    () =>
      Effect.tap(Effect.exit(effect), (exit) => {
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
