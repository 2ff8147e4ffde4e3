/** From a user's complaint to the request: the error's id, the span with that id, and the lines of its trace. */
import { Users } from "@effect-tiledb/client"
import { Faults } from "@effect-tiledb/testkit"
import { Console, Effect, Redacted } from "effect"
import * as Collector from "./collector.js"
import { inMemory } from "./example.js"
import { exporting } from "./observability.js"

/** What the application shows: a sentence, and the id to name to its support. */
const signUp = Effect.flatMap(Users.Users, (users) =>
  users.createUser({ username: "ada", email: "ada@example.com", password: Redacted.make("correct horse") }),
).pipe(
  Effect.as("Welcome"),
  Effect.catchTag("ApiError", (error) =>
    Effect.succeed(`This did not work. Please name ${error.requestId ?? "no id"}`),
  ),
  Effect.withSpan("sign-up"),
)

const program = Effect.gen(function* () {
  const { baseUrl, lines, spans } = yield* Collector.Collector
  const restarting = { fault: Faults.status(503, { retryAfter: "1 second" }), operation: "createUser", nth: 1 } as const
  // What was not exported yet is when the Layer is released.
  const shown = yield* signUp.pipe(Faults.withFaults(restarting), Effect.provide(exporting(baseUrl)))
  const id = /req_\w+/.exec(shown)?.[0]
  yield* Console.log(`the user sees: ${shown}`)

  // 1. The request id finds the span, in a store of traces: tiledb.request_id = "req_…".
  const found = spans.filter(({ attributes }) =>
    attributes.some(({ key, value }) => key === "tiledb.request_id" && JSON.stringify(value).includes(`"${id}"`)),
  )
  for (const { attributes, name } of found) {
    yield* Console.log(`span ${name}`)
    for (const { key, value } of attributes.filter(({ key }) => /^(http|url|error|tiledb)\./.test(key)))
      yield* Console.log(`  ${key} ${JSON.stringify(Object.values(value ?? {})[0])}`)
  }
  // 2. Its trace has the other attempts, and the span of the application that called.
  const traces = new Set(found.map(({ traceId }) => traceId))
  yield* Console.log("its trace")
  for (const { name } of spans.filter(({ traceId }) => traces.has(traceId))) yield* Console.log(`  ${name}`)
  // 3. Its log lines have the same trace id.
  yield* Console.log("its log lines")
  for (const { body, severityText } of lines.filter(({ traceId }) => traces.has(traceId ?? "")))
    yield* Console.log(`  ${severityText} ${body.stringValue.replaceAll(/\d+ ms/g, "… ms")}`)
}).pipe(Effect.provide(Collector.layer))

inMemory("Signs up with a taken name, and finds the request that failed.", program)
