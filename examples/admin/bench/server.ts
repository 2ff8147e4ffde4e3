// A deployment in a process of its own; each line of stdin is answered with what createUser has seen since the last one.
import { createInterface } from "node:readline/promises"
import { Deployment, Faults, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const [latency = 0, members = 0] = process.argv.slice(2).map(Number)
const users = Array.from({ length: members }, (_, n) => ({ username: `member-${n}` }))
const policy = { people: { greatestPage: 1000 } }

const program = Effect.gen(function* () {
  const { apiKey, baseUrl } = yield* TestServer.TestServer
  const deployment = yield* Deployment.Deployment
  const faults = yield* Faults.Faults
  if (latency > 0) yield* faults.install({ fault: Faults.delay(`${latency} millis`), operation: "createUser" })
  const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
  say({ baseUrl, apiKey: Redacted.value(apiKey) })
  yield* Effect.promise(async () => {
    for await (const _line of createInterface({ input: process.stdin })) say(await Effect.runPromise(deployment.size))
  })
}).pipe(Effect.provide(TestServer.layer({ journalSize: 1, users, policy })))

await Effect.runPromise(program)
