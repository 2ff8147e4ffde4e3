import { assert, describe, it } from "@effect/vitest"
import type { OperationName } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import * as Credentials from "../../src/Credentials.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import type * as TileDBClient from "../../src/TileDBClient.js"
import * as Script from "../support/retryScript.js"

/** The events that announce a further request; the lines of the log are events too. */
const announcements = new Set(["retry", "credential renewed"])

/** Two faults, then a good answer; and everything that is to be seen of it. */
const watch = (
  name: OperationName,
  answers: readonly [Script.Answer, ...ReadonlyArray<Script.Answer>],
  policy: RetryPolicy.RetryPolicy = RetryPolicy.standard,
  options: TileDBClient.Options = {},
) =>
  Effect.gen(function* () {
    const lines: Array<{ level: string; message: unknown; annotations: Record<string, unknown> }> = []
    const spans: Array<Tracer.Span> = []
    const events: Array<{ name: string; attributes: Record<string, unknown> | undefined }> = []
    const hooks: Array<RetryPolicy.Retry> = []
    const logger = Logger.make(({ annotations, logLevel, message }) => {
      lines.push({ level: logLevel.label, message, annotations: Object.fromEntries(HashMap.toEntries(annotations)) })
    })
    const native = yield* Effect.tracer
    const tracer: Tracer.Tracer = {
      ...native,
      span: (...options) => {
        const span = native.span(...options)
        const event = span.event.bind(span)
        span.event = (name, time, attributes) => {
          events.push({ name, attributes })
          event(name, time, attributes)
        }
        spans.push(span)
        return span
      },
    }
    const { arrivals, client } = Script.scripted(...answers)
    const users = yield* Script.make(client, {
      ...options,
      retryPolicy: RetryPolicy.modify(policy, { onRetry: (retry) => Effect.sync(() => void hooks.push(retry)) }),
    })
    const ended = yield* Script.toTheEnd(
      Script.calls[name](users).pipe(
        Effect.withTracer(tracer),
        Effect.provide(Logger.add(logger)),
        Logger.withMinimumLogLevel(LogLevel.Debug),
      ),
    )
    const retries = events.filter((event) => event.name === "retry")
    return {
      arrivals,
      ended,
      events: events.map(({ name }) => name).filter((name) => announcements.has(name)),
      hooks,
      lines,
      spans,
      retries,
    }
  })

/** Where `Script`'s service is, and what is asked of it. */
const asked = {
  "tiledb.operation": "getUser",
  "http.request.method": "GET",
  "url.template": "/v4/users/{user_id}",
  "server.address": "127.0.0.1",
  "server.port": 1,
}

/** How many retries the metric has counted. */
const count = (operation: OperationName, reason: string) =>
  Effect.map(
    Metric.snapshot,
    (pairs) =>
      pairs.flatMap(({ metricKey, metricState }) => {
        const tags = Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value]))
        const isIt =
          metricKey.name === "tiledb.client.retries" &&
          tags["tiledb.operation"] === operation &&
          tags["error.type"] === reason
        return isIt && MetricState.isCounterState(metricState) ? [Number(metricState.count)] : []
      })[0] ?? 0,
  )

const faulty: readonly [Script.Answer, ...ReadonlyArray<Script.Answer>] = [
  Script.reset,
  Script.respond(503, null, { "retry-after": "3" }),
  Script.good("getUser"),
]

describe("a retry", () => {
  it.scoped("runs the hook", () =>
    Effect.gen(function* () {
      const { hooks } = yield* watch("getUser", faulty)
      assert.deepStrictEqual(hooks, [
        { operation: "getUser", nextAttempt: 2, delay: Duration.millis(107), reason: "ConnectionLost" },
        { operation: "getUser", nextAttempt: 3, delay: Duration.millis(3000), reason: "503" },
      ])
    }),
  )

  it.scoped("writes one line for who debugs, and its call one at the end", () =>
    Effect.gen(function* () {
      const { lines } = yield* watch("getUser", faulty)
      assert.deepStrictEqual(lines, [
        {
          level: "DEBUG",
          message: ["getUser: attempt 1 of 4 failed (ConnectionLost); next in 107 ms"],
          annotations: { ...asked, "error.type": "ConnectionLost" },
        },
        {
          level: "DEBUG",
          message: ["getUser: attempt 2 of 4 failed (503); next in 3000 ms"],
          annotations: { ...asked, "http.response.status_code": 503, "error.type": "503" },
        },
        {
          level: "INFO",
          message: ["getUser: succeeded in attempt 3, 3107 ms after it began (ConnectionLost, 503)"],
          annotations: {
            "tiledb.operation": "getUser",
            "http.response.status_code": 200,
            "http.request.resend_count": 2,
            "tiledb.outcome": "Done",
          },
        },
      ])
    }),
  )

  it.scoped("writes no warning, even where the call fails in the end", () =>
    Effect.gen(function* () {
      const { lines } = yield* watch("getUser", [Script.respond(429)])
      assert.deepStrictEqual(
        lines.map(({ level }) => level),
        ["DEBUG", "DEBUG", "DEBUG", "INFO"],
      )
      assert.deepStrictEqual(lines.at(-1)?.message, [
        "getUser: failed after 4 attempts, 990 ms after it began (429, 429, 429, 429)",
      ])
    }),
  )

  it.scoped("is an event on the call's span, which counts them, and each attempt is a span below it", () =>
    Effect.gen(function* () {
      const { retries, spans } = yield* watch("getUser", faulty)
      assert.deepStrictEqual(retries, [
        { name: "retry", attributes: { "tiledb.delay_ms": 107, "error.type": "ConnectionLost" } },
        { name: "retry", attributes: { "tiledb.delay_ms": 3000, "error.type": "503" } },
      ])
      assert.deepStrictEqual(
        spans.map((span) => span.name),
        ["Users.getUser", ...Array.from({ length: 3 }, () => "GET /v4/users/{user_id}")],
      )
      const attributes = Object.fromEntries(spans[0]?.attributes ?? [])
      assert.strictEqual(attributes["http.request.resend_count"], 2)
      assert.strictEqual(attributes["http.response.status_code"], 200)
    }),
  )

  it.scoped("is counted by operation and reason", () =>
    Effect.gen(function* () {
      const all = Effect.all([count("getUser", "ConnectionLost"), count("getUser", "503"), count("deleteUser", "503")])
      const before = yield* all
      yield* watch("getUser", faulty)
      const after = yield* all
      assert.deepStrictEqual(
        after.map((value, index) => value - (before[index] ?? 0)),
        [1, 1, 0],
      )
    }),
  )
})

describe("no retry", () => {
  for (const [what, answer] of [
    ["a good answer", Script.good("getUser")],
    ["a failure that is not repeated", Script.respond(400)],
  ] as const) {
    it.scoped(`leaves no trace of one: ${what}`, () =>
      Effect.gen(function* () {
        const { hooks, lines, retries, spans } = yield* watch("getUser", [answer])
        assert.deepStrictEqual([hooks.length, retries.length], [0, 0])
        assert.deepStrictEqual(
          lines.map(({ level }) => level),
          ["DEBUG"],
        )
        assert.strictEqual(spans.length, 2)
        assert.isFalse(spans.some(({ attributes }) => attributes.has("http.request.resend_count")))
      }),
    )
  }

  it.scoped("is announced after the last attempt", () =>
    Effect.gen(function* () {
      const { ended, hooks, lines, retries, spans } = yield* watch("getUser", [Script.respond(500)])
      assert.deepStrictEqual([hooks.length, lines.length, retries.length], [3, 4, 3])
      assert.strictEqual(spans[0]?.attributes.get("http.request.resend_count"), 3)
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      assert.strictEqual(error.attempts.length, 4)
    }),
  )
})

describe("a credential that is refused", () => {
  const unauthorized = Script.respond(401)
  const given = (...tokens: ReadonlyArray<string>) => {
    let turn = 0
    return {
      credentials: Credentials.bearer(
        Effect.suspend(() => {
          const token = tokens[turn++]
          return token === undefined ? Effect.fail("revoked") : Effect.succeed(Redacted.make(token))
        }),
      ),
    }
  }

  for (const [what, tokens] of [
    ["the same is obtained again", ["old", "old"]],
    ["no other can be obtained", ["old"]],
  ] as const) {
    it.scoped(`is no retry where ${what}: one request is sent`, () =>
      Effect.gen(function* () {
        const before = yield* count("getUser", "401")
        const answers = [unauthorized] as const
        const { arrivals, events, lines, spans } = yield* watch("getUser", answers, undefined, given(...tokens))
        assert.strictEqual(arrivals.length, 1)
        assert.deepStrictEqual(events, [])
        assert.isFalse(spans.some(({ attributes }) => attributes.has("http.request.resend_count")))
        assert.strictEqual(spans.length, 2)
        assert.strictEqual(yield* count("getUser", "401"), before)
        assert.strictEqual(lines.length, 1)
        assert.notProperty(lines[0]?.annotations, "http.request.resend_count")
        if (tokens.length === 2) {
          assert.deepInclude(lines[0], {
            level: "DEBUG",
            message: ["getUser: failed, 0 ms after it began (401)"],
          })
        }
      }),
    )
  }

  it.scoped("is one, announced once, where another one is sent", () =>
    Effect.gen(function* () {
      const before = yield* count("getUser", "401")
      const answers = [unauthorized, Script.respond(503), Script.good("getUser")] as const
      const { arrivals, events, lines, spans } = yield* watch("getUser", answers, undefined, given("old", "new"))
      assert.strictEqual(arrivals.length, 3)
      assert.deepStrictEqual(events, ["credential renewed", "retry"])
      assert.strictEqual(yield* count("getUser", "401"), before + 1)
      assert.strictEqual(spans[0]?.attributes.get("http.request.resend_count"), 2)
      assert.deepStrictEqual(
        lines.map(({ annotations, message }) => [
          String(message).split(",")[0],
          annotations["http.request.resend_count"],
        ]),
        [
          ["getUser: the credential was refused (401); retried with another one", undefined],
          ["getUser: attempt 2 of 4 failed (503); next in 22 ms", undefined],
          ["getUser: succeeded in attempt 3", 2],
        ],
      )
      assert.strictEqual(lines[0]?.annotations["http.response.status_code"], 401)
    }),
  )
})
