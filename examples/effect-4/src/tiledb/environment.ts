/** What the caller has provided in Effect 4, for the client: clock, configuration, loggers, tracer and span. */
import { Clock, ConfigProvider, Context, Duration, Effect, identity, Option, References, Tracer } from "effect"
import { Effect3 } from "tiledb-island"
import { fromExit3, toEffect3 } from "./toEffect3.ts"

const { ConfigProvider: ConfigProvider3, Context: Context3, DefaultServices, FiberRef, Runtime } = Effect3
const { LogLevel: LogLevel3, Tracer: Tracer3 } = Effect3

/** The runtime of Effect 3 for a context of Effect 4. */
export const runtimeOf = (context: Context.Context<never>): Effect3.Runtime.Runtime<never> => {
  const known = runtimes.get(context)
  if (known !== undefined) return known
  const clock = Context.get(context, Clock.Clock)
  const tracer = Context.get(context, Tracer.Tracer)
  const level = Context.get(context, References.MinimumLogLevel)
  const span = Context.getOption(context, Tracer.ParentSpan)
  const isTraced = tracer !== Tracer.nativeTracer && Context.get(context, References.TracerEnabled)
  // What is the default in Effect 4 stays the default of Effect 3, which costs less.
  const services = DefaultServices.liveServices.pipe(
    Context3.add(ConfigProvider3.ConfigProvider, configProviderOf(context)),
    clock === defaultClock ? identity : Context3.add(Effect3.Clock.Clock, clockOf(clock, context)),
    isTraced ? Context3.add(Tracer3.Tracer, tracerOf(tracer)) : identity,
  )
  const runtime = Runtime.defaultRuntime.pipe(
    Runtime.setFiberRef(DefaultServices.currentServices, services),
    Runtime.setFiberRef(FiberRef.currentMinimumLogLevel, LogLevel3.fromLiteral(level === "Warn" ? "Warning" : level)),
    Runtime.setFiberRef(FiberRef.currentLoggers, Effect3.HashSet.make(loggerOf(context))),
    Runtime.setFiberRef(FiberRef.unhandledErrorLogLevel, Effect3.Option.none()), // the caller gets the error
    isTraced && Option.isSome(span) ? Runtime.provideService(Tracer3.ParentSpan, parent3(span.value)) : identity,
  )
  runtimes.set(context, runtime)
  return runtime
}
const runtimes = new WeakMap<Context.Context<never>, Effect3.Runtime.Runtime<never>>()
const defaultClock = Context.get(Context.empty(), Clock.Clock)

const clockOf = (clock: Clock.Clock, context: Context.Context<never>): Effect3.Clock.Clock => ({
  [Effect3.Clock.ClockTypeId]: Effect3.Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.currentTimeMillisUnsafe(),
  unsafeCurrentTimeNanos: () => clock.currentTimeNanosUnsafe(),
  currentTimeMillis: Effect3.Effect.sync(() => clock.currentTimeMillisUnsafe()),
  currentTimeNanos: Effect3.Effect.sync(() => clock.currentTimeNanosUnsafe()),
  sleep: (duration) => toEffect3(context)(clock.sleep(Duration.millis(Effect3.Duration.toMillis(duration)))),
})

/** Reads each variable with Effect 4's provider, and parses it as Effect 3 does. */
const configProviderOf = (context: Context.Context<never>) => {
  const provider = Context.get(context, ConfigProvider.ConfigProvider)
  const load = (path: ReadonlyArray<string>) =>
    toEffect3(context)(provider.load(path)).pipe(
      Effect3.Effect.mapError(({ message }) =>
        Effect3.ConfigError.SourceUnavailable([...path], message, Effect3.Cause.empty),
      ),
      Effect3.Effect.map((node) => new Map(node?.value === undefined ? [] : [[path.join("."), node.value]])),
    )
  return ConfigProvider3.fromFlat(
    ConfigProvider3.makeFlat({
      load: (path, primitive, split) =>
        Effect3.Effect.flatMap(load(path), (found) =>
          ConfigProvider3.fromMap(found).flattened.load(path, primitive, split),
        ),
      enumerateChildren: () => Effect3.Effect.succeed(Effect3.HashSet.empty()),
      patch: Effect3.ConfigProviderPathPatch.empty,
    }),
  )
}

const loggerOf = (context: Context.Context<never>) =>
  Effect3.Logger.make<unknown, void>(({ annotations, cause, logLevel, message }) => {
    const level = logLevel._tag === "Warning" ? "Warn" : logLevel._tag
    if (level === "All" || level === "None") return
    const rest = Effect3.Cause.isEmpty(cause) ? [] : [Effect3.Cause.pretty(cause)]
    Effect.logWithLevel(level)(...Effect3.Array.ensure(message), ...rest).pipe(
      Effect.annotateLogs(Object.fromEntries(annotations)),
      Effect.runSyncWith(context),
    )
  })

/** Makes the client's spans with the tracer of Effect 4. */
const tracerOf = (tracer: Tracer.Tracer) =>
  Tracer3.make({
    span: (name, parent3, _context, links, startTime, kind, options) => {
      const parent = Option.map(Option.fromNullishOr(Effect3.Option.getOrUndefined(parent3)), span4)
      const sampled = Option.isNone(parent) || parent.value.sampled
      const root = options?.root === true
      const annotations = Context.empty()
      return span3(tracer.span({ name, parent, annotations, links: links.map(link4), startTime, kind, root, sampled }))
    },
    context: (run) => run(),
  })

const spans = new WeakMap<Effect3.Tracer.AnySpan, Tracer.AnySpan>()
const span4 = (span: Effect3.Tracer.AnySpan) => spans.get(span) ?? Tracer.externalSpan(span)
const link4 = ({ attributes, span }: Effect3.Tracer.SpanLink) => ({ attributes, span: span4(span) })

const span3 = (span: Tracer.Span): Effect3.Tracer.Span => {
  let status: Effect3.Tracer.SpanStatus = { _tag: "Started", startTime: span.status.startTime }
  const made: Effect3.Tracer.Span = {
    ...{ _tag: "Span", name: span.name, kind: span.kind, links: [], parent: Effect3.Option.none() },
    ...{ spanId: span.spanId, traceId: span.traceId, sampled: span.sampled, context: Context3.empty() },
    attributes: span.attributes,
    get status() {
      return status
    },
    attribute: (key, value) => span.attribute(key, value),
    event: (name, time, attributes) => span.event(name, time, attributes),
    addLinks: (links) => span.addLinks(links.map(link4)),
    end: (endTime, exit) => {
      status = { _tag: "Ended", startTime: status.startTime, endTime, exit }
      span.end(endTime, fromExit3(exit))
    },
  }
  spans.set(made, span)
  return made
}

/** The caller's span, below which the client's are. */
const parent3 = (span: Tracer.AnySpan) =>
  span._tag === "Span" ? span3(span) : Tracer3.externalSpan({ ...span, context: Context3.empty() })
