import { assert, describe, it } from "@effect/vitest"
import { TileDBClient, Tokens } from "@effect-tiledb/client"
import { Deployment, TestUsers } from "@effect-tiledb/testkit"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { aTenth, changes, layer, parseReport, World } from "./harness.js"

const kills = process.env.EXHAUSTIVE === undefined ? 6 : 20
const count = 250
const users = Array.from({ length: count }, (_, n) => ({ username: `user-${n}` }))
const newcomers = Array.from({ length: count }, (_, n) => `new-${n}@example.com`)

/** Kills a command at random instants, and carries it to its end; gives the report of what is not done. */
const killed = (first: ReadonlyArray<string>, file: string, rows: number) =>
  Effect.gen(function* () {
    const { admin, bytes, env, start } = yield* World
    const before = (yield* changes).size
    const thresholds: Array<number> = []
    for (let n = 0; n < kills; n++) thresholds.push(before + (yield* Random.nextIntBetween(0, rows)))
    let output = ""
    let struck = 0
    for (const threshold of thresholds.sort((a, b) => a - b)) {
      const { ended, process } = start(first)
      let over = false
      void ended.then(() => {
        over = true
      })
      while (!over && (yield* changes).size < threshold) yield* Effect.sleep("5 millis")
      yield* Effect.sleep(yield* Random.nextIntBetween(0, 20))
      process.kill("SIGKILL")
      const { signal, stderr, stdout } = yield* Effect.promise(() => ended)
      output += stdout + stderr
      if (signal === "SIGKILL") struck++
    }
    assert.isAtLeast(struck, kills / 2, output)
    let last = yield* admin("resume", file, "--format", "json", "--only", "problems")
    for (let more = 0; more < 5 && last.code === 3; more++) {
      last = yield* admin("resume", file, "--format", "json", "--only", "problems")
    }
    const kept = Buffer.concat([bytes(), Buffer.from(output + last.stdout + last.stderr)])
    assert.isFalse(kept.includes(env.TILEDB_REST_TOKEN ?? "?"), "the key was written down")
    assert.isTrue(kept.includes("example.com"), "the search looks at something")
    return parseReport(last.stdout)
  })

const plan = Effect.gen(function* () {
  const { admin, write } = yield* World
  const lines = [
    ...users.map(({ username }) => `${username}@example.com,admin`),
    ...newcomers.map((_) => `${_},member`),
  ]
  write("people.csv", ["email,role", "owner@example.com,owner", ...lines].join("\n"))
  const { code, stderr } = yield* admin("plan", "people.csv", "-o", "plan.json")
  assert.strictEqual(code, 0, stderr)
})

describe(`SIGKILL at ${kills} random instants`, () => {
  for (const [what, rules] of [
    ["", []],
    [" with faults on a tenth of the requests", aTenth],
  ] as const) {
    it.scopedLive(`apply${what}: everybody once, nobody invited twice, none lost`, () =>
      Effect.gen(function* () {
        const { admin, deployment, faults } = yield* World
        yield* plan
        for (const rule of rules) yield* faults.install(rule)
        const { counts, rows, total } = yield* killed(["apply", "plan.json"], "plan.json", 2 * count)
        yield* faults.clear
        assert.strictEqual(total, 2 * count)
        assert.strictEqual(counts.done + counts.unknown, total, JSON.stringify(counts))
        const acted = yield* changes
        for (const address of newcomers) {
          const times = acted.get(`Invitations.createInvitations ${address}`) ?? 0
          const told = rows.find(({ what }) => what.includes(address))
          if (told === undefined) assert.strictEqual(times, 1, address)
          else assert.isAtMost(times, 1, `${address}: ${told.state}`)
        }
        for (const [key, times] of acted) if (key.startsWith("Invitations")) assert.strictEqual(times, 1, key)
        assert.strictEqual((yield* deployment.users).length, count + 1)
        const audit = yield* admin("audit", "people.csv")
        const missing = rows.filter(({ state }) => state === "unknown").length
        assert.isAtMost(audit.stdout.split("\n").length - 1, missing, audit.stdout)
      }).pipe(Effect.withRandom(Random.make("apply")), Effect.provide(layer({ users }))),
    )
  }

  it.scopedLive("offboard with faults: everybody is out, accounts after memberships", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, write } = yield* World
      write("people.csv", "email,role\nzoe@example.com,member")
      yield* admin("plan", "people.csv", "-o", "plan.json")
      yield* admin("apply", "plan.json")
      // The invitation of somebody who is no member yet: one step, so that others' steps are in two chunks.
      const leavers = users.map(({ username }) => `${username}@example.com`)
      write("leavers.csv", ["email", "zoe@example.com", ...leavers].join("\n"))
      for (const rule of aTenth) yield* faults.install(rule)
      const command = ["offboard", "leavers.csv", "--yes", "--delete-account"]
      const { counts } = yield* killed(command, "leavers.csv", 2 * count)
      assert.strictEqual(counts.done, 2 * count + 1, JSON.stringify(counts))
      assert.strictEqual((yield* deployment.users).length, 1)
      const order = new Map<string, number>()
      const acted = [...(yield* changes).keys()]
      for (const [at, key] of acted.entries()) order.set(key, at)
      for (const [key, at] of order) {
        const [operation, id] = key.split(" ")
        if (operation === "deleteUser") assert.isBelow(order.get(`Workspaces.deleteWorkspaceUser ${id}`) ?? at, at, key)
      }
    }).pipe(Effect.withRandom(Random.make("offboard")), Effect.provide(layer({ users }))),
  )

  it.scopedLive(
    "tokens revoke with faults: the token that is named, and no other; exit code 0 only if it is gone",
    () =>
      Effect.gen(function* () {
        const { admin, deployment, faults, journal, start } = yield* World
        const client = yield* Effect.provideService(TestUsers.makeClient(), Deployment.Deployment, deployment)
        const tokens = yield* Effect.provideService(Tokens.make, TileDBClient.TileDBClient, client)
        const expires_at = DateTime.add(yield* DateTime.now, { days: 30 })
        for (let n = 0; n < kills + 2; n++) yield* tokens.createToken({ name: `token-${n}`, scope: "*", expires_at })
        const listed = Effect.retry(tokens.allTokens({ type: "session" }), { times: 9 }).pipe(
          Effect.map((all) => all.map(({ token_id }) => token_id)),
        )
        const all = yield* listed
        for (const rule of aTenth) yield* faults.install(rule)
        let struck = 0
        for (const [n, id] of all.slice(0, kills).entries()) {
          const calls = (yield* journal.count) + (yield* Random.nextIntBetween(1, 4))
          const { ended, process } = start(["tokens", "revoke", id])
          let over = false
          void ended.then(() => {
            over = true
          })
          while (!over && (yield* journal.count) < calls) yield* Effect.sleep("2 millis")
          process.kill("SIGKILL")
          const { code, signal } = yield* Effect.promise(() => ended)
          if (signal === "SIGKILL") struck++
          let again = { code, stderr: "" }
          for (let more = 0; more < 5 && again.code !== 0 && !/You have no token/.test(again.stderr); more++) {
            again = yield* admin("tokens", "revoke", id)
            const isThere = (yield* listed).includes(id)
            if (again.code === 0) assert.isFalse(isThere, again.stderr)
            else assert.strictEqual(isThere, / is not revoked/.test(again.stderr), again.stderr)
          }
          assert.deepStrictEqual(yield* listed, all.slice(n + 1))
        }
        assert.isAtLeast(struck, kills / 2)
      }).pipe(Effect.withRandom(Random.make("tokens")), Effect.provide(layer())),
  )
})
