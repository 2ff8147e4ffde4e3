// What a call keeps from the code around it (spans that nobody keeps, the platform's span, redirects), and what it leaves.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as Credentials from "../../src/Credentials.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import { recordingServer } from "../support/recordingServer.js"
import * as Script from "../support/retryScript.js"
import { makeUsers } from "../support/users.js"

const key = Redacted.make("tiledb_key")

/** A call with one retry: the spans that the credential's effect, the hook and the loggers find themselves below. */
const spansAround = (
  credential: "value" | "effect",
  around: <A, E>(call: Effect.Effect<A, E>) => Effect.Effect<A, E>,
) =>
  Effect.gen(function* () {
    const inCredential: Array<Tracer.Span | undefined> = []
    const inHook: Array<Tracer.Span | undefined> = []
    const logged: Array<unknown> = []
    const look = (seen: typeof inHook) =>
      Effect.map(Effect.option(Effect.currentSpan), (span) => void seen.push(Option.getOrUndefined(span)))
    const logger = Logger.make<unknown, void>(({ annotations }) => {
      logged.push(Option.getOrUndefined(HashMap.get(annotations, "effect.traceId")))
    })
    const users = yield* Script.make(Script.scripted(Script.reset, Script.good("getUser")).client, {
      credentials: Credentials.apiKey(credential === "value" ? key : Effect.as(look(inCredential), key)),
      retryPolicy: RetryPolicy.modify(RetryPolicy.standard, { onRetry: () => look(inHook) }),
    })
    yield* around(users.getUser(Script.userId)).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withSpanAnnotations(logger))),
      Logger.withMinimumLogLevel(LogLevel.Debug),
      Script.toTheEnd,
    )
    return { inCredential, inHook, logged }
  })

describe("a call where no tracer keeps spans", () => {
  it.scoped("shows the hook and the loggers no span, where there is none around it", () =>
    Effect.gen(function* () {
      const { inHook, logged } = yield* spansAround("value", (call) => call)
      assert.deepStrictEqual(inHook, [undefined])
      assert.deepStrictEqual(logged, [undefined, undefined])
    }),
  )

  it.scoped("shows them its own below the one around it", () =>
    Effect.gen(function* () {
      for (const credential of ["value", "effect"] as const) {
        const seen = yield* spansAround(credential, Effect.withSpan("caller"))
        const [span] = seen.inHook
        assert(span !== undefined)
        assert.strictEqual(span.name, "Users.getUser")
        assert.deepInclude(Option.getOrUndefined(span.parent), { name: "caller", traceId: span.traceId })
        assert.deepStrictEqual(seen.inHook, [span])
        assert.deepStrictEqual(seen.inCredential, credential === "value" ? [] : [span, span])
        assert.deepStrictEqual(seen.logged, [span.traceId, span.traceId])
      }
    }),
  )

  it.scoped("has a span with an identity of its own where an effect gets the credential", () =>
    Effect.gen(function* () {
      const traces = new Set<string>()
      for (let call = 0; call < 2; call++) {
        const { inCredential, inHook, logged } = yield* spansAround("effect", (call) => call)
        const [span] = inHook
        assert(span !== undefined)
        assert.strictEqual(span.name, "Users.getUser")
        assert.isTrue(Option.isNone(span.parent))
        assert.match(span.traceId, /[1-9a-f]/)
        assert.deepStrictEqual(
          [inCredential, logged],
          [
            [span, span],
            [span.traceId, span.traceId],
          ],
        )
        traces.add(span.traceId)
      }
      assert.strictEqual(traces.size, 2)
    }),
  )
})

/** Options of the user's own, among them the one that a call sets for itself, and a transport that records what it is given. */
interface Transport {
  readonly options: Context.Context<never>
  readonly record: (given: Array<object>) => Layer.Layer<HttpClient.HttpClient>
  /** What the transport is given with the user's request, and with a call's. */
  readonly own: object
  readonly ours: object
}

const more: object = { maxRedirections: 5 }

const transports: Readonly<Record<string, Transport>> = {
  fetch: {
    options: Context.make(FetchHttpClient.RequestInit, {
      keepalive: true,
      redirect: "follow",
    }) as Context.Context<never>,
    record: (given) =>
      Layer.provide(
        FetchHttpClient.layer,
        Layer.succeed(FetchHttpClient.Fetch, (input, init = {}) => {
          given.push(init)
          return fetch(input, init)
        }),
      ),
    own: { keepalive: true, redirect: "follow" },
    ours: { keepalive: true, redirect: "manual" },
  },
  undici: {
    options: Context.make(NodeHttpClient.UndiciRequestOptions, {
      path: "",
      method: "GET",
      reset: true,
      ...more,
    }) as Context.Context<never>,
    record: (given) =>
      Layer.provide(
        NodeHttpClient.layerUndiciWithoutDispatcher,
        Layer.scoped(
          NodeHttpClient.Dispatcher,
          Effect.acquireRelease(
            Effect.sync(() =>
              new Undici.Agent().compose(Undici.interceptors.redirect(), (dispatch) => (options, handler) => {
                given.push(options)
                return dispatch(options, handler)
              }),
            ),
            (agent) => Effect.promise(() => agent.destroy()),
          ),
        ),
      ),
    own: { reset: true, maxRedirections: 5 },
    ours: { reset: true, maxRedirections: 0 },
  },
}

/** Where the user gives the options. */
const places = {
  "the Layer of the transport": {
    layer: <A>(layer: Layer.Layer<A>, { options }: Transport) => Layer.provide(layer, Layer.succeedContext(options)),
    around: <A, E, R>(effect: Effect.Effect<A, E, R>, _: Transport) => effect,
  },
  "the context of the call": {
    layer: <A>(layer: Layer.Layer<A>, _: Transport) => layer,
    around: <A, E, R>(effect: Effect.Effect<A, E, R>, { options }: Transport) => Effect.provide(effect, options),
  },
}

describe.each(Object.entries(transports))("over the platform's client for %s", (_, transport) => {
  for (const [place, { around, layer }] of Object.entries(places)) {
    it.scopedLive(`with options in ${place}: a call keeps all but its own, and leaves them as they were`, () =>
      Effect.gen(function* () {
        const server = yield* recordingServer(({ path }) =>
          path === "/moved"
            ? { status: 302, headers: { location: "/here" } }
            : {
                status: 200,
                headers: { "content-type": "application/json" },
                body: JSON.stringify({ data: Script.user }),
              },
        )
        const given: Array<object> = []
        const context = yield* Layer.build(layer(transport.record(given), transport))
        const users = yield* Effect.provide(makeUsers({ baseUrl: `${server.origin}/v4` }), context)
        const client = Context.get(context, HttpClient.HttpClient)

        const spans: Array<Tracer.Span> = []
        const native = yield* Effect.tracer
        const keeping: Tracer.Tracer["span"] = (...args) => {
          const span = native.span(...args)
          spans.push(span)
          return span
        }
        const named = () => spans.splice(0).map(({ name }) => name)
        const surroundings = Effect.all([
          Effect.map(Effect.context<never>(), ({ unsafeMap }) => new Map(unsafeMap)),
          FiberRef.get(HttpClient.currentTracerDisabledWhen),
        ])
        yield* around(
          Effect.gen(function* () {
            const before = yield* surroundings
            yield* users.getUser(Script.userId)
            assert.deepStrictEqual(named(), ["Users.getUser", "GET /v4/users/{user_id}"])
            assert.deepInclude(given.splice(0)[0], transport.ours)

            // In the same fiber, a request of the caller's own through the same client.
            assert.deepStrictEqual(yield* surroundings, before)
            assert.strictEqual((yield* client.get(`${server.origin}/moved`)).status, 200)
            assert.deepStrictEqual(named(), ["http.client GET"])
            assert.deepInclude(given.splice(0)[0], transport.own)
          }).pipe(Effect.withTracer(Tracer.make({ context: native.context, span: keeping }))),
          transport,
        )
        assert.deepStrictEqual(
          server.requests.map(({ path }) => path),
          [`/v4/users/${Script.userId}`, "/moved", "/here"],
        )
      }),
    )
  }
})
