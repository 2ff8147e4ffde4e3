import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as SqlClient from "@effect/sql/SqlClient"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { layer, parseReport, until, usersCsv, World } from "./harness.js"

const json = ["--format", "json"] as const

/** A state file as something else than this version of the tool has written it. */
const stateOf = (folder: string, file: string, ...statements: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.forEach(statements, (one) => sql.unsafe(one))).pipe(
    Effect.provide(LibsqlClient.layer({ url: pathToFileURL(join(folder, `${file}.run.sqlite`)).href })),
    Effect.orDie,
  )

describe("no row is wrong or lost", () => {
  it.scopedLive("a file that is overwritten, touched or taken away during a run is sent as it was read", () =>
    Effect.gen(function* () {
      const { deployment, faults, folder, start, write } = yield* World
      write("users.csv", usersCsv(300))
      yield* faults.install({ fault: Faults.delay("20 millis"), operation: "createUser" })
      const { ended } = start(["create", "users.csv", "--concurrency", "4", ...json])
      yield* until(
        "30 users",
        Effect.map(deployment.size, (size) => size > 30),
      )
      write("users.csv", usersCsv(300).replaceAll("user-", "other-"))
      yield* until(
        "100 users",
        Effect.map(deployment.size, (size) => size > 100),
      )
      rmSync(join(folder, "users.csv"))
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 0)
      assert.strictEqual(parseReport(stdout).counts.done, 300)
      const names = (yield* deployment.users).map(({ username }) => username)
      assert.deepStrictEqual(
        names.filter((name) => name.startsWith("other-")),
        [],
      )
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive(
    "a check that ended early leaves nothing behind; a run keeps its settings and refuses others by name",
    () =>
      Effect.gen(function* () {
        const { admin, deployment, folder, write } = yield* World
        write("users.csv", "username,email,password\nada,a@example.com,\nbob,b@example.com,")
        const early = yield* admin("create", "users.csv", "--fail-fast")
        assert.strictEqual(early.code, 2)
        assert.isFalse(existsSync(join(folder, "users.csv.run.sqlite")))
        assert.strictEqual((yield* admin("create", "users.csv", "--generate-passwords")).code, 0)
        assert.strictEqual(yield* deployment.size, 3)

        const other = yield* admin("create", "users.csv", "--delimiter", ";", "--send-reset")
        assert.strictEqual(other.code, 2)
        assert.match(other.stderr, /leave out --delimiter and --send-reset, or begin anew with --new-run/)
        assert.strictEqual((yield* admin("create", "users.csv")).code, 0)
      }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("users who were deleted since are not done: the same file says so, and --new-run creates them", () =>
    Effect.gen(function* () {
      const { admin, deployment, write } = yield* World
      write("users.csv", usersCsv(6))
      yield* admin("create", "users.csv", "--report", "report.csv", "--format", "csv")
      assert.strictEqual((yield* admin("delete", "report.csv", "--yes")).code, 0)
      assert.strictEqual(yield* deployment.size, 1)
      const again = yield* admin("create", "users.csv")
      assert.strictEqual(again.code, 1)
      assert.include(again.stderr, "6 of the users are gone")
      const dry = yield* admin("create", "users.csv", "--new-run", "--dry-run")
      assert.include(dry.stderr, "--dry-run: 6 rows would be sent")
      assert.strictEqual((yield* admin("create", "users.csv", "--new-run")).code, 0)
      assert.strictEqual(yield* deployment.size, 7)
      assert.strictEqual((yield* admin("create", "users.csv")).code, 0, "those of the second run are there")
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("of three processes that begin the same at once, one does it", () =>
    Effect.gen(function* () {
      const { admin, deployment, effects, start, write } = yield* World
      write("users.csv", usersCsv(200))
      const started = [1, 2, 3].map(() => start(["create", "users.csv"]))
      const ends = yield* Effect.promise(() => Promise.all(started.map(({ ended }) => ended)))
      // One that comes late finds the run.
      for (const { code, stderr } of ends) assert.oneOf(code, [0, 4], stderr)
      assert.isTrue(ends.some(({ code }) => code === 0))
      assert.isTrue([...(yield* effects).values()].every((count) => count === 1))
      assert.strictEqual(yield* deployment.size, 201)
      assert.strictEqual((yield* admin("runs")).stdout.split("\n").length, 2)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("bad rows put right in the same file: what was done is done", () =>
    Effect.gen(function* () {
      const { admin, deployment, journal, write } = yield* World
      const rows = usersCsv(200).split("\n")
      const bad = rows.map((row, n) => (n % 17 === 1 ? row.replace("@", " at ") : row))
      write("users.csv", bad.join("\n"))
      assert.strictEqual((yield* admin("create", "users.csv")).code, 1)
      write("users.csv", rows.join("\n"))
      yield* journal.clear
      const right = yield* admin("create", "users.csv", ...json)
      assert.strictEqual(right.code, 0, right.stdout)
      assert.strictEqual(parseReport(right.stdout).counts.done, 200)
      assert.strictEqual((yield* journal.entries("createUser")).length, 12)
      assert.strictEqual(yield* deployment.size, 201)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("an e-mail that was not sent is no success, and is sent by resume; no account is created twice", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, journal, write } = yield* World
      write("users.csv", "username,email\nada,a@example.com\nbob,b@example.com\ncleo,c@example.com")
      yield* faults.install({ fault: Faults.status(400), operation: "requestPasswordReset", nth: 2 })
      const first = yield* admin(
        ...["create", "users.csv", "--generate-passwords", "--send-reset", "--concurrency", "1", ...json],
      )
      assert.strictEqual(first.code, 0, "tried again in the second pass")
      yield* faults.clear
      write("more.csv", "username,email\ndan,d@example.com")
      yield* faults.install({ fault: Faults.status(400), operation: "requestPasswordReset" })
      const none = yield* admin("create", "more.csv", "--generate-passwords", "--send-reset", ...json)
      assert.strictEqual(none.code, 1)
      const [row] = parseReport(none.stdout).rows
      assert.strictEqual(row?.state, "unmailed")
      assert.match(row?.id ?? "", /^usr_/)
      yield* faults.clear
      yield* journal.clear
      assert.strictEqual((yield* admin("resume", "more.csv")).code, 0)
      assert.strictEqual((yield* journal.entries("requestPasswordReset")).length, 1)
      assert.strictEqual((yield* journal.entries("createUser")).length, 0)
      assert.strictEqual(yield* deployment.size, 5)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("what exists is settled by a person, with --skip-existing", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, start, write } = yield* World
      yield* faults.install({ fault: Faults.silence("after"), operation: "createUser", nth: 1 })
      write("users.csv", "username,email\nada,a@example.com")
      const { ended, process } = start(["create", "users.csv", "--generate-passwords"])
      yield* until(
        "one user",
        Effect.map(deployment.size, (size) => size === 2),
      )
      process.kill("SIGKILL")
      yield* Effect.promise(() => ended)
      const resumed = yield* admin("resume", ...json)
      assert.strictEqual(parseReport(resumed.stdout).counts.exists, 1)
      assert.strictEqual(resumed.code, 1)
      const settled = yield* admin("resume", "--skip-existing", ...json)
      assert.strictEqual(settled.code, 0)
      assert.strictEqual(parseReport(settled.stdout).counts.there, 1)
    }).pipe(Effect.provide(layer())),
  )
})

describe("users who are there", () => {
  it.scopedLive("are there, and no failure; --upsert shows what it changes, and asks", () =>
    Effect.gen(function* () {
      const { admin, deployment, journal, write } = yield* World
      write("users.csv", "username,email,password,display_name\nada,a@example.com,p,Ada\nbob,b@example.com,p,Bob")
      yield* admin("create", "users.csv")
      write("more.csv", "username,email,password,display_name\nada,a@example.com,p,Ada L.\ncleo,c@example.com,p,Cleo")
      const dry = yield* admin("create", "more.csv", "--dry-run", ...json)
      assert.strictEqual(dry.code, 0)
      assert.deepStrictEqual(
        parseReport(dry.stdout).all.map(({ state }) => state),
        ["there", "open"],
      )
      const skipped = yield* admin("create", "more.csv", "--skip-existing", ...json)
      assert.strictEqual(skipped.code, 0)
      assert.deepStrictEqual(
        parseReport(skipped.stdout).all.map(({ state }) => state),
        ["there", "done"],
      )
      const problems = yield* admin("status", "more.csv", "--only", "problems", ...json)
      assert.deepStrictEqual([problems.code, parseReport(problems.stdout).all], [0, []])
      const asked = yield* admin("create", "more.csv", "--upsert", "--new-run")
      assert.strictEqual(asked.code, 2)
      assert.include(asked.stderr, 'display_name "Ada" → "Ada L."')
      assert.strictEqual((yield* journal.entries("updateUser")).length, 0)
      const upserted = yield* admin("create", "more.csv", "--upsert", "--new-run", "--yes", ...json)
      assert.strictEqual(upserted.code, 0, upserted.stderr)
      const { counts } = parseReport(upserted.stdout)
      assert.deepStrictEqual([counts.done, counts.there], [1, 1])
      assert.include(parseReport(upserted.stdout).all[0]?.was, '"display_name":"Ada"')
      assert.include(
        (yield* deployment.users).map(({ display_name }) => display_name),
        "Ada L.",
      )
      assert.strictEqual((yield* journal.entries("updateUser")).length, 1)
    }).pipe(Effect.provide(layer())),
  )
})

describe("the state", () => {
  it.scopedLive("is reported while a run goes on, listed, and forgotten", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, folder, start, write } = yield* World
      write("users.csv", usersCsv(200))
      yield* faults.install({ fault: Faults.delay("50 millis"), operation: "createUser" })
      const { ended } = start(["create", "users.csv", "--concurrency", "2", "--report", "report.txt"])
      yield* until(
        "20 users",
        Effect.map(deployment.size, (size) => size > 20),
      )
      const files = readdirSync(folder).filter((name) => name !== "users.csv")
      assert.includeMembers(files, ["users.csv.run.sqlite", "users.csv.run.sqlite-wal", "users.csv.run.sqlite-shm"])
      for (const name of files) {
        assert.strictEqual(statSync(join(folder, name)).mode & 0o777, 0o600, `${name} holds addresses`)
      }
      const during = yield* admin("status", ...json)
      assert.strictEqual(during.code, 3)
      assert.isAbove(parseReport(during.stdout).counts.done, 10)
      yield* faults.clear
      assert.strictEqual((yield* Effect.promise(() => ended)).code, 0)
      const listed = yield* admin("runs")
      assert.match(listed.stdout, /^\S+ {2}\S+ {2}create users\.csv by owner: 200 rows: 200 done\n$/)
      assert.strictEqual((yield* admin("forget", "users.csv", listed.stdout.split(" ")[0] ?? "")).code, 0)
      assert.strictEqual((yield* admin("runs")).stdout, "")
      assert.strictEqual((yield* admin("status")).code, 2)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("of another version, of something else, or that cannot be written is refused in a sentence", () =>
    Effect.gen(function* () {
      const { admin, deployment, folder, write } = yield* World
      for (const name of ["old", "new", "text", "cut", "edited", "folder"]) write(`${name}.csv`, usersCsv(2))
      yield* stateOf(folder, "old.csv", "CREATE TABLE admin_runs (id TEXT)", "INSERT INTO admin_runs VALUES ('a')")
      yield* stateOf(
        folder,
        "new.csv",
        "CREATE TABLE admin_version (version INTEGER)",
        "INSERT INTO admin_version VALUES (9)",
      )
      writeFileSync(
        join(folder, "text.csv.run.sqlite"),
        "this is no database, but a text that somebody has written\n".repeat(99),
      )
      const whole = readFileSync(join(folder, "new.csv.run.sqlite"))
      writeFileSync(join(folder, "cut.csv.run.sqlite"), whole.subarray(0, whole.length / 2))
      yield* admin("create", "edited.csv", "--anonymous")
      yield* stateOf(folder, "edited.csv", "UPDATE admin_runs SET settings = 'x'")
      const size = yield* deployment.size
      mkdirSync(join(folder, "folder.csv.run.sqlite"))
      const expected = [
        ["old", /written by an older version .* move the file of the state away/],
        ["new", /written by a newer version/],
        ["text", /cannot be read or written: .*not a database. Move it away, and give the command again/],
        ["cut", /cannot be read or written: .*malformed. Move it away/],
        ["edited", /cannot be read or written: .*malformed. Move it away/],
        ["folder", /cannot be read or written: /],
      ] as const
      for (const [name, message] of expected) {
        for (const command of ["create", "resume", "status"]) {
          const { code, stderr, stdout } = yield* admin(command, `${name}.csv`)
          assert.strictEqual(code, name === "edited" ? 3 : 2, `${command} ${name}: ${stderr}`)
          assert.match(stderr, message)
          assert.strictEqual(stderr.trimEnd().split("\n").length, 1, stderr)
          assert.strictEqual(stdout, "")
        }
      }
      assert.strictEqual(yield* deployment.size, size)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("SIGHUP ends a run as Ctrl-C does, and the printed command goes on with it", () =>
    Effect.gen(function* () {
      const { admin, deployment, faults, start, write } = yield* World
      write("new users.csv", usersCsv(200))
      yield* faults.install({ fault: Faults.delay("50 millis"), operation: "createUser" })
      const { ended, process } = start(["create", "new users.csv", "--concurrency", "4"])
      yield* until(
        "20 users",
        Effect.map(deployment.size, (size) => size > 20),
      )
      process.kill("SIGHUP")
      const { code, stderr } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 130)
      assert.include(stderr, "go on with: pnpm admin resume 'new users.csv'")
      const stood = parseReport((yield* admin("status", "new users.csv", ...json)).stdout)
      assert.strictEqual(stood.counts.unknown, 0)
      assert.strictEqual(stood.counts.done + 1, yield* deployment.size)
    }).pipe(Effect.provide(layer())),
  )
})
