/**
 * Calls per second of each face, one at a time and 32 at once, among few users and among 100,000; and what 100,000 users
 * cost. `--quick` makes fewer calls.
 *
 * pnpm exec tsx packages/testkit/bench/faces.ts
 */
import { cpus } from "node:os"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Credentials, Users } from "@effect-tiledb/client"
import { Deployment, Fixtures, TestHttpClient, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { usersLayer } from "../../client/test/support/users.js"

const quick = process.argv.includes("--quick")

const client = (baseUrl?: string) =>
  Effect.map(Deployment.Deployment, ({ apiKey }) =>
    usersLayer({ baseUrl, credentials: Credentials.apiKey(apiKey) }),
  ).pipe(Layer.unwrapEffect)

const faces = {
  TestUsers: [TestUsers.layerDeployment(), 50_000],
  TestHttpClient: [Layer.provide(client(), TestHttpClient.layerDeployment()), 5000],
  TestServer: [
    Layer.unwrapEffect(Effect.map(TestServer.TestServer, ({ baseUrl }) => client(baseUrl))).pipe(
      Layer.provide([TestServer.layerDeployment(), NodeHttpClient.layerUndici]),
    ),
    3000,
  ],
} as const

const perSecond = (calls: number, concurrency: number) =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    const { ownerId } = yield* Deployment.Deployment
    const run = (count: number) => {
      let left = count
      const worker = Effect.whileLoop({
        while: () => left-- > 0,
        body: () => users.getUser(ownerId),
        step: () => {},
      })
      return Effect.all(
        Array.from({ length: concurrency }, () => worker),
        { concurrency: "unbounded", discard: true },
      )
    }
    yield* run(calls / 5)
    const rates: Array<number> = []
    for (let round = 0; round < 5; round++) {
      const start = performance.now()
      yield* run(calls / 5)
      rates.push(calls / 5 / ((performance.now() - start) / 1000))
    }
    return Math.round(rates.sort((a, b) => a - b)[2] ?? 0)
  })

const format = (value: number) => value.toLocaleString("en-US").padStart(9)

const memory = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const measure = (count: number) =>
  Effect.gen(function* () {
    for (const [name, [layer, calls]] of Object.entries(faces)) {
      const few = quick ? calls / 10 : calls
      const rates = yield* Effect.provide(Effect.all([perSecond(few, 1), perSecond(few, 32)]), layer)
      console.log(`${name.padEnd(16)} ${format(count + 1)} users ${rates.map(format).join(" ")}`)
    }
  }).pipe(Effect.provide(Deployment.layer({ users: Fixtures.users(count) })))

const cost = Effect.gen(function* () {
  const users = Fixtures.users(100_000)
  const before = memory()
  const start = performance.now()
  const context = yield* Layer.build(Deployment.layer({ users }))
  const seconds = (performance.now() - start) / 1000
  const bytes = (memory() - before) / 100_000
  console.log(`100,000 users: ${seconds.toFixed(2)} s to start with, ${Math.round(bytes)} bytes of heap each`)
  const { restore, snapshot } = yield* Effect.provide(Deployment.Deployment, context)
  const then = performance.now()
  yield* restore(yield* snapshot)
  console.log(`100,000 users: ${Math.round(performance.now() - then)} ms for snapshot and restore`)
}).pipe(Effect.scoped)

const main = Effect.gen(function* () {
  console.log(`${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`)
  console.log("getUser per second, median of five:               one by one  32 at once")
  yield* measure(10)
  yield* measure(100_000)
  yield* cost
})

await Effect.runPromise(main)
