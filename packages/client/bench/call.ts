/**
 * What one `getUser` costs, next to the other ways to make the same request: CPU, throughput and allocation per call.
 *
 * The server runs in a process of its own; allocation is measured in another one, with a heap so wide that nothing is
 * collected meanwhile. `--quick` makes fewer rounds, `--only=<text>` leaves out who does not match (the unit stays).
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import * as Effect from "effect/Effect"
import * as Contestants from "./contestants.js"
import { median } from "./median.js"

interface Row {
  readonly name: string
  readonly cpu: number
  readonly perSecond: number
}

const inFlight = 32
const quick = process.argv.includes("--quick")
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length)
const rounds = quick ? 5 : 11
const calls = quick ? 1000 : 2000
const counted = 1000

const start = async (file: string, args: ReadonlyArray<string>, execArgv: ReadonlyArray<string>) => {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: [...process.execArgv, ...execArgv] })
  const [answer] = await once(child, "message")
  return [child, answer] as const
}

const chosen = (origin: string) =>
  Effect.map(Contestants.make(origin), (all) =>
    all.filter((contestant, index) => index === 0 || only === undefined || contestant.name.includes(only)),
  )

/** Everybody in turn, again and again, so that whatever else the machine does hits all alike. */
const measure = async (contestants: ReadonlyArray<Contestants.Contestant>): Promise<ReadonlyArray<Row>> => {
  const samples = contestants.map(() => ({ cpu: [] as Array<number>, seconds: [] as Array<number> }))
  for (let round = -2; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const before = process.cpuUsage()
      const from = performance.now()
      await contestant.run(calls, inFlight)
      const seconds = (performance.now() - from) / 1000
      const { system, user } = process.cpuUsage(before)
      if (round < 0) continue
      samples[index]?.cpu.push((system + user) / calls)
      samples[index]?.seconds.push(seconds)
    }
  }
  return contestants.map(({ name }, index) => ({
    name,
    cpu: median(samples[index]?.cpu ?? []),
    perSecond: calls / median(samples[index]?.seconds ?? []),
  }))
}

/** Bytes of heap per call; this runs where no collection can happen between the two readings. */
const allocation = async (contestants: ReadonlyArray<Contestants.Contestant>): Promise<ReadonlyArray<number>> => {
  const bytes: Array<number> = []
  for (const contestant of contestants) {
    await contestant.run(counted * 3, inFlight)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    await contestant.run(counted, inFlight)
    bytes.push((process.memoryUsage().heapUsed - before) / counted)
  }
  return bytes
}

const withContestants = <A>(
  origin: string,
  f: (all: ReadonlyArray<Contestants.Contestant>) => Promise<A>,
): Promise<A> => Effect.runPromise(Effect.scoped(Effect.flatMap(chosen(origin), (all) => Effect.promise(() => f(all)))))

const report = (rows: ReadonlyArray<Row>, bytes: ReadonlyArray<number>): void => {
  const [unit] = rows
  const fetched = rows.find((row) => row.name.startsWith("fetch"))
  if (unit === undefined) return
  const table = rows.map((row, index) => ({
    name: row.name,
    cpuMicros: row.cpu,
    cpuRatio: row.cpu / unit.cpu,
    cpuOfFetch: fetched === undefined ? undefined : row.cpu / fetched.cpu,
    perSecond: row.perSecond,
    perSecondOfFetch: fetched === undefined ? undefined : row.perSecond / fetched.perSecond,
    kilobytes: (bytes[index] ?? 0) / 1000,
    kilobytesRatio: (bytes[index] ?? 0) / (bytes[0] ?? 1),
  }))
  const cell = (value: number | undefined, digits: number) =>
    (value === undefined ? "–" : value.toFixed(digits)).padStart(9)
  console.log(`${calls} calls a round, ${inFlight} in flight, medians of ${rounds} interleaved rounds`)
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}`)
  console.log(`${"".padEnd(38)}   CPU µs   ratio  of fetch  calls/s  of fetch       kB     ratio`)
  for (const row of table) {
    console.log(
      row.name.padEnd(38) +
        cell(row.cpuMicros, 0) +
        cell(row.cpuRatio, 2) +
        cell(row.cpuOfFetch, 2) +
        cell(row.perSecond, 0) +
        cell(row.perSecondOfFetch, 2) +
        cell(row.kilobytes, 1) +
        cell(row.kilobytesRatio, 2),
    )
  }
  const folder = new URL("../", import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    new URL("call.json", folder),
    JSON.stringify({ date: new Date().toISOString(), node: process.version, inFlight, calls, rounds, table }, null, 2),
  )
}

const main = async () => {
  const [server, port] = await start("server.mjs", [], [])
  const origin = `http://127.0.0.1:${port}`
  const children: Array<ChildProcess> = [server]
  try {
    const rows = await withContestants(origin, measure)
    const wide = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"]
    const [child, bytes] = await start("call.mjs", [`--allocation=${origin}`, ...process.argv.slice(2)], wide)
    children.push(child)
    report(rows, bytes)
  } finally {
    for (const child of children) child.disconnect()
  }
}

const elsewhere = process.argv.find((argument) => argument.startsWith("--allocation="))?.slice("--allocation=".length)
if (elsewhere === undefined) await main()
else process.send?.(await withContestants(elsewhere, allocation))
process.exit(0)
