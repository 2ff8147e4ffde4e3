import { connect, createServer, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { canary, layer, parseReport, until, usersCsv, World } from "./harness.js"

const json = ["--format", "json"] as const

const idsOf = Effect.gen(function* () {
  const { deployment } = yield* World
  return (yield* deployment.users).filter(({ username }) => username !== "owner").map(({ id }) => id)
})

describe("create", () => {
  it.scopedLive("registers each row once; the same command again sends nothing; a changed file is told apart", () =>
    Effect.gen(function* () {
      const { admin, deployment, journal, write } = yield* World
      write("users.csv", `${usersCsv(40)}\nbad,nowhere,pw\nowner,owner@example.com,pw`)
      const dry = yield* admin("create", "users.csv", "--dry-run")
      assert.strictEqual(dry.code, 1)
      assert.include(dry.stderr, "40 rows would be sent")
      assert.include(dry.stdout, "there: is there already")
      assert.strictEqual(yield* deployment.size, 1)

      const first = yield* admin("create", "users.csv", ...json)
      assert.strictEqual(first.code, 1)
      assert.include(first.stderr, "line 42, column 2 (email)")
      const { counts, rows } = parseReport(first.stdout)
      assert.deepStrictEqual(counts, {
        done: 40,
        there: 1,
        failed: 0,
        invalid: 1,
        exists: 0,
        unmailed: 0,
        unknown: 0,
        open: 0,
      })
      assert.deepStrictEqual(
        rows.map(({ line, row, state, what }) => [row, line, state, what]),
        [
          [41, 42, "invalid", ""],
          [42, 43, "there", "owner"],
        ],
      )
      assert.include(rows[1]?.reason, "username is taken; email is taken")
      assert.strictEqual(yield* deployment.size, 41)

      const again = yield* admin("create", "users.csv", ...json)
      assert.strictEqual(again.stdout, first.stdout)
      assert.include(again.stderr, "nothing is sent again")
      assert.strictEqual((yield* journal.entries("createUser")).length, 41)

      // A 409 never becomes an update.
      const retried = yield* admin("resume", "--retry-failed", "--format", "csv")
      assert.match(retried.stdout, /^,owner,owner@example\.com,there,.*,42,43,[^,]+,$/m)
      assert.strictEqual((yield* journal.entries("updateUser")).length, 0)

      write("users.csv", `${usersCsv(3)}\nnew,new@example.com,pw`)
      const changed = yield* admin("create", "users.csv", ...json)
      // Who was created before is not sent again.
      const { all, counts: now } = parseReport(changed.stdout)
      assert.strictEqual(now.done, 4)
      assert.deepStrictEqual(
        all.map(({ evidence }) => evidence),
        ["created before", "created before", "created before", "response"],
      )
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("a second process does nothing, and says why", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, journal, start, write } = yield* World
      write("users.csv", usersCsv(2000))
      yield* faults.install({ fault: Faults.delay("100 millis"), operation: "createUser" })
      const first = start(["create", "users.csv", "--concurrency", "4"])
      while ((yield* deployment.size) < 5) yield* Effect.sleep("5 millis")
      const seen = (yield* journal.entries("createUser")).map(({ credential }) => credential).length
      const second = yield* admin("create", "users.csv")
      assert.strictEqual(second.code, 4)
      assert.match(second.stderr, /^Another process is working on users\.csv\.run\.sqlite/)
      assert.isAbove((yield* journal.entries("createUser")).length, seen)
      yield* faults.clear
      const { code } = yield* Effect.promise(() => first.ended)
      assert.strictEqual(code, 0)
      assert.strictEqual((yield* journal.entries("createUser")).length, 2000)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("Ctrl-C finishes what is under way and says how to go on; an unfinished run is not mixed up", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, journal, start, write } = yield* World
      write("users.csv", usersCsv(300))
      yield* faults.install({ fault: Faults.delay("50 millis"), operation: "createUser" })
      const { ended, process } = start(["create", "users.csv", "--concurrency", "4"])
      while ((yield* deployment.size) < 20) yield* Effect.sleep("5 millis")
      process.kill("SIGINT")
      const { code, stderr } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 130)
      assert.include(stderr, "go on with: pnpm admin resume users.csv")
      yield* faults.clear

      const stood = parseReport((yield* admin("status", ...json)).stdout)
      assert.strictEqual(stood.counts.unknown, 0)
      assert.strictEqual(stood.counts.done + 1, yield* deployment.size)
      assert.strictEqual(stood.counts.done + stood.counts.open, 300)

      write("users.csv", `${usersCsv(300)}\nnew,new@example.com,pw`)
      for (const args of [["create", "users.csv"], ["resume"]]) {
        const refused = yield* admin(...args)
        assert.strictEqual(refused.code, 2)
        assert.include(refused.stderr, "is not the file any more")
      }
      write("users.csv", usersCsv(300))
      const last = yield* admin("resume", ...json)
      assert.strictEqual(last.code, 0)
      assert.strictEqual((yield* journal.entries("createUser")).length, 300)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("a revoked credential, or a service that is gone, stops the run at once", () =>
    Effect.gen(function* () {
      const { admin, env, faults, journal, write } = yield* World
      write("users.csv", usersCsv(500))
      yield* faults.install({ fault: Faults.status(401), operation: "createUser" })
      const revoked = yield* admin("create", "users.csv", ...json)
      assert.strictEqual(revoked.code, 3)
      const report = parseReport(revoked.stdout)
      assert.include(report.stopped, "no longer takes the credential")
      assert.strictEqual(report.counts.open, 500)
      assert.isAtMost((yield* journal.entries("createUser")).length, 16)
      yield* faults.clear
      const resumed = yield* admin("resume")
      assert.strictEqual(resumed.code, 0)

      env.TILEDB_REST_HOST = "http://127.0.0.1:9/v4"
      const unreachable = yield* admin("create", "users.csv")
      assert.strictEqual(unreachable.code, 2)
      assert.match(unreachable.stderr, /^http:\/\/127\.0\.0\.1:9\/v4: .*could not connect.*Nothing was sent$/m)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("a service that goes away in the middle stops the run; back again, resume does the rest", () =>
    Effect.gen(function* () {
      const { admin, deployment, effects, env, faults, start, write } = yield* World
      write("users.csv", usersCsv(400))
      const service = new URL(env.TILEDB_REST_HOST ?? "")
      const sockets = new Set<Socket>()
      const gateway = createServer((socket) => {
        const on = connect(Number(service.port), service.hostname)
        for (const end of [socket, on]) sockets.add(end.on("error", () => end.destroy()))
        socket.pipe(on).pipe(socket)
      })
      const listen = (port: number) =>
        Effect.promise(() => new Promise<void>((resolve) => gateway.listen(port, "127.0.0.1", resolve)))
      const close = Effect.promise(() => {
        const closed = new Promise((resolve) => gateway.close(resolve))
        for (const socket of sockets) socket.destroy()
        return closed
      })
      yield* Effect.addFinalizer(() => close)
      yield* listen(0)
      const address = gateway.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      env.TILEDB_REST_HOST = `http://127.0.0.1:${port}/v4`

      yield* faults.install({ fault: Faults.delay("20 millis"), operation: "createUser" })
      const { ended } = start(["create", "users.csv", "--concurrency", "4", ...json])
      yield* until(
        "50 users",
        Effect.map(deployment.size, (size) => size > 50),
      )
      yield* close
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 3)
      const { counts, stopped } = parseReport(stdout)
      assert.include(stopped, "cannot be reached")
      assert.strictEqual(counts.failed, 0)
      assert.isAbove(counts.open, 300)

      yield* listen(port)
      const last = yield* admin("resume", ...json)
      assert.strictEqual(last.code, 0, last.stderr)
      assert.strictEqual(parseReport(last.stdout).counts.done, 400)
      assert.deepStrictEqual(
        [...(yield* effects).values()].filter((count) => count !== 1),
        [],
      )
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("--fail-fast stops at the first row that fails, and shows no password at any log level", () =>
    Effect.gen(function* () {
      const { admin, bytes, deployment, journal, write } = yield* World
      const rows = usersCsv(40).split("\n")
      rows[5] = `owner,owner@example.com,${canary(4)}`
      write("users.csv", rows.join("\n"))
      const args = ["--concurrency", "1", "--log-level", "all", "--report", "report.json", ...json]
      const first = yield* admin("create", "users.csv", "--fail-fast", ...args)
      assert.strictEqual(first.code, 3)
      assert.match(first.stderr, /Stopped\. .* go on with: pnpm admin resume users\.csv/)
      assert.strictEqual((yield* journal.entries("createUser")).length, 5)
      assert.strictEqual(yield* deployment.size, 5)
      // Without it, the rest goes through.
      const second = yield* admin("create", "users.csv", ...args)
      assert.strictEqual(second.code, 1)
      assert.strictEqual(yield* deployment.size, 40)
      const kept = Buffer.concat([bytes("users.csv"), Buffer.from(first.stderr + second.stderr)])
      assert.isTrue(kept.includes("user-7"))
      assert.isFalse(kept.includes("canary-"))
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive(
    "--fail-fast with a bad row, --generate-passwords with --send-reset, and a password nobody has kept",
    () =>
      Effect.gen(function* () {
        const { admin, bytes, deployment, journal, write } = yield* World
        write("bad.csv", "username,email,password\nada,ada@example.com,pw\nbob,nowhere,pw")
        const refused = yield* admin("create", "bad.csv", "--fail-fast")
        assert.strictEqual(refused.code, 2)
        assert.strictEqual(yield* deployment.size, 1)

        write("new.csv", "username;email\nada;ada@example.com\nbob;bob@example.com")
        const wrong = yield* admin("create", "new.csv", "--generate-passwords")
        assert.include(wrong.stderr, 'give --delimiter ";"')
        const { code } = yield* admin("create", "new.csv", "--delimiter", ";", "--generate-passwords", "--send-reset")
        assert.strictEqual(code, 0)
        assert.strictEqual((yield* journal.entries("requestPasswordReset")).length, 2)
        assert.isFalse(bytes("new.csv", "bad.csv").includes("password-"))
      }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("a lost answer is found out about; what cannot be told is listed", () =>
    Effect.gen(function* () {
      const { admin, effects, faults, write } = yield* World
      write("users.csv", usersCsv(30))
      yield* faults.install({ fault: Faults.reset("after"), operation: "createUser", nth: [3, 9] })
      yield* faults.install({ fault: Faults.reset("before"), operation: "createUser", nth: 5 })
      const { code, stdout } = yield* admin("create", "users.csv", "--concurrency", "1", ...json)
      assert.strictEqual(code, 0)
      const { counts, rows } = parseReport(stdout)
      assert.strictEqual(counts.done, 30)
      assert.deepStrictEqual(
        rows.map(({ evidence, row }) => [row, evidence]),
        [
          [3, "password"],
          [5, "second request"],
          [8, "password"],
        ],
      )
      assert.deepStrictEqual(
        [...(yield* effects).values()].filter((count) => count !== 1),
        [],
      )

      // The password is gone with the process, and nobody can tell whose account it is.
      yield* faults.clear
      yield* faults.install({ fault: Faults.silence("after"), operation: "createUser", nth: 2 })
      write("lost.csv", "username,email\nx1,x1@example.com\nx2,x2@example.com\nx3,x3@example.com")
      const { start } = yield* World
      const { ended, process } = start(["create", "lost.csv", "--generate-passwords", "--concurrency", "1"])
      const { deployment } = yield* World
      while ((yield* deployment.size) < 33) yield* Effect.sleep("5 millis")
      process.kill("SIGKILL")
      yield* Effect.promise(() => ended)
      const after = parseReport((yield* admin("resume", "lost.csv", ...json)).stdout)
      // The account of x1 may have been made an instant before its outcome was written, which is then the same.
      assert.strictEqual(after.counts.done + after.counts.exists, 3)
      const lost = after.rows.find(({ what }) => what === "x2")
      assert.strictEqual(lost?.state, "exists")
      assert.include(lost?.reason, "it may be another user's")
      assert.strictEqual((yield* effects).get("x2"), 1)
    }).pipe(Effect.provide(layer())),
  )
})

describe("update and delete", () => {
  it.scopedLive("changes and deletes; asks first; stops when the service knows too few; never oneself", () =>
    Effect.gen(function* () {
      const { admin, deployment, journal, write } = yield* World
      write("users.csv", usersCsv(60))
      yield* admin("create", "users.csv")
      const ids = yield* idsOf
      write("changes.csv", `id,display_name\n${ids.map((id, n) => `${id},Name ${n}`).join("\n")}`)
      assert.strictEqual((yield* admin("update", "changes.csv")).code, 0)
      const names = (yield* deployment.users).map(({ display_name }) => display_name)
      assert.strictEqual(names.filter((name) => name.startsWith("Name ")).length, 60)

      const strangers = Array.from({ length: 40 }, (_, n) => `usr_${String(n).padStart(20, "0")}`)
      write("wrong.csv", `id\n${strangers.join("\n")}`)
      const wrong = yield* admin("delete", "wrong.csv", "--yes")
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "is it the right deployment?")
      assert.strictEqual((yield* journal.entries("deleteUser")).length, 0)

      write("names.csv", `username\nuser-0\n${strangers.join("\n")}`)
      const names40 = yield* admin("delete", "names.csv", "--yes")
      assert.strictEqual(names40.code, 2)
      assert.match(names40.stderr, /^40 of the users are not known to the service.*--max-unknown 40 /m)
      assert.strictEqual((yield* journal.entries("deleteUser")).length, 0)

      write("ids.csv", `id\n${[deployment.ownerId, ...ids].join("\n")}`)
      const asked = yield* admin("delete", "ids.csv")
      assert.strictEqual(asked.code, 2)
      assert.match(asked.stderr, /usr_\w+ {2}line \d+: user-\d+ <user-\d+@example\.com>, member/)
      assert.notInclude(asked.stderr, "owner@")
      assert.notMatch(asked.stderr, /, $/m)
      assert.include(asked.stderr, "user-59 <user-59@example.com>, member")
      assert.include(asked.stderr, "give --yes")
      assert.strictEqual(yield* deployment.size, 61)
      const deleted = yield* admin("delete", "ids.csv", "--yes", ...json)
      assert.strictEqual(deleted.code, 1)
      const { counts, rows } = parseReport(deleted.stdout)
      assert.deepStrictEqual([counts.done, counts.invalid], [60, 1])
      assert.include(rows[0]?.reason, "is your own account")
      assert.strictEqual(yield* deployment.size, 1)
    }).pipe(Effect.provide(layer())),
  )
})

describe("responses to update and delete that were lost", () => {
  it.scopedLive("are asked for again; what the log says of it is not in the report", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, write } = yield* World
      write("users.csv", usersCsv(8))
      yield* admin("create", "users.csv")
      const ids = yield* idsOf
      write("changes.csv", `id,display_name\n${ids.map((id, n) => `${id},Name ${n}`).join("\n")}`)
      write("ids.csv", `id\n${ids.join("\n")}`)

      // Both may be repeated: the client does it, says so in the log, and takes a 404 then for the end of the first call.
      yield* faults.install({ fault: Faults.reset("after"), operation: "updateUser", nth: 2 })
      yield* faults.install({ fault: Faults.reset("after"), operation: "deleteUser", nth: 3 })
      const update = yield* admin("update", "changes.csv", "--concurrency", "1", ...json, "--log-level", "info")
      assert.strictEqual(update.code, 0, update.stdout)
      const changed = parseReport(update.stdout)
      assert.strictEqual(changed.counts.done, 8)
      const remove = yield* admin("delete", "ids.csv", "--yes", "--concurrency", "1", ...json)
      assert.strictEqual(remove.code, 0, remove.stdout)
      const removed = parseReport(remove.stdout)
      assert.strictEqual(removed.counts.done, 8)
      assert.strictEqual(yield* deployment.size, 1)
      assert.include(update.stderr, "updateUser: succeeded in attempt 2")
      assert.notInclude(remove.stderr, "succeeded in attempt 2", "the log is for who asks for it")
      assert.deepStrictEqual([...changed.rows, ...removed.rows], [])
    }).pipe(Effect.provide(layer())),
  )
})

describe("one account", () => {
  it.scopedLive("who-am-i, rotate-password, reset-password; passwords come by stdin and go nowhere else", () =>
    Effect.gen(function* () {
      const { admin, adminWith, env, journal } = yield* World
      const self = yield* admin("who-am-i", ...json)
      assert.strictEqual(JSON.parse(self.stdout).username, "owner")
      const nobody = yield* adminWith(`wrong\n${canary(1)}\n${canary(1)}\n`, "rotate-password")
      assert.strictEqual(nobody.code, 2)
      assert.include(nobody.stderr, "was not changed")
      const uneven = yield* adminWith(`wrong\n${canary(1)}\n${canary(2)}\n`, "rotate-password")
      assert.include(uneven.stderr, "are not the same")
      const reset = yield* admin("reset-password", "owner")
      assert.strictEqual(reset.code, 0)
      const both = yield* admin("reset-password")
      assert.strictEqual(both.code, 2)
      for (const { stderr, stdout } of [nobody, uneven, reset, both]) assert.notInclude(stdout + stderr, "canary")
      assert.strictEqual((yield* journal.entries("requestPasswordReset")).length, 1)
      delete env.TILEDB_REST_TOKEN
      const anonymous = yield* admin("who-am-i")
      assert.strictEqual(anonymous.code, 2)
      assert.include(anonymous.stderr, "TILEDB_REST_TOKEN")
    }).pipe(Effect.provide(layer())),
  )
})
