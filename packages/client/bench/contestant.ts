/**
 * One contestant in a process of its own, so that nobody's code is compiled for what the others do: it measures itself when
 * it is told to, and answers with the figures.
 */
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as Contestants from "./contestants.js"

/** What a contestant is told to do. */
export type Order =
  | { readonly _tag: "Cost"; readonly calls: number; readonly inFlight: number }
  | { readonly _tag: "Closed"; readonly calls: number; readonly inFlight: number }
  | { readonly _tag: "Open"; readonly calls: number; readonly burst: number; readonly perSecond: number }
  | { readonly _tag: "Heap" }

/** Microseconds of CPU per call, seconds, and bytes of heap per call (meaningful where nothing is collected meanwhile). */
export interface Cost {
  readonly cpu: number
  readonly seconds: number
  readonly bytes: number
}

const cost = async ({ run }: Contestants.Contestant, calls: number, inFlight: number): Promise<Cost> => {
  // It has slept while the others took their turns; the first calls wake up the caches.
  await run(calls / 4, inFlight)
  const heap = process.memoryUsage().heapUsed
  const before = process.cpuUsage()
  const from = performance.now()
  await run(calls, inFlight)
  const seconds = (performance.now() - from) / 1000
  const { system, user } = process.cpuUsage(before)
  return { cpu: (system + user) / calls, seconds, bytes: (process.memoryUsage().heapUsed - heap) / calls }
}

/** So many workers that call as fast as they are answered: milliseconds of each call. */
const closed = async ({ call }: Contestants.Contestant, calls: number, inFlight: number) => {
  const latencies: Array<number> = []
  let left = calls
  const worker = async () => {
    while (left-- > 0) {
      const from = performance.now()
      await call()
      latencies.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return latencies
}

/**
 * Calls that arrive at a fixed rate, `burst` at a time, whether or not the ones before have been answered: milliseconds from
 * when each was due, so that who is late does not hide it.
 */
const open = async ({ call }: Contestants.Contestant, calls: number, burst: number, perSecond: number) => {
  const latencies: Array<number> = []
  const underWay: Array<Promise<unknown>> = []
  const started = performance.now()
  for (let made = 0; made < calls; made += burst) {
    const due = started + (made / perSecond) * 1000
    // A timer is a millisecond late at worst; what is left is waited for without one, for all alike.
    if (due - performance.now() > 1) await sleep(due - performance.now() - 1)
    while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < burst; i++) underWay.push(call().then(() => latencies.push(performance.now() - due)))
  }
  await Promise.all(underWay)
  return latencies
}

const obey = (contestant: Contestants.Contestant, order: Order): Promise<unknown> => {
  switch (order._tag) {
    case "Cost":
      return cost(contestant, order.calls, order.inFlight)
    case "Closed":
      return closed(contestant, order.calls, order.inFlight)
    case "Open":
      return open(contestant, order.calls, order.burst, order.perSecond)
    case "Heap":
      globalThis.gc?.()
      globalThis.gc?.()
      return Promise.resolve(process.memoryUsage().heapUsed)
  }
}

const [origin = "", name = ""] = process.argv.slice(2)
const make = Contestants.make(origin)[name]
if (make === undefined) throw new Error(`Nobody is called ${name}`)

await Effect.runPromise(
  Effect.scoped(
    Effect.flatMap(make, (contestant) =>
      Effect.async<void>(() => {
        process.on("message", (order: Order) => {
          obey(contestant, order).then((figures) => process.send?.(figures))
        })
        process.on("disconnect", () => process.exit(0))
        process.send?.("ready")
      }),
    ),
  ),
)
