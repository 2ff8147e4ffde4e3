// What the server mode reads and writes: a broken file is reported by name and field and never with its content.
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deployment } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"

import { readCommand } from "../../src/internal/cli/options.js"
import { announcement, run } from "../../src/internal/cli/run.js"
import { exportTo, importFrom } from "../../src/internal/cli/stateFile.js"

const secret = "hunter2-SECRET"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "tiledb-files-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true })),
)

const messageOf = <A, R>(effect: Effect.Effect<A, Error, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

const assertReported = (message: string, file: string, ...fields: ReadonlyArray<string>) => {
  assert.include(message, file)
  for (const field of fields) assert.include(message, ` ${field}: `)
  assert.notInclude(message, "SECRET")
  assert.notInclude(message, "\n")
}

const brokenTexts = [
  "",
  secret,
  `{"password": ${secret}}`,
  `{"password":'${secret}'}`,
  `{"password":"${secret}"\n "role":"admin"}`,
  `{"password":"${secret}",}`,
  `{"users":[{"password":"${secret}"`,
]

describe("--config", () => {
  const problem = (...args: ReadonlyArray<string>) => messageOf(readCommand(["serve", ...args]))

  it.scoped("is reported by field, without its content", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "deployment.json")
      const wrong = {
        prot: secret,
        now: secret,
        users: [
          { username: "ada", password: [secret], id: secret, created_at: secret, apiKye: secret },
          { username: "bob", role: secret, apiKey: { [secret]: secret } },
        ],
        policy: { minimumPasswordLength: secret, people: { order: secret, perpage: secret, perPage: 7 } },
        faults: [{ fault: { _tag: "Delay", duration: secret } }, { fault: { _tag: secret }, nth: secret }],
      }
      Fs.writeFileSync(file, JSON.stringify(wrong))
      const [ada, bob] = ["users[0]", "users[1]"]
      assertReported(
        yield* problem("--config", file),
        `--config ${file}: `,
        ...["prot", "now", `${ada}.password`, `${ada}.id`, `${ada}.created_at`, `${ada}.apiKye`],
        ...[
          `${bob}.role`,
          `${bob}.apiKey`,
          "policy.minimumPasswordLength",
          "policy.people.order",
          "policy.people.perpage",
        ],
        ...["faults[0].fault.duration", "faults[1].fault._tag", "faults[1].nth"],
      )
      for (const text of brokenTexts) {
        Fs.writeFileSync(file, text)
        assertReported(
          yield* problem("--config", file),
          `--config ${file}: it is ${text === "" ? "empty" : "not JSON"}`,
        )
      }
      assert.match(yield* problem("--config", `${file}.no`), /--config .*no: ENOENT/)
      assert.match(
        yield* problem("--latency", "soon"),
        /^--latency: Expected milliseconds or a text such as 30 seconds$/,
      )
    }),
  )

  it.scoped("a mistyped word in it is one line, and so is a user twice", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "deployment.json")
      const lines: Array<unknown> = []
      const write = process.stderr.write
      yield* Effect.addFinalizer(() => Effect.sync(() => Object.assign(process.stderr, { write })))
      Object.assign(process.stderr, { write: (text: unknown) => lines.push(text) })
      for (const config of ['{"prot":1}', '{"users":[{"username":"ada"},{"username":"ada"}]}', '{"a\\nb":1}']) {
        Fs.writeFileSync(file, config)
        assert.strictEqual(yield* Effect.promise(() => run(["serve", "--config", file], AbortSignal.abort())), 1)
      }
      Object.assign(process.stderr, { write })
      assert.lengthOf(lines, 3)
      for (const line of lines) assert.match(String(line), new RegExp(`^--config ${file}: [^\n]+\n$`))
      assert.match(String(lines[0]), /: prot: is unexpected, expected: "port"/)
      assert.match(String(lines[1]), /ada has another user's username/)
    }),
  )
})

describe("--import", () => {
  it.scoped("is reported by field, without its content", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const file = join(directory, "state.json")
      yield* exportTo(directory)
      const state = JSON.parse(Fs.readFileSync(file, "utf8"))
      const [user] = state.users
      const broken: Record<string, unknown> = {
        "users[0].password": { users: [{ ...user, password: [secret] }] },
        "users[0].user.created_at": { users: [{ ...user, user: { ...user.user, created_at: secret } }] },
        apiKeys: { apiKeys: { [secret]: 5 } },
        bearers: { bearers: { [secret]: [secret] } },
        "owner.apiKey": { owner: { ...state.owner, apiKey: { secret } } },
        "grants[0].token": { grants: [{ token: [secret] }] },
        "messages[0].time": { messages: [{ kind: "x", to: user.user, token: secret, time: secret }] },
        format: { format: secret },
      }
      for (const [field, changed] of Object.entries(broken)) {
        Fs.writeFileSync(file, JSON.stringify(Object.assign({ ...state }, changed)))
        assertReported(yield* messageOf(importFrom(directory, undefined)), `Cannot import ${file}: `, field)
      }
      for (const text of brokenTexts) {
        Fs.writeFileSync(file, text)
        assertReported(yield* messageOf(importFrom(directory, undefined)), `Cannot import ${file}: it is `)
      }
    }).pipe(Effect.provide(Deployment.layer())),
  )
})

describe("--export-on-exit", () => {
  it.scoped("writes a file of its own, readable by its owner only, and none through a link", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const file = join(directory, "state.json")
      const precious = join(directory, "precious")
      Fs.writeFileSync(precious, "precious", { mode: 0o644 })
      for (const link of [file, `${file}.new`]) Fs.symlinkSync(precious, link)
      yield* exportTo(directory)
      assert.strictEqual(Fs.readFileSync(precious, "utf8"), "precious")
      assert.isTrue(Fs.lstatSync(file).isFile())
      assert.strictEqual(Fs.statSync(file).mode & 0o777, 0o600)
      Fs.chmodSync(file, 0o666)
      yield* exportTo(directory)
      assert.strictEqual(Fs.statSync(file).mode & 0o777, 0o600)
      assert.sameMembers(Fs.readdirSync(directory), ["precious", "state.json", "state.json.new"])
    }).pipe(Effect.provide(Deployment.layer())),
  )

  it.scoped("leaves nothing behind when it cannot", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      Fs.mkdirSync(join(directory, "state.json"))
      assert.include(yield* messageOf(exportTo(directory)), `Cannot export to ${join(directory, "state.json")}: EISDIR`)
      assert.deepStrictEqual(Fs.readdirSync(directory), ["state.json"])
    }).pipe(Effect.provide(Deployment.layer())),
  )
})

describe("what is printed", () => {
  const line = { baseUrl: "http://127.0.0.1:8181/v4", apiKey: "tiledb_key", bearer: "bearer_token", controlToken: "x" }

  it("is for a person at a terminal, and JSON in a pipe", () => {
    assert.strictEqual(announcement(line, false), `${JSON.stringify(line)}\n`)
    const text = announcement(line, true)
    assert.match(
      text,
      /^ {2}export TILEDB_REST_HOST=http:\/\/127\.0\.0\.1:8181\/v4\n {2}export TILEDB_REST_TOKEN=tiledb_key$/m,
    )
    assert.match(text, /address {2}http.*\n.*API key {2}tiledb_key\n.*bearer {3}bearer_token/)
  })
})
