/**
 * What one `getUser` costs in an application: in one process with code such as applications have (`HttpClient` by hand, an
 * `HttpApiClient`), a `runPromise` a call. They take turns, so that what they share is compiled for none of them alone.
 */
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as Arena from "./arena.js"
import * as Contestants from "./contestants.js"
import { judge, median, quantile } from "./median.js"

const { values } = parseArgs({ options: { check: { type: "boolean" }, quick: { type: "boolean" } } })
const inFlight = 32
/** So many that a turn has the collections of its own, not one left over by the turn before. */
const calls = 5000
const rounds = values.quick ? 5 : 13
/** V8 compiles again until about the fourth round. */
const warmUp = 5

const names = [
  "undici.request + JSON.parse",
  "HttpClient + Schema, layerUndici",
  "HttpApiClient, layerUndici",
  "Users.getUser, NodeTransport",
  "fetch + json()",
  "Users.getUser, FetchTransport",
]

const limits = [
  ["Users.getUser, NodeTransport", "undici.request + JSON.parse", 1.8],
  ["Users.getUser, NodeTransport", "HttpClient + Schema, layerUndici", 0.4],
] as const

/** Microseconds of CPU per call. */
const cost = async ({ call }: Contestants.Contestant): Promise<number> => {
  let left = calls
  const worker = async () => {
    while (left-- > 0) await call()
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: inFlight }, worker))
  const { system, user } = process.cpuUsage(before)
  return (system + user) / calls
}

const measure = Effect.gen(function* () {
  const origin = yield* Effect.promise(Arena.server)
  const all = Contestants.make(origin)
  const contestants = yield* Effect.forEach(names, (name) => all[name] ?? Effect.dieMessage(`Nobody is called ${name}`))
  const samples = new Map(names.map((name): [string, Array<number>] => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const contestant of contestants) {
      const micros = yield* Effect.promise(() => cost(contestant))
      if (round >= 0) samples.get(contestant.name)?.push(micros)
    }
  }
  return samples
})

try {
  const samples = await Effect.runPromise(Effect.scoped(measure))
  const of = (name: string) => samples.get(name) ?? []
  console.log(
    `${calls} calls a round, ${inFlight} in flight, ${rounds} rounds in turn in one process, Node ${process.version}`,
  )
  const unit = median(of(names[0] ?? ""))
  for (const name of names) {
    const middle = median(of(name))
    const spread = (quantile(of(name), 0.75) - quantile(of(name), 0.25)) / middle
    console.log(
      `${name.padEnd(38)}${middle.toFixed(0).padStart(6)} µs${(middle / unit).toFixed(2).padStart(7)}   ± ${(spread * 50).toFixed(0)} %`,
    )
  }
  for (const [ours, other, limit] of limits) {
    // Round by round: what else the machine did hit both.
    const ratios = of(ours).map((micros, round) => micros / (of(other)[round] ?? Number.NaN))
    if (judge(`${ours} / ${other}`, ratios, limit) && values.check) process.exitCode = 1
  }
} finally {
  Arena.close()
}
