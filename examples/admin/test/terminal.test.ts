import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { bin, layer, shows, usersCsv, World } from "./harness.js"

const enter = "\r"
const escape = "\u001b"

describe("progress", () => {
  it.scopedLive("is a bar on a terminal, and plain lines in a pipe; stdout has the report alone", () =>
    Effect.gen(function* () {
      const { admin, faults, journal, terminal, write } = yield* World
      write("users.csv", `${usersCsv(40)}\nowner,owner@example.com,pw`)
      yield* faults.install({ fault: Faults.delay("300 millis"), operation: "createUser" })
      const shown = terminal(["create", "users.csv", "--concurrency", "4"])
      assert.strictEqual(yield* Effect.promise(() => shown.ended), 1)
      const bars = shown.seen().split(`\r${escape}[2K`)
      assert.isAbove(bars.length, 5)
      assert.match(
        bars[bars.length - 3] ?? "",
        /^\[#+\.*\] \d+\/41 rows \(\d+ %\), \d+ rows\/s, [01] failed, ETA (\d:\d\d|--:--)$/,
      )
      assert.match(shown.seen(), /\[#{20}\] 41\/41 rows \(100 %\), \d+ rows\/s, 0 failed, ETA 0:00/)

      // Each is one line of the terminal, also with many rows and with lines of the log between.
      for (const bar of bars.slice(1)) assert.isBelow((bar.split("\n")[0] ?? "").trimEnd().length, 80)

      yield* faults.clear
      write("more.csv", usersCsv(60).replaceAll("user-", "more-"))
      yield* journal.clear
      const piped = yield* admin("create", "more.csv", "--rate", "10")
      assert.strictEqual(piped.code, 0)
      for (const text of [piped.stdout, piped.stderr])
        assert.isFalse(text.includes("\r") || text.includes(escape), text)
      const lines = piped.stderr.split("\n").filter((line) => line.includes("/60 rows"))
      assert.isAbove(lines.length, 1)
      for (const line of lines) assert.match(line, /^\d+\/60 rows \(\d+ %\), \d+ rows\/s, 0 failed, ETA \S+$/)
      assert.match(piped.stdout, /^create more\.csv: 60 rows\n {7}60 done\n$/)
      const times = (yield* journal.entries("createUser")).map(({ time }) => time.epochMillis)
      assert.strictEqual(times.length, 60)
      // Two more in a second than there may be, for what the way to the service bunches up.
      for (const [at, time] of times.entries())
        assert.isTrue((times[at + 12] ?? Number.POSITIVE_INFINITY) > time + 1000)
    }).pipe(Effect.provide(layer())),
  )
})

describe("the start", () => {
  it.scopedLive("takes at most 0.7 s of the processor, once it is built", () =>
    Effect.gen(function* () {
      const { admin } = yield* World
      yield* admin("--version")
      const seconds = Array.from({ length: 3 }, () => {
        const { stderr } = spawnSync(
          "bash",
          ["-c", `TIMEFORMAT='%U %S'; time "${process.execPath}" "${bin}" --version`],
          {
            encoding: "utf8",
          },
        )
        return stderr
          .trim()
          .split(" ")
          .reduce((sum, part) => sum + Number(part), 0)
      })
      assert.isAtMost(Math.min(...seconds), 0.7)
    }).pipe(Effect.provide(layer())),
  )
})

describe("delete on a terminal", () => {
  it.scopedLive("shows the users and asks; no, Ctrl-C and Enter delete nothing, y does", () =>
    Effect.gen(function* () {
      const { admin, deployment, terminal, write } = yield* World
      write("users.csv", usersCsv(12))
      yield* admin("create", "users.csv")
      // In the order of their names: rows are sent side by side, and which one arrives first is not settled.
      const ids = (yield* deployment.users)
        .filter(({ username }) => username !== "owner")
        .sort((a, b) => Number(a.username.slice(5)) - Number(b.username.slice(5)))
        .map(({ id }) => id)
      write("ids.csv", ["id", ...ids].join("\n"))
      for (const keys of ["n", "\u0003", enter]) {
        const asked = terminal(["delete", "ids.csv"])
        yield* shows(asked, "Delete these 12 users for good?")
        assert.include(asked.seen(), "<user-0@example.com>")
        assert.include(asked.seen(), "<user-11@example.com>")
        asked.type(keys)
        assert.strictEqual(yield* Effect.promise(() => asked.ended), 2, asked.seen())
        assert.include(asked.seen(), "Nothing was deleted")
        assert.strictEqual(yield* deployment.size, 13)
      }
      const sure = terminal(["delete", "ids.csv"])
      yield* shows(sure, "Delete these 12 users for good?")
      sure.type("y")
      assert.strictEqual(yield* Effect.promise(() => sure.ended), 0, sure.seen())
      assert.strictEqual(yield* deployment.size, 1)
    }).pipe(Effect.provide(layer())),
  )
})

describe("the command line", () => {
  it.scopedLive("--help and completions name every command; help in a pipe is plain text", () =>
    Effect.gen(function* () {
      const { admin } = yield* World
      const commands = ["create", "update", "delete", "status", "resume", "runs", "forget", "who-am-i"]
      const help = yield* admin("--help")
      const bash = yield* admin("--completions", "bash")
      const zsh = yield* admin("--completions", "zsh")
      const fish = yield* admin("--completions", "fish")
      for (const { code, stdout } of [help, bash, zsh, fish]) {
        assert.strictEqual(code, 0)
        for (const command of commands) assert.include(stdout, command)
        assert.notInclude(stdout, escape)
      }
      for (const text of ["TILEDB_REST_TOKEN ", "TILEDB_REST_HOST ", "130 Ctrl-C", "  tokens revoke    Revokes one"]) {
        assert.include(help.stdout, text)
      }
      // What bash makes of it: the commands, and the options of one.
      const complete = (...words: ReadonlyArray<string>) =>
        spawnSync(
          "bash",
          [
            "-c",
            `${bash.stdout}\nCOMP_WORDS=(${words.map((_) => `'${_}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _admin_bash_completions admin; echo "\${COMPREPLY[@]}"`,
          ],
          {
            encoding: "utf8",
          },
        ).stdout.trim()
      assert.strictEqual(complete("admin", "upd"), "update")
      assert.strictEqual(complete("admin", "create", "--dry"), "--dry-run")
      const mistyped = yield* admin("delete", "--nothing", "users.csv")
      assert.deepStrictEqual([mistyped.code, mistyped.stderr.trim()], [2, "There is no option --nothing"])
      const wrong = yield* admin("crate", "users.csv")
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "create")
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("the wizard asks for a command and its arguments, and runs it", () =>
    Effect.gen(function* () {
      const { admin, start, terminal, write } = yield* World
      write("users.csv", usersCsv(3))
      yield* admin("create", "users.csv")
      // Its stdin stays open, as that of a service.
      const nobody = yield* Effect.promise(() => start(["create", "--wizard"]).ended)
      assert.deepStrictEqual([nobody.code, nobody.stdout], [2, ""])
      assert.strictEqual(nobody.stderr, "--wizard asks questions: it needs a terminal\n")
      const wizard = terminal(["--wizard"])
      yield* shows(wizard, "Select which command")
      const down = `${escape}[B`
      wizard.type(`${down}${down}${down}${enter}`)
      const answers = ["--format table", "--only all", "--report text", "Custom", "like to run the command?"]
      for (const question of answers) {
        yield* shows(wizard, question)
        wizard.type(enter)
      }
      assert.strictEqual(yield* Effect.promise(() => wizard.ended), 0, wizard.seen())
      assert.include(wizard.seen(), "create users.csv: 3 rows")
    }).pipe(Effect.provide(layer())),
  )
})
