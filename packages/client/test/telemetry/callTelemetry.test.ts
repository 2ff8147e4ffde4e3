import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { serverOf } from "../../src/internal/telemetry/metrics.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import type * as Users from "../../src/Users.js"
import * as Script from "../support/retryScript.js"

/** Runs calls under a tracer that keeps every span. */
const traced = (make: (native: Tracer.Tracer, spans: Array<Tracer.Span>) => Tracer.Tracer["span"] = keeping) =>
  Effect.gen(function* () {
    const spans: Array<Tracer.Span> = []
    const native = yield* Effect.tracer
    const tracer = Tracer.make({ context: native.context, span: make(native, spans) })
    return { spans, run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.withTracer(effect, tracer) }
  })

const keeping =
  (native: Tracer.Tracer, spans: Array<Tracer.Span>): Tracer.Tracer["span"] =>
  (...args) => {
    const span = native.span(...args)
    spans.push(span)
    return span
  }

const told = (span: Tracer.Span) => ({
  name: span.name,
  kind: span.kind,
  attributes: Object.fromEntries(span.attributes),
  ended: span.status._tag === "Ended" ? span.status.exit._tag : "not",
})

/** What the metrics of one name say, by their labels. */
const metrics = (name: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs
      .filter(({ metricKey }) => metricKey.name === name)
      .map(({ metricKey, metricState }) => ({
        labels: Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value])),
        state: metricState,
      })),
  )

const asked = {
  "tiledb.operation": "getUser",
  "http.request.method": "GET",
  "url.template": "/v4/users/{user_id}",
  "server.address": "127.0.0.1",
  "server.port": 1,
}

const getUser = (users: Users.Service) => users.getUser(Script.userId)

describe("a call that is traced", () => {
  it.scoped("is a span, with a child of the conventions for each attempt", () =>
    Effect.gen(function* () {
      const { run, spans } = yield* traced()
      const body = JSON.stringify({ code: 1, message: "busy", request_id: "req_1" })
      const users = yield* Script.make(
        Script.scripted(Script.respond(503, body, { "retry-after": "3" }), Script.good("getUser")).client,
      )
      yield* Script.toTheEnd(run(getUser(users)))
      assert.deepStrictEqual(spans.map(told), [
        {
          name: "Users.getUser",
          kind: "internal",
          attributes: {
            ...asked,
            "http.request.resend_count": 1,
            "http.response.status_code": 200,
            "tiledb.outcome": "Done",
          },
          ended: "Success",
        },
        {
          name: "GET /v4/users/{user_id}",
          kind: "client",
          attributes: {
            ...asked,
            "http.response.status_code": 503,
            "error.type": "503",
            "tiledb.outcome": "NotDone",
            "tiledb.request_id": "req_1",
          },
          ended: "Failure",
        },
        {
          name: "GET /v4/users/{user_id}",
          kind: "client",
          attributes: { ...asked, "http.request.resend_count": 1, "http.response.status_code": 200 },
          ended: "Success",
        },
      ])
      const [call, ...attempts] = spans
      for (const { parent } of attempts) assert.strictEqual(Option.getOrUndefined(parent), call)
    }),
  )

  it.scoped("says what it failed with; the attempt in one word", () =>
    Effect.gen(function* () {
      const { run, spans } = yield* traced()
      const body = JSON.stringify({ code: 1, message: "not yours", request_id: "req_2" })
      const users = yield* Script.make(Script.scripted(Script.respond(403, body)).client)
      yield* Script.toTheEnd(run(getUser(users)))
      const failed = {
        ...asked,
        "http.response.status_code": 403,
        "error.type": "403",
        "tiledb.outcome": "NotDone",
        "tiledb.request_id": "req_2",
      }
      assert.deepStrictEqual(
        spans.map(({ attributes }) => Object.fromEntries(attributes)),
        [failed, failed],
      )
      const { status } = spans[1] ?? assert.fail("no attempt")
      assert(status._tag === "Ended")
      assert.deepStrictEqual(status.exit, Exit.fail("403"))
    }),
  )

  it.scoped("ends the span of an attempt that is interrupted", () =>
    Effect.gen(function* () {
      const { run, spans } = yield* traced()
      const users = yield* Script.make(Script.scripted(Script.silence).client)
      const fiber = yield* Effect.fork(run(getUser(users)))
      yield* Script.settle
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        spans.map((span) => [told(span).ended, span.attributes.get("error.type")]),
        [
          ["Failure", undefined],
          ["Failure", "Interrupted"],
        ],
      )
    }),
  )

  it.scoped("has no children where its span is not sampled, and none at all where tracing is off", () =>
    Effect.gen(function* () {
      const { run, spans } = yield* traced((native, spans) => (...args) => {
        const span = Object.assign(native.span(...args), { sampled: false })
        spans.push(span)
        return span
      })
      const users = yield* Script.make(Script.scripted(Script.good("getUser")).client)
      yield* run(getUser(users))
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["Users.getUser"],
      )
      yield* run(Effect.withTracerEnabled(getUser(users), false))
      assert.strictEqual(spans.length, 1)
    }),
  )

  it.scoped("continues in the service with the span of the attempt, where trace headers are sent", () =>
    Effect.gen(function* () {
      const { run, spans } = yield* traced()
      const service = Script.scripted(Script.reset, Script.good("getUser"))
      const sent: Array<string | undefined> = []
      const users = yield* Script.make(
        HttpClient.mapRequest(service.client, (request) => {
          sent.push(request.headers.traceparent)
          return request
        }),
        { tracePropagation: true },
      )
      yield* Script.toTheEnd(run(getUser(users)))
      assert.deepStrictEqual(
        sent,
        spans.slice(1).map(({ spanId, traceId }) => `00-${traceId}-${spanId}-01`),
      )
    }),
  )
})

describe("metrics", () => {
  it.scoped("have the duration of every request in seconds, in the buckets of the conventions", () =>
    Effect.gen(function* () {
      const durations = metrics("http.client.request.duration")
      const service = Script.scripted(Script.after(40, Script.respond(503)), Script.after(2000, Script.respond(409)))
      const users = yield* Script.make(service.client)
      const counts = (all: Effect.Effect.Success<typeof durations>) =>
        all.flatMap(({ labels, state }) => {
          if (!MetricState.isHistogramState(state) || labels["tiledb.operation"] !== "getUser") return []
          // Other files of the process call other servers.
          if (labels["server.address"] !== asked["server.address"] || labels["server.port"] !== "1") return []
          return [{ labels, sum: state.sum, count: state.count, bounds: state.buckets.map(([bound]) => bound) }]
        })
      const before = counts(yield* durations)
      yield* Script.toTheEnd(getUser(users))
      const after = counts(yield* durations)
      const of = (all: typeof after, status: string) =>
        all.find(({ labels }) => labels["http.response.status_code"] === status)
      for (const [status, seconds] of [
        ["503", 0.04],
        ["409", 2],
      ] as const) {
        const [earlier, now] = [of(before, status), of(after, status)]
        assert.strictEqual((now?.count ?? 0) - (earlier?.count ?? 0), 1)
        assert.approximately((now?.sum ?? 0) - (earlier?.sum ?? 0), seconds, 1e-6)
        assert.deepStrictEqual(now?.labels, {
          ...asked,
          "server.port": "1",
          "http.response.status_code": status,
          "error.type": status,
          unit: "s",
        })
        assert.deepStrictEqual(now?.bounds, [
          0.005,
          0.01,
          0.025,
          0.05,
          0.075,
          0.1,
          0.25,
          0.5,
          0.75,
          1,
          2.5,
          5,
          7.5,
          10,
          Number.POSITIVE_INFINITY,
        ])
      }
    }),
  )

  it.scoped("count attempts and calls, by what became of them", () =>
    Effect.gen(function* () {
      const count = (name: string, labels: Readonly<Record<string, string>>) =>
        Effect.map(metrics(name), (all) => {
          const same = (other: Readonly<Record<string, string>>) =>
            Object.keys(other).length === Object.keys(labels).length &&
            Object.entries(labels).every(([key, value]) => other[key] === value)
          const state = all.find((metric) => same(metric.labels))?.state
          return state !== undefined && MetricState.isCounterState(state) ? Number(state.count) : 0
        })
      const own = { "tiledb.operation": "deleteUser" }
      const all = Effect.all([
        count("tiledb.client.attempts", own),
        count("tiledb.client.calls", { ...own, "tiledb.outcome": "Done" }),
        count("tiledb.client.calls", { ...own, "tiledb.outcome": "Unknown", "error.type": "ConnectionLost" }),
      ])
      const before = yield* all
      const users = yield* Script.make(Script.scripted(Script.good("deleteUser"), Script.reset, Script.reset).client, {
        retryPolicy: RetryPolicy.modify(RetryPolicy.standard, { attempts: 2 }),
      })
      yield* users.deleteUser(Script.userId)
      yield* Script.toTheEnd(users.deleteUser(Script.userId))
      const after = yield* all
      assert.deepStrictEqual(
        after.map((value, index) => value - (before[index] ?? 0)),
        [3, 1, 1],
      )
    }),
  )

  it.scoped("carry the labels of whoever calls", () =>
    Effect.gen(function* () {
      const users = yield* Script.make(Script.scripted(Script.good("getUser")).client)
      yield* Effect.tagMetrics(getUser(users), "tenant", "blue")
      yield* TestClock.adjust(0)
      for (const name of ["http.client.request.duration", "tiledb.client.attempts", "tiledb.client.calls"]) {
        assert.isTrue(
          (yield* metrics(name)).some(({ labels }) => labels.tenant === "blue"),
          name,
        )
      }
    }),
  )
})

it("the port that spans and metrics name is the scheme's own where the URL has none", () => {
  const servers = ["https://api.tiledb.com", "http://localhost", "https://localhost:8443", "http://[::1]:443"]
  assert.deepStrictEqual(servers.map(serverOf), [
    { "server.address": "api.tiledb.com", "server.port": 443 },
    { "server.address": "localhost", "server.port": 80 },
    { "server.address": "localhost", "server.port": 8443 },
    { "server.address": "[::1]", "server.port": 443 },
  ])
})
