/** The server and the contestants, each in a process of its own, and what is asked of them. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import type { Cost, Order } from "./contestant.js"

const children: Array<ChildProcess> = []

const start = async (file: string, args: ReadonlyArray<string>, execArgv: ReadonlyArray<string>) => {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: [...execArgv] })
  children.push(child)
  const [answer]: Array<unknown> = await once(child, "message")
  return { child, answer }
}

/** Starts the server and gives its origin. */
export const server = async (): Promise<string> => {
  const { answer } = await start("server.mjs", [], [])
  return `http://127.0.0.1:${answer}`
}

/** Starts the server mode with so many members in a workspace. */
export const listServer = async (members: number): Promise<{ readonly baseUrl: string; readonly apiKey: string }> => {
  const { answer } = await start("listServer.mjs", [String(members)], [])
  return answer as { readonly baseUrl: string; readonly apiKey: string } // what listServer.ts sends
}

/** Somebody to give orders to, one at a time. */
export interface Player {
  readonly name: string
  readonly cost: (order: Extract<Order, { _tag: "Cost" }>) => Promise<Cost>
  readonly latencies: (order: Extract<Order, { _tag: "Closed" | "Open" }>) => Promise<ReadonlyArray<number>>
  readonly heap: () => Promise<number>
  readonly leave: () => void
}

/**
 * V8 sets the limit of the heap by how fast the program allocates: who sleeps while the others take their turns would pay for
 * a major collection in most of its own rounds.
 */
const steady = ["--initial-old-space-size=512", "--min-semi-space-size=16"]

/** Starts one contestant; `wide` gives it a heap so large that nothing is collected while it is measured. */
export const player = async (origin: string, name: string, wide = false): Promise<Player> => {
  const heap = wide ? ["--min-semi-space-size=256", "--max-semi-space-size=256"] : steady
  const { child } = await start("contestant.mjs", [origin, name], ["--expose-gc", ...heap])
  const order = async (order: Order) => {
    child.send(order)
    const [figures] = await once(child, "message")
    return figures
  }
  return { name, cost: order, latencies: order, heap: () => order({ _tag: "Heap" }), leave: () => child.disconnect() }
}

/** Ends everybody. */
export const close = (): void => {
  for (const child of children) if (child.connected) child.disconnect()
}
