import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, parseReport, World } from "./harness.js"

const json = ["--format", "json"] as const

describe("what people's files hold", () => {
  it.scopedLive("is read as it is meant, or refused with the line and a reason", () =>
    Effect.gen(function* () {
      const { admin, write } = yield* World
      const head = "username,email,password\n"
      const cases: ReadonlyArray<readonly [name: string, text: string, expected: RegExp | "read"]> = [
        [
          "rows and columns that Excel emptied",
          `username,email,password,,\r\na,a@example.com,p,,\r\n,,,,\r\n   \r\n`,
          "read",
        ],
        ["Excel's first line", "sep=;\r\nusername;email;password\r\nb;b@example.com;p\r\n", "read"],
        ["names of columns in any case", '"Username ",E-Mail,PASSWORD,Display Name\nc,c@example.com,p,C\n', "read"],
        [
          "a column without a name",
          "username,,email,password\na,x,a@example.com,p",
          /column 2: the column has no name/,
        ],
        ["an invisible character", `${head}a\u200bda,a@example.com,p`, /\(username\): .*cannot be seen \(U\+200B\)/],
        ["an override in an address", `${head}ada,a\u202eda@example.com,p`, /\(email\): .*direction of writing/],
        ["a link", `${head}ada,mailto:a@example.com,p`, /\(email\): is not an e-mail address/],
        ["an address in brackets", `${head}ada,<a@example.com>,p`, /\(email\): is not an e-mail address/],
        ["a C1 control", `${head}a\u0085da,a@example.com,p`, /\(username\): .*control/],
        ["a no-break space", `${head}a\u00a0da,a@example.com,p`, /\(username\): has an unusual space \(U\+00A0\)/],
        ["twins by case", `${head}Peter,p@example.com,p\npeter,q@example.com,p`, /same as in line 2/],
        ["twins by accents", `${head}zo\u00eb,p@example.com,p\nzoe\u0308,q@example.com,p`, /same as in line 2/],
        ["full-width twins", `${head}ada,p@example.com,p\n\uff41da,q@example.com,p`, /same as in line 2/],
      ]
      for (const command of ["create", "update", "delete"]) {
        write(
          "none.csv",
          "\ufeffusername,email,password\r\n,,\r\n".replace(command === "create" ? "" : ",password", ""),
        )
        const { code, stderr, stdout } = yield* admin(command, "none.csv")
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.strictEqual(stderr, "none.csv has no rows below its first line: nothing to do\n")
      }
      for (const [name, text, expected] of cases) {
        write("users.csv", text)
        const { code, stderr } = yield* admin("create", "users.csv", "--dry-run")
        if (expected === "read") {
          assert.strictEqual(code, 0, `${name}: ${stderr}`)
          assert.include(stderr, "--dry-run: 1 rows would be sent", name)
        } else {
          assert.oneOf(code, [1, 2], name)
          assert.match(stderr, expected, name)
        }
      }
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("a formula is none in a report, and the report is read as the file was", () =>
    Effect.gen(function* () {
      const { admin, deployment, folder, write } = yield* World
      write("users.csv", "username,email,password\n\uff1d1+1,a@example.com,p\n-ada,b@example.com,p\n")
      assert.strictEqual((yield* admin("create", "users.csv", "--report", "report.csv", "--format", "csv")).code, 0)
      const report = readFileSync(join(folder, "report.csv"), "utf8")
      assert.match(report, /^\ufeffid,username,email,/)
      assert.match(report, /^usr_\w+,'\uff1d1\+1,a@example\.com,done,/m)
      assert.match(report, /^usr_\w+,'-ada,b@example\.com,done,/m)
      const removed = yield* admin("delete", "report.csv", "--yes")
      assert.strictEqual(removed.code, 0, removed.stderr)
      assert.strictEqual(yield* deployment.size, 1)
    }).pipe(Effect.provide(layer())),
  )
})

describe("ids and reports", () => {
  it.scopedLive("the report of create has all ids, and update and delete take it as it is", () =>
    Effect.gen(function* () {
      const { admin, deployment, folder, write } = yield* World
      write("users.csv", "username,email,display_name\nada,a@example.com,A\nbob,b@example.com,B\nbad,nowhere,C")
      const options = ["--generate-passwords", "--format", "csv", "--report", "report.csv"]
      assert.strictEqual((yield* admin("create", "users.csv", ...options)).code, 1)
      const report = readFileSync(join(folder, "report.csv"), "utf8")
      for (const { id, username } of yield* deployment.users) {
        assert.strictEqual(report.includes(`${id},${username},`), username !== "owner")
      }
      const problems = yield* admin("status", "users.csv", ...json, "--only", "problems")
      assert.deepStrictEqual(
        parseReport(problems.stdout).all.map(({ state }) => state),
        ["invalid"],
      )
      const lines = report.trimEnd().split("\n").slice(0, 3)
      const named = lines.map((line, n) => `${line},${n === 0 ? "display_name" : `Name ${n}`}`)
      writeFileSync(join(folder, "changes.csv"), named.join("\n"))
      assert.strictEqual((yield* admin("update", "changes.csv")).code, 0)
      assert.include(
        (yield* deployment.users).map(({ display_name }) => display_name),
        "Name 2",
      )
      // Who was there before was not created by this file, and does not go with those who were.
      write("more.csv", "username,email,password\nada,a@example.com,p\ncleo,c@example.com,p")
      const more = ["--format", "csv", "--report", "more-report.csv", "--new-run"]
      yield* admin("forget", "users.csv", (yield* admin("runs", "users.csv")).stdout.split(" ")[0] ?? "")
      assert.strictEqual((yield* admin("create", "more.csv", ...more)).code, 1)
      const some = yield* admin("delete", "more-report.csv", "--yes", ...json)
      assert.strictEqual(some.code, 1)
      assert.match(some.stderr, /line 2: is there in this report, so not created by its run/)
      assert.strictEqual(yield* deployment.size, 3)
      writeFileSync(join(folder, "gone.csv"), lines.join("\n"))
      assert.strictEqual((yield* admin("delete", "gone.csv", "--yes")).code, 0)
      assert.strictEqual(yield* deployment.size, 1)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("the rows that have to be put right are a file that can be sent again", () =>
    Effect.gen(function* () {
      const { admin, deployment, folder, write } = yield* World
      const rows = Array.from(
        { length: 250 },
        (_, n) => `user-${n},${n % 90 === 3 ? "nowhere" : `u${n}@example.com`},"p,${n}"`,
      )
      write("users.csv", ["username,email,password", ...rows].join("\r\n"))
      assert.strictEqual((yield* admin("create", "users.csv", "--corrections", "wrong.csv")).code, 1)
      const wrong = readFileSync(join(folder, "wrong.csv"), "utf8")
      assert.deepStrictEqual(wrong.trimEnd().split(/\r?\n/), ["username,email,password", rows[3], rows[93], rows[183]])
      writeFileSync(
        join(folder, "wrong.csv"),
        wrong.replaceAll("nowhere", () => `x${Math.random()}@example.com`),
      )
      assert.strictEqual((yield* admin("create", "wrong.csv")).code, 0)
      assert.strictEqual(yield* deployment.size, 251)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("they are the bytes of the input: empty columns at the end, Latin-1, line ends", () =>
    Effect.gen(function* () {
      const { admin, folder, write } = yield* World
      const head = "username\temail\tpassword\tdisplay_name\timage\r\n"
      const wrong = ["ada\tnowhere\tp\t\t\r\n", "bob\tbob@example.com\tp\tB\xf6b\t"]
      const text = [head, wrong[0], "cleo\tcleo@example.com\tp\tCleo\t\r\n", wrong[1]].join("")
      write("users.csv", Buffer.from(text, "latin1"))
      const { code } = yield* admin("create", "users.csv", "--delimiter", "tab", "--corrections", "wrong.csv")
      const written = readFileSync(join(folder, "wrong.csv"), "latin1")
      assert.deepStrictEqual([code, written], [1, `${head}${wrong.join("")}\n`])
    }).pipe(Effect.provide(layer())),
  )
})

describe("paths and pipes", () => {
  it.scopedLive("what would destroy a file, or cannot be written or read, is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { admin, deployment, folder, write } = yield* World
      const text = "username,email,password\nada,a@example.com,p\n"
      write("new users.csv", text)
      const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
        [["create", "new users.csv", "--report", "new users.csv"], /is the file that is read/],
        [["create", "new users.csv", "--corrections", "./new users.csv"], /is the file that is read/],
        [["create", "new users.csv", "--report", "out.csv", "--corrections", "./out.csv"], /name the same file/],
        [["create", "new users.csv", "--report", "new users.csv.run.sqlite"], /is the state of the run/],
        [["create", "new users.csv", "--report", "out/report.csv"], /there is no such folder/],
        [["create", "new users.csv", "--report", "/proc/report.csv"], /cannot be written/],
        [["create", "nowhere/users.csv"], /^There is no file nowhere\/users\.csv/],
        [["create", "new users.csv/users.csv"], /^There is no file/],
        [["create", "."], /is a folder/],
        [["create", "-"], /pipe/],
        [["create", "/dev/stdin"], /pipe/],
      ]
      for (const [args, message] of refused) {
        const { code, stderr, stdout } = yield* admin(...args)
        assert.strictEqual(code, 2, `${args.join(" ")}: ${stderr}`)
        assert.match(stderr, message)
        assert.strictEqual(stderr.trimEnd().split("\n").length, 1, stderr)
        assert.strictEqual(stdout, "")
      }
      assert.strictEqual(readFileSync(join(folder, "new users.csv"), "utf8"), text)
      assert.isFalse(existsSync(join(folder, "nowhere.csv.run.sqlite")))
      assert.strictEqual(yield* deployment.size, 1)
      const full = yield* admin("create", "new users.csv", "--report", "/dev/full")
      assert.strictEqual(full.code, 1)
      assert.match(full.stderr, /The report cannot be written: .*"status" reports it/)
      assert.strictEqual(yield* deployment.size, 2)
    }).pipe(Effect.provide(layer())),
  )
})
