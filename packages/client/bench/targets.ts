import type { Table } from "./call.js"

/** One thing that has to hold: a ratio of two contestants, round by round in the same run, and its limit. */
export interface Target {
  readonly what: string
  readonly ratios: ReadonlyArray<number>
  readonly limit: number
  /** What two runs of the same code may differ by, as a factor. */
  readonly margin: number
  /** Where the limit is not reached (docs/performance.md): what is, and may not become worse. */
  readonly reached?: number
}

const ours = { node: "Users.getUser, NodeTransport", fetch: "Users.getUser, FetchTransport" }

/** The check fails above this. */
export const bound = ({ limit, margin, reached = limit }: Target): number => Math.max(limit, reached) * margin

/** Whose latency is compared with whose. */
export const compared = [
  [ours.node, "HttpClient + Schema, layerUndici"],
  [ours.fetch, "HttpClient + Schema, fetch"],
] as const

const ratios = (ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>): ReadonlyArray<number> =>
  ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN))

/** The targets, with the figures of this run. */
export const of = (table: Table): ReadonlyArray<Target> => {
  const cpu = (a: string, b: string, limit: number, reached = limit): Target => ({
    what: `CPU: ${a} / ${b}`,
    ratios: ratios(table.cpu(a), table.cpu(b)),
    limit,
    margin: 1.15,
    reached,
  })
  const p99 = (a: string, b: string) =>
    table.loads.map(
      (load): Target => ({
        what: `p99, ${load}: ${a} / ${b}`,
        ratios: ratios(table.p99(a, load), table.p99(b, load)),
        limit: 1.3,
        margin: 1.25,
      }),
    )
  return [
    cpu("Users.getUser, layerUndici", "HttpClient + Schema, layerUndici", 1.05, 1.2),
    cpu("Users.getUser, fetch", "HttpClient + Schema, fetch", 1.05, 1.2),
    cpu("Users.getUser, layerUndici", "HttpApiClient, layerUndici", 1, 1.1),
    cpu("Users.getUser, fetch", "HttpApiClient, fetch", 1, 1.1),
    cpu(ours.fetch, "fetch + json()", 2.2),
    cpu(ours.node, "undici.request + JSON.parse", 1.8),
    cpu("Users.getUser, TestUsers", ours.node, 2),
    // Nobody listens: what spans and metrics cost all the same.
    cpu(ours.node, "  without spans and metrics", 1.05),
    {
      what: `heap: ${ours.node} / undici.request + JSON.parse`,
      ratios: ratios(table.bytes(ours.node), table.bytes("undici.request + JSON.parse")),
      limit: 2.2,
      margin: 1.05,
    },
    ...compared.flatMap(([a, b]) => p99(a, b)),
    ...table.fibers.map(
      (fibers): Target => ({
        what: `CPU per call of ${ours.node}: ${fibers} fibers / 8`,
        ratios: ratios(table.scale(ours.node, fibers), table.scale(ours.node, 8)),
        // One fiber alone waits for each answer: the event loop turns once for every call.
        limit: fibers === 1 ? 3 : 1.1,
        margin: 1.15,
        ...(fibers === 512 ? { reached: 1.6 } : {}),
      }),
    ),
    {
      what: "CPU per call: the last tenth of 100,000 calls / the second",
      ratios: [table.long.cpu],
      limit: 1.1,
      margin: 1.15,
    },
    {
      what: "live heap after 100,000 calls / after 10,000",
      ratios: [table.long.heap],
      limit: 1.05,
      margin: 1.05,
    },
  ]
}
