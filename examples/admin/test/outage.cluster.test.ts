import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { aTenth, changes, layer, parseReport, type Running, until, usersCsv, World } from "./harness.js"
import * as Postgres from "./postgres.js"

const rounds = process.env.EXHAUSTIVE === undefined ? 1 : 3
const count = 1000
const users = Array.from({ length: count / 2 }, (_, n) => ({ username: `member-${n}` }))
const newcomers = Array.from({ length: count / 2 }, (_, n) => `new-${n}@example.com`)

/** Three runners, and everything that may happen to them, their database and the service while a command is carried out. */
const disturbed = (file: string, ...command: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const world = yield* World
    const { admin, faults, start } = world
    const postgres = yield* Postgres.make
    world.env.TILEDB_ADMIN_DATABASE_URL = postgres.url
    let said = ""
    const runners = new Map<string, Running>()
    const worker = Effect.gen(function* () {
      const running = start(["worker"])
      let seen = ""
      running.process.stderr?.on("data", (text) => {
        seen += text
        said += text
      })
      const address = () => /^Runner (\S+) works/m.exec(seen)?.[1]
      yield* until(
        "a runner",
        Effect.sync(() => address() !== undefined),
      )
      runners.set(address() ?? "", running)
    })
    yield* Effect.all([worker, worker, worker])
    for (const rule of aTenth) yield* faults.install(rule)
    yield* faults.install({ fault: Faults.delay("20 millis") })

    /** Kills a runner that has rows under way. */
    const kill = Effect.gen(function* () {
      const busy = postgres.query(
        "SELECT split_part(runner, ' ', 2) FROM admin_journal WHERE state = 'intent' AND runner IS NOT NULL LIMIT 1",
      )
      let victim: Running | undefined
      yield* until(
        "a runner with rows under way",
        Effect.map(busy, (address) => {
          victim = runners.get(address)
          victim?.process.kill("SIGKILL")
          return runners.delete(address)
        }),
      )
      yield* worker
    })
    const disturbances = [kill, postgres.outage("5 seconds"), kill, postgres.pause("15 seconds"), postgres.restart]

    const before = (yield* changes).size
    const run = start([...command, "--format", "json", "--concurrency", "4"])
    let over = false
    void run.ended.then(() => {
      over = true
    })
    const all = Array.from({ length: rounds }, () => disturbances).flat()
    for (const [n, disturb] of all.entries()) {
      const threshold = before + ((n + 1) * count) / (all.length + 3)
      yield* until(
        `${threshold} changes`,
        Effect.provideService(
          Effect.map(changes, ({ size }) => over || size >= threshold),
          World,
          world,
        ),
      )
      if (over) return assert.fail(`ended early: ${JSON.stringify(yield* Effect.promise(() => run.ended))}`)
      yield* disturb
    }
    // The service goes away: the run stops, and says so; resume goes on.
    yield* faults.clear
    yield* faults.install({ fault: Faults.reset("before") })
    let last = yield* Effect.promise(() => run.ended)
    assert.strictEqual(last.code, 3, last.stderr)
    assert.isNotNull(parseReport(last.stdout).stopped)
    yield* faults.clear
    for (const rule of aTenth) yield* faults.install(rule)
    for (let more = 0; more < 5 && last.code === 3; more++) {
      last = yield* admin("resume", file, "--format", "json", "--concurrency", "4")
    }
    if (last.stdout === "") return assert.fail(`${last.code} ${last.stderr}\n${said.slice(-2000)}`)
    yield* faults.clear
    const kept = Buffer.concat([yield* postgres.dump, Buffer.from(said + last.stderr)])
    assert.isTrue(kept.includes("example.com"), "the search looks at something")
    assert.isFalse(kept.includes("canary-"))
    assert.isFalse(kept.includes(world.env.TILEDB_REST_TOKEN ?? "?"))
    return parseReport(last.stdout)
  })

describe("three runners on PostgreSQL, with kills, outages, a paused database and faults on a tenth", () => {
  it.scopedLive(
    "create: every row once, none lost, none reported wrongly",
    () =>
      Effect.gen(function* () {
        const { deployment, write } = yield* World
        write("users.csv", usersCsv(count))
        const { counts } = yield* disturbed("users.csv", "create", "users.csv")
        assert.strictEqual(counts.done, count, JSON.stringify(counts))
        assert.strictEqual(yield* deployment.size, count + 1)
        assert.deepStrictEqual(
          [...(yield* changes).values()].filter((times) => times !== 1),
          [],
        )
      }).pipe(Effect.provide(layer())),
    600_000,
  )

  it.scopedLive(
    "apply: everybody once, nobody invited twice, and what is not known is reported as such",
    () =>
      Effect.gen(function* () {
        const { admin, write } = yield* World
        const lines = [
          ...users.map(({ username }) => `${username}@example.com,admin`),
          ...newcomers.map((_) => `${_},member`),
        ]
        write("people.csv", ["email,role", "owner@example.com,owner", ...lines].join("\n"))
        assert.strictEqual((yield* admin("plan", "people.csv", "-o", "plan.json")).code, 0)
        const { counts, rows } = yield* disturbed("plan.json", "apply", "plan.json")
        const failed = rows.filter(({ state }) => state === "failed")
        assert.strictEqual(counts.done + counts.unknown, count, JSON.stringify([counts, failed]))
        const acted = yield* changes
        const unknown = rows.filter(({ state }) => state === "unknown")
        for (const address of newcomers) {
          const times = acted.get(`Invitations.createInvitations ${address}`) ?? 0
          if (unknown.some(({ what }) => what.includes(` ${address} `))) assert.isAtMost(times, 1, address)
          else assert.strictEqual(times, 1, address)
        }
        const audit = yield* admin("audit", "people.csv")
        assert.isAtMost(audit.stdout.split("\n").length - 1, unknown.length, audit.stdout)
      }).pipe(Effect.provide(layer({ users }))),
    600_000,
  )
})
