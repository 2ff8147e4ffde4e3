/**
 * How many users a second, with 32 requests under way: the bare client, the tool with its state in a file, and the tool with
 * one runner on PostgreSQL, against the same server in a process of its own.
 *
 * pnpm --dir examples/admin bench [rows] [milliseconds that the server takes]
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Credentials, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Postgres from "../test/postgres.js"

const rows = Number(process.argv[2] ?? 5000)
const latency = Number(process.argv[3] ?? 20)
const bin = fileURLToPath(new URL("../bin/admin.mjs", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "admin-bench-"))

const server = spawn(
  process.execPath,
  ["--import", "tsx", fileURLToPath(new URL("server.ts", import.meta.url)), String(latency)],
  { stdio: ["pipe", "pipe", "inherit"] },
)
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
const next = async () => JSON.parse(String((await lines.next()).value))
const { apiKey, baseUrl }: { readonly apiKey: string; readonly baseUrl: string } = await next()
const size = async (): Promise<number> => {
  server.stdin.write("\n")
  return next()
}

/** Users a second from the first one to the last, as the server sees them: start-up and report are not counted. */
const measured = async (work: Promise<unknown>) => {
  const before = await size()
  let [first, last, count] = [0, 0, 0]
  let over = false
  void work.then(() => {
    over = true
  })
  while (!over && count < rows) {
    const now = (await size()) - before
    if (now > 0 && first === 0) first = performance.now()
    if (now > count) last = performance.now()
    count = now
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await work
  return (count / (last - first)) * 1000
}

const csv = (name: string) => {
  const users = Array.from({ length: rows }, (_, n) => `${name}-${n},${name}-${n}@example.com,password-${n}`)
  writeFileSync(join(folder, `${name}.csv`), ["username,email,password", ...users].join("\n"))
  return `${name}.csv`
}
const env = { PATH: process.env.PATH, HOME: folder, TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: apiKey }
const start = (args: ReadonlyArray<string>) =>
  spawn(process.execPath, [bin, ...args], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] })
const admin = (...args: ReadonlyArray<string>) =>
  new Promise<void>((resolve, reject) => {
    let said = ""
    const child = start(args)
    child.stderr.on("data", (text) => {
      said += text
    })
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(said))))
  })

const bare = Effect.gen(function* () {
  const users = yield* Users.Users
  const create = (n: number) =>
    users.createUser({ username: `b-${n}`, email: `b-${n}@example.com`, password: Redacted.make(`password-${n}`) })
  yield* Effect.forEach(
    Array.from({ length: rows }, (_, n) => n),
    create,
    { concurrency: 32, discard: true },
  )
}).pipe(
  Effect.provide(Users.layer({ baseUrl, credentials: Credentials.apiKey(Redacted.make(apiKey)) })),
  Effect.provide(NodeTransport.layer),
)

const results = Effect.gen(function* () {
  const one = yield* Effect.promise(() => measured(Effect.runPromise(bare)))
  const two = yield* Effect.promise(() => measured(admin("create", csv("embedded"), "--concurrency", "32")))
  const postgres = yield* Postgres.make
  const url = ["--database-url", postgres.url]
  const worker = start(["worker", ...url, "--concurrency", "32"])
  yield* Effect.promise(() => new Promise((resolve) => worker.stderr.once("data", resolve)))
  const create = ["create", csv("cluster"), ...url, "--concurrency", "32"]
  const three = yield* Effect.promise(() => measured(admin(...create)))
  worker.kill("SIGKILL")
  return { bare: one, embedded: two, cluster: three }
}).pipe(Effect.scoped)

const rates = await Effect.runPromise(results)
server.kill()
rmSync(folder, { recursive: true })
console.log(`${rows} rows, ${latency} ms, 32 under way`)
for (const [name, rate] of Object.entries(rates)) {
  console.log(`${name.padEnd(9)} ${rate.toFixed(0).padStart(6)} rows/s  ${(rate / rates.bare).toFixed(2)}`)
}
