import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { changes, layer, parseReport, until, World } from "./harness.js"
import * as Postgres from "./postgres.js"

const count = 400
const users = Array.from({ length: count }, (_, n) => ({ username: `user-${n}` }))
const newcomers = Array.from({ length: count }, (_, n) => `new-${n}@example.com`)

describe("three runners on PostgreSQL", () => {
  it.scopedLive("one is killed under apply and under offboard; every row once; only the caller's runners", () =>
    Effect.gen(function* () {
      const world = yield* World
      const { admin, deployment, faults, start, write } = world
      const postgres = yield* Postgres.make
      world.env.TILEDB_ADMIN_DATABASE_URL = postgres.url
      let said = ""
      const worker = (env = {}) => {
        const running = start(["worker"], env)
        running.process.stderr?.on("data", (text) => {
          said += text
        })
        return running
      }
      const ready = (workers: number) =>
        until(
          "the runners",
          Effect.sync(() => (said.match(/^Runner /gm)?.length ?? 0) >= workers),
        )
      yield* faults.install({ fault: Faults.reset("after"), probability: 0.03, seed: 1 })

      const victims = [worker(), worker(), worker()]
      yield* ready(3)
      /** Carries a command out while one of the runners is killed. */
      const carried = (victim: number, rows: number, ...args: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const before = (yield* changes).size
          const { ended } = start([...args, "--format", "json", "--concurrency", "4", "--only", "problems"])
          yield* until(
            "rows",
            Effect.provideService(
              Effect.map(changes, ({ size }) => size - before >= rows / 4),
              World,
              world,
            ),
          )
          victims[victim]?.process.kill("SIGKILL")
          const { code, stderr, stdout } = yield* Effect.promise(() => ended)
          if (stdout === "") return assert.fail(`${code} ${stderr}\n${said.slice(-2000)}`)
          return parseReport(stdout)
        })

      const lines = [
        ...users.map(({ username }) => `${username}@example.com,admin`),
        ...newcomers.map((_) => `${_},member`),
      ]
      write("people.csv", ["email,role", "owner@example.com,owner", ...lines].join("\n"))
      assert.strictEqual((yield* admin("plan", "people.csv", "-o", "plan.json")).code, 0)
      const applied = yield* carried(0, 2 * count, "apply", "plan.json")
      assert.strictEqual(applied.counts.done + applied.counts.unknown, 2 * count, JSON.stringify(applied.counts))
      for (const [key, times] of yield* changes) if (key.startsWith("Invitations")) assert.strictEqual(times, 1, key)

      write("leavers.csv", ["username", ...users.map(({ username }) => username)].join("\n"))
      const out = ["offboard", "leavers.csv", "--yes", "--privileged", "--delete-account"]
      const { counts } = yield* carried(1, 2 * count, ...out)
      assert.strictEqual(counts.done, 2 * count, JSON.stringify(counts))
      assert.strictEqual((yield* deployment.users).length, 1)

      // A runner of somebody else carries nothing out of what this caller has begun.
      yield* faults.clear
      victims[2]?.process.kill("SIGKILL")
      yield* deployment.add({ username: "ada" })
      const other = yield* deployment.add({ username: "second", role: "owner" })
      const key = Redacted.value(yield* deployment.issueApiKey(other.id))
      worker({ TILEDB_REST_TOKEN: key })
      yield* ready(4)
      const refused = yield* admin("offboard", "ada", "--yes")
      assert.strictEqual(refused.code, 3, refused.stderr)
      assert.match(refused.stdout + refused.stderr, /The run was begun by usr_.*, not by usr_/)
      assert.isTrue((yield* admin("find", "ada")).code === 0)
      assert.isFalse(Buffer.from(`${yield* postgres.dump}${said}`).includes(world.env.TILEDB_REST_TOKEN ?? "?"))
    }).pipe(Effect.provide(layer({ users }))),
  )
})
