import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deployment, Fixtures, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** Everything that comes back on one connection for these requests, byte for byte. */
const exchange = (port: number, requests: ReadonlyArray<string>) =>
  Effect.async<string>((resume) => {
    const socket = Net.connect(port, "127.0.0.1", () => socket.write(requests.join("")))
    let received = ""
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1")
    })
    socket.on("close", () => resume(Effect.succeed(received)))
  })

const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const text = body === undefined ? "" : JSON.stringify(body)
  const all = {
    host: "localhost",
    ...(text === "" ? {} : { "content-type": "application/json" }),
    "content-length": String(text.length),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} /v4${path} HTTP/1.1\r\n${lines.join("")}\r\n${text}`
}

const session = (seed: number) =>
  Effect.gen(function* () {
    const server = yield* TestServer.TestServer
    const key = { "x-tiledb-rest-api-key": Redacted.value(server.apiKey) }
    const port = Number(new URL(server.baseUrl).port)
    const received = yield* exchange(port, [
      request("POST", "/users", { username: "eve", email: "eve@example.com", password: "p" }),
      request("POST", "/users", { username: "EVE" }),
      request("GET", "/users/self"),
      request("GET", "/users/self", undefined, key),
      request("POST", "/actions/users/request_password_reset", { username_or_email: "eve" }),
      request("DELETE", `/users/${server.userId}`, undefined, { ...key, connection: "close" }),
    ])
    const mail = yield* Effect.promise(() => fetch(`${server.mailboxUrl}?to=eve&kind=password_reset`))
    return received + (yield* Effect.promise(() => mail.text()))
  }).pipe(Effect.provide(TestServer.layer({ seed, now: "2026-01-31T12:00:00Z", users: [Fixtures.user("bob")] })))

describe("determinism", () => {
  it.effect("two runs with one seed are the same over the wire, byte for byte", () =>
    Effect.gen(function* () {
      const first = yield* session(1)
      assert.strictEqual(yield* session(1), first)
      assert.strictEqual(
        first.match(/HTTP\/1\.1 \d+/g)?.join(),
        "HTTP/1.1 201,HTTP/1.1 400,HTTP/1.1 401,HTTP/1.1 200,HTTP/1.1 204,HTTP/1.1 204",
      )
      assert.include(first, "2026-01-31T12:00:00.000Z")
      assert.notMatch(first, /\ndate:/i)
      assert.notStrictEqual(yield* session(2), first)
    }),
  )

  it.effect("calls that fail, and further credentials, do not change the ids that follow", () =>
    Effect.gen(function* () {
      const idOfThird = (users: ReadonlyArray<Fixtures.UserSeed>) =>
        Effect.provide(
          Effect.map(Deployment.Deployment.pipe(Effect.flatMap((_) => _.users)), (all) => all.at(-1)?.id),
          Deployment.layer({ users: [...users, Fixtures.user("last")] }),
        )
      const plain = yield* idOfThird([Fixtures.user("bob")])
      assert.strictEqual(yield* idOfThird([Fixtures.user("bob", { confirmed: false })]), plain)
    }),
  )
})
