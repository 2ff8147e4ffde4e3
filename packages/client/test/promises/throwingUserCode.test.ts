/**
 * User code that throws where the client calls it: while a call succeeds, fails, waits or is interrupted. Afterwards the
 * permit is free, the gauges are where they were, and nothing hangs.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, type TileDBError, type Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { usersOf } from "../support/users.js"

const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

const oh = (): never => {
  throw new Error("of the user")
}

/** The gauges that are not 0. */
const gauges = Effect.map(Metric.snapshot, (pairs) =>
  pairs.flatMap(({ metricKey: { name }, metricState }) =>
    MetricState.isGaugeState(metricState) &&
    /^tiledb\.client\.(?:waiting|in_flight|retry_budget)$/.test(name) &&
    metricState.value !== 0
      ? [`${name} ${metricState.value}`]
      : [],
  ),
)

/** What of a span throws: at its attributes of these names, its events, its end. */
interface Throws {
  readonly attribute?: RegExp
  readonly event?: boolean
  readonly end?: boolean
}

const span = (name: string, { attribute, end, event }: Throws): Tracer.Span => ({
  _tag: "Span",
  name,
  spanId: "0000000000000001",
  traceId: "00000000000000000000000000000001",
  parent: Option.none(),
  context: Context.empty(),
  status: { _tag: "Started", startTime: 0n },
  attributes: new Map(),
  links: [],
  sampled: true,
  kind: "client",
  attribute: (key) => (attribute?.test(key) ? oh() : undefined),
  event: () => (event ? oh() : undefined),
  addLinks: () => {},
  end: () => (end ? oh() : undefined),
})

const traced =
  (make: (name: string, parent: Option.Option<Tracer.AnySpan>) => Tracer.Span) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.withTracer(effect, Tracer.make({ span: make, context: (f) => f() }))

const logged =
  (when: (message: string) => boolean) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(
        Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ message }) => (when(String(message)) ? oh() : undefined)),
        ),
      ),
      Logger.withMinimumLogLevel(LogLevel.All),
    )

/** The live clock, or one whose nth reading or sleep throws. */
const clocked =
  (part: "unsafeCurrentTimeNanos" | "unsafeCurrentTimeMillis" | "sleep", throws: (turn: number) => boolean) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.clockWith((clock) => {
      let turn = 0
      const or = <B>(name: typeof part, value: () => B): B => (name === part && throws(turn++) ? oh() : value())
      return Effect.withClock(effect, {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => or("unsafeCurrentTimeMillis", () => clock.unsafeCurrentTimeMillis()),
        unsafeCurrentTimeNanos: () => or("unsafeCurrentTimeNanos", () => clock.unsafeCurrentTimeNanos()),
        currentTimeMillis: clock.currentTimeMillis,
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) => or("sleep", () => clock.sleep(duration)),
      })
    })

const retrying = (onRetry: () => Effect.Effect<void>) =>
  RetryPolicy.make({ attempts: 2, baseDelay: 0, onRetry: () => onRetry() })

const throwingFinalizer = Effect.onInterrupt(Effect.never, () => Effect.sync(oh))

interface Seam {
  readonly around?: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  readonly options?: TileDBClient.Options
  /** Whether the call is stuck at the seam, so that all it can be is interrupted. */
  readonly stuck?: boolean
}

const seams: Readonly<Record<string, Seam>> = {
  "the start of the call's span": { around: traced(oh) },
  "the start of an attempt's span": {
    around: traced((name, parent) => (Option.isSome(parent) ? oh() : span(name, {}))),
  },
  "every attribute of a span": { around: traced((name) => span(name, { attribute: /./ })) },
  "an attribute at the end of an attempt": { around: traced((name) => span(name, { attribute: /^error\.type$/ })) },
  "an attribute at the end of the call": { around: traced((name) => span(name, { attribute: /^tiledb\.outcome$/ })) },
  "an attribute of a retry": { around: traced((name) => span(name, { attribute: /resend_count/ })) },
  "an event of a span": { around: traced((name) => span(name, { event: true })) },
  "the end of a span": { around: traced((name) => span(name, { end: true })) },
  "the end of the call's span": {
    around: traced((name, parent) => span(name, { end: Option.isNone(parent) })),
  },
  "the context of a tracer": {
    around: (effect) => {
      let turn = 0
      const tracer = Tracer.make({ span: (name) => span(name, {}), context: (f) => (++turn === 20 ? oh() : f()) })
      return Effect.withTracer(effect, tracer)
    },
  },
  "the logger": { around: logged(() => true) },
  "the logger, at the end of a call": { around: logged((message) => message.includes("after it began")) },
  "the hook, when it is called": { options: { retryPolicy: retrying(oh) } },
  "the hook, when it runs": { options: { retryPolicy: retrying(() => Effect.sync(oh)) } },
  "the finalizer of the hook, and the logger": {
    stuck: true,
    around: logged((message) => !message.startsWith("getUser")),
    options: { retryPolicy: retrying(() => throwingFinalizer) },
  },
  "the effect of a credential": { options: { credentials: Credentials.bearer(Effect.sync(oh)) } },
  "the finalizer of the effect of a credential, and the logger": {
    stuck: true,
    around: logged((message) => !message.startsWith("getUser")),
    options: { credentials: Credentials.bearer(Effect.zipRight(throwingFinalizer, Effect.never)) },
  },
  "the effect of an API key": { options: { credentials: Credentials.apiKey(Effect.suspend(oh)) } },
  "transformClient's client": { options: { transformClient: () => HttpClient.make(oh) } },
  "transformClient's request": { options: { transformClient: HttpClient.mapRequest(oh) } },
  "transformClient's response": {
    options: { transformClient: HttpClient.tap(() => Effect.sync(oh)) },
  },
  "the finalizer of the HttpClient": {
    options: {
      transformClient: HttpClient.transformResponse((response) => Effect.ensuring(response, Effect.sync(oh))),
    },
  },
  "a random number": {
    around: Effect.withRandom({ ...Random.make(1), next: Effect.sync(oh) }),
  },
  "the clock, at the first sleep": { around: clocked("sleep", (turn) => turn === 0) },
  "the clock, at every sleep": { around: clocked("sleep", () => true) },
  "the time": { around: clocked("unsafeCurrentTimeMillis", () => true) },
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, nth) => [
      `the monotonic time, reading ${nth}`,
      { around: clocked("unsafeCurrentTimeNanos", (turn) => turn === nth) } satisfies Seam,
    ]),
  ),
}

type Ending = "success" | "failure" | "interruption"

const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const some = Effect.repeatN(turn, 20)

const same = <A, E>(effect: Effect.Effect<A, E>) => effect

/** A service whose every response is the same, or never comes; `switched` makes it well. */
const service = (ending: Ending) => {
  const state = { ending }
  const client = HttpClient.make((request) =>
    Effect.suspend(() => {
      if (state.ending === "interruption") return Effect.never
      const response =
        state.ending === "success"
          ? Response.json({ data: { id } })
          : new Response("{}", { status: 503, headers: { "retry-after": "0" } })
      return Effect.succeed(HttpClientResponse.fromWeb(request, response))
    }),
  )
  return { state, client }
}

const getUser = (users: Users.Service): Effect.Effect<unknown, TileDBError.TileDBError> => users.getUser(id)

describe("user code that throws leaks no permit, hangs nothing and leaves the gauges as they were", () => {
  for (const [name, { around = same, options, stuck = false }] of Object.entries(seams)) {
    const endings: ReadonlyArray<Ending> = stuck ? ["failure"] : ["success", "failure", "interruption"]
    for (const ending of endings) {
      it.live(`${name}: ${ending}`, () =>
        Effect.gen(function* () {
          const before = yield* gauges
          const { client, state } = service(ending)
          const scope = yield* Scope.make()
          const made = TileDBClient.make({
            baseUrl: "http://127.0.0.1:1/v4",
            concurrency: 1,
            retryPolicy: RetryPolicy.make({ attempts: 2, baseDelay: 0 }),
            ...options,
          }).pipe(Scope.extend(scope), Effect.provideService(HttpClient.HttpClient, client))
          const tiledb = yield* made
          const users = yield* usersOf(tiledb)
          // One holds the only permit, and two wait for it.
          const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkDaemon(around(getUser(users))))
          yield* some
          // The clock of all may have thrown: who still waits is woken by the next call, or gives up.
          if (ending === "interruption" || stuck) yield* Fiber.interruptAll(fibers)
          const exits = yield* Effect.forEach(fibers, Fiber.await)
          if (ending === "interruption") assert.isTrue(exits.every(Exit.isFailure))
          assert.deepInclude(yield* tiledb.status, { inFlight: 0, waiting: 0 })
          state.ending = "success"
          if (options === undefined) yield* getUser(users)
          yield* Scope.close(scope, Exit.void)
          assert.deepStrictEqual(yield* gauges, before)
        }),
      )
    }
  }
})

describe("the retry budget of a client", () => {
  it.live("is out of the gauge when its scope closes, whatever calls go on, and also if it is infinite", () =>
    Effect.gen(function* () {
      const before = yield* gauges
      for (const capacity of [10, Number.POSITIVE_INFINITY]) {
        const { client, state } = service("failure")
        const scope = yield* Scope.make()
        const hook = { open: () => {} }
        const tiledb = yield* TileDBClient.make({
          baseUrl: "http://127.0.0.1:1/v4",
          retryBudget: { capacity, perSuccess: 1 },
          retryPolicy: RetryPolicy.make({
            attempts: 2,
            baseDelay: 0,
            onRetry: () =>
              Effect.async<void>((resume) => {
                hook.open = () => resume(Effect.void)
              }),
          }),
        }).pipe(Scope.extend(scope), Effect.provideService(HttpClient.HttpClient, client))
        const users = yield* usersOf(tiledb)
        const fiber = yield* Effect.forkDaemon(getUser(users))
        yield* some
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* gauges, before)
        state.ending = "success"
        hook.open()
        yield* Fiber.join(fiber)
        yield* getUser(users)
        assert.deepStrictEqual(yield* gauges, before)
      }
    }),
  )
})
