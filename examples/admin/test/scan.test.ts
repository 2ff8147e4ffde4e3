import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Command } from "../src/Columns.js"
import { readPiece, source } from "../src/Csv.js"
import * as Scan from "../src/Scan.js"
import type { Settings } from "../src/Store.js"

const settings: Settings = {
  delimiter: ",",
  anonymous: false,
  generatePasswords: false,
  sendReset: false,
  ignoreUnknownColumns: false,
  concurrency: 8,
  rate: null,
  failFast: false,
  maxUnknown: null,
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

const scanPath = (path: string, command: Command, more: Partial<Settings> = {}, self: string | null = null) =>
  Effect.gen(function* () {
    const password = () => Redacted.make("made up")
    const from = yield* source(path)
    const { batches } = Scan.scan(from, { command, settings: { ...settings, ...more }, self, password })
    const all = Chunk.toReadonlyArray(yield* Stream.runCollect(batches))
    return {
      from,
      chunks: all.flatMap(({ chunks }) => chunks),
      rows: all.flatMap(({ rows }) => rows),
      bad: all.flatMap(({ bad }) => bad.flatMap(({ issues }) => issues.map(Scan.describe))),
    }
  })

const scan = (content: string | Uint8Array, command: Command = "create", more: Partial<Settings> = {}, self?: string) =>
  withFile(content, (path) => scanPath(path, command, more, self ?? null))

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
      assert.include(yield* refusal("username,e-mail,password\na,b,c"), "missing column email")
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
      for (const message of [open, stray]) assert.notInclude(message, "cret")
    }),
  )

  it.effect("ids, oneself and rows that change nothing", () =>
    Effect.gen(function* () {
      const deletion = yield* scan(`id\n${id(1)}\n${id(2)}\nada@example.com\n${id(1)}`, "delete", {}, id(2))
      assert.deepStrictEqual(deletion.bad, [
        "line 3, column 1 (id): is your own account, which is never deleted",
        "line 4, column 1 (id): is not a user id such as usr_9m4e2mr0ui3e8a215n4g",
        "line 5, column 1 (id): is the same as in line 2",
      ])
      const update = yield* scan(`id,display_name\n${id(1)},Ada\n${id(2)},\n`, "update")
      assert.deepStrictEqual(update.bad, ["line 3: changes nothing: every field but id is empty"])
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
      const name = n % 5 === 0 ? `"user\n${n}"` : `user-${n}`
      return `${name},u${n}@example.com,pw${n}${n % 7 === 0 ? "\r\n\r\n" : "\n"}`
    })
    return withFile(`\ufeffusername,email,password\r\n${rows.join("")}`, (path) =>
      Effect.gen(function* () {
        const { bad, chunks, from, rows } = yield* scanPath(path, "create")
        assert.strictEqual(chunks.length, 5)
        const pieces = yield* Effect.forEach(chunks, (chunk) =>
          Effect.map(readPiece(from, ",", chunk), (records) =>
            records.map(({ fields, line }, at) => [chunk.firstRow + at, line, fields[1]]),
          ),
        )
        assert.strictEqual(rows.length + bad.length, 1234)
        const read = pieces.flat()
        assert.strictEqual(read.length, 1234)
        for (const { ask, line, number } of rows) {
          assert.deepStrictEqual(read[number - 1], [number, line, ask._tag === "create" ? ask.request.email : ""])
        }
        writeFileSync(path, "username")
        const [first] = chunks
        if (first === undefined) return assert.fail("no chunk")
        const { message } = yield* Effect.flip(readPiece(from, ",", first))
        assert.include(message, "was changed in the middle of the run")
      }),
    )
  })
})
