import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { ErrorResponse, Operations } from "@effect-tiledb/schema"
import { Deployment, Fixtures, Mailbox, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Utils from "effect/Utils"
import { inFull, seedOf } from "../../../client/test/support/exhaustive.js"

const total = inFull(5000, 2500)

/** One malformed request: its bytes, and whether the client hangs up its side after them. */
interface Attack {
  readonly bytes: Buffer
  readonly hangUp: boolean
}

class Dice {
  readonly #random: Utils.PCGRandom
  constructor(seed: number) {
    this.#random = new Utils.PCGRandom(seed)
  }
  below = (limit: number) => Math.floor(this.#random.number() * limit)
  chance = (probability: number) => this.#random.number() < probability
  one = <A>(choices: ReadonlyArray<A>): A => {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new Error("Nothing to choose from")
    return choice
  }
  bytes = (length: number) => Buffer.from(Array.from({ length }, () => this.below(256)))
  word = (length: number) => Array.from({ length }, () => this.one(Array.from("abcXYZ019-_~%.;:$"))).join("")
}

const head = (method: string, target: string, headers: ReadonlyArray<string>, version = "HTTP/1.1") =>
  `${method} ${target} ${version}\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`

const ask = (start: string, body: string | Buffer = "", hangUp = false): Attack => ({
  bytes: Buffer.concat([Buffer.from(start, "latin1"), Buffer.from(body)]),
  hangUp,
})

const paths = Object.values(Operations).map(({ path }) => `/v4${path.replace("{user_id}", "usr_00000000000000000000")}`)
const writes = ["/v4/users", "/v4/actions/users/request_password_reset", "/v4/actions/users/request_email_confirmation"]
const json = "content-type: application/json"
const valid = JSON.stringify({
  username: "eve",
  email: "eve@example.com",
  password: "secret",
  username_or_email: "bob",
})

const withBody = (target: string, body: string | Buffer, headers: ReadonlyArray<string>, method = "POST") =>
  ask(head(method, target, ["host: localhost", ...headers, `content-length: ${Buffer.byteLength(body)}`]), body)

/** Spoils a JSON text so that it is none any more. */
const spoilJson = (dice: Dice): string | Buffer => {
  const at = 1 + dice.below(valid.length - 2)
  return dice.one<() => string | Buffer>([
    () => valid.slice(0, at),
    () => `${valid}${dice.word(3)}`,
    () => `${dice.word(4)}${valid}`,
    () => `${valid.slice(0, at)}\u0000${valid.slice(at)}`,
    () => Buffer.concat([Buffer.from(valid.slice(0, at)), Buffer.from([0xff, 0xfe]), Buffer.from(valid.slice(at))]),
    () => "[".repeat(1 + dice.below(20_000)),
    () => `{"username":${"[".repeat(5000)}${"]".repeat(5000)}}`,
    () => dice.one(["", "null", "[]", "true", '"{}"', "0", "NaN", "{'a':1}", "{,}", '{"a":01}', "\ufeff\ufeff{}"]),
    () => dice.bytes(1 + dice.below(200)),
  ])()
}

const kinds: ReadonlyArray<(dice: Dice, key: string) => Attack> = [
  // Not HTTP at all.
  (dice) =>
    ask(
      "",
      Buffer.concat([Buffer.from([dice.below(65)]), dice.bytes(1 + dice.below(300)), Buffer.from("\r\n\r\n")]),
      true,
    ),
  (dice) => ask(`${dice.word(1 + dice.below(30))}\r\n\r\n`, "", true),
  // A request line that is nearly one.
  (dice) =>
    ask(
      head(dice.one(["get", "GE T", "G\0T", "", "GETT", "PROPFINDER", "\u00e9"]), dice.one(paths), ["host: localhost"]),
      "",
      true,
    ),
  (dice) =>
    ask(
      head(
        "GET",
        dice.one(paths),
        ["host: localhost"],
        dice.one(["HTTP/9.9", "HTTP", "http/1.1", "HTTP/1,1", "FTP/1.1", ""]),
      ),
      "",
      true,
    ),
  (dice) =>
    ask(
      head("GET", dice.one(["/v4/us ers", "/v4/\u0001", "", " ", "//", "/v4/users\t"]), ["host: localhost"]),
      "",
      true,
    ),
  // The wrong method.
  (dice) =>
    ask(
      head(dice.one(["PUT", "TRACE", "PURGE", "LINK", "SEARCH", "M-SEARCH", "CONNECT"]), dice.one(paths), [
        "host: localhost",
      ]),
    ),
  (dice) => withBody(dice.one(paths), valid, [json], dice.one(["PUT", "REPORT", "LOCK"])),
  // A path to nowhere.
  (dice) => ask(head("GET", `/v4/${dice.word(1 + dice.below(80))}`, ["host: localhost"])),
  (dice) =>
    ask(
      head(
        "GET",
        dice.one([
          "/",
          "*",
          "/v4",
          "/v4/",
          "/v4/users/..",
          "/v4/users/%2e%2e",
          "/v4/users/%",
          "/v4/users/%ff",
          "/v4//users/self",
          "/V4/users/self",
          "/v4/users/self/",
          "http://x/v4/nowhere",
          "/mailbox/x",
          "/mailbox?to=x",
          "/mailbox?kind=x",
          "/mailbox?to=%",
        ]),
        ["host: localhost"],
      ),
    ),
  (dice) => ask(head("GET", `/v4/users/${"a".repeat(dice.below(9000))}`, ["host: localhost"])),
  // Headers that are none, are too many, too long or contradict each other.
  (dice) =>
    ask(
      head("GET", "/v4/users/self", [
        "host: localhost",
        dice.one([
          "no colon",
          ": empty",
          "a b: c",
          "a\0: b",
          "x: a\0b",
          " folded",
          "a\u00e9: b",
          "transfer-encoding: gzip",
          "content-length: -1",
          "content-length: 1e3",
          "content-length: 99999999999999999999",
          "content-length: 1, 2",
        ]),
      ]),
      "",
      true,
    ),
  (dice) => ask(head("GET", "/v4/users/self", ["host: localhost", `x-long: ${"x".repeat(17_000 + dice.below(9000))}`])),
  (dice) =>
    ask(
      head("GET", "/v4/users/self", [
        "host: localhost",
        ...Array.from({ length: 100 + dice.below(3000) }, (_, index) => `x-${index}: y`),
      ]),
    ),
  () =>
    ask(
      head("POST", "/v4/users", ["host: localhost", json, "content-length: 2", "transfer-encoding: chunked"]),
      "0\r\n\r\n",
      true,
    ),
  () => ask(head("POST", "/v4/users", ["host: localhost", json, "content-length: 2", "content-length: 3"]), "{}", true),
  (dice) => ask(head("POST", dice.one(writes), [json, "content-length: 2"]), "{}"),
  (dice) =>
    ask(
      head("GET", "/v4/users/self", [
        "host: localhost",
        `expect: ${dice.one(["200-ok", "100-continue, x", dice.word(8)])}`,
      ]),
    ),
  (dice) =>
    ask(
      head("GET", "/v4/users/self", [
        "host: localhost",
        `connection: ${dice.one(["upgrade", "close, upgrade"])}`,
        `upgrade: ${dice.one(["websocket", "h2c", dice.word(4)])}`,
        "sec-websocket-key: x",
        "sec-websocket-version: 13",
      ]),
    ),
  // A body that breaks off, or comes in chunks that are none.
  (dice) =>
    ask(
      head("POST", dice.one(writes), ["host: localhost", json, `content-length: ${valid.length + 1 + dice.below(99)}`]),
      valid,
      true,
    ),
  (dice) =>
    ask(
      head("POST", dice.one(writes), ["host: localhost", json, "transfer-encoding: chunked"]),
      dice.one(["zz\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n", "2\r\n{}x0\r\n\r\n", "5\r\n{}", "ffffffffffffffffffff\r\n{}"]),
      true,
    ),
  // A body that is not JSON, or says that it is something else.
  (dice) => withBody(dice.one(writes), spoilJson(dice), [json]),
  (dice, key) => withBody("/v4/actions/users/change_password", spoilJson(dice), [json, key]),
  (dice) =>
    withBody(dice.one(writes), valid, [
      `content-type: ${dice.one(["text/plain", "application/jsonp", "application/json; charset=utf-7", "multipart/form-data", dice.word(9)])}`,
    ]),
  (dice) =>
    withBody(dice.one(writes), valid, [json, `content-encoding: ${dice.one(["gzip", "br", "deflate", dice.word(5)])}`]),
  (dice) => withBody(dice.one(writes), valid, dice.chance(0.5) ? [] : ["content-type:"]),
  // JSON that does not say what it should.
  (dice) =>
    withBody(
      "/v4/users",
      JSON.stringify({
        username: dice.one([1, null, [], {}, "", true]),
        __proto__x: 1,
        email: dice.below(9),
        password: [],
      }),
      [json],
    ),
  () => withBody("/v4/users", `{"__proto__":{"username":"x","email":"x","password":"x"},"constructor":1}`, [json]),
  () => withBody("/v4/users", JSON.stringify({ username: "BOB", email: "bob@EXAMPLE.com", password: "x" }), [json]),
  (dice) =>
    withBody("/v4/users", valid, [
      json,
      `authorization: ${dice.one(["Basic", "Basic e", "Bearer x y", "", dice.word(20), `Basic ${dice.word(12)}`])}`,
    ]),
  (dice) => withBody("/v4/users", valid, [json, `x-tiledb-rest-api-key: ${dice.word(20)}`]),
  (dice) => withBody("/v4/users", valid, [json, `x-tiledb-rest-api-key: ${dice.word(20)}`, "authorization: Bearer x"]),
  (_, key) => withBody("/v4/actions/users/reset_password", `{"new_password":"x"}`, [json, key]),
]

// Costly ones, of which there are fewer.
const oversized: ReadonlyArray<(dice: Dice) => Attack> = [
  (dice) => withBody(dice.one(writes), `{"image":"${"x".repeat(1024 * 1024)}"}`, [json]),
  (dice) => {
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`
    return ask(
      head("POST", dice.one(writes), ["host: localhost", json, "transfer-encoding: chunked"]),
      `${chunk.repeat(17)}0\r\n\r\n`,
    )
  },
]

/** All that the server says on a connection of its own, until the answer is whole or the connection closes. */
const attack = (port: number, { bytes, hangUp }: Attack) =>
  Effect.async<string>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    let received = ""
    const done = () => {
      socket.destroy()
      resume(Effect.succeed(received))
    }
    socket.on("data", (chunk) => {
      // Who expects to be told to continue is told so first.
      received = (received + chunk.toString("latin1")).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "")
      if (isWhole(received)) done()
    })
    socket.on("error", () => {})
    socket.on("close", done)
    if (hangUp) socket.end(bytes)
    else socket.write(bytes)
  })

const isWhole = (received: string): boolean => {
  const end = received.indexOf("\r\n\r\n")
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(received)?.[1]
  return end > 0 && length !== undefined && received.length >= end + 4 + Number(length)
}

const isError = Schema.is(ErrorResponse)

/** What is wrong with an answer; nothing, when it is well-formed HTTP with an Error JSON. */
const faultOf = (answer: string): string | undefined => {
  const end = answer.indexOf("\r\n\r\n")
  const [status = "", ...headers] = answer.slice(0, end).split("\r\n")
  if (!/^HTTP\/1\.1 4\d\d \S[ -~]*$/.test(status)) return "status line"
  const wrong = headers.find((line) => !/^[!-9;-~]+: [ -~]*$/.test(line))
  if (wrong !== undefined) return `header ${wrong}`
  const find = (name: string) =>
    headers.filter((line) => line.toLowerCase().startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
  const body = answer.slice(end + 4)
  if (find("content-length").join() !== String(body.length)) return "content-length"
  if (find("content-type").join() !== "application/json") return "content-type"
  try {
    return isError(JSON.parse(body)) ? undefined : "Error JSON"
  } catch {
    return "JSON"
  }
}

describe("fuzz", () => {
  it.live(
    `${total} malformed requests over real sockets: an Error JSON for each, nothing changed, still alive`,
    () =>
      Effect.gen(function* () {
        const { apiKey, baseUrl } = yield* TestServer.TestServer
        const d = yield* Deployment.Deployment
        const port = Number(new URL(baseUrl).port)
        const key = `x-tiledb-rest-api-key: ${Redacted.value(apiKey)}`
        const before = [yield* d.users, yield* Mailbox.count()]
        const statuses = new Map<string, number>()
        yield* Effect.forEach(
          Array.from({ length: total }, (_, seed) => seed),
          (seed) =>
            Effect.gen(function* () {
              const dice = new Dice(seedOf(seed))
              const kind = dice.chance(0.01) ? dice.one(oversized) : dice.one(kinds)
              const request = kind(dice, key)
              const answer = yield* attack(port, request)
              const fault = faultOf(answer)
              if (fault !== undefined) {
                const shown = request.bytes.subarray(0, 500).toString("latin1")
                assert.fail(`seed ${seed}: ${fault}\n${JSON.stringify(shown)}\n${JSON.stringify(answer)}`)
              }
              const status = answer.slice(9, 12)
              statuses.set(status, (statuses.get(status) ?? 0) + 1)
            }),
          { concurrency: 32, discard: true },
        )
        for (const status of ["400", "401", "404", "405", "409", "413", "415", "417", "431"]) {
          assert.isAbove(statuses.get(status) ?? 0, 10, `${status} in ${JSON.stringify(Array.from(statuses))}`)
        }
        assert.deepStrictEqual([yield* d.users, yield* Mailbox.count()], before)
        assert.notProperty({}, "username")
        const response = yield* Effect.promise(() =>
          fetch(`${baseUrl}/users/self`, { headers: { "x-tiledb-rest-api-key": Redacted.value(apiKey) } }),
        )
        assert.strictEqual(response.status, 200)
      }).pipe(Effect.provide(TestServer.layer({ users: [Fixtures.user("bob")] }))),
    60_000,
  )
})
