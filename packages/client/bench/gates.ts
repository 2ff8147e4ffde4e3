/**
 * What one `getUser` costs where no machine makes a difference: Effect operations, and bytes allocated, over each transport
 * with its network replaced by a response in memory; each once with Effect's own tracer, and once with one that keeps spans.
 * And how many modules an import loads. `--check` fails when a figure is above the recorded one (gates.json), `--update`
 * records, `--steps` prints each operation in its order. V8 compiles nothing here (`--no-opt`), so that what is allocated does not depend on what it has compiled.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Dispatcher } from "@effect/platform-node/Undici"
import { UserId } from "@effect-tiledb/schema"
import { Fixtures, TestUsers } from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { build } from "esbuild"
import * as Credentials from "../src/Credentials.js"
import * as FetchTransport from "../src/FetchTransport.js"
import * as NodeTransport from "../src/NodeTransport.js"
import * as Users from "../src/Users.js"
import { makeUsers } from "../test/support/users.js"
import * as ExportingTracer from "./exportingTracer.js"
import { apiKey, user } from "./user.js"

const id = UserId.make(user.id)
const body = Buffer.from(JSON.stringify({ data: user }))
const headers = { "content-type": "application/json", "content-length": String(body.byteLength) }

/** undici's side of a request that is answered at once. */
class InMemory extends Dispatcher {
  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    setImmediate(() => {
      handler.onRequestStart?.(controller, {})
      handler.onResponseStart?.(controller, 200, headers, "OK")
      handler.onResponseData?.(controller, body)
      handler.onResponseEnd?.(controller, {})
    })
    return true
  }
  override close = () => Promise.resolve()
  override destroy = () => Promise.resolve()
}

const controller: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  abort: () => {},
  pause: () => {},
  resume: () => {},
}

const dispatcher = Layer.sync(NodeHttpClient.Dispatcher, () => new InMemory())
const fetch: typeof globalThis.fetch = () => Promise.resolve(new Response(body, { headers }))

const over = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.provide(makeUsers({ credentials: Credentials.apiKey(Redacted.make(apiKey)) }), transport)

const transports = {
  NodeTransport: over(Layer.provide(NodeTransport.layerWithoutDispatcher, dispatcher)),
  FetchTransport: over(Layer.provide(FetchTransport.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))),
  FetchHttpClient: over(Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))),
  TestUsers: Effect.flatMap(
    Layer.build(TestUsers.layer({ users: [Fixtures.user(user.username, { id, image_id: user.image_id })] })),
    (context) => Effect.provide(Users.Users, context),
  ),
}

let operations = 0
const counting = <A>(run: () => A): A => {
  operations++
  return run()
}
// Each operation of a fiber runs through its tracer.
Object.assign(Context.get(DefaultServices.liveServices, Tracer.Tracer), { context: counting })
const exporting = Object.assign(ExportingTracer.make(), { context: counting })

/** Each operation of a call over `NodeTransport`: its kind, and the code that it runs. */
const steps = async (call: Effect.Effect<unknown, unknown>): Promise<ReadonlyArray<string>> => {
  const seen: Array<string> = []
  const runtime = Object.getPrototypeOf(Effect.runFork(Effect.void))
  const kinds = Object.getOwnPropertyNames(runtime).filter((name) => /^[A-Z]/.test(name))
  const originals = kinds.map((kind) => [kind, runtime[kind]] as const)
  for (const [kind, original] of originals) {
    runtime[kind] = function (operation: Readonly<Record<string, unknown>>) {
      const code = Object.values(operation).find((value) => typeof value === "function")
      seen.push(
        `${kind.padEnd(20)}${String(code ?? "")
          .replace(/\s+/g, " ")
          .slice(0, 100)}`,
      )
      return original.call(this, operation)
    }
  }
  await Effect.runPromise(call)
  for (const [kind, original] of originals) runtime[kind] = original
  return seen
}

const calls = 500

const measure = (call: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const run = async (many: number) => {
      for (let n = 0; n < many; n++) await Effect.runPromise(call)
    }
    yield* Effect.promise(() => run(calls))
    const bytes: Array<number> = []
    let each = 0
    for (let round = 0; round < 3; round++) {
      globalThis.gc?.()
      operations = 0
      const before = process.memoryUsage().heapUsed
      yield* Effect.promise(() => run(calls))
      bytes.push((process.memoryUsage().heapUsed - before) / calls)
      each = operations / calls
    }
    return { operations: Math.round(each), bytes: Math.round(Math.min(...bytes)) }
  })

/** How many modules an import loads. */
const modules = async (entry: string): Promise<number> => {
  const { metafile } = await build({
    stdin: { contents: `import ${JSON.stringify(entry)}`, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    metafile: true,
    logLevel: "error",
  })
  return Object.keys(metafile.inputs).length - 1
}

const figures: Record<string, number> = {}
for (const [name, make] of Object.entries(transports)) {
  const users = await Effect.runPromise(Effect.scoped(make))
  const call = users.getUser(id)
  if (process.argv.includes("--steps") && name === "NodeTransport") {
    for (const [index, step] of (await steps(call)).entries()) console.log(`${String(index + 1).padStart(3)} ${step}`)
  }
  const ways = [
    [name, call],
    [`${name}, traced`, Effect.withTracer(call, exporting)],
  ] as const
  for (const [way, one] of ways) {
    const { bytes, operations } = await Effect.runPromise(measure(one))
    figures[`operations, ${way}`] = operations
    figures[`bytes, ${way}`] = bytes
  }
}
for (const entry of ["@effect-tiledb/client", "@effect-tiledb/client/Users", "@effect-tiledb/client/NodeTransport"]) {
  figures[`modules, ${entry}`] = await modules(entry)
}

const file = "bench/gates.json"
const recorded: { readonly node?: string; readonly figures: Readonly<Record<string, number>> } = existsSync(file)
  ? JSON.parse(readFileSync(file, "utf8"))
  : { figures: {} }
if (process.argv.includes("--update")) {
  writeFileSync(file, `${JSON.stringify({ node: process.version, figures }, null, 2)}\n`)
}
for (const [what, figure] of Object.entries(figures)) {
  const before = recorded.figures[what] ?? Number.NaN
  const isBytes = what.startsWith("bytes")
  // Another Node has objects of another size.
  const isKnown = !isBytes || recorded.node === process.version
  // What two runs differ by; the deployment in memory draws ids and reads clocks.
  const limit = isBytes ? before * (what.includes("TestUsers") ? 1.02 : 1.0035) : before
  const verdict = !isKnown ? `recorded with ${recorded.node}` : figure > limit ? `FAILS: recorded ${before}` : ""
  console.log(`${what.padEnd(50)}${String(figure).padStart(8)}  ${verdict}`)
  if (isKnown && !(figure <= limit) && process.argv.includes("--check")) process.exitCode = 1
}
