/**
 * Twenty thousand calls, thirty-two at a time, over real sockets, a tenth of which go wrong. At the end everything must
 * add up: the answers, the service's state, the sockets and the heap.
 *
 *     pnpm soak [--calls 20000] [--in-flight 32] [--seed soak] [--transport NodeTransport|undici|node|fetch]
 */
import { fork } from "node:child_process"
import { subscribe } from "node:diagnostics_channel"
import type { Socket } from "node:net"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Credentials, RetryPolicy } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Operations, UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { makeUsers } from "../../client/test/support/users.js"
import type { Ready, Report } from "./soakServer.js"
import { type Ledger, makeLedger, makeWorker, tally } from "./soakWorker.js"

const { values: flags } = parseArgs({
  options: {
    calls: { type: "string", default: "20000" },
    "in-flight": { type: "string", default: "32" },
    seed: { type: "string", default: "soak" },
    transport: { type: "string", default: "NodeTransport" },
  },
})
const total = Number(flags.calls)
const inFlight = Number(flags["in-flight"])

const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
  NodeTransport: NodeTransport.layer,
  undici: NodeHttpClient.layerUndici,
  node: NodeHttpClient.layer,
  fetch: FetchHttpClient.layer,
}
const transport = transports[flags.transport] ?? NodeTransport.layer

const deadline = 20_000
const policy = RetryPolicy.make({
  baseDelay: "5 millis",
  maxDelay: "50 millis",
  attemptTimeout: "2 seconds",
  deadline,
})

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const open = new Set<object>()
subscribe("net.client.socket", (message) => {
  const { socket } = message as { readonly socket: Socket }
  open.add(socket)
  socket.once("close", () => open.delete(socket))
})

/** The connections that this process has made and that nobody has closed, idle ones included. */
const sockets = () => open.size

/** The heap in use once everything that can go has gone. */
const heap = Effect.gen(function* () {
  // What finalizers let go is gone the second time.
  for (let round = 0; round < 3; round++) {
    collectGarbage()
    yield* Effect.sleep("50 millis")
  }
  return process.memoryUsage().heapUsed
})

/** Waits until a number is as low as it should be, or gives what it is after ten seconds. */
const settled = (measure: () => number, most: number): Effect.Effect<number> => {
  const until = performance.now() + 10_000
  const look: Effect.Effect<number> = Effect.suspend(() =>
    measure() <= most || performance.now() > until ? Effect.succeed(measure()) : Effect.delay(look, "50 millis"),
  )
  return look
}

const startServer = Effect.acquireRelease(
  Effect.async<{ readonly ready: Ready; readonly report: Effect.Effect<Report>; readonly stop: () => void }>(
    (resume) => {
      const child = fork(fileURLToPath(new URL("./soakServer.ts", import.meta.url)), [flags.seed])
      const receive = <A>(then: (message: A) => void) => child.once("message", (message) => then(message as A))
      receive<Ready>((ready) =>
        resume(
          Effect.succeed({
            ready,
            report: Effect.async<Report>((resume) => {
              receive<Report>((report) => resume(Effect.succeed(report)))
              child.send("report")
            }),
            stop: () => child.connected && child.disconnect(),
          }),
        ),
      )
      child.once("exit", (code) => code !== 0 && resume(Effect.dieMessage(`the server ended with code ${code}`)))
    },
  ),
  ({ stop }) => Effect.sync(stop),
)

/** All workers make calls until there have been so many. */
const until = (calls: number, ledger: Ledger, workers: ReadonlyArray<Effect.Effect<void>>) =>
  Effect.forEach(workers, (step) => Effect.repeat(step, { while: () => ledger.calls < calls }), {
    concurrency: "unbounded",
    discard: true,
  })

interface Check {
  readonly name: string
  readonly passed: boolean
  readonly figure: string
}

/** Compares what the service holds with what its callers were told. */
const compare = (ledger: Ledger, report: Report): ReadonlyArray<Check> => {
  const there = new Map(report.users.map((user) => [user.username, user]))
  const missing = [...ledger.certain.keys()].filter((username) => !there.has(username))
  const surplus = [...there.keys()].filter(
    (username) => username !== "owner" && !ledger.certain.has(username) && !ledger.uncertain.has(username),
  )
  const wrong = [...ledger.certain].filter(([username, { confirmed, names }]) => {
    const user = there.get(username)
    return user !== undefined && !(names.has(user.displayName) && confirmed.has(user.confirmed))
  })
  const turnedOut = [...ledger.uncertain].filter((username) => there.has(username)).length
  const counts = Object.values(Operations)
    .filter((operation) => !operation.idempotent)
    .map(({ name }) => ({
      name,
      effects: report.effects[name] ?? 0,
      ...(ledger.told[name] ?? { done: 0, unknown: 0 }),
    }))
  const outOfBounds = counts.filter(({ done, effects, unknown }) => effects < done || effects > done + unknown)
  return [
    {
      name: "every user that must be there is there, as its caller knows it",
      passed: missing.length === 0 && wrong.length === 0,
      figure: `${ledger.certain.size} users; ${missing.length} missing, ${wrong.length} different`,
    },
    {
      name: "nobody is there of whom no caller knows",
      passed: surplus.length === 0,
      figure: `${surplus.length} surplus; of ${ledger.uncertain.size} in doubt ${turnedOut} are there`,
    },
    {
      name: "nothing unsafe took effect more often than callers were told it did or may have",
      passed: outOfBounds.length === 0 && report.createdTwice.length === 0,
      figure: counts
        .map(({ done, effects, name, unknown }) => `${name} ${done} ≤ ${effects} ≤ ${done + unknown}`)
        .join(", "),
    },
  ]
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(2)} MiB`

const sorted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ")

const soak = Effect.gen(function* () {
  const server = yield* startServer
  const { apiKey, baseUrl, mailboxUrl, ownerId } = server.ready
  const ledger = makeLedger()
  const retries: Record<string, number> = {}

  const underLoad = Effect.gen(function* () {
    const http = yield* HttpClient.HttpClient
    const users = yield* makeUsers({
      baseUrl,
      credentials: Credentials.apiKey(Redacted.make(apiKey)),
      retryPolicy: RetryPolicy.modify(policy, {
        onRetry: ({ reason }) => Effect.sync(() => tally(retries, reason)),
      }),
    })
    const newestToken = (to: string, kind: string) =>
      http.get(`${mailboxUrl}?to=${to}&kind=${kind}`).pipe(
        Effect.flatMap((response) =>
          Effect.map(response.text, (text) => (response.status === 200 ? Redacted.make(text) : undefined)),
        ),
        Effect.orDie,
      )
    const service = { users, ownerId: UserId.make(ownerId), newestToken }
    const workers = Array.from({ length: inFlight }, (_, number) => {
      const random = Random.make(`${flags.seed}/${number}`)
      return Effect.withRandom(makeWorker(number, service, ledger), random)
    })
    // The first quarter warms up: compiled code, pools, and all that is made once.
    yield* until(total / 4, ledger, workers)
    const before = { heap: yield* heap, sockets: sockets() }
    yield* until(total, ledger, workers)
    const busiest = sockets()
    const after = { heap: yield* heap, sockets: yield* settled(sockets, inFlight) }
    return { after, before, busiest }
  })

  const started = performance.now()
  const { after, before, busiest } = yield* underLoad.pipe(Effect.scoped, Effect.provide(transport))
  const seconds = (performance.now() - started) / 1000
  const left = yield* settled(sockets, 0)
  const report = yield* server.report

  const struck = Object.values(report.faults).reduce((a, b) => a + b, 0)
  const repeated = Object.values(retries).reduce((a, b) => a + b, 0)
  const answered = ledger.results.success ?? 0
  console.log(
    `${ledger.calls} calls, ${inFlight} at a time over ${flags.transport}: ${seconds.toFixed(1)} s, ${Math.round(ledger.calls / seconds)} calls/s`,
  )
  console.log(`${report.requests} requests, ${struck} struck by a fault (${sorted(report.faults)})`)
  console.log(`${repeated} retries (${sorted(retries)})`)
  console.log(`ends: ${sorted(ledger.results)}`)

  const growth = after.heap - before.heap
  const checks: ReadonlyArray<Check> = [
    {
      name: "every call has ended, well within its deadline",
      passed: ledger.calls >= total && ledger.longest < deadline + 10_000,
      figure: `${ledger.calls} calls, the longest ${Math.round(ledger.longest)} ms`,
    },
    {
      name: "every end is the right answer or an error that may come",
      passed: ledger.violations.length === 0,
      figure: `${answered} answered, ${ledger.calls - answered} errors, ${ledger.violations.length} wrong${ledger.violations
        .slice(0, 5)
        .map((text) => `\n    ${text}`)
        .join("")}`,
    },
    {
      name: "about a tenth of the requests was struck, and many calls were saved by a retry",
      passed: struck > report.requests * 0.07 && struck < report.requests * 0.13 && repeated > struck / 3,
      figure: `${((100 * struck) / report.requests).toFixed(1)} %, ${repeated} retries`,
    },
    ...compare(ledger, report),
    {
      name: "the heap is flat",
      passed: growth < 3 * 1024 * 1024,
      figure: `${megabytes(before.heap)} after a quarter, ${megabytes(after.heap)} at the end`,
    },
    {
      name: "no more sockets than calls at a time, and none when the client is gone",
      passed: after.sockets <= inFlight && left === 0,
      figure: `${before.sockets} after a quarter, ${busiest} at the end, ${after.sockets} at rest, ${left} left`,
    },
  ]
  for (const { figure, name, passed } of checks) console.log(`${passed ? "ok  " : "FAIL"} ${name} (${figure})`)
  const failed = checks.filter((check) => !check.passed).length
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  return failed
})

Effect.runPromise(soak.pipe(Effect.scoped, Effect.provide(Logger.remove(Logger.defaultLogger)))).then(
  (failed) => {
    process.exitCode = failed === 0 ? 0 : 1
  },
  (cause) => {
    console.error(cause)
    console.log("0 passed, 1 failed")
    process.exitCode = 1
  },
)
