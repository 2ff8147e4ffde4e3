// The doctor against each wrong set-up that it names.
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Http from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Canary, TestServer } from "@effect-tiledb/testkit"
import { ConfigProvider, Effect, Redacted } from "effect"
import { listening as service } from "../../../client/test/support/listening.js"
import {
  certificates,
  environment,
  listening,
  portOf,
  proxy,
  tlsService,
} from "../../../client/test/support/tlsWorld.js"
import { examine } from "../../bin/doctor/doctor.js"
import { exitCode, type Finding, toJson, toText } from "../../bin/doctor/report.js"

const secrets = { token: Canary.header("doctor's token"), password: Canary.text("doctor's password") }
const canary = Canary.make(secrets)
const token = Redacted.value(secrets.token)
const password = Redacted.value(secrets.password)

const assertNoSecret = (text: string) =>
  assert.deepStrictEqual(Canary.leaks({ sinks: new Map([["console", text]]) }, canary), [])

/** A home of one's own, with these files in `.tiledb`. */
const home = (files: Readonly<Record<string, string>> = {}, mode = 0o600) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = Fs.mkdtempSync(join(tmpdir(), "doctor-"))
      Fs.mkdirSync(join(folder, ".tiledb"))
      for (const [name, content] of Object.entries(files))
        Fs.writeFileSync(join(folder, ".tiledb", name), content, { mode })
      return folder
    }),
    (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true })),
  )

interface World {
  readonly variables?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly mode?: number
  readonly process?: Readonly<Record<string, string>>
}

/** What the doctor says, after it was looked through for secrets. */
const examined = (world: World) =>
  Effect.gen(function* () {
    yield* environment(world.process ?? {})
    const HOME = yield* home(world.files, world.mode)
    const provider = ConfigProvider.fromMap(new Map(Object.entries({ HOME, ...world.variables })), { pathDelim: "_" })
    const report = yield* examine().pipe(Effect.provide(NodeContext.layer), Effect.withConfigProvider(provider))
    assertNoSecret(toText(report) + toJson(report))
    return report
  }).pipe(Effect.scoped)

const finds = (world: World, check: Finding["check"], level: Finding["level"], words: RegExp, next: RegExp) =>
  Effect.map(examined(world), (report) => {
    const found = report.findings.filter((finding) => finding.level !== "ok")
    const finding = found.find((finding) => finding.check === check && words.test(finding.message))
    assert.isDefined(finding, toText(report))
    assert.strictEqual(finding?.level, level)
    assert.match(finding?.next ?? "", next)
    assert.strictEqual(exitCode(report), found.some((finding) => finding.level === "error") ? 2 : 1)
    return report
  })

const answering = (answer: (response: Http.ServerResponse) => void) => service((_, response) => answer(response))

const json = { "content-type": "application/json" }

const jwt = (exp: number) =>
  ["{}", JSON.stringify({ exp }), token].map((part) => Buffer.from(part).toString("base64url")).join(".")

describe("the configuration", () => {
  const named: Record<string, readonly [World, Finding["check"], RegExp, RegExp]> = {
    "no credential": [{}, "configuration", /There is no credential/, /API key/],
    "the console as a host": [
      { variables: { TILEDB_REST_HOST: "app.tiledb.com", TILEDB_REST_TOKEN: token } },
      "configuration",
      /TILEDB_REST_HOST.*web console/,
      /api\.tiledb\.com/,
    ],
    "the console under its other name": [
      { variables: { TILEDB_REST_HOST: "cloud.tiledb.com", TILEDB_REST_TOKEN: token } },
      "configuration",
      /cloud\.tiledb\.com.*is the web console/,
      /api\.tiledb\.com/,
    ],
    "plain http": [
      { variables: { TILEDB_REST_HOST: "http://tiledb.example.com", TILEDB_REST_TOKEN: token } },
      "configuration",
      /TILEDB_REST_HOST.*https/,
      /Apply the remedy/,
    ],
    "a line break behind the token": [
      { variables: { TILEDB_REST_TOKEN: `${token}\n` } },
      "configuration",
      /TILEDB_REST_TOKEN.*white space/,
      /without quotes, spaces or a line break/,
    ],
    "malformed JSON": [
      { files: { "cloud.json": `{"password": ${JSON.stringify(password)}` } },
      "configuration",
      /cloud\.json.*not JSON/,
      /Apply the remedy/,
    ],
    "a CA file that is not there": [
      { variables: { TILEDB_REST_HOST: "127.0.0.1", TILEDB_REST_TOKEN: token, TILEDB_SSL_CA_FILE: "/nowhere.pem" } },
      "configuration",
      /TILEDB_SSL_CA_FILE.*NotFound/,
      /Apply the remedy/,
    ],
  }
  for (const [what, [world, check, words, next]] of Object.entries(named)) {
    it.live(`names ${what}`, () => finds(world, check, "error", words, next))
  }

  it.scopedLive("names quotes around the token, and a token that has expired by its own account", () =>
    Effect.gen(function* () {
      const host = yield* answering((response) =>
        response.writeHead(401, { "content-type": "application/json" }).end("{}"),
      )
      const quoted = { TILEDB_REST_HOST: host, TILEDB_REST_TOKEN: `"${token}"` }
      yield* finds({ variables: quoted }, "configuration", "error", /must not be in quotes/, /without quotes/)
      const expired = { TILEDB_REST_HOST: host, TILEDB_REST_TOKEN: jwt(1_000_000_000) }
      yield* finds({ variables: expired }, "credential", "error", /expired at 2001-09-09T/, /new one/)
    }),
  )

  it.live("warns of files with secrets that others can read", () =>
    Effect.gen(function* () {
      const files = {
        "cloud.json": `{"api_key":{"X-TILEDB-REST-API-KEY":${JSON.stringify(token)}}}`,
        "profiles.json": "{}",
      }
      const variables = { TILEDB_REST_HOST: "app.tiledb.com" }
      yield* finds(
        { files, variables, mode: 0o644 },
        "files",
        "warning",
        /cloud\.json can be read by others \(644\)/,
        /chmod 600/,
      )
      const kept = yield* examined({ files, variables })
      assert.isFalse(kept.findings.some(({ check }) => check === "files"))
    }),
  )
})

describe("what works", () => {
  it.scopedLive("is told, with exit code 0; what is odd about it is a warning, with exit code 1", () =>
    Effect.gen(function* () {
      const { apiKey, baseUrl } = yield* TestServer.TestServer
      const key = Redacted.value(apiKey)
      const variables = { TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: key }
      const fine = yield* examined({ variables })
      assert.strictEqual(exitCode(fine), 0, toText(fine))
      assert.include(toText(fine), "you are owner")
      assert.notInclude(toText(fine) + toJson(fine), key)

      const both = { ...variables, TILEDB_REST_USERNAME: "ada", TILEDB_REST_PASSWORD: password }
      yield* finds({ variables: both }, "configuration", "warning", /two credentials.*TILEDB_REST_USERNAME/, /Remove/)
      const elsewhere = { "cloud.json": JSON.stringify({ api_key: { "X-TILEDB-REST-API-KEY": key } }) }
      yield* finds(
        { variables: { TILEDB_REST_HOST: baseUrl }, files: elsewhere },
        "configuration",
        "warning",
        /different places/,
        /meant for this host/,
      )
      const careless = { ...variables, TILEDB_REST_IGNORE_SSL_VALIDATION: "true" }
      yield* finds(
        { variables: careless },
        "configuration",
        "warning",
        /not verified \(TILEDB_REST_IGN/,
        /TILEDB_SSL_CA_FILE/,
      )
      const wrong = { ...variables, TILEDB_REST_TOKEN: token }
      yield* finds({ variables: wrong }, "credential", "error", /\(401\)/, /create an API key in its console/)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.scopedLive(
    "is what the script says, in words and as JSON, and it writes nothing",
    () =>
      Effect.gen(function* () {
        const { apiKey, baseUrl } = yield* TestServer.TestServer
        const HOME = yield* home()
        const run = (args: ReadonlyArray<string>, variables: Readonly<Record<string, string>>) =>
          Effect.async<{ readonly code: number; readonly output: string }>((resume) => {
            const script = fileURLToPath(new URL("../../src/internal/cli/main.ts", import.meta.url))
            const env = { PATH: process.env.PATH ?? "", HOME, ...variables }
            execFile(
              process.execPath,
              ["--import", "tsx", script, "doctor", ...args],
              { env },
              (error, stdout, stderr) => {
                resume(Effect.succeed({ code: Number(error?.code ?? 0), output: stdout + stderr }))
              },
            )
          })
        const variables = { TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: Redacted.value(apiKey) }
        const [json, text, mistyped] = yield* Effect.all(
          [run(["--json"], variables), run([], { ...variables, TILEDB_REST_TOKEN: token }), run(["--yaml"], variables)],
          { concurrency: "unbounded" },
        )
        assert.strictEqual(json.code, 0, json.output)
        assert.deepInclude(JSON.parse(json.output), { exitCode: 0 })
        assert.notInclude(json.output, Redacted.value(apiKey))
        assert.strictEqual(text.code, 2)
        assert.match(text.output, /apiKey +<redacted> +TILEDB_REST_TOKEN[\s\S]*FAIL {2}credential/)
        assertNoSecret(text.output)
        assert.strictEqual(mistyped.code, 2)
        assert.deepStrictEqual(Fs.readdirSync(join(HOME, ".tiledb")), [])
      }).pipe(Effect.provide(TestServer.layer())),
    // Three processes, on a machine that may do other things too.
    60_000,
  )
})

const credential = { TILEDB_REST_TOKEN: token }

describe("the way there", () => {
  it.live("names a host without an address", () =>
    finds(
      { variables: { ...credential, TILEDB_REST_HOST: "nothing.invalid" } },
      "dns",
      "error",
      /no address/,
      /host name/,
    ),
  )

  const servers: Record<string, readonly [(response: Http.ServerResponse) => void, RegExp, RegExp]> = {
    "a page": [
      (response) => response.setHeader("content-type", "text/html").end("<html>"),
      /text\/html.*not the API/,
      /console/,
    ],
    "a page that says 401": [
      (response) => response.writeHead(401, { "content-type": "text/html" }).end("<html>"),
      /not the API/,
      /console/,
    ],
    "a page to log in at": [
      (response) => response.writeHead(302, { location: "https://login.example.com/?x=1" }).end(),
      /redirects elsewhere \(302\), to https:\/\/login\.example\.com$/,
      /sign-in page/,
    ],
    "another path": [
      (response) => response.writeHead(404, { "content-type": "application/json" }).end("{}"),
      /404/,
      /\/v4/,
    ],
    "somebody who hangs up": [
      (response) => response.destroy(),
      /ECONNRESET|no answer|no connection|UND_ERR/i,
      /network/,
    ],
  }
  for (const [what, [answer, words, next]] of Object.entries(servers)) {
    it.scopedLive(`names ${what}`, () =>
      Effect.gen(function* () {
        const host = yield* answering(answer)
        // Where the path is the point, the host is taken as it is.
        yield* finds({ variables: { ...credential, TILEDB_REST_HOST: host } }, "service", "error", words, next)
      }),
    )
  }

  it.scopedLive("names a port where nobody listens", () =>
    Effect.gen(function* () {
      const host = yield* Effect.scoped(answering(() => {}))
      yield* finds({ variables: { ...credential, TILEDB_REST_HOST: host } }, "service", "error", /ECONNREFUSED/, /port/)
    }),
  )

  it.scopedLive("warns of a clock that is wrong", () =>
    Effect.gen(function* () {
      const host = yield* answering((response) => {
        response.sendDate = false
        const date = new Date(Date.now() - 3_600_000).toUTCString()
        response.writeHead(401, { "content-type": "application/json", date }).end("{}")
      })
      yield* finds(
        { variables: { ...credential, TILEDB_REST_HOST: host } },
        "clock",
        "warning",
        /3\d\d\d s ahead/,
        /Set the clock/,
      )
    }),
  )

  it.scopedLive("names a certificate that is not trusted, a port without TLS, and a proxy that is in the way", () =>
    Effect.gen(function* () {
      const { at } = yield* certificates
      const read = (name: string) => Fs.readFileSync(at(name), "utf8")
      const service = yield* tlsService({ cert: read("server.pem"), key: read("server.key") })
      const host = `https://localhost:${service.port}`
      const variables = { ...credential, TILEDB_REST_HOST: host }
      yield* finds({ variables }, "service", "error", /no connection/, /TILEDB_SSL_CA_FILE/)

      const trusting = { ...variables, TILEDB_SSL_CA_FILE: at("ca.pem") }
      const plain = yield* answering(() => {})
      const tls = { ...trusting, TILEDB_REST_HOST: plain.replace("http:", "https:") }
      yield* finds({ variables: tls }, "service", "error", /no connection/, /TLS/)

      const refusing = yield* proxy({ refuses: 407 })
      const HTTPS_PROXY = `http://127.0.0.1:${refusing.port}`
      yield* finds({ variables: trusting, process: { HTTPS_PROXY } }, "proxy", "error", /login.*PROXY_407/, /name:pass/)
      const open = yield* proxy()
      const through = yield* examined({
        variables: trusting,
        process: { HTTPS_PROXY: `http://127.0.0.1:${open.port}` },
      })
      assert.isAbove(open.connects.length, 0)
      assert.include(toText(through), "The proxy of HTTPS_PROXY is used")
      const http = { variables: { ...credential, TILEDB_REST_HOST: plain }, process: { HTTP_PROXY: HTTPS_PROXY } }
      yield* finds(http, "proxy", "error", /PLAIN_HTTP_PROXY/, /https/)
    }),
  )

  it.scopedLive("blames the proxy that refuses, hangs up or is not there, and no proxy that is not used", () =>
    Effect.gen(function* () {
      const variables = { ...credential, TILEDB_REST_HOST: "https://localhost:9" }
      const through = (port: number, more = {}) => ({
        variables,
        process: { HTTPS_PROXY: `http://name:${encodeURIComponent(password)}@127.0.0.1:${port}`, ...more },
      })
      for (const refuses of [403, 502]) {
        const { port } = yield* proxy({ refuses })
        const words = new RegExp(`HTTPS_PROXY refuses.*localhost.*PROXY_${refuses}`)
        yield* finds(through(port), "proxy", "error", words, /administrator.*NO_PROXY/)
      }
      const silent = Http.createServer().on("connect", (_, socket) => socket.destroy())
      const { port } = new URL(`http://127.0.0.1:${portOf(yield* listening(silent))}`)
      yield* finds(
        through(Number(port)),
        "proxy",
        "error",
        /HTTPS_PROXY refuses.*PROXY_CLOSED/,
        /administrator.*NO_PROXY/,
      )
      const closed = yield* Effect.scoped(Effect.map(proxy(), ({ port }) => port))
      yield* finds(through(closed), "proxy", "error", /not respond \(PROXY_ECONNREFUSED\)/, /HTTPS_PROXY/)
      for (const NO_PROXY of ["localhost", "example.com, .localhost", "localhost:9", "*"]) {
        yield* finds(through(closed, { NO_PROXY }), "service", "error", /ECONNREFUSED/, /check host and port/)
      }
    }),
  )
})

describe("what the service sends", () => {
  it.scopedLive("is cleaned: a credential that it sends back, and what a terminal obeys", () =>
    Effect.gen(function* () {
      const escape = "\u001b]0;owned\u0007\u001b[31m\u009b31m"
      const percent = Array.from(token, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join("")
      for (const username of [token, `x ${token}`, percent, Buffer.from(token).toString("base64"), escape]) {
        const host = yield* answering((response) => {
          const user = {
            ...{ id: "usr_0000000000000000000a", username, email: "a@example.com", display_name: "d", role: "member" },
            ...{ timezone: "UTC", created_at: "2026-01-31T12:00:00Z", updated_at: "2026-01-31T12:00:00Z" },
          }
          if (response.req.headers["x-tiledb-rest-api-key"] === undefined) response.writeHead(401, json).end("{}")
          else response.writeHead(200, json).end(JSON.stringify({ data: { user, workspaces: [] } }))
        })
        const report = yield* examined({ variables: { ...credential, TILEDB_REST_HOST: host } })
        assert.include(toText(report), "you are", username)
        for (const text of [toText(report).replaceAll("\n", ""), ...report.findings.map(({ message }) => message)]) {
          assert.notMatch(text, /\p{Cc}/u)
        }
      }
      const typed = yield* answering((response) =>
        response.socket?.end(
          `HTTP/1.1 401 No\r\ncontent-type: \u009b31m ${token}\r\ncontent-length: 2\r\n\r\n{}`,
          "latin1",
        ),
      )
      const report = yield* examined({ variables: { ...credential, TILEDB_REST_HOST: typed } })
      assert.notMatch(toText(report).replaceAll("\n", ""), /\p{Cc}/u)
    }),
  )

  it.live("survives a token that expires at no date", () =>
    Effect.forEach([1e300, -1e300, 8.64e12, -8.64e12, 8.65e12], (exp) =>
      examined({ variables: { TILEDB_REST_HOST: "http://127.0.0.1:9", TILEDB_REST_TOKEN: jwt(exp) } }),
    ),
  )
})
