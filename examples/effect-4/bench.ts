/**
 * CPU of a call through the adapter, relative to the same call of the client in Effect 3: in the same process, against the
 * server mode, in rounds that take turns. Prints the medians; `node bench.ts [calls of a round]`.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Effect, ManagedRuntime, Tracer } from "effect"
import { Credentials, Effect3, NodeTransport, TileDBClient, UserId, Users as Users3 } from "tiledb-island"
import { layer, Users } from "./src/tiledb/Users.ts"

const calls = Number(process.argv[2] ?? 2000)
const rounds = 9
const program = join(import.meta.dirname, "island/node_modules/.bin/effect-tiledb-testkit")
const server = spawn(program, ["serve", "--until-stdin-closes"], { stdio: ["pipe", "pipe", "inherit"] })
const line = await new Promise<string>((done) => createInterface(server.stdout).once("line", done))
const { apiKey, baseUrl, userId } = JSON.parse(line)
const id = UserId.make(userId)

const live = Users3.layer.pipe(
  Effect3.Layer.provide(
    TileDBClient.layer({ baseUrl, credentials: Credentials.apiKey(Effect3.Redacted.make(apiKey)) }),
  ),
  Effect3.Layer.provide(NodeTransport.layer),
)
const keeping = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

const runtime3 = Effect3.ManagedRuntime.make(live)
const runtime4 = ManagedRuntime.make(layer(live))

const with3 = Effect3.Effect.flatMap(Users3.Users, (users) =>
  Effect3.Effect.forEach(Array(calls), () => users.getUser(id), { concurrency: 32, discard: true }),
)
const with4 = Effect.flatMap(Users, (users) =>
  Effect.forEach(Array(calls), () => users.getUser(id), { concurrency: 32, discard: true }),
)
const runs = {
  "the client in Effect 3": () => runtime3.runPromise(with3),
  "through the adapter": () => runtime4.runPromise(with4),
  "through the adapter, with a tracer that keeps spans": () => runtime4.runPromise(Effect.withTracer(with4, keeping)),
}
const spent = new Map(Object.keys(runs).map((name) => [name, [] as number[]]))
for (let round = 0; round <= rounds; round++) {
  for (const [name, run] of Object.entries(runs)) {
    const before = process.cpuUsage()
    await run()
    const { system, user } = process.cpuUsage(before)
    if (round > 0) spent.get(name)?.push((system + user) / calls) // the first round warms up
  }
}
const medians = Array.from(spent, ([name, all]) => [name, all.toSorted((a, b) => a - b)[rounds >> 1] ?? 0] as const)
for (const [name, micros] of medians)
  console.log(`${name}: ${micros.toFixed(0)} µs of CPU per call, ${(micros / (medians[0]?.[1] ?? 1)).toFixed(2)}`)

await Promise.all([runtime3.dispose(), runtime4.dispose()])
server.stdin.end()
