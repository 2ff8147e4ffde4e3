/**
 * 50,000 registrations as a stream, 32 in flight, against the server mode in a process of its own: the heap of the client
 * has to stay flat, and the last tenth must not take longer than the first by more than half.
 *
 * pnpm bench:bulk
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Credentials, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { usersLayer } from "../../client/test/support/users.js"

const total = 50_000
const parts = 10

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const server = spawn(
  process.execPath,
  ["--import", "tsx", fileURLToPath(new URL("../bin/serve.ts", import.meta.url)), "--seed", "bulk"],
  { stdio: ["pipe", "pipe", "inherit"] },
)
const { baseUrl } = await new Promise<{ readonly baseUrl: string }>((resolve, reject) => {
  server.once("error", reject)
  server.stdout.once("data", (line) => resolve(JSON.parse(String(line))))
})

const create = (users: Users.Service) => (n: number) =>
  users.createUser({ username: `user-${n}`, email: `user-${n}@example.com`, password: Redacted.make(`password-${n}`) })

const rows: Array<{ readonly seconds: number; readonly heap: number }> = []

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  let began = performance.now()
  return yield* Stream.range(1, total).pipe(
    Stream.mapEffect(create(users), { concurrency: 32, unordered: true }),
    Stream.grouped(total / parts),
    Stream.runFold(0, (count, created) => {
      collect()
      rows.push({ seconds: (performance.now() - began) / 1000, heap: process.memoryUsage().heapUsed / 2 ** 20 })
      began = performance.now()
      return count + Chunk.size(created)
    }),
  )
}).pipe(
  Effect.provide(usersLayer({ baseUrl, credentials: Credentials.anonymous })),
  Effect.provide(NodeTransport.layer),
)

const created = await Effect.runPromise(program).finally(() => server.stdin.end())

const [first, last] = [rows.slice(1, 3), rows.slice(-2)].map((some) => ({
  seconds: some.reduce((sum, row) => sum + row.seconds, 0),
  heap: Math.max(...some.map((row) => row.heap)),
}))
for (const [at, { heap, seconds }] of rows.entries()) {
  console.log(
    `${String(((at + 1) * total) / parts).padStart(6)} created  ${seconds.toFixed(2)} s  ${heap.toFixed(1)} MiB`,
  )
}
const checks: ReadonlyArray<readonly [string, boolean]> = [
  [`${created} of ${total} users were created`, created === total],
  ["the heap is flat (within 8 MiB)", first !== undefined && last !== undefined && last.heap - first.heap < 8],
  ["the time is linear (within half)", first !== undefined && last !== undefined && last.seconds < first.seconds * 1.5],
]
for (const [what, holds] of checks) console.log(`${holds ? "✓" : "✗"} ${what}`)
process.exit(checks.every(([, holds]) => holds) ? 0 : 1)
