import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Cluster from "../cluster/Cluster.js"
import { canary, layer, parseReport, type Running, until, usersCsv, World } from "./harness.js"
import * as Postgres from "./postgres.js"

const rows = 10_000

const setUp = Effect.gen(function* () {
  const world = yield* World
  const postgres = yield* Postgres.make
  world.env.TILEDB_ADMIN_DATABASE_URL = postgres.url
  let said = ""
  const worker = () => {
    const running = world.start(["worker", "--log-level", "all"])
    let seen = ""
    running.process.stderr?.on("data", (text) => {
      said += text
      seen += text
    })
    return { ...running, seen: () => seen }
  }
  const ready = (count: number) =>
    until(
      "the runners",
      Effect.sync(() => (said.match(/^Runner /gm)?.length ?? 0) >= count),
    )
  const created = (count: number) =>
    until(
      `${count} users`,
      Effect.map(world.deployment.size, (size) => size >= count),
    )
  return { ...world, postgres, worker, ready, created, said: () => said }
})

const stop = ({ ended, process }: Running) =>
  Effect.promise(() => {
    process.kill("SIGTERM")
    return ended
  })

/** A runner that has rows under way: until the shards are spread, one of them may do it all. */
const withRows = <A extends { readonly seen: () => string }>(
  { query }: Effect.Effect.Success<typeof Postgres.make>,
  workers: ReadonlyArray<A>,
) =>
  Effect.gen(function* () {
    const address = yield* query(
      "SELECT split_part(runner, ' ', 2) FROM admin_journal WHERE state = 'intent' AND runner IS NOT NULL LIMIT 1",
    )
    const busy = workers.find(({ seen }) => seen().includes(`Runner ${address} works`))
    return busy === undefined ? yield* Effect.fail("no runner has rows under way") : { address, busy }
  }).pipe(Effect.retry({ times: 100, schedule: Schedule.spaced("20 millis") }), Effect.orDie)

describe("a database without tables", () => {
  it.scopedLive(
    "many processes that start on it at once all start",
    () =>
      Effect.gen(function* () {
        const postgres = yield* Postgres.make
        for (const name of ["one", "two", "three"]) {
          yield* postgres.query(`CREATE DATABASE ${name}`)
          const database = Cluster.database(Redacted.make(postgres.url.replace("/postgres", `/${name}`)))
          const process = Layer.fresh(Layer.provide(Cluster.submitter, database))
          yield* Effect.forEach(Array.from({ length: 6 }), () => Layer.build(process), { concurrency: "unbounded" })
        }
      }),
    60_000,
  )
})

describe("three runners on PostgreSQL", () => {
  it.scopedLive(
    "one is killed and restarted, PostgreSQL is restarted, answers are lost: every row once, each one told",
    () =>
      Effect.gen(function* () {
        const { created, deployment, effects, faults, postgres, ready, said, start, worker, write } = yield* setUp
        write("users.csv", usersCsv(rows))
        yield* faults.install({ fault: Faults.reset("after"), probability: 0.03, seed: 1 })
        yield* faults.install({ fault: Faults.reset("before"), probability: 0.02, seed: 2 })
        const workers = [worker(), worker(), worker()]
        yield* ready(3)
        const run = start(["create", "users.csv", "--format", "json", "--concurrency", "8"])

        yield* created(rows / 5)
        yield* postgres.restart
        yield* created((rows * 2) / 5)

        const { address, busy } = yield* withRows(postgres, workers)
        busy.process.kill("SIGKILL")
        const killed = performance.now()
        yield* Effect.promise(() => busy.ended)
        const before = yield* deployment.size
        const left = postgres.query(
          `SELECT count(*) FROM admin_journal WHERE state = 'intent' AND runner LIKE '% ${address}'`,
        )
        assert.isAbove(Number(yield* left), 0, "rows were under way on the runner that was killed")
        const during = yield* postgres.dump
        const fourth = worker()
        yield* until(
          "the others take its rows over",
          Effect.map(left, (count) => count === "0"),
        )
        const takeover = (performance.now() - killed) / 1000

        const { code, stderr, stdout } = yield* Effect.promise(() => run.ended)
        assert.isAbove(yield* deployment.size, before)
        if (stdout === "") return assert.fail(`${code} ${stderr}\n${said().slice(-2000)}`)
        const report = parseReport(stdout)
        console.log(`what the killed runner had begun was brought to its end in ${takeover.toFixed(1)} s`)
        assert.isAtMost(takeover, 20)
        assert.strictEqual(code, 0, `${stderr}\n${JSON.stringify(report.counts)}\n${said().slice(-2000)}`)
        assert.strictEqual(report.counts.done, rows)

        const usernames = (yield* deployment.users).map(({ username }) => username)
        assert.strictEqual(new Set(usernames).size, rows + 1)
        assert.strictEqual(usernames.length, rows + 1)
        assert.deepStrictEqual(
          [...(yield* effects)].filter(([, count]) => count !== 1),
          [],
        )
        // Rows that one runner had begun and another one brought to their end are told as such.
        assert.isTrue(report.rows.some(({ evidence }) => evidence.includes("; begun by ")))

        const ends = yield* Effect.forEach([...workers.filter((one) => one !== busy), fourth], stop)
        const dump = yield* postgres.dump
        const kept = Buffer.concat([during, dump, Buffer.from(said() + stdout + stderr)])
        assert.isTrue(kept.includes("user-77"))
        assert.isFalse(kept.includes("canary-"))
        assert.isFalse(kept.includes(canary(77)))
        assert.deepStrictEqual(
          ends.map(({ code, signal }) => signal ?? code),
          [130, 130, 130],
        )
      }).pipe(Effect.provide(layer())),
    400_000,
  )

  it.scopedLive(
    "one is frozen: the others take over what it had begun, and when it wakes up it does nothing twice",
    () =>
      Effect.gen(function* () {
        const { created, effects, faults, postgres, ready, said, start, worker, write } = yield* setUp
        write("users.csv", usersCsv(3000))
        yield* faults.install({ fault: Faults.delay("20 millis"), operation: "createUser" })
        const workers = [worker(), worker(), worker()]
        yield* ready(3)
        const run = start(["create", "users.csv", "--format", "json", "--concurrency", "8"])
        yield* created(600)
        const { address, busy } = yield* withRows(postgres, workers)
        busy.process.kill("SIGSTOP")
        const left = postgres.query(
          `SELECT count(*) FROM admin_journal WHERE state = 'intent' AND runner LIKE '% ${address}'`,
        )
        assert.isAbove(Number(yield* left), 0, "rows were in flight on the runner that was frozen")
        const frozen = performance.now()
        yield* until(
          "the others take its rows over",
          Effect.map(left, (count) => count === "0"),
        )
        const takeover = (performance.now() - frozen) / 1000
        console.log(`what the frozen runner had begun was brought to its end in ${takeover.toFixed(1)} s`)
        assert.isAtMost(takeover, 20)
        busy.process.kill("SIGCONT")
        const { code, stderr, stdout } = yield* Effect.promise(() => run.ended)
        assert.strictEqual(code, 0, stderr + said().slice(-2000))
        assert.strictEqual(parseReport(stdout).counts.done, 3000)
        assert.deepStrictEqual(
          [...(yield* effects).values()].filter((count) => count !== 1),
          [],
        )
        busy.process.kill("SIGKILL")
      }).pipe(Effect.provide(layer())),
    200_000,
  )

  it.scopedLive(
    "a rate is the limit of all runners together",
    () =>
      Effect.gen(function* () {
        const { journal, postgres, ready, said, start, worker, write } = yield* setUp
        // A dozen chunks: each runner gets some.
        write("users.csv", usersCsv(1200))
        worker()
        worker()
        yield* ready(2)
        const holders = postgres.query("SELECT count(DISTINCT address) FROM cluster_locks")
        yield* until(
          "both runners have shards",
          Effect.map(holders, (count) => count === "2"),
        )
        const run = start(["create", "users.csv", "--rate", "200"])
        const { code, stderr } = yield* Effect.promise(() => run.ended)
        assert.strictEqual(code, 0, stderr + said().slice(-2000))
        const runners = yield* postgres.query("SELECT count(DISTINCT runner) FROM admin_journal")
        assert.strictEqual(runners, "2")

        const times = (yield* journal.entries("createUser")).map(({ time }) => time.epochMillis).sort((a, b) => a - b)
        assert.strictEqual(times.length, 1200)
        // 200 a second, and what may start at once: a tenth of that. Sixty more for what a busy machine bunches up on the way
        // to the service; two runners that each took the rate for themselves would make 1,200 calls in three seconds.
        for (const [at, time] of times.entries())
          assert.isTrue((times[at + 680] ?? Number.POSITIVE_INFINITY) > time + 3000)
      }).pipe(Effect.provide(layer())),
    120_000,
  )
})
