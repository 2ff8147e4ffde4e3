/** What the caller has provided in Effect 4 is what the client works with. */
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Config,
  ConfigProvider,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Metric,
  Queue,
  Redacted,
  References,
  Schema,
  Tracer,
} from "effect"
import { TestClock } from "effect/testing"
import { Credentials, Effect3, NodeTransport, TileDBClient, UserId, Users as Users3 } from "tiledb-island"
import { Faults, Journal } from "tiledb-island/testkit"
import { fromEffect3 } from "../src/tiledb/fromEffect3.ts"
import { toEffect3 } from "../src/tiledb/toEffect3.ts"
import { layer, Users } from "../src/tiledb/Users.ts"
import { configured, memory, serve, worlds } from "./world.ts"

const self = Effect.flatMap(Users, (users) => users.getSelfUser)

describe("the environment of Effect 4", () => {
  it.effect("its TestClock drives retries", () =>
    Effect.gen(function* () {
      const { inject, layer, run } = yield* memory()
      yield* inject({ fault: Faults.status(503, { retryAfter: "30 seconds" }), nth: 1 })
      const sleeps = yield* Queue.unbounded<number>()
      const test = yield* Clock.Clock
      const observed: Clock.Clock = Object.create(test, {
        sleep: {
          value: (duration: Duration.Duration) =>
            Effect.andThen(Queue.offer(sleeps, Duration.toMillis(duration)), test.sleep(duration)),
        },
      })
      const requests = Effect.map(run(Effect3.Effect.flatMap(Journal.Journal, ({ count }) => count)), Number)
      const call = yield* Effect.forkChild(
        self.pipe(Effect.provide(layer), Effect.provideService(Clock.Clock, observed)),
      )
      while ((yield* Queue.take(sleeps)) !== 30_000); // attempts have timeouts, too
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* requests, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(call)).user.username, "owner")
      assert.strictEqual(yield* requests, 2)
    }),
  )

  it.live("its ConfigProvider configures the client, nested or not", () =>
    Effect.gen(function* () {
      const { apiKey, baseUrl } = yield* serve
      const env = { APP_TILEDB_REST_HOST: baseUrl, APP_TILEDB_REST_TOKEN: apiKey }
      const provider = ConfigProvider.nested(ConfigProvider.fromEnv({ env }), "APP")
      const live = Layer.provide(configured, ConfigProvider.layer(provider))
      assert.strictEqual((yield* Effect.provide(self, live)).user.username, "owner")
    }),
  )

  it.live("a configuration that cannot be used is its ConfigError, which names the variable", () =>
    Effect.gen(function* () {
      const broken = (env: Record<string, string>) =>
        Effect.flip(Layer.build(Layer.provide(configured, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))))
      const missing = yield* broken({})
      assert.instanceOf(missing, Config.ConfigError)
      assert.include(missing.message, "Set TILEDB_REST_TOKEN")
      const refused = yield* broken({ TILEDB_REST_HOST: "https://app.tiledb.com", TILEDB_REST_TOKEN: "canary-key" })
      assert.include(refused.message, "TILEDB_REST_HOST")
      assert.notInclude(Cause.pretty(Cause.fail(refused)), "canary-key")
    }),
  )

  it.live("its Layer builds the client once, and closes what it has opened", () =>
    Effect.gen(function* () {
      const { users3 } = yield* memory()
      const events: Array<string> = []
      const note = (event: string) => Effect3.Effect.sync(() => void events.push(event))
      const resource = Effect3.Layer.scopedDiscard(
        Effect3.Effect.acquireRelease(note("opened"), () =>
          Effect3.Effect.zipRight(Effect3.Effect.sleep(1), note("closed")),
        ),
      )
      const live = layer(Effect3.Layer.merge(users3, resource))
      yield* Effect.provide(
        Effect.andThen(
          self,
          Effect.andThen(
            self,
            Effect.sync(() => events.push("called")),
          ),
        ),
        live,
      )
      assert.deepStrictEqual(events, ["opened", "called", "closed"])
    }),
  )

  it.live("an effect of Effect 4 gets the token, with its Redacted", () =>
    Effect.gen(function* () {
      const { baseUrl, bearer } = yield* serve
      class Vault extends Context.Service<Vault, { readonly token: Redacted.Redacted<string> }>()("app/Vault") {}
      const token = Effect.map(Vault, (vault) => Effect3.Redacted.make(Redacted.value(vault.token)))
      const live = Layer.unwrap(
        Effect.map(Effect.context<Vault>(), (context) => {
          const client = TileDBClient.layer({ baseUrl, credentials: Credentials.bearer(toEffect3(context)(token)) })
          return layer(Users3.layer.pipe(Effect3.Layer.provide(client), Effect3.Layer.provide(NodeTransport.layer)))
        }),
      )
      const vault = Layer.succeed(Vault, { token: Redacted.make(bearer) })
      assert.strictEqual((yield* Effect.provide(self, Layer.provide(live, vault))).user.username, "owner")
    }),
  )
})

describe.each(Object.entries(worlds))("the environment of Effect 4, %s,", (_, world) => {
  it.live("its span is the parent of the client's, which its tracer keeps", () =>
    Effect.gen(function* () {
      const { inject, layer } = yield* world
      yield* inject({ fault: Faults.status(503, { retryAfter: 0 }), nth: 1 })
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        },
      })
      yield* self.pipe(Effect.provide(layer), Effect.withSpan("sign-up"), Effect.withTracer(tracer))
      const parentOf = ({ parent }: Tracer.Span) =>
        parent._tag === "Some" ? spans.find(({ spanId }) => spanId === parent.value.spanId)?.name : undefined
      assert.deepStrictEqual(
        spans.map((span) => [span.name, parentOf(span), span.kind, span.attributes.get("http.response.status_code")]),
        [
          ["sign-up", undefined, "internal", undefined],
          ["Users.getSelfUser", "sign-up", "internal", 200],
          ["GET /v4/users/self", "Users.getSelfUser", "client", 503],
          ["GET /v4/users/self", "Users.getSelfUser", "client", 200],
        ],
      )
      assert.strictEqual(new Set(spans.map(({ traceId }) => traceId)).size, 1)
      assert.isTrue(spans.every(({ status }) => status._tag === "Ended"))
    }),
  )

  it.live("its loggers get the client's lines, from its minimum level on", () =>
    Effect.gen(function* () {
      const { layer } = yield* world
      const lines: Array<readonly [string, unknown, unknown]> = []
      const logger = Logger.make(({ fiber, logLevel, message }) => {
        lines.push([logLevel, String(message), fiber.getRef(References.CurrentLogAnnotations)["tiledb.operation"]])
      })
      const call = self.pipe(Effect.provide(layer), Effect.provideService(References.CurrentLoggers, new Set([logger])))
      yield* call
      assert.deepStrictEqual(lines, [])
      yield* Effect.provideService(call, References.MinimumLogLevel, "Debug")
      assert.strictEqual(lines.length, 1)
      assert.deepStrictEqual([lines[0]?.[0], lines[0]?.[2]], ["Debug", "getSelfUser"])
      assert.match(String(lines[0]?.[1]), /^getSelfUser: succeeded/)
    }),
  )
})

describe("what is not bridged", () => {
  it.live("models have no Schema of Effect 4", () =>
    Effect.sync(() => {
      assert.isFalse(Schema.isSchema(UserId))
    }),
  )

  it.live("metrics stay in the registry of Effect 3", () =>
    Effect.gen(function* () {
      const { layer } = yield* memory()
      yield* Effect.provide(self, layer)
      const theirs = Effect3.Metric.unsafeSnapshot().map(({ metricKey }) => metricKey.name)
      assert.include(theirs, "tiledb.client.calls")
      assert.notInclude((yield* Metric.snapshot).map(({ id }) => id).join(), "tiledb")
    }),
  )

  it.live("of a Cause the first error comes over, a defect as the error it was", () =>
    Effect.gen(function* () {
      const { fail, die, parallel } = Effect3.Cause
      const both = fromEffect3(Effect3.Effect.failCause(parallel(fail("one"), fail("two"))))
      assert.strictEqual(yield* Effect.flip(both), "one")
      const defect = yield* Effect.exit(fromEffect3(Effect3.Effect.failCause(parallel(die("one"), die("two")))))
      assert.isTrue(Exit.isFailure(defect))
      if (Exit.isFailure(defect))
        assert.deepStrictEqual([defect.cause.reasons.length, Cause.squash(defect.cause)], [1, "one"])
    }),
  )
})
