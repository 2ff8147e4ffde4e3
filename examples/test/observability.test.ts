import * as Fs from "node:fs"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
import { Canary, Deployment, Faults, Mailbox, TestServer } from "@effect-tiledb/testkit"
import { Effect, Layer, Logger, type Redacted } from "effect"
import * as Collector from "../src/collector.js"
import { exporting } from "../src/observability.js"

/** The table of names in docs/observability.md: where each one is. */
const table = new Map(
  Fs.readFileSync(new URL("../../docs/observability.md", import.meta.url), "utf8")
    .split("## Names")[1]
    ?.split("\n## ")[0]
    ?.split("\n")
    .flatMap((line) => {
      const [, name, places = ""] = /^\| `([^`]+)` +\| ([^|]+) \|/.exec(line) ?? []
      return name === undefined ? [] : [[name, places.trim().split(", ").sort()] as const]
    }),
)

const password = Canary.text("password")
const changed = Canary.text("changed password")
const key = Canary.header("api key")

/** Everything that the client reports: a retry, a pause, a wait, a renewal, a rejection, an odd response, every kind of secret. */
const busy = Effect.gen(function* () {
  const deployment = yield* Deployment.Deployment
  const users = yield* Users.Users
  const eve = { username: "eve", email: "eve@example.com" }
  const { id } = yield* users
    .createUser({ ...eve, password })
    .pipe(Faults.withFaults({ fault: Faults.status(503, { retryAfter: "1 second" }), nth: 1 }))
  yield* users.getUser(id).pipe(Faults.withFaults({ fault: Faults.merge({ timezone: null }) }))
  yield* users.getUser(id).pipe(Faults.withFaults({ fault: Faults.reset("before"), nth: 1 }))
  yield* Effect.flip(users.createUser({ ...eve, password }))
  const asEve = Credentials.withCredentials(Credentials.basic("eve", password))
  yield* asEve(users.changePassword({ current_password: password, new_password: changed }))
  yield* users.requestPasswordReset({ username_or_email: "eve" })
  const { token } = yield* Mailbox.take({ to: "eve", kind: "password_reset" })
  yield* users.resetPassword(token, { new_password: password })
  yield* Effect.flip(Credentials.withCredentials(users.getSelfUser, Credentials.apiKey(key)))

  const issued: Array<Redacted.Redacted<string>> = []
  const bearer = Credentials.bearer(
    Effect.tap(Effect.orDie(deployment.issueBearer(deployment.ownerId)), (token) => issued.push(token)),
  )
  yield* users.getSelfUser.pipe(
    Credentials.withCredentials(bearer),
    Faults.withFaults({ fault: Faults.status(401), nth: 1 }),
  )
  assert.strictEqual(issued.length, 2)
  return { token, ...Object.fromEntries(issued.map((bearer, index) => [`bearer ${index}`, bearer])) }
})

describe("what a collector receives", () => {
  it.live("is what the table names, where it names it, and no secret", () =>
    Effect.gen(function* () {
      const { baseUrl, apiKey } = yield* TestServer.TestServer
      const collector = yield* Collector.Collector
      const sent: Array<string | undefined> = []
      // Below the client, at the place from which requests leave.
      const http = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(
          HttpClient.HttpClient,
          HttpClient.mapRequest((request) => {
            sent.push(request.headers.traceparent)
            return request
          }),
        ),
      ).pipe(Layer.provide(FetchHttpClient.layer))
      const options = { baseUrl, credentials: Credentials.apiKey(apiKey), tracePropagation: true }
      const users = Users.layer.pipe(Layer.provide(TileDBClient.layer(options)), Layer.provide(http))
      const secrets = yield* busy.pipe(
        Effect.provide(users),
        Effect.provide([exporting(collector.baseUrl), Logger.remove(Logger.defaultLogger)]),
      )

      const seen = new Map<string, Set<string>>()
      const note = (place: string, names: ReadonlyArray<{ readonly key: string } | string>) => {
        for (const item of names) {
          const name = typeof item === "string" ? item : item.key
          seen.set(name, (seen.get(name) ?? new Set()).add(place))
        }
      }
      const ours = collector.spans.filter(({ name }) => /^(Users\.|[A-Z]+ \/v4\/)/.test(name))
      // What the exporter adds to spans and lines.
      const added = new Set(["span.label", "status.interrupted", "exception", "fiberId"])
      for (const { attributes, events } of ours) {
        note("span", attributes)
        // Effect's logger writes lines into the span too.
        const isLine = (event: (typeof events)[number]) => event.attributes.some(({ key }) => key === "effect.logLevel")
        for (const { attributes, name } of events.filter((event) => !added.has(event.name) && !isLine(event))) {
          note("event name", [name])
          note("event", attributes)
        }
      }
      for (const { attributes, body } of collector.lines) {
        if (/^\w+: /.test(body.stringValue)) note("log", attributes)
      }
      for (const metric of collector.metrics.values()) {
        if (metric.name.startsWith("effect_")) continue
        note("metric", [metric.name])
        if (metric.name === "http.client.request.duration") assert.strictEqual(metric.unit, "s")
        const points = [metric.sum, metric.gauge, metric.histogram].flatMap((_) => _?.dataPoints ?? [])
        note(
          "label",
          points.flatMap(({ attributes }) => attributes),
        )
      }
      const received = Array.from(seen, ([name, places]) => [name, Array.from(places).sort()] as const)
      assert.deepStrictEqual(
        Object.fromEntries(received.filter(([name]) => !added.has(name)).sort()),
        Object.fromEntries(Array.from(table).sort()),
      )

      // Every request has continued the trace below its own span.
      const attempts = ours.filter(({ name }) => !name.startsWith("Users."))
      assert.deepStrictEqual(
        sent.toSorted(),
        attempts.map(({ spanId, traceId }) => `00-${traceId}-${spanId}-01`).toSorted(),
      )
      assert.isAbove(attempts.length, 10)

      const canary = Canary.make({ password, changed, key, apiKey, ...secrets })
      assert.deepStrictEqual(
        Canary.leaks({ sinks: new Map([["console", JSON.stringify(collector.texts)]]) }, canary),
        [],
      )
    }).pipe(Effect.provide(Layer.merge(TestServer.layer({ seed: 1843 }), Collector.layer))),
  )
})
