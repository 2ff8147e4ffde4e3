import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { canary, layer, parseReport, type Running, until, usersCsv, World } from "./harness.js"
import * as Postgres from "./postgres.js"

const rows = 10_000

const setUp = Effect.gen(function* () {
  const world = yield* World
  const postgres = yield* Postgres.make
  world.env.TILEDB_ADMIN_DATABASE_URL = postgres.url
  let said = ""
  const worker = () => {
    const running = world.start(["worker"])
    running.process.stderr?.on("data", (text) => {
      said += text
    })
    return running
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

describe("three runners on PostgreSQL", () => {
  it.scopedLive(
    "one is killed and restarted, PostgreSQL is restarted, answers are lost: every row once, each one told",
    () =>
      Effect.gen(function* () {
        const { created, deployment, effects, faults, postgres, ready, said, start, worker, write } = yield* setUp
        write("users.csv", usersCsv(rows))
        yield* faults.install({ fault: Faults.reset("after"), probability: 0.03, seed: 1 })
        yield* faults.install({ fault: Faults.reset("before"), probability: 0.02, seed: 2 })
        const [first, second, third] = [worker(), worker(), worker()]
        yield* ready(3)
        const run = start(["create", "users.csv", "--format", "json", "--concurrency", "8"])

        yield* created(rows / 5)
        first.process.kill("SIGKILL")
        yield* Effect.promise(() => first.ended)
        const killed = performance.now()
        const before = yield* deployment.size
        const fourth = worker()
        yield* created((rows * 2) / 5)
        yield* postgres.restart
        yield* created((rows * 3) / 5)

        const { code, stderr, stdout } = yield* Effect.promise(() => run.ended)
        assert.isAbove(yield* deployment.size, before)
        if (stdout === "") return assert.fail(`${code} ${stderr}\n${said()}`)
        const report = parseReport(stdout)
        console.log(
          `three runners: ${Math.round((performance.now() - killed) / 1000)} s, ${JSON.stringify(report.counts)}`,
        )
        assert.strictEqual(code, 0, `${stderr}\n${JSON.stringify(report.counts)}\n${said()}`)
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

        const ends = yield* Effect.forEach([second, third, fourth], stop)
        const dump = yield* postgres.dump
        const kept = Buffer.concat([dump, Buffer.from(said() + stdout + stderr)])
        assert.isTrue(kept.includes("user-77"))
        assert.isFalse(kept.includes("canary-"))
        assert.isFalse(kept.includes(canary(77)))
        assert.deepStrictEqual(
          ends.map(({ signal }) => signal),
          [null, null, null],
        )
      }).pipe(Effect.provide(layer())),
    400_000,
  )
})
