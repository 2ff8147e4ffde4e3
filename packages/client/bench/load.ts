/**
 * What it costs to have many more callers than places: the limiter at 10² to 10⁵ callers, next to as many workers over a
 * list as there are places, to the smallest limiter that can be written, and to no limit; what a waiting call holds, and what
 * the interruption of all of them costs; and the memory of a long stream. About two minutes on an idle machine.
 *
 * Nothing goes over a network but in the row `loopback`, where `NodeTransport` calls a server in a process of its own:
 * `fetch` and undici's dispatcher are in memory. Costs are CPU time of the process, garbage collection included. Each caller is a fiber of its own, as the requests of a server are. (What
 * `Effect.forEach(…, { concurrency: "unbounded" })` adds for each of its fibers is Effect's, and the same without a limit.)
 *
 * `--check` fails when 10⁴ callers cost more than they may relative to the workers, to the smallest limiter or to no limit, when the cost of a call grows with the callers, when a waiting call holds too much, or when the stream's memory
 * grows.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { Agent, Dispatcher } from "@effect/platform-node/Undici"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as NodeTransport from "../src/NodeTransport.js"
import * as TileDBClient from "../src/TileDBClient.js"
import type * as Users from "../src/Users.js"
import { usersOf } from "../test/support/users.js"
import * as Arena from "./arena.js"
import { median } from "./median.js"
import { user } from "./user.js"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const limit = 32
const check = process.argv.includes("--check")
const body = Buffer.from(JSON.stringify({ data: user }))
const headers = { "content-type": "application/json", "content-length": String(body.byteLength) }
const id = UserId.make(user.id)

/** Answers once everything else that can run has run, as a socket would. */
class MemoryDispatcher extends Dispatcher {
  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const controller: Dispatcher.DispatchController = {
      aborted: false,
      paused: false,
      reason: null,
      abort: () => {},
      pause: () => {},
      resume: () => {},
    }
    handler.onRequestStart?.(controller, {})
    setImmediate(() => {
      handler.onResponseStart?.(controller, 200, headers)
      handler.onResponseData?.(controller, body)
      handler.onResponseEnd?.(controller, {})
    })
    return true
  }
}

const memoryFetch: typeof fetch = () =>
  new Promise((resolve) => setImmediate(() => resolve(new Response(body, { headers }))))

const transports = {
  fetch: await Effect.runPromise(
    HttpClient.HttpClient.pipe(
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(FetchHttpClient.Fetch, memoryFetch),
    ),
  ),
  NodeTransport: NodeTransport.make(new MemoryDispatcher()),
  loopback: NodeTransport.make(new Agent()),
  silent: HttpClient.make(() => Effect.never),
}

const origin = await Arena.server()

const build = (transport: keyof typeof transports, options: TileDBClient.Options = {}): Promise<Users.Service> =>
  Effect.runPromise(
    Effect.scoped(TileDBClient.make({ baseUrl: `${origin}/v4`, ...options })).pipe(
      Effect.provideService(HttpClient.HttpClient, transports[transport]),
      Effect.flatMap(usersOf),
    ),
  )

const list = (count: number) => Array.from({ length: count }, () => id)

/** As a server's requests come. */
const each = (call: Effect.Effect<unknown, unknown>, count: number) =>
  Effect.async<void>((resume) => {
    let left = count
    const onExit = () => {
      if (--left === 0) resume(Effect.void)
    }
    for (let caller = 0; caller < count; caller++) Effect.runCallback(call, { onExit })
  })

/** The least that makes callers wait: in the order of arrival, without interruption, deadline or pause. */
const smallest = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  const queue: Array<() => void> = []
  let [free, first] = [limit, 0]
  const leave = Effect.sync(() => {
    const next = queue[first]
    if (next === undefined) free++
    else {
      first++
      next()
    }
  })
  const enter = Effect.async<void>((resume) => {
    if (free > 0) {
      free--
      resume(Effect.void)
    } else queue.push(() => resume(Effect.void))
  })
  return Effect.zipRight(enter, Effect.ensuring(call, leave))
}

/** Microseconds of CPU per call. */
const cpuOf = async (effect: Effect.Effect<unknown, unknown>, calls: number) => {
  collect()
  const before = process.cpuUsage()
  await Effect.runPromise(effect)
  const { system, user } = process.cpuUsage(before)
  return (system + user) / calls
}

const contestants = ["workers", "callers", "smallest", "unlimited"] as const

type Transport = "fetch" | "NodeTransport" | "loopback"

interface Row extends Readonly<Record<(typeof contestants)[number], number>> {
  readonly transport: string
  readonly count: number
  /** The callers' cost relative to the others': medians of the rounds' ratios. */
  readonly toWorkers: number
  readonly toSmallest: number
  readonly toUnlimited: number
}

/** At least 2,000 calls a round, so that small sizes are measured as well as large ones; the first round warms up. */
const measure = async (transport: Transport, count: number, rounds: number): Promise<Row> => {
  const free = await build(transport)
  const limited = await build(transport, { concurrency: limit })
  const run = {
    workers: Effect.suspend(() => Effect.forEach(list(count), free.getUser, { concurrency: limit, discard: true })),
    callers: Effect.suspend(() => each(limited.getUser(id), count)),
    smallest: Effect.suspend(() => each(smallest(free.getUser(id)), count)),
    unlimited: Effect.suspend(() => each(free.getUser(id), count)),
  }
  const repeats = Math.max(1, Math.round(2000 / count))
  const samples = {
    workers: [] as number[],
    callers: [] as number[],
    smallest: [] as number[],
    unlimited: [] as number[],
  }
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    for (const name of contestants) {
      // Without a limit, each call would open a socket.
      if (name === "unlimited" && transport === "loopback") continue
      const cpu = await cpuOf(Effect.repeatN(run[name], repeats - 1), count * repeats)
      if (round >= 0) samples[name].push(cpu)
    }
  }
  const ratioTo = (other: ReadonlyArray<number>) =>
    median(samples.callers.map((cpu, round) => cpu / (other[round] ?? Number.NaN)))
  return {
    transport,
    count,
    workers: median(samples.workers),
    callers: median(samples.callers),
    smallest: median(samples.smallest),
    unlimited: median(samples.unlimited),
    toWorkers: ratioTo(samples.workers),
    toSmallest: ratioTo(samples.smallest),
    toUnlimited: ratioTo(samples.unlimited),
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
  const fibers = Array.from({ length: count }, () => Effect.runFork(effect))
  // Until every fiber has come to where it waits.
  for (let turn = 0; turn < count / 1000; turn++) await new Promise((resolve) => setImmediate(resolve))
  const bytes = (heap() - before) / count
  const from = performance.now()
  await Effect.runPromise(Fiber.interruptAll(fibers))
  return { bytes, interruption: ((performance.now() - from) * 1000) / count }
}

const span = { kind: "client", captureStackTrace: false } as const

const waiting = async (count: number) => {
  const users = await build("silent", { concurrency: 1 })
  // The one that holds the only place.
  Effect.runFork(users.getUser(id))
  const suspended = Effect.useSpan("Users.getUser", span, () => Effect.async<void>(() => {}))
  const fibers = await held(count, suspended)
  const calls = await held(count, users.getUser(id))
  return { count, fiber: fibers.bytes, call: calls.bytes, ours: calls.bytes - fibers.bytes, ...calls }
}

const streamed = async (count: number) => {
  const users = await build("NodeTransport")
  const heaps: Array<number> = []
  let done = 0
  const from = performance.now()
  await Effect.runPromise(
    Stream.range(1, count).pipe(
      Stream.mapEffect(() => users.getUser(id), { concurrency: limit, unordered: true }),
      Stream.runForEach(() =>
        Effect.sync(() => {
          if (++done % (count / 10) === 0) heaps.push(heap() / 2 ** 20)
        }),
      ),
    ),
  )
  return { count, seconds: (performance.now() - from) / 1000, heaps }
}

const plan: ReadonlyArray<readonly [Transport, number, number]> = [
  ["fetch", 100, 3],
  ["fetch", 1000, 3],
  ["fetch", 10_000, 7],
  ["NodeTransport", 100, 3],
  ["NodeTransport", 1000, 3],
  ["NodeTransport", 10_000, 3],
  ["NodeTransport", 100_000, 1],
  ["loopback", 10_000, 3],
]

console.log(`CPU per call in µs, ${limit} at once, medians of interleaved rounds (Node ${process.version})`)
console.log(
  "over             callers   workers   callers at the limit   smallest limiter   no limit   to workers   to smallest   to no limit",
)
const rows: Array<Row> = []
for (const [transport, count, rounds] of plan) {
  const row = await measure(transport, count, rounds)
  rows.push(row)
  console.log(
    [
      transport.padEnd(13),
      String(count).padStart(10),
      row.workers.toFixed(1).padStart(9),
      row.callers.toFixed(1).padStart(22),
      row.smallest.toFixed(1).padStart(18),
      row.unlimited.toFixed(1).padStart(10),
      row.toWorkers.toFixed(2).padStart(12),
      row.toSmallest.toFixed(2).padStart(13),
      row.toUnlimited.toFixed(2).padStart(13),
    ].join(" "),
  )
}
const memory = await waiting(100_000)
console.log(
  `${memory.count} waiting calls: ${memory.call.toFixed(0)} bytes each, of which a fiber in a span ${memory.fiber.toFixed(0)}, ours ${memory.ours.toFixed(0)}; interrupted in ${memory.interruption.toFixed(1)} µs each`,
)
const stream = await streamed(100_000)
console.log(
  `a stream of ${stream.count}: ${stream.seconds.toFixed(1)} s, heap in MiB by tenths: ${stream.heaps.map((_) => _.toFixed(1)).join(" ")}`,
)

const results = new URL("../", import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(
  new URL("load.json", results),
  JSON.stringify({ date: new Date().toISOString(), node: process.version, limit, rows, memory, stream }, null, 2),
)

interface LoadBudget {
  /** 10⁴ callers relative to workers over a list, over fetch. */
  readonly loadRatio: number
  /** 10⁴ callers relative to the smallest limiter. */
  readonly smallestRatio: number
  /** Callers at the limit relative to no limit, from 10⁴ on. */
  readonly limiterRatio: number
  /** A call among 10⁵ callers relative to one among 10². */
  readonly loadGrowth: number
  readonly waitingBytes: number
}

if (check) {
  const budget: LoadBudget = JSON.parse(readFileSync(new URL("../../bench/budget.json", import.meta.url), "utf8"))
  const problems: Array<string> = []
  const expect = (what: string, value: number | undefined, most: number) => {
    if (!((value ?? Number.NaN) <= most)) problems.push(`${what}: ${value?.toFixed(2)}, and at most ${most} is allowed`)
  }
  const of = (transport: string, count: number) =>
    rows.find((row) => row.transport === transport && row.count === count)
  expect("10,000 callers relative to the workers", of("fetch", 10_000)?.toWorkers, budget.loadRatio)
  // Of small sizes a round is too short to tell a tenth.
  for (const { count, toSmallest, toUnlimited, transport } of rows.filter((row) => row.count >= 10_000)) {
    const callers = `${count} callers over ${transport}`
    if (transport !== "loopback") expect(`${callers} relative to no limit`, toUnlimited, budget.limiterRatio)
    if (count === 10_000) expect(`${callers} relative to the smallest limiter`, toSmallest, budget.smallestRatio)
  }
  const growth = (of("NodeTransport", 100_000)?.callers ?? Number.NaN) / (of("NodeTransport", 100)?.callers ?? 0)
  expect("a call among 100,000 relative to one among 100", growth, budget.loadGrowth)
  expect("bytes of ours that a waiting call holds", memory.ours, budget.waitingBytes)
  expect("the stream's last heap relative to its second", (stream.heaps[9] ?? 0) / (stream.heaps[1] ?? 0), 1.2)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exit(1)
}
process.exit(0)
