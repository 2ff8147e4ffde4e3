/**
 * The other end of the soak, in a process of its own: the real HTTP server, with faults on a tenth of the requests. Tells
 * its parent where it is, and when asked, what it has done.
 */
import { Deployment, Faults, Journal, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { tally } from "./soakWorker.js"

export interface Ready {
  readonly _tag: "Ready"
  readonly baseUrl: string
  readonly mailboxUrl: string
  readonly apiKey: string
  readonly ownerId: string
}

/** What the service knows that the client may not. */
export interface Report {
  readonly _tag: "Report"
  readonly users: ReadonlyArray<{
    readonly username: string
    readonly displayName: string
    readonly confirmed: boolean
  }>
  readonly requests: number
  readonly faults: Readonly<Record<string, number>>
  /** How often each operation took effect. */
  readonly effects: Readonly<Record<string, number>>
  /** Usernames that were created more than once. */
  readonly createdTwice: ReadonlyArray<string>
}

// Who is asked to wait makes all wait: these are few, so that the soak does not spend its time on waiting.
const faults: ReadonlyArray<readonly [name: string, probability: number, fault: Faults.Fault]> = [
  ["reset before", 0.015, Faults.reset("before")],
  ["reset after", 0.01, Faults.reset("after")],
  ["head cut", 0.01, Faults.cutHead],
  ["body cut", 0.01, Faults.cutBody("reset")],
  ["body stalled", 0.003, Faults.cutBody("stall")],
  ["silence before", 0.002, Faults.silence("before")],
  ["silence after", 0.002, Faults.silence("after")],
  ["slow", 0.01, Faults.delay("40 millis")],
  ["408", 0.003, Faults.status(408, { when: "after" })],
  ["429", 0.003, Faults.status(429)],
  ["429, Retry-After", 0.0005, Faults.status(429, { retryAfter: "1 second" })],
  ["500 before", 0.005, Faults.status(500)],
  ["500 after", 0.005, Faults.status(500, { when: "after" })],
  ["502", 0.012, Faults.html(502)],
  ["503", 0.012, Faults.status(503)],
  ["503, Retry-After", 0.0005, Faults.status(503, { retryAfter: "1 second" })],
  ["504 after", 0.006, Faults.status(504, { when: "after" })],
  ["truncated JSON", 0.008, Faults.truncatedJson],
]

const report = Effect.gen(function* () {
  const deployment = yield* Deployment.Deployment
  const entries = yield* Journal.entries()
  const faults: Record<string, number> = {}
  const effects: Record<string, number> = {}
  const created: Record<string, number> = {}
  for (const { input, operation, outcome } of entries) {
    if (outcome._tag === "Fault") tally(faults, outcome.status === undefined ? outcome.fault : String(outcome.status))
    const acted = outcome._tag === "Success" || (outcome._tag === "Fault" && outcome.acted)
    if (!acted || operation === undefined) continue
    tally(effects, operation)
    if (operation === "createUser") tally(created, String(input?.username))
  }
  const users = yield* deployment.users
  return {
    _tag: "Report",
    users: users.map((user) => ({
      username: user.username,
      displayName: user.display_name,
      confirmed: user.is_valid_email === true,
    })),
    requests: entries.length,
    faults,
    effects,
    createdTwice: Object.keys(created).filter((username) => (created[username] ?? 0) > 1),
  } satisfies Report
})

const send = (message: Ready | Report) => Effect.sync(() => process.send?.(message))

const asked = Effect.async<void>((resume) => {
  process.once("message", () => resume(Effect.void))
})

const seed = process.argv[2] ?? "soak"

const program = Effect.gen(function* () {
  const { apiKey, baseUrl, mailboxUrl, userId } = yield* TestServer.TestServer
  yield* Faults.inject(...faults.map(([name, probability, fault]) => ({ fault, probability, seed: name })))
  yield* send({ _tag: "Ready", baseUrl, mailboxUrl, apiKey: Redacted.value(apiKey), ownerId: userId })
  yield* asked
  yield* Effect.flatMap(report, send)
})

// The journal holds the whole soak.
Effect.runPromise(
  program.pipe(Effect.scoped, Effect.provide(TestServer.layer({ seed, journalSize: 1_000_000 }))),
).finally(() => process.disconnect())
process.on("disconnect", () => process.exit())
