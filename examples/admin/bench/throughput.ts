/**
 * How many users a second, with 32 requests under way: the bare client, the tool with its state in a file, and the tool with
 * one runner on PostgreSQL, in turn, against the same server in a process of its own; three rounds, of which the median
 * counts.
 *
 * pnpm --dir examples/admin bench [rows, default 3000] [milliseconds that the server takes, default 20] [--check]
 */
import * as Effect from "effect/Effect"
import * as Postgres from "../test/postgres.js"
import { check, pause, type Started, start } from "./world.js"

const [rows = 3000, latency = 20] = process.argv
  .slice(2)
  .filter((arg) => !arg.startsWith("-"))
  .map(Number)
const rounds = 3
const world = await start(latency)

/** Users a second from the first one to the last, as the server sees them: start-up and report are not counted. */
const measured = async ({ ended }: Started): Promise<number> => {
  const before = await world.size()
  let [first, last, count] = [0, 0, 0]
  let over = false
  void ended.finally(() => {
    over = true
  })
  while (!over && count < rows) {
    const now = (await world.size()) - before
    if (now > 0 && first === 0) first = performance.now()
    if (now > count) last = performance.now()
    count = now
    await pause(10)
  }
  await ended
  return (count / (last - first)) * 1000
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const rates: Array<{ readonly bare: number; readonly embedded: number; readonly cluster: number }> = []
await Effect.gen(function* () {
  const postgres = yield* Postgres.make
  const many = ["--concurrency", "32"]
  const database = ["--database-url", postgres.url]
  const worker = world.admin("worker", ...database, ...many)
  yield* Effect.addFinalizer(() => Effect.sync(() => worker.child.kill("SIGKILL")))
  for (let round = 0; round < rounds; round++) {
    const rate = (started: () => Started) => Effect.promise(() => measured(started()))
    const now = {
      bare: yield* rate(() => world.bare(`bare-${round}`, rows)),
      embedded: yield* rate(() => world.admin("create", world.csv(`embedded-${round}`, rows), ...many)),
      cluster: yield* rate(() => world.admin("create", world.csv(`cluster-${round}`, rows), ...database, ...many)),
    }
    rates.push(now)
    console.error(
      `round ${round + 1}: ${JSON.stringify(now, (_, value) => (typeof value === "number" ? Math.round(value) : value))}`,
    )
  }
}).pipe(Effect.scoped, Effect.runPromise)
world.stop()

console.log(`${rows} rows, ${latency} ms, 32 under way, ${rounds} rounds`)
const ratio = (name: "embedded" | "cluster"): number => median(rates.map((rate) => rate[name] / rate.bare))
for (const name of ["bare", "embedded", "cluster"] as const) {
  const each = rates.map((rate) => rate[name].toFixed(0).padStart(6)).join("")
  console.log(`${name.padEnd(9)}${each} rows/s${name === "bare" ? "" : `  ${ratio(name).toFixed(2)}`}`)
}
if (latency > 0) {
  check("embedded ≥ 0.8 of the bare client", ratio("embedded") >= 0.8)
  check("cluster ≥ 0.7 of the bare client", ratio("cluster") >= 0.7)
} else check("embedded ≥ 0.35 of the bare client", ratio("embedded") >= 0.35)
