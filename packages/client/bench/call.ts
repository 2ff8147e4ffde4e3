/**
 * What one `getUser` costs, next to the other ways to make the same request: CPU, throughput and allocation per call; how
 * long it takes, closed and open loop; and whether it stays so with more fibers and more calls.
 *
 * Everybody is in a process of its own, and takes turns. `--quick` measures the cost of the five that matter most in half a
 * minute, `--only=<text>` that of those whose name has the text, and the unit. `--check` fails when a target is missed by
 * more than its margin in three of four rounds. Each part ends after a time, on a busy machine with fewer rounds.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import * as Arena from "./arena.js"
import type { Cost, Order } from "./contestant.js"
import * as Contestants from "./contestants.js"
import { median, quantile, verdict } from "./median.js"
import * as Targets from "./targets.js"

const check = process.argv.includes("--check")
const quick = process.argv.includes("--quick")
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length)
const inFlight = 32
const calls = 1000

/** The figures of one run, round by round. */
export interface Table {
  readonly cpu: (name: string) => ReadonlyArray<number>
  readonly bytes: (name: string) => ReadonlyArray<number>
  readonly loads: ReadonlyArray<string>
  readonly p99: (name: string, load: string) => ReadonlyArray<number>
  readonly fibers: ReadonlyArray<number>
  /** CPU per call with so many fibers on one client. */
  readonly scale: (name: string, fibers: number) => ReadonlyArray<number>
  readonly long: { readonly cpu: number; readonly heap: number }
}

/** Everybody in turn, again and again, so that whatever else the machine does hits all alike; at least three rounds. */
const takeTurns = async (rounds: number, seconds: number, turn: (round: number) => Promise<void>): Promise<void> => {
  const until = performance.now() + seconds * 1000
  for (let round = 0; round < rounds && (round < 3 || performance.now() < until); round++) await turn(round)
}

const costs = async (players: ReadonlyArray<Arena.Player>) => {
  const samples = new Map(players.map(({ name }): [string, Array<Cost>] => [name, []]))
  const turn = async (keep: boolean) => {
    for (const player of players) {
      const cost = await player.cost({ _tag: "Cost", calls, inFlight })
      if (keep) samples.get(player.name)?.push(cost)
    }
  }
  // V8 compiles again until about the tenth round of 2,000 calls.
  await takeTurns(20, quick ? 10 : 40, () => turn(false))
  await takeTurns(quick ? 9 : check ? 15 : 30, quick ? 10 : 40, () => turn(true))
  return samples
}

/** Bytes of heap per call, where no collection can happen between the two readings. */
const allocation = async (origin: string, names: ReadonlyArray<string>) => {
  const bytes = new Map<string, ReadonlyArray<number>>()
  for (const name of names) {
    const player = await Arena.player(origin, name, true)
    await player.cost({ _tag: "Cost", calls: 4000, inFlight })
    const samples: Array<number> = []
    for (let round = 0; round < 3; round++) {
      await player.heap()
      samples.push((await player.cost({ _tag: "Cost", calls: 500, inFlight })).bytes)
    }
    bytes.set(name, samples)
    player.leave()
  }
  return bytes
}

type Load = Extract<Order, { _tag: "Closed" | "Open" }>

const perSecond = 1000

const loads = new Map<string, Load>(
  [1, 32, 256].flatMap(
    (many): Array<[string, Load]> => [
      [`closed loop, ${many} in flight`, { _tag: "Closed", calls: 1536, inFlight: many }],
      [`open loop, ${many} at a time`, { _tag: "Open", calls: 768, burst: many, perSecond }],
    ],
  ),
)

/** The latencies of each round. */
type Latencies = ReadonlyMap<string, ReadonlyArray<ReadonlyArray<number>>>

const latencies = async (players: ReadonlyArray<Arena.Player>) => {
  const table = new Map<string, Latencies>()
  for (const [name, load] of loads) {
    const samples = new Map(players.map(({ name }): [string, Array<ReadonlyArray<number>>] => [name, []]))
    await takeTurns(check ? 5 : 7, 10, async () => {
      for (const player of players) samples.get(player.name)?.push(await player.latencies(load))
    })
    table.set(name, samples)
  }
  return table
}

const fibers = [1, 8, 64, 512]

/** CPU per call by the number of fibers that share one client. */
const scale = async (player: Arena.Player) => {
  const samples = fibers.map((): Array<number> => [])
  await takeTurns(6, 12, async (round) => {
    for (const [index, inFlight] of fibers.entries()) {
      const { cpu } = await player.cost({ _tag: "Cost", calls: 8192, inFlight })
      if (round > 0) samples[index]?.push(cpu)
    }
  })
  console.log(`  ${player.name.padEnd(36)}${samples.map((of) => cell(median(of), 0)).join("")}`)
  return samples
}

/** 100,000 calls: what the last tenth costs relative to the second, and what has stayed in the heap. */
const long = async (player: Arena.Player) => {
  const tenths: Array<number> = []
  const heap: Array<number> = []
  for (let tenth = 0; tenth < 10; tenth++) {
    tenths.push((await player.cost({ _tag: "Cost", calls: 10_000, inFlight })).cpu)
    heap.push(await player.heap())
  }
  return { cpu: (tenths[9] ?? 0) / (tenths[1] ?? 0), heap: (heap[9] ?? 0) / (heap[0] ?? 0) }
}

const cell = (value: number, digits: number, width = 9) => value.toFixed(digits).padStart(width)

const reportCosts = (samples: ReadonlyMap<string, ReadonlyArray<Cost>>, bytes: Table["bytes"]): void => {
  const of = (name: string, figure: "cpu" | "seconds") => median((samples.get(name) ?? []).map((cost) => cost[figure]))
  const names = [...samples.keys()]
  const unit = names[0] ?? ""
  const fetched = samples.has("fetch + json()") ? "fetch + json()" : unit
  const rounds = samples.get(unit)?.length
  console.log(`${calls} calls a round, ${inFlight} in flight, medians of ${rounds} interleaved rounds`)
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}`)
  console.log(`${"".padEnd(38)}   CPU µs   ratio  of fetch  calls/s  of fetch       kB     ratio`)
  for (const name of names) {
    const [cpu, seconds, kept] = [of(name, "cpu"), of(name, "seconds"), median(bytes(name))]
    console.log(
      name.padEnd(38) +
        cell(cpu, 0) +
        cell(cpu / of(unit, "cpu"), 2) +
        cell(cpu / of(fetched, "cpu"), 2) +
        cell(calls / seconds, 0) +
        cell(of(fetched, "seconds") / seconds, 2) +
        cell(kept / 1000, 1) +
        cell(kept / median(bytes(unit)), 2),
    )
  }
}

/** p50 and p99 are medians of the rounds', so that one pause of the machine does not decide; p99.9 is over all calls. */
const reportLatencies = (table: ReadonlyMap<string, Latencies>): void => {
  for (const [load, rows] of table) {
    console.log(`\n${load}, ms${load.startsWith("open") ? `, ${perSecond} a second` : ""}`.padEnd(50))
    for (const [name, rounds] of rows) {
      const at = (part: number) => cell(median(rounds.map((values) => quantile(values, part))), 2, 7)
      const p999 = cell(quantile(rounds.flat(), 0.999), 2, 7)
      console.log(`  ${name.padEnd(36)}  p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${p999}`)
    }
  }
}

/** Prints each target, and gives whether one is missed. */
const reportTargets = (targets: ReadonlyArray<Targets.Target>): boolean => {
  console.log("\nratio, the middle half of the rounds, the limit; the check fails above the bound")
  let failed = false
  for (const target of targets) {
    const { limit, ratios, what } = target
    const bound = Targets.bound(target)
    const isMissed = verdict(ratios, bound) === "not met"
    const word = isMissed ? "FAILS" : verdict(ratios, limit)
    const [low, high] = [quantile(ratios, 0.25), quantile(ratios, 0.75)].map((ratio) => ratio.toFixed(2))
    console.log(
      `  ${cell(median(ratios), 2, 6)} (${low} to ${high}) of ${limit.toFixed(2)} (${bound.toFixed(2)})  ${word.padEnd(18)} ${what}`,
    )
    failed ||= isMissed
  }
  return failed
}

const peers = ["axios", "openapi-fetch", "  with an exporting tracer, metrics"]
const main = ["undici.request + JSON.parse", "Users.getUser, NodeTransport", "fetch + json()"].concat(
  "Users.getUser, FetchTransport",
  "Users.getUser, TestUsers",
)

const measure = async (): Promise<boolean> => {
  const origin = await Arena.server()
  const names = Object.keys(Contestants.make(origin)).filter((name, index) =>
    only !== undefined
      ? index === 0 || name.includes(only)
      : quick
        ? main.includes(name)
        : !(check && peers.includes(name)),
  )
  const players: Array<Arena.Player> = []
  for (const name of names) players.push(await Arena.player(origin, name))
  const samples = await costs(players)
  const bytes = quick ? new Map() : await allocation(origin, names)
  const cpu: Table["cpu"] = (name) => (samples.get(name) ?? []).map(({ cpu }) => cpu)
  reportCosts(samples, (name) => bytes.get(name) ?? [])
  if (only !== undefined || quick) return false
  const compared = Targets.compared.flat()
  const timed = await latencies(check ? players.filter(({ name }) => compared.includes(name)) : players)
  reportLatencies(timed)
  const grown = ["undici.request + JSON.parse", "HttpClient + Schema, layerUndici", "Users.getUser, NodeTransport"]
  const scales = new Map<string, ReadonlyArray<ReadonlyArray<number>>>()
  console.log(`\n${`CPU µs by fibers on one client: ${fibers.join(", ")}`.padEnd(50)}`)
  for (const player of players) if (grown.includes(player.name)) scales.set(player.name, await scale(player))
  const node = players.find(({ name }) => name === "Users.getUser, NodeTransport")
  if (node === undefined) throw new Error("nobody was measured")
  const targets = Targets.of({
    cpu,
    bytes: (name) => bytes.get(name) ?? [],
    loads: [...loads.keys()],
    p99: (name, load) => (timed.get(load)?.get(name) ?? []).map((values) => quantile(values, 0.99)),
    fibers,
    scale: (name, many) => scales.get(name)?.[fibers.indexOf(many)] ?? [],
    long: await long(node),
  })
  const folder = new URL("../", import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    new URL("call.json", folder),
    JSON.stringify({ date: new Date().toISOString(), node: process.version, samples: [...samples], targets }, null, 2),
  )
  return reportTargets(targets)
}

try {
  const failed = await measure()
  process.exitCode = check && failed ? 1 : 0
} finally {
  Arena.close()
}
