import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { aTenth, canary, changes, layer, parseReport, usersCsv, World } from "./harness.js"

const rows = 10_000
const kills = 20

/** Kills the tool at random instants: as rows go through, and now and then while it starts or is about to. */
const killed = Effect.gen(function* () {
  const { bytes, deployment, folder, start } = yield* World
  const thresholds: Array<number> = []
  for (let n = 0; n < kills; n++) thresholds.push(yield* Random.nextIntBetween(0, rows))
  thresholds.sort((a, b) => a - b)
  let output = ""
  let logged = 0
  for (const [n, threshold] of thresholds.entries()) {
    // The command again, or resume: both have to recognise the run.
    const { ended, process } = start(n % 2 === 0 || (yield* deployment.size) < 2 ? ["create", "users.csv"] : ["resume"])
    let over = false
    void ended.then(() => {
      over = true
    })
    while (!over && (yield* deployment.size) < threshold) yield* Effect.sleep("2 millis")
    yield* Effect.sleep(yield* Random.nextIntBetween(0, 20))
    process.kill("SIGKILL")
    const { signal, stderr, stdout } = yield* Effect.promise(() => ended)
    output += stdout + stderr
    assert.strictEqual(signal, "SIGKILL", stderr)
    // What was not yet in the database file itself is in its write-ahead log.
    const log = join(folder, "users.csv.run.sqlite-wal")
    if (existsSync(log)) logged += statSync(log).size
    assert.isFalse(bytes("users.csv").includes("canary-"), "a password was written down")
  }
  assert.isAbove(logged, 0, "the search looks at something")
  return output
})

const finished = (during: ReadonlyArray<Faults.Rule>) =>
  Effect.gen(function* () {
    const { admin, bytes, deployment, effects, faults, write } = yield* World
    write("users.csv", usersCsv(rows))
    for (const rule of during) yield* faults.install(rule)
    const output = yield* killed
    const last = yield* admin("resume", "--format", "json", "--report", "report.json")
    yield* faults.clear
    const again = yield* admin("create", "users.csv", "--format", "json")
    const { counts, rows: told, total } = parseReport(again.stdout)

    // Every row exactly once, and no second createUser that took effect.
    const users = yield* deployment.users
    assert.strictEqual(users.length, rows + 1)
    assert.strictEqual(new Set(users.map(({ username }) => username)).size, rows + 1)
    const twice = [...(yield* effects)].filter(([, count]) => count !== 1)
    assert.deepStrictEqual(twice, [])
    assert.strictEqual((yield* effects).size, rows)

    // Each row that was under way is resolved (with what proves it) or listed.
    assert.strictEqual(total, rows)
    assert.strictEqual(counts.done + counts.exists + counts.unknown, rows, JSON.stringify(counts))
    assert.strictEqual(counts.exists + counts.unknown, told.filter(({ state }) => state !== "done").length)
    for (const { evidence, reason } of told) assert.isTrue(evidence !== "" || reason !== "")

    // No password anywhere but in the file.
    const kept = Buffer.concat([bytes("users.csv"), Buffer.from(output + last.stdout + last.stderr + again.stdout)])
    assert.isTrue(kept.includes("user-1"), "the search looks at something")
    for (let n = 0; n < rows; n += 7) assert.isFalse(kept.includes(canary(n)), `the password of user-${n} was kept`)
    assert.isFalse(kept.includes("canary-"))
    return { counts, told, last }
  })

describe("SIGKILL at 20 random instants in 10,000 rows", () => {
  it.scopedLive(
    "nothing is done twice, and no row is lost",
    () =>
      Effect.gen(function* () {
        const { counts, last, told } = yield* finished([])
        assert.strictEqual(last.code, 0, last.stderr)
        // The password is in the file, so that it proves what became of each row.
        assert.strictEqual(counts.done, rows)
        assert.isAbove(told.length, 0)
        assert.isAtMost(told.length, kills * 32)
      }).pipe(Effect.withRandom(Random.make("kills")), Effect.provide(layer())),
    600_000,
  )

  it.scopedLive(
    "the same with faults on a tenth of the requests, responses lost after the deed included",
    () =>
      Effect.gen(function* () {
        const { counts, told } = yield* finished(aTenth)
        assert.strictEqual(counts.done, rows)
        assert.isAbove(told.length, rows / 50)
      }).pipe(Effect.withRandom(Random.make("faults")), Effect.provide(layer())),
    600_000,
  )
})

const fewer = process.env.EXHAUSTIVE === undefined ? 6 : kills

describe(`SIGKILL at ${fewer} random instants of update and delete`, () => {
  for (const [what, rules] of [
    ["", []],
    [" with faults on a tenth of the requests", aTenth],
  ] as const) {
    it.scopedLive(
      `each row is done, and each user deleted once${what}`,
      () =>
        Effect.gen(function* () {
          const { admin, deployment, faults, journal, start, write } = yield* World
          const count = 2000
          write("users.csv", usersCsv(count))
          yield* admin("create", "users.csv")
          const ids = (yield* deployment.users).filter(({ username }) => username !== "owner").map(({ id }) => id)
          for (const rule of rules) yield* faults.install(rule)
          const effects = (operation: string) =>
            Effect.map(changes, (all) => [...all].filter(([key]) => key.startsWith(operation)))
          const killedAt = (args: readonly [string, string, ...ReadonlyArray<string>], operation: string) =>
            Effect.gen(function* () {
              let struck = 0
              for (let n = 0; n < fewer; n++) {
                const step = count / (fewer + 1)
                const threshold = n * step + (yield* Random.nextIntBetween(0, step))
                const { ended, process } = start(args)
                let over = false
                void ended.then(() => {
                  over = true
                })
                while (!over && (yield* effects(operation)).length < threshold) yield* Effect.sleep("10 millis")
                process.kill("SIGKILL")
                if ((yield* Effect.promise(() => ended)).signal === "SIGKILL") struck++
              }
              assert.isAtLeast(struck, fewer / 2)
              let { code, stdout } = yield* admin(...args, "--format", "json")
              for (let more = 0; more < 5 && code === 3; more++) {
                ;({ code, stdout } = yield* admin("resume", args[1], "--format", "json"))
              }
              assert.strictEqual(parseReport(stdout).counts.done, count, stdout.slice(0, 300))
              assert.strictEqual((yield* effects(operation)).length, count)
            })

          write("changes.csv", ["id,display_name", ...ids.map((id, n) => `${id},Name ${n}`)].join("\n"))
          yield* killedAt(["update", "changes.csv"], "updateUser")
          const names = (yield* deployment.users).map(({ display_name }) => display_name)
          assert.strictEqual(new Set(names.filter((name) => name.startsWith("Name "))).size, count)

          write("ids.csv", ["id", ...ids].join("\n"))
          yield* killedAt(["delete", "ids.csv", "--yes"], "deleteUser")
          assert.strictEqual(yield* deployment.size, 1)
          // A request that is repeated after a lost response finds nobody; one that a fault strikes counts as carried out.
          const deleted = (yield* journal.entries("deleteUser")).filter(({ outcome }) => outcome._tag === "Success")
          assert.strictEqual(new Set(deleted.map(({ userId }) => userId)).size, deleted.length)
        }).pipe(Effect.withRandom(Random.make("others")), Effect.provide(layer())),
      600_000,
    )
  }
})
