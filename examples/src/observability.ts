/** Spans, metrics and logs of a call with a retry, exported as OTLP over HTTP and read from the collector. */
import * as Otlp from "@effect/opentelemetry/Otlp"
import { FetchHttpClient } from "@effect/platform"
import { Users } from "@effect-tiledb/client"
import { Faults } from "@effect-tiledb/testkit"
import { Console, Effect, Layer, Logger, LogLevel, Redacted } from "effect"
import * as Collector from "./collector.js"
import { inMemory } from "./example.js"

/** What an application provides. Lines go to the collector instead of the console, those at debug too. */
export const exporting = (baseUrl: string) =>
  Otlp.layerJson({ baseUrl, resource: { serviceName: "sign-up" }, replaceLogger: Logger.prettyLoggerDefault }).pipe(
    Layer.merge(Logger.minimumLogLevel(LogLevel.Debug)),
    Layer.provide(FetchHttpClient.layer),
  )

const signUp = Effect.gen(function* () {
  const users = yield* Users.Users
  const { id } = yield* users.createUser({
    username: "eve",
    email: "eve@example.com",
    password: Redacted.make("correct horse"),
  })
  yield* users.getUser(id)
}).pipe(
  Effect.withSpan("sign-up"),
  Faults.withFaults({ fault: Faults.status(503, { retryAfter: "1 second" }), operation: "createUser", nth: 1 }),
)

const program = Effect.gen(function* () {
  const { baseUrl, lines, metrics, spans } = yield* Collector.Collector
  // What was not exported yet is when the Layer is released.
  yield* Effect.provide(signUp, exporting(baseUrl))

  const show = (parent: string | undefined, indent: string): Effect.Effect<void> =>
    Effect.forEach(
      spans.filter(({ parentSpanId }) => parentSpanId === parent),
      ({ attributes, name, spanId }) => {
        const of = Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]]))
        const told = [of["http.response.status_code"], of["tiledb.outcome"]].filter((value) => value !== undefined)
        return Effect.zipRight(Console.log(`${indent}${name} ${told.join(" ")}`.trimEnd()), show(spanId, `${indent}  `))
      },
      { discard: true },
    )
  yield* show(undefined, "")
  const names = Array.from(metrics.keys()).filter((name) => !name.startsWith("effect_"))
  yield* Console.log(`metrics: ${names.sort().join(", ")}`)
  for (const { body, severityText } of lines) {
    yield* Console.log(`${severityText} ${body.stringValue.replaceAll(/\d+ ms/g, "… ms")}`)
  }
}).pipe(Effect.provide(Collector.layer))

if (process.argv[1]?.endsWith("observability.ts")) {
  inMemory("Exports the spans, metrics and logs of two calls as OTLP, and prints what arrives.", program)
}
