/**
 * A listing of 100,000 members in pages of 100, over `NodeTransport` and the server mode: CPU relative to the same loop
 * with `undici.request` and `JSON.parse`, validated and not, the heap from the first page to the last, and what the complete listing holds
 * besides the list.
 */
import { parseArgs } from "node:util"
import { WorkspaceUsersListResponse } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Undici from "undici"
import * as Credentials from "../src/Credentials.js"
import * as NodeTransport from "../src/NodeTransport.js"
import * as TileDBClient from "../src/TileDBClient.js"
import * as Users from "../src/Users.js"
import * as Workspaces from "../src/Workspaces.js"
import * as Arena from "./arena.js"
import { judge, median } from "./median.js"

const { values } = parseArgs({
  options: { check: { type: "boolean" }, quick: { type: "boolean" }, members: { type: "string", default: "100000" } },
})
const members = Number(values.members)
const perPage = 100
const rounds = values.quick ? 3 : 9
/** V8 compiles again until some thousands of pages have been read. */
const warmUp = 3
const mebibyte = 2 ** 20

const heap = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const cpu = async (run: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  await run()
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1000
}

const { apiKey, baseUrl } = await Arena.listServer(members)
const headers = { accept: "application/json", "x-tiledb-rest-api-key": apiKey }
const agent = new Undici.Agent()

const Live = Layer.merge(Users.layer, Workspaces.layer).pipe(
  Layer.provide(TileDBClient.layer({ baseUrl, credentials: Credentials.apiKey(Redacted.make(apiKey)) })),
  Layer.provide(NodeTransport.layer),
)

const program = Effect.gen(function* () {
  const { workspaces } = yield* (yield* Users.Users).getSelfUser
  const workspace = workspaces[0]?.workspace_id ?? ""
  const service = yield* Workspaces.Workspaces
  const given = { workspace, per_page: perPage }

  const decode = Schema.decodeUnknownSync(WorkspaceUsersListResponse)
  /** Without validation, or with the schema that an application would write. */
  const byHand = async (validated: boolean) => {
    let read = 0
    for (let page = 1; ; page++) {
      const url = `${baseUrl}/workspaceusers/${workspace}?page=${page}&per_page=${perPage}`
      const { body } = await Undici.request(url, { dispatcher: agent, headers })
      const json = JSON.parse(await body.text())
      const { data, pagination_metadata } = json
      if (validated) decode(json)
      read += data.length
      if (page >= pagination_metadata.total_pages) return read
    }
  }
  const stream = service.streamWorkspaceUsers(given)
  const streamed = Stream.runCount(stream)

  const counts = [yield* Effect.promise(() => byHand(true)), yield* streamed]
  if (counts.some((count) => count < members)) yield* Effect.dieMessage(`a listing of ${counts}`)
  const figures: Record<"plain" | "validated" | "ours", Array<number>> = { plain: [], validated: [], ours: [] }
  for (let round = -warmUp; round < rounds; round++) {
    const plain = yield* Effect.promise(() => cpu(() => byHand(false)))
    const validated = yield* Effect.promise(() => cpu(() => byHand(true)))
    const ours = yield* Effect.promise(() => cpu(() => Effect.runPromise(streamed)))
    if (round < 0) continue
    figures.plain.push(plain)
    figures.validated.push(validated)
    figures.ours.push(ours)
  }
  const relativeTo = (hand: ReadonlyArray<number>) =>
    figures.ours.map((ours, round) => ours / (hand[round] ?? Number.NaN))

  const heaps: Array<number> = []
  yield* Stream.runForEachChunk(Stream.rechunk(stream, perPage), () =>
    Effect.sync(() => {
      heaps.push(heaps.length % 100 === 0 || heaps.length === members / perPage - 1 ? heap() : (heaps.at(-1) ?? 0))
    }),
  )

  let most = 0
  const before = heap()
  const watch = setInterval(() => {
    most = Math.max(most, heap())
  }, 50)
  const list = yield* service.allWorkspaceUsers(given)
  clearInterval(watch)
  const own = heap() - before
  console.log(`${list.length} members in pages of ${perPage}, ${rounds} rounds in turn, Node ${process.version}`)

  const report = (what: string, samples: ReadonlyArray<number>, limit: number): void => {
    if (judge(what, samples, limit) && values.check) process.exitCode = 1
  }
  console.log(`the stream: ${median(figures.ours).toFixed(0)} ms of CPU`)
  report("CPU, relative to undici.request, JSON.parse and Schema", relativeTo(figures.validated), 1.5)
  report("CPU, relative to undici.request and JSON.parse, not validated", relativeTo(figures.plain), 1.5)
  report("heap at the last page, relative to the second hundred", [(heaps.at(-1) ?? 0) / (heaps[100] ?? 0)], 1.05)
  report(`MiB above the list itself (${(own / mebibyte).toFixed(0)})`, [(most - before - own) / mebibyte], 64)
})

try {
  await Effect.runPromise(Effect.scoped(Effect.provide(program, Live)))
} finally {
  Arena.close()
}
