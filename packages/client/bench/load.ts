/**
 * What it costs to have many more callers than places: the limiter at 10² to 10⁵ callers, next to as many workers over a
 * list as there are places, and to no limit; what a waiting call holds; and how long an interruption of all of them takes.
 *
 * Over an `HttpClient` in memory, so that what is measured is not the network. `--check` fails when the callers cost more
 * than they may, relative to the workers, or when their cost is not linear.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TileDBClient from "../src/TileDBClient.js"
import * as Users from "../src/Users.js"
import { median } from "./median.js"
import { user } from "./user.js"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const limit = 32
const check = process.argv.includes("--check")
const quick = process.argv.includes("--quick")
const body = JSON.stringify({ data: user })
const id = UserId.make(user.id)

/** Answers once everything else that can run has run, as a socket would. */
const client = HttpClient.make((request) =>
  Effect.async((resume) => {
    setImmediate(() =>
      resume(
        Effect.succeed(
          HttpClientResponse.fromWeb(request, new Response(body, { headers: { "content-type": "application/json" } })),
        ),
      ),
    )
  }),
)

const silent = HttpClient.make(() => Effect.never)

const build = (options: TileDBClient.Options, transport = client) =>
  Effect.runPromise(
    Effect.scoped(TileDBClient.make({ baseUrl: "http://127.0.0.1:1/v4", ...options })).pipe(
      Effect.provideService(HttpClient.HttpClient, transport),
      Effect.map((service) => ({ status: service.status, users: Users.makeWith(service) })),
    ),
  )

const free = await build({})
const limited = await build({ concurrency: limit })

const list = (count: number) => Array.from({ length: count }, () => id)

const all = (users: Users.Service, count: number, concurrency: number | "unbounded") =>
  Effect.forEach(list(count), users.getUser, { concurrency, discard: true })

const contestants: Readonly<Record<string, (count: number) => Effect.Effect<unknown, unknown>>> = {
  workers: (count) => all(free.users, count, limit),
  callers: (count) => all(limited.users, count, "unbounded"),
  unlimited: (count) => all(free.users, count, "unbounded"),
}

/** Microseconds of CPU per call. */
const cpuOf = async (effect: Effect.Effect<unknown, unknown>, count: number) => {
  collect()
  const before = process.cpuUsage()
  await Effect.runPromise(effect)
  const { system, user } = process.cpuUsage(before)
  return (system + user) / count
}

interface Row {
  readonly count: number
  readonly workers: number
  readonly callers: number
  readonly unlimited: number
  /** The callers' cost relative to the workers', the median of the rounds' ratios. */
  readonly ratio: number
}

/** The same number of calls a round at every size, so that all are measured equally well. */
const measure = async (count: number, rounds: number): Promise<Row> => {
  const repeats = Math.max(1, Math.round((quick ? 1000 : 10_000) / count))
  const samples = { workers: [] as Array<number>, callers: [] as Array<number>, unlimited: [] as Array<number> }
  for (let round = count > 10_000 ? 0 : -1; round < rounds; round++) {
    for (const name of ["workers", "callers", "unlimited"] as const) {
      const run = contestants[name]
      if (run === undefined) continue
      const repeated = Effect.forEach(Array.from({ length: repeats }), () => run(count), { discard: true })
      const cpu = await cpuOf(repeated, count * repeats)
      if (round >= 0) samples[name].push(cpu)
    }
  }
  const ratios = samples.callers.map((cpu, round) => cpu / (samples.workers[round] ?? Number.NaN))
  const { callers, unlimited, workers } = samples
  return {
    count,
    workers: median(workers),
    callers: median(callers),
    unlimited: median(unlimited),
    ratio: median(ratios),
  }
}

const heap = () => {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes that each of so many suspended fibers holds, and microseconds to interrupt one. */
const held = async (count: number, effect: Effect.Effect<unknown, unknown>) => {
  const before = heap()
  const fiber = Effect.runFork(Effect.forEach(list(count), () => effect, { concurrency: "unbounded", discard: true }))
  // Until every fiber has come to where it waits.
  for (let turn = 0; turn < count / 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  const bytes = (heap() - before) / count
  const from = performance.now()
  await Effect.runPromise(Fiber.interrupt(fiber))
  return { bytes, interruption: ((performance.now() - from) * 1000) / count }
}

const span = { kind: "client", captureStackTrace: false, attributes: { a: 1, b: 2, c: 3, d: 4 } } as const

const waiting = async (count: number) => {
  const { users } = await build({ concurrency: 1 }, silent)
  // The one that holds the only place.
  Effect.runFork(users.getUser(id))
  const suspended = Effect.useSpan("Users.getUser", span, () => Effect.async<void>(() => {}))
  const fibers = await held(count, suspended)
  const calls = await held(count, users.getUser(id))
  return { count, fibers: fibers.bytes, calls: calls.bytes, ours: calls.bytes - fibers.bytes, ...calls }
}

const streamed = async (count: number) => {
  const heaps: Array<number> = []
  let done = 0
  const from = performance.now()
  await Effect.runPromise(
    Stream.range(1, count).pipe(
      Stream.mapEffect(() => free.users.getUser(id), { concurrency: limit, unordered: true }),
      Stream.runForEach(() =>
        Effect.sync(() => {
          if (++done % (count / 10) === 0) heaps.push(heap())
        }),
      ),
    ),
  )
  return { count, seconds: (performance.now() - from) / 1000, heaps: heaps.map((bytes) => bytes / 2 ** 20) }
}

const rounds = quick ? 2 : 5
const rows: Array<Row> = []
for (const count of quick ? [100, 1000, 5000] : [100, 1000, 10_000, 100_000]) {
  rows.push(await measure(count, count > 10_000 ? 2 : rounds))
}
const memory = await waiting(quick ? 10_000 : 100_000)
const stream = await streamed(quick ? 10_000 : 100_000)

console.log(`CPU per call in µs, ${limit} at once, medians of interleaved rounds (Node ${process.version})`)
console.log(" callers   workers over a list   callers at the limit   ratio   no limit")
for (const { callers, count, ratio, unlimited, workers } of rows) {
  console.log(
    `${String(count).padStart(8)}${workers.toFixed(1).padStart(22)}${callers.toFixed(1).padStart(23)}${ratio.toFixed(2).padStart(8)}${unlimited.toFixed(1).padStart(11)}`,
  )
}
console.log(
  `${memory.count} waiting calls: ${memory.calls.toFixed(0)} bytes each, of which a fiber in a span ${memory.fibers.toFixed(0)}, ours ${memory.ours.toFixed(0)}; interrupted in ${memory.interruption.toFixed(1)} µs each`,
)
console.log(
  `a stream of ${stream.count}: ${stream.seconds.toFixed(1)} s, heap in MiB by tenths: ${stream.heaps.map((_) => _.toFixed(1)).join(" ")}`,
)

const results = new URL("../", import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(
  new URL("load.json", results),
  JSON.stringify({ date: new Date().toISOString(), node: process.version, limit, rows, memory, stream }, null, 2),
)

if (check) {
  const budget: { readonly loadRatio: number; readonly loadGrowth: number; readonly waitingBytes: number } = JSON.parse(
    readFileSync(new URL("../../bench/budget.json", import.meta.url), "utf8"),
  )
  const problems: Array<string> = []
  for (const { count, ratio } of rows) {
    if (!(ratio <= budget.loadRatio)) problems.push(`${count} callers cost ${ratio.toFixed(2)} times the workers`)
  }
  // Relative to the workers of the same size, so that garbage collection of the list itself does not count.
  const [first, last] = [rows[0], rows[rows.length - 1]]
  const growth = (last?.ratio ?? Number.NaN) / (first?.ratio ?? Number.NaN)
  if (!(growth <= budget.loadGrowth))
    problems.push(`the cost of a call grows ${growth.toFixed(2)} times with the callers`)
  if (!(memory.ours <= budget.waitingBytes))
    problems.push(`a waiting call holds ${memory.ours.toFixed(0)} bytes of ours`)
  for (const problem of problems) console.error(`${problem}; the budget is ${JSON.stringify(budget)}`)
  if (problems.length > 0) process.exit(1)
}
process.exit(0)
