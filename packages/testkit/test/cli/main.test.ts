import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readCommand, usage } from "../../src/internal/cli/options.js"
import { firstLine, type Line, launch, script, source, start } from "../support/serverMode.js"

const refused = (port: number) =>
  Effect.async<boolean>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    socket.on("connect", () => resume(Effect.succeed(false)))
    socket.on("error", () => resume(Effect.succeed(true)))
  })

const get = (url: string, init?: RequestInit) =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    return [response.status, await response.text()] as const
  })

const post = (url: string, body: unknown) =>
  get(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } })

const self = (line: Line) =>
  Effect.map(
    get(`${line.baseUrl}/users/self`, { headers: { "x-tiledb-rest-api-key": line.apiKey } }),
    ([status]) => status,
  )

describe("the server mode", () => {
  it.scopedLive(
    "lives on when its standard input is at its end, until SIGINT; what it is told to keep is there again",
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "tiledb-keep-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
        )
        const config = join(folder, "deployment.json")
        const users = [{ username: "ada", role: "admin", apiKey: "tiledb_ada", confirmed: false }]
        writeFileSync(config, JSON.stringify({ users, policy: { createUser: "admins" }, now: "2026-01-31T12:00:00Z" }))
        const kept = join(folder, "kept")
        const keep = ["--import", kept, "--export-on-exit", kept] as const
        const first = yield* start("--config", config, ...keep)
        first.child.stdin?.end()
        const line = yield* firstLine(first)
        yield* Effect.sleep("300 millis")
        assert.strictEqual(yield* self(line), 200)
        const json = { "content-type": "application/json", "x-tiledb-rest-api-key": "tiledb_ada" }
        const bob = JSON.stringify({ username: "bob", email: "bob@example.com", password: "first" })
        const [status, text] = yield* get(`${line.baseUrl}/users`, { method: "POST", headers: json, body: bob })
        assert.strictEqual(status, 201)
        assert.match(JSON.parse(text).data.created_at, /^2026-01-31T12:00:/)
        first.child.kill("SIGINT")
        assert.strictEqual(yield* first.exit, 0)
        assert.strictEqual(statSync(join(kept, "state.json")).mode & 0o777, 0o600)
        const again = yield* start("--seed", "other", ...keep)
        const second = yield* firstLine(again)
        assert.deepStrictEqual([second.apiKey, second.userId], [line.apiKey, line.userId])
        assert.strictEqual(yield* self(second), 200)
        const bobs = yield* get(`${second.baseUrl}/users/self`, {
          headers: { authorization: `Basic ${btoa("bob:first")}` },
        })
        assert.strictEqual(bobs[0], 200)
        again.child.kill("SIGTERM")
        assert.strictEqual(yield* again.exit, 0)
      }),
  )

  it.scopedLive("prints its version, and names in its help the command that is installed", () =>
    Effect.gen(function* () {
      const run = yield* start("--version")
      assert.deepStrictEqual([yield* run.exit, run.output()], [0, "0.1.0\n"])
      assert.deepStrictEqual(yield* readCommand(["--help"]), { _tag: "Help" })
      const { publishConfig } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
      assert.match(usage, new RegExp(`^Usage: ${Object.keys(publishConfig.bin).join()} serve `))
      for (const flag of ["port", "seed", "config", "now", "latency", "import", "export-on-exit", "until-stdin-closes"])
        assert.include(usage, `--${flag}`)
    }),
  )

  it.scopedLive(
    "says where it is, serves, hands out tokens, and ends with its stdin when asked to",
    () =>
      Effect.gen(function* () {
        const run = yield* start("--seed", "curl", "--until-stdin-closes")
        const line = yield* firstLine(run)
        const keys = ["baseUrl", "apiKey", "mailboxUrl", "userId"]
        assert.deepStrictEqual(Object.keys(line), [...keys, "bearer", "openApiUrl", "controlUrl", "controlToken"])
        const asBearer = yield* get(`${line.baseUrl}/users/self`, {
          headers: { authorization: `Bearer ${line.bearer}` },
        })
        assert.strictEqual(asBearer[0], 200)
        assert.match(line.baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/v4$/)
        const [status, self] = yield* get(`${line.baseUrl}/users/self`, {
          headers: { "x-tiledb-rest-api-key": line.apiKey },
        })
        assert.deepStrictEqual([status, JSON.parse(self).data.user.id], [200, line.userId])
        const mail = (query: string) => get(`${line.mailboxUrl}?${query}`)
        assert.strictEqual((yield* mail("to=eve&kind=confirm_email"))[0], 404)
        assert.strictEqual((yield* mail("to=eve&kind=nonsense"))[0], 404)
        const eve = { username: "eve", email: "eve@example.com", password: "p" }
        assert.strictEqual((yield* post(`${line.baseUrl}/users`, eve))[0], 201)
        const [found, token] = yield* mail("to=Eve%40example.com&kind=confirm_email")
        assert.strictEqual(found, 200)
        assert.strictEqual((yield* mail("to=eve&kind=password_reset"))[0], 404)
        const confirmed = yield* get(`${line.baseUrl}/actions/users/confirm_email`, {
          method: "POST",
          headers: { "x-tiledb-rest-api-key": token },
        })
        assert.strictEqual(confirmed[0], 204)
        yield* post(`${line.baseUrl}/actions/users/request_password_reset`, { username_or_email: "eve" })
        const [, first] = yield* mail("to=eve&kind=password_reset")
        yield* post(`${line.baseUrl}/actions/users/request_password_reset`, { username_or_email: "eve" })
        const [, second] = yield* mail("to=eve&kind=password_reset")
        assert.notStrictEqual(second, first)
        assert.strictEqual((yield* get(line.mailboxUrl, { method: "POST" }))[0], 405)
        run.child.stdin?.end()
        assert.strictEqual(yield* run.exit, 0)
        assert.strictEqual(run.errors(), "")
        assert.strictEqual(run.output().trim().split("\n").length, 1)
      }),
    30_000,
  )

  it.scopedLive(
    "ends on SIGTERM, after the answer that is under way; one seed, one key",
    () =>
      Effect.gen(function* () {
        const port = yield* freePort
        const runs = yield* Effect.all([start("--seed", "1", "--port", String(port)), start("--seed", "1")])
        const [first, second] = yield* Effect.forEach(runs, firstLine, { concurrency: "unbounded" })
        assert.strictEqual(first?.baseUrl, `http://127.0.0.1:${port}/v4`)
        assert.deepStrictEqual([first?.apiKey, first?.userId], [second?.apiKey, second?.userId])
        // Half a request is under way when the signal comes; its second half still gets an answer.
        const answer = yield* Effect.async<string>((resume) => {
          let received = ""
          const socket = Net.connect(port, "127.0.0.1", () => {
            const head =
              "POST /v4/users HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"
            socket.write(`${head}{`, () => {
              setTimeout(() => runs[0].child.kill("SIGTERM"), 50)
              setTimeout(() => socket.write("}"), 200)
            })
          })
          socket.on("data", (chunk) => {
            received += chunk
          })
          socket.on("close", () => resume(Effect.succeed(received)))
        })
        assert.match(answer, /^HTTP\/1\.1 400 /)
        assert.strictEqual(yield* runs[0].exit, 0)
        assert.isTrue(yield* refused(port))
        runs[1].child.kill("SIGTERM")
        assert.strictEqual(yield* runs[1].exit, 0)
      }),
    30_000,
  )

  it.scopedLive("ends on a signal that comes while it starts, before it serves", () =>
    Effect.gen(function* () {
      // The process sends itself the signal as soon as it has a handler for it.
      const hurry = `process.on("newListener", (name) => {
        if (name === "SIGTERM") setImmediate(() => process.kill(process.pid, name))
      })`
      const url = `data:text/javascript,${encodeURIComponent(hurry)}`
      const run = yield* Effect.acquireRelease(
        Effect.sync(() => launch(process.execPath, ["--import", "tsx", "--import", url, source, "serve"])),
        ({ child }) => Effect.sync(() => child.kill("SIGKILL")),
      )
      assert.deepStrictEqual([yield* run.exit, run.output(), run.errors()], [0, "", ""])
    }),
  )

  it.scopedLive("ends when the npx that started it is stopped, which takes only the shell between them along", () =>
    Effect.gen(function* () {
      const command = `npm_command=exec "${process.execPath}" "${script}" serve; true`
      const run = yield* Effect.acquireRelease(
        Effect.sync(() => launch("sh", ["-c", command])),
        ({ child }) => Effect.sync(() => child.kill("SIGKILL")),
      )
      const { baseUrl } = yield* firstLine(run)
      run.child.kill("SIGTERM")
      // Its output is closed only when the server has ended too.
      yield* run.exit
      assert.isTrue(yield* refused(Number(new URL(baseUrl).port)))
    }),
  )

  it.scopedLive(
    "does not start with nonsense, or on a port that is taken",
    () =>
      Effect.gen(function* () {
        const server = Net.createServer()
        const port = yield* listen(server)
        const cases = [
          ["--port", "http"],
          ["--prot", "1"],
          ["--port", String(port)],
        ]
        const ends = yield* Effect.forEach(
          cases,
          (args) =>
            Effect.flatMap(start(...args), (run) =>
              Effect.map(run.exit, (code) => [code, run.errors(), run.output()] as const),
            ),
          { concurrency: "unbounded" },
        )
        server.close()
        assert.deepStrictEqual(
          ends.map(([code, , output]) => [code, output]),
          [
            [1, ""],
            [1, ""],
            [1, ""],
          ],
        )
        assert.match(ends[0]?.[1] ?? "", /--port http is not a port\nUsage: /)
        assert.match(ends[1]?.[1] ?? "", /Usage: /)
        assert.match(ends[2]?.[1] ?? "", new RegExp(`^Port ${port} on 127.0.0.1 is in use \\(EADDRINUSE\\)`))
      }),
    30_000,
  )
})

const listen = (server: Net.Server) =>
  Effect.async<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const freePort = Effect.gen(function* () {
  const server = Net.createServer()
  const port = yield* listen(server)
  yield* Effect.promise(() => new Promise((resolve) => server.close(resolve)))
  return port
})
