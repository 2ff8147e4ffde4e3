import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { check, readChunk } from "../src/Check.js"
import type { Command } from "../src/Columns.js"
import { readPiece, source, unchanged } from "../src/Csv.js"
import { chunkOf, type Settings } from "../src/Store.js"

const settings: Settings = {
  delimiter: ",",
  anonymous: false,
  generatePasswords: false,
  sendReset: false,
  ignoreUnknownColumns: false,
  upsert: false,
  skipExisting: false,
  concurrency: 8,
  rate: null,
  failFast: false,
  maxFailures: null,
}

const withFile = <A, E>(content: string | Uint8Array, use: (path: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "scan-"))),
    (folder) => {
      const path = join(folder, "users.csv")
      writeFileSync(path, content)
      return use(path)
    },
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
  )

const scanPath = (path: string, command: Command, more: Partial<Settings> = {}) =>
  Effect.gen(function* () {
    const from = yield* source(path)
    const given = { ...settings, ...more }
    const { bad, ...checked } = yield* check(from, command, given)
    const run = { ...checked, command, settings: { ...given, delimiter: checked.delimiter } }
    const all = Array.from({ length: Math.ceil(run.rows / 100) }, (_, chunk) =>
      chunkOf(run, from.content.length, chunk),
    )
    const numbers = new Set(bad.map(({ row }) => row))
    const rows = all.flatMap((chunk) => readChunk(run, from, chunk)).filter(({ number }) => !numbers.has(number))
    return { from, all, rows, bad: bad.flatMap(({ reason }) => reason.split("; line ")) }
  })

const scan = (content: string | Uint8Array, command: Command = "create", more: Partial<Settings> = {}) =>
  withFile(content, (path) => scanPath(path, command, more))

const refusal = (content: string | Uint8Array, command: Command = "create", more: Partial<Settings> = {}) =>
  Effect.map(Effect.flip(scan(content, command, more)), ({ message }) => message.replace(/^.*users\.csv: /, ""))

const id = (n: number) => `usr_${String(n).padStart(20, "0")}`

describe("reading a file", () => {
  it.effect("a BOM, CRLF, quotes, empty lines and line breaks in fields are read as they are meant", () =>
    Effect.gen(function* () {
      const { bad, rows } = yield* scan(
        '\ufeffusername,email,password\r\n"a""da","ada@example.com","p,w"\r\n\r\nbob,bob@example.com," space "\nzoë,zoe@example.com,pä\r\n',
      )
      assert.deepStrictEqual(bad, [])
      assert.deepStrictEqual(
        rows.map(({ label, line, number }) => [number, line, label]),
        [
          [1, 2, 'a"da'],
          [2, 4, "bob"],
          [3, 5, "zoë"],
        ],
      )
      const passwords = rows.map(({ ask }) => (ask._tag === "create" ? Redacted.value(ask.request.password) : ""))
      assert.deepStrictEqual(passwords, ["p,w", " space ", "pä"])
    }),
  )

  it.effect("each bad row is told with its line and column, and the others are not", () =>
    Effect.gen(function* () {
      const lines = [
        "username,email,password",
        "ada,ada@example.com,pw",
        "bob,not-an-address,pw",
        "eve,eve@example.com",
        ",nobody@example.com,pw",
        "ada,other@example.com,pw",
        "ann,ADA@example.com,pw",
        `big,big@example.com,${"x".repeat(2 ** 20)}`,
        '"two\nlines",two@example.com,pw',
        "pad ,pad@example.com,pw",
        "zed,zed@example.com,pw",
      ]
      const { bad, rows } = yield* scan(lines.join("\n"))
      assert.deepStrictEqual(bad, [
        "line 3, column 2 (email): is not an e-mail address such as ada@example.com",
        "line 4, column 3: has 2 fields where the first line has 3",
        "line 5, column 1 (username): must not be empty",
        "line 6, column 1 (username): is the same as in line 2",
        "line 7, column 2 (email): is the same as in line 2",
        "line 8, column 3 (password): has 1048576 characters, at most 1024 are taken",
        "line 9, column 1 (username): has a line break or another control character",
        "line 11, column 1 (username): has a space at its beginning or end",
      ])
      assert.deepStrictEqual(
        rows.map(({ line }) => line),
        [2, 12],
      )
    }),
  )

  it.effect("Latin-1 is told, row by row", () =>
    Effect.gen(function* () {
      const text = Buffer.from(
        "username,email,password,display_name\nzoe,z@example.com,pw,Zo\u00eb\nada,a@example.com,pw,Ada",
        "latin1",
      )
      const { bad, rows } = yield* scan(text)
      assert.deepStrictEqual(bad, ["line 2, column 4 (display_name): is not UTF-8 (Latin-1?): save the file as UTF-8"])
      assert.strictEqual(rows.length, 1)
    }),
  )

  it.effect("what is wrong with the first line or the quotes stops the file, and says what to do", () =>
    Effect.gen(function* () {
      assert.include(yield* refusal("username;email;password\na;a@example.com;pw"), 'give --delimiter ";"')
      assert.include(yield* refusal("username\temail\tpassword\na"), "give --delimiter tab")
      assert.include(yield* refusal("username,email\na,b"), "missing column password (or give --generate-passwords)")
      assert.include(yield* refusal("username,mail,password\na,b,c"), "missing column email")
      assert.include(
        yield* refusal("username,email,password,dispaly_name\na"),
        'line 1, column 4: unknown column "dispaly_name"',
      )
      assert.include(yield* refusal("username,email,password,email\na"), "line 1, column 4: email is there twice")
      assert.include(yield* refusal(Buffer.from("username,email,password\n", "utf16le")), "UTF-16")
      assert.include(
        yield* refusal(Buffer.from("\ufeffusername,email,password\na,a@example.com,pw", "utf16le")),
        "UTF-16",
      )
      // What a wrong delimiter does to the quotes further down is not what has to be put right.
      const quoted = yield* refusal('username;email;password\na;a@example.com;"p""w"\n')
      assert.include(quoted, 'give --delimiter ";"')
      assert.include(yield* refusal(""), "is empty")
      const open = yield* refusal('username,email,password\na,a@example.com,"secret\nb,b@example.com,pw\n')
      assert.include(open, "never closed")
      const stray = yield* refusal('username,email,password\na,a@example.com,"se"cret\n')
      assert.include(stray, "line 2, column 3: there is text after the closing quote")
      const rows = '\r\n\r\nb,"b@example.com,pw\r\nc,c@example.com,pw\r\nd,"d@example.com",pw\r\n'
      assert.include(yield* refusal(`username,email,password${rows}`), "line 3, column 2: there is text after the")
      for (const message of [open, stray]) assert.notInclude(message, "cret")
    }),
  )

  it.effect("ids, and rows that change nothing", () =>
    Effect.gen(function* () {
      const deletion = yield* scan(`id\n${id(1)}\n${id(2)}\nada@example.com\n${id(1)}`, "delete")
      assert.deepStrictEqual(deletion.bad, [
        "line 4, column 1 (id): is not a user id such as usr_9m4e2mr0ui3e8a215n4g",
        "line 5, column 1 (id): is the same as in line 2",
      ])
      const update = yield* scan(`id,display_name\n${id(1)},Ada\n${id(2)},\n`, "update")
      assert.deepStrictEqual(update.bad, [
        "line 3: changes nothing: there is no field but the one that says who is meant",
      ])
    }),
  )

  it.effect("passwords are made up only where that was asked for", () =>
    Effect.gen(function* () {
      const { rows } = yield* scan("username,email\nada,ada@example.com", "create", { generatePasswords: true })
      assert.deepStrictEqual(
        rows.map(({ ask }) => ask._tag === "create" && ask.passwordInFile),
        [false],
      )
    }),
  )

  it.effect("the pieces of a file read the same rows as the whole", () => {
    const rows = Array.from({ length: 1234 }, (_, n) => {
      const name = n % 5 === 0 ? `"user ${n}"` : `user-${n}`
      return `${name},u${n}@example.com,"pw\r\n${n}"${n % 7 === 0 ? "\r\n\r\n,,\r\n" : "\n"}`
    })
    return withFile(`\ufeffusername,email,password\r\n${rows.join("")}`, (path) =>
      Effect.gen(function* () {
        const { all, bad, from } = yield* scanPath(path, "create")
        assert.strictEqual(all.length, 13)
        assert.strictEqual(bad.length, 1234, "a password with a line break is not sent")
        const read = all.flatMap((chunk) => readPiece(from, ",", chunk.piece, (record) => record))
        assert.strictEqual(read.length, 1234)
        const lines = from.content.toString("utf8").split("\n")
        for (const [n, { begin, end, fields, line }] of read.entries()) {
          assert.strictEqual(fields[1], `u${n}@example.com`)
          assert.include(lines[line - 1], fields[1])
          assert.include(from.content.toString("utf8", begin, end), `u${n}@example.com`)
        }
        writeFileSync(path, "username")
        const changed = yield* Effect.flip(unchanged(from))
        assert.include(changed.message, "was changed while it was read")
      }),
    )
  })
})
