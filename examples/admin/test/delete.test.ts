import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { layer, parseReport, usersCsv, World } from "./harness.js"

const json = ["--format", "json"] as const

const people = Effect.gen(function* () {
  const { admin, deployment, write } = yield* World
  write("users.csv", usersCsv(8))
  yield* admin("create", "users.csv")
  return (yield* deployment.users).filter(({ username }) => username !== "owner")
})

describe("before the first user is deleted", () => {
  it.scopedLive("all are read and compared: a row whose names are another user's deletes nobody", () =>
    Effect.gen(function* () {
      const { admin, deployment, journal, write } = yield* World
      const [ada, bob, ...others] = yield* people
      const rows = others.map(({ email, id, username }) => `${id},${username},${email}`)
      write("ids.csv", ["id,username,email", `${ada?.id},${bob?.username},${bob?.email}`, ...rows].join("\n"))
      const mixed = yield* admin("delete", "ids.csv", "--yes")
      assert.strictEqual(mixed.code, 2)
      assert.include(
        mixed.stderr,
        `line 2: ${ada?.id} is ${ada?.username} <${ada?.email}>, not ${bob?.username} ${bob?.email}`,
      )
      assert.strictEqual((yield* journal.entries("deleteUser")).length, 0)
      const others6 = yield* admin("delete", "ids.csv", "--yes", "--max-failures", "1", ...json)
      assert.strictEqual(others6.code, 1)
      const { all, counts } = parseReport(others6.stdout)
      assert.deepStrictEqual([counts.done, counts.invalid], [6, 1])
      // What was not sent since it would hit another user is never sent.
      yield* admin("resume", "ids.csv", "--retry-failed")
      assert.include(all[1]?.was, others[0]?.email)
      assert.strictEqual(yield* deployment.size, 3)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("limits, privileged users and oneself stop all of it; a dry run shows who", () =>
    Effect.gen(function* () {
      const { admin, deployment, folder, journal, write } = yield* World
      const users = yield* people
      const [boss] = users
      if (boss === undefined) return assert.fail(folder)
      yield* Effect.orDie(deployment.change(boss.id, { role: "admin" }))
      const ids = ["id", ...users.map(({ id }) => id)].join("\n")
      write("ids.csv", ids)
      const dry = yield* admin("delete", "ids.csv", "--dry-run", "--privileged", ...json)
      assert.strictEqual(dry.code, 0, dry.stderr)
      for (const { all } of [parseReport(dry.stdout)])
        assert.deepStrictEqual(
          all.map(({ email }) => email),
          users.map(({ email }) => email),
        )
      const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
        [[], /1 of the users are no plain members: give --privileged/],
        [["--privileged", "--max-deletes", "7"], /8 users would be deleted, at most 7/],
      ]
      for (const [more, message] of refused) {
        const { code, stderr } = yield* admin("delete", "ids.csv", "--yes", ...more)
        assert.strictEqual(code, 2)
        assert.match(stderr, message)
      }
      write("names.csv", "username\nowner\nuser-3")
      const self = yield* admin("delete", "names.csv", "--yes", "--privileged", ...json)
      assert.strictEqual(self.code, 1)
      assert.match(parseReport(self.stdout).all[0]?.reason ?? "", /is your own account/)
      assert.strictEqual((yield* journal.entries("deleteUser")).length, 1)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("a no leaves no run behind, and a service that cannot be read deletes nobody", () =>
    Effect.gen(function* () {
      const { admin, faults, journal, write } = yield* World
      const users = yield* people
      write("ids.csv", ["id", ...users.map(({ id }) => id)].join("\n"))
      assert.strictEqual((yield* admin("delete", "ids.csv")).code, 2)
      write("ids.csv", ["id", ...users.slice(1).map(({ id }) => id)].join("\n"))
      yield* faults.install({ fault: Faults.html(404), operation: "getUser", nth: 5 })
      const unread = yield* admin("delete", "ids.csv", "--yes", "--concurrency", "1")
      assert.strictEqual(unread.code, 2)
      assert.include(unread.stderr, "could not be read")
      yield* faults.clear
      assert.strictEqual((yield* journal.entries("deleteUser")).length, 0)
      assert.strictEqual((yield* admin("delete", "ids.csv", "--yes")).code, 0)
      assert.strictEqual((yield* journal.entries("deleteUser")).length, 7)
    }).pipe(Effect.provide(layer())),
  )
})
