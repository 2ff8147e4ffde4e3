/**
 * All that depends on the internals of Effect 3: fiber refs, default services, metric keys, contexts as maps. Another
 * major version of Effect should change this file only.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import { constTrue } from "effect/Function"
import * as HashMap from "effect/HashMap"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import type * as MetricKeyType from "effect/MetricKeyType"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Tracer from "effect/Tracer"

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** What a platform's headers and requests inherit, and a request without anything. */
export const headersPrototype: object = Object.getPrototypeOf(Headers.empty)
export const emptyRequest = HttpClientRequest.get("")
export const requestPrototype: object = Object.getPrototypeOf(emptyRequest)

export const withFiber: <A, E = never, R = never>(
  use: (fiber: AnyFiber) => Effect.Effect<A, E, R>,
) => Effect.Effect<A, E, R> = Effect.withFiberRuntime

const isValue = <A, E>(self: Effect.Effect<A, E>): self is Exit.Success<A, E> =>
  "_tag" in self && self._tag === "Success"

/** `Effect.matchEffect` that costs no operation if the effect is a value already. */
export const matchNow = <A, E, A2, E2, R2, A3, E3, R3>(
  self: Effect.Effect<A, E>,
  options: {
    readonly onFailure: (error: E) => Effect.Effect<A2, E2, R2>
    readonly onSuccess: (value: A) => Effect.Effect<A3, E3, R3>
  },
): Effect.Effect<A2 | A3, E2 | E3, R2 | R3> =>
  isValue(self) ? options.onSuccess(self.value) : Effect.matchEffect(self, options)

/** Milliseconds since 1970, for dates. */
export const epochMillis = (clock: Clock.Clock): number => clock.unsafeCurrentTimeMillis()

/** Nanoseconds of the clock's own, for spans. */
export const nanos = (clock: Clock.Clock): bigint => clock.unsafeCurrentTimeNanos()

/** The current clock, read without an effect. */
export const clockOf = (fiber: AnyFiber): Clock.Clock =>
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)

/** The value of a fiber ref, read without an effect. */
export const valueOf = <A>(fiber: AnyFiber, ref: FiberRef.FiberRef<A>): A => fiber.getFiberRef(ref)

/** A service of the caller's context, if it is there, read without an effect. */
export const serviceOf = <Id, Service>(fiber: AnyFiber, tag: Context.Tag<Id, Service>): Service | undefined =>
  fiber.currentContext.unsafeMap.get(tag.key)

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** Milliseconds of a monotonic clock, for durations. The live clock is not read as a `bigint`, which is slower. */
export const monotonicMillis = (clock: Clock.Clock): number =>
  clock === liveClock ? Math.floor(performance.now()) : Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)

/** Seconds of a monotonic clock, with fractions. */
export const monotonicSeconds = (clock: Clock.Clock): number =>
  clock === liveClock ? performance.now() / 1e3 : Number(clock.unsafeCurrentTimeNanos()) / 1e9

/** The longest delay of a platform timer; a longer one would fire at once. */
const maxTimerMillis = 2 ** 31 - 1

/** Calls `fire` after `millis` by the clock, unless it is cancelled. Only a test clock needs a fiber per timer. */
export const after = (clock: Clock.Clock, millis: number, fire: () => void): (() => void) => {
  if (millis > maxTimerMillis) return () => {}
  if (clock === liveClock) {
    const timer = setTimeout(fire, millis)
    return () => clearTimeout(timer)
  }
  const sleeper = Effect.runFork(clock.sleep(Duration.millis(millis)))
  sleeper.addObserver((exit) => {
    if (exit._tag === "Success") fire()
  })
  return () => sleeper.unsafeInterruptAsFork(FiberId.none)
}

/** Excludes the client's own fibers from the fiber metrics of the program. */
const uncounted = RuntimeFlags.disable(Runtime.defaultRuntimeFlags, RuntimeFlags.RuntimeMetrics)

/** Runs an effect in its own fiber, which starts with the given fiber refs; its changes to them end with it. */
export const forkWith = <A, E>(
  parent: AnyFiber,
  fiberRefs: FiberRefs.FiberRefs,
  effect: Effect.Effect<A, E>,
): Fiber.RuntimeFiber<A, E> =>
  Runtime.runFork(Runtime.make({ context: parent.currentContext, fiberRefs, runtimeFlags: uncounted }), effect)

/** `NodeHttpClient.UndiciRequestOptions`; that package may not be installed. */
const UndiciRequestOptions = Context.GenericTag<object>("@effect/platform-node/NodeHttpClient/undiciOptions")

/**
 * For the rest of the fiber: disables the platform's span and trace headers, and redirects of fetch and undici. The
 * options are merged with those that the transport's Layer may have captured, such as a proxy's dispatcher.
 */
export const makeQuietly: Effect.Effect<void> = /*#__PURE__*/ Effect.updateFiberRefs((id, fiberRefs) => {
  const services = new Map(FiberRefs.getOrDefault(fiberRefs, FiberRef.currentContext).unsafeMap)
  services.set(FetchHttpClient.RequestInit.key, {
    ...services.get(FetchHttpClient.RequestInit.key),
    redirect: "manual",
  })
  services.set(UndiciRequestOptions.key, { ...services.get(UndiciRequestOptions.key), maxRedirections: 0 })
  // `Effect.setFiberRefs` would set every fiber ref again, each in its own effect.
  return FiberRefs.updateManyAs(fiberRefs, {
    entries: [
      [FiberRef.currentContext, [[id, Context.unsafeMake(services)]]],
      [HttpClient.currentTracerDisabledWhen, [[id, constTrue]]],
    ],
  })
})

/**
 * The fiber refs that a fiber of the client starts with. Anything that the user has built around the client (a log line,
 * a span) prints our headers without the API key. Effect does not log the error of a fiber that fails: it may be the
 * platform's, and a fiber whose logger throws would not end.
 */
export const quietFiberRefs = (fiber: AnyFiber, ...secretHeaders: ReadonlyArray<string>): FiberRefs.FiberRefs => {
  const id = fiber.id()
  const names = fiber.getFiberRef(Headers.currentRedactedNames)
  return FiberRefs.updateManyAs(fiber.getFiberRefs(), {
    entries: [
      [Headers.currentRedactedNames, [[id, [...names, ...secretHeaders]]]],
      [FiberRef.unhandledErrorLogLevel, [[id, Option.none()]]],
    ],
  })
}

/** A monotonic counter without tags. */
export const counter = (name: string, description: string) =>
  MetricKey.counter(name, { incremental: true, description })

/** A histogram with these upper bounds, without tags. */
export const histogram = (name: string, description: string, bounds: ReadonlyArray<number>) =>
  MetricKey.histogram(name, MetricBoundaries.fromIterable(bounds), description)

/** A metric with tags. A metric that is tagged after its creation is looked up at every update; a key is not. */
export const tagged = <Type extends MetricKeyType.MetricKeyType<number, unknown>>(
  key: MetricKey.MetricKey<Type>,
  tags: Readonly<Record<string, string>>,
) =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(
      key,
      Object.entries(tags).map(([name, value]) => MetricLabel.make(name, value)),
    ),
  )

/** Updates a counter or a histogram, with the metric labels of the fiber, without an effect. */
export const record = <Type, Out>(metric: Metric.Metric<Type, number, Out>, value: number, fiber: AnyFiber): void =>
  metric.unsafeUpdate(value, fiber.getFiberRef(FiberRef.currentMetricLabels))

/** A gauge that is changed or set without an effect. */
export const gauge = (name: string, description: string) => {
  const metric = Metric.gauge(name, { description })
  return {
    add: (delta: number): void => metric.unsafeModify(delta, []),
    set: (value: number): void => metric.unsafeUpdate(value, []),
  }
}

const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether the current tracer keeps spans: Effect's default tracer does not. */
export const isTraced = (fiber: AnyFiber): boolean =>
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer) !== nativeTracer &&
  fiber.getFiberRef(FiberRef.currentTracerEnabled)

const nowOf = (fiber: AnyFiber): bigint =>
  fiber.getFiberRef(FiberRef.currentTracerTimingEnabled) ? clockOf(fiber).unsafeCurrentTimeNanos() : 0n

/** Starts the span of a request below another span, without an effect. */
export const requestSpan = (fiber: AnyFiber, parent: Tracer.Span, name: string): Tracer.Span => {
  const tracer = Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer)
  const span = tracer.span(name, Option.some(parent), Context.empty(), [], nowOf(fiber), "client")
  HashMap.forEach(fiber.getFiberRef(FiberRef.currentTracerSpanAnnotations), (value, key) => span.attribute(key, value))
  return span
}

/** Ends a span, unless it has ended. */
export const endSpan = (fiber: AnyFiber, span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): void => {
  if (span.status._tag === "Started") span.end(nowOf(fiber), exit)
}

/** Whether log lines of this level are kept. */
export const isLogged = (fiber: AnyFiber, level: LogLevel.LogLevel): boolean =>
  LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), level)

/** Whether this fiber runs below a span. */
export const isBelowSpan = (fiber: AnyFiber): boolean => fiber.currentContext.unsafeMap.has(Tracer.ParentSpan.key)

const ignore = () => {}

/** The span where no tracer keeps one: a random identity costs more than the rest of an untraced call's telemetry. */
const noSpan: Tracer.Span = {
  _tag: "Span",
  name: "",
  spanId: "0000000000000000",
  traceId: "00000000000000000000000000000000",
  parent: Option.none(),
  context: Context.empty(),
  status: { _tag: "Started", startTime: 0n },
  attributes: new Map(),
  links: [],
  sampled: false,
  kind: "client",
  attribute: ignore,
  event: ignore,
  end: ignore,
  addLinks: ignore,
}

/** Runs an effect below the span, if there is one: other code would propagate the identity of `noSpan`. */
export const belowSpan = <A, E>(effect: Effect.Effect<A, E>, span: Tracer.Span): Effect.Effect<A, E> =>
  span === noSpan ? effect : Effect.withParentSpan(effect, span)

/**
 * `Effect.useSpan` without a stack trace, and with a callback for the end of the effect, for whatever reason. Without
 * options no visible span is made.
 */
export const useSpan = <A, E, R>(
  fiber: AnyFiber,
  name: string,
  options: Tracer.SpanOptions | undefined,
  evaluate: (span: Tracer.Span) => Effect.Effect<A, E, R>,
  onEnd: () => void,
): Effect.Effect<A, E, R> => {
  const below = (span: Tracer.Span) => {
    const end = (exit: Exit.Exit<A, E>) => {
      try {
        onEnd()
      } finally {
        endSpan(fiber, span, exit)
      }
      return exit
    }
    // `Effect.onExit` at a third of its cost, as `end` is no effect. Suspended, so that nothing runs before it is in place.
    return Effect.uninterruptibleMask((restore) =>
      Effect.matchCauseEffect(restore(Effect.suspend(() => evaluate(span))), {
        onFailure: (cause) => Effect.onExit(Effect.failCause(cause), (exit) => Effect.sync(() => end(exit))),
        onSuccess: (value) => end(Exit.succeed(value)),
      }),
    )
  }
  return options === undefined ? below(noSpan) : Effect.flatMap(Effect.makeSpan(name, options), below)
}
