/** A status whose body does not arrive whole: no operation that is not safe to repeat is sent twice, unless it was refused. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBError, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inFull } from "../support/exhaustive.js"
import * as SocketServer from "../support/socketServer.js"
import { usersLayer } from "../support/users.js"

const secret = Redacted.make("correct horse battery")

/** The six operations that are not safe to repeat. */
const unsafe: Readonly<Record<string, (users: Users.Service) => Effect.Effect<unknown, TileDBError.TileDBError>>> = {
  changePassword: (users) => users.changePassword({ current_password: secret, new_password: secret }),
  confirmEmail: (users) => users.confirmEmail(Redacted.make("token-1")),
  createUser: (users) => users.createUser({ username: "eve", email: "eve@example.com", password: secret }),
  requestEmailConfirmation: (users) => users.requestEmailConfirmation({ username_or_email: "ada" }),
  requestPasswordReset: (users) => users.requestPasswordReset({ username_or_email: "ada" }),
  resetPassword: (users) => users.resetPassword(Redacted.make("token-1"), { new_password: secret }),
}

const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
  NodeTransport: NodeTransport.layer,
  FetchTransport: FetchTransport.layer,
  FetchHttpClient: FetchHttpClient.layer,
  "NodeHttpClient.layer": NodeHttpClient.layer,
  "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
}

/** How the body of a response does not arrive whole; it says that it has 5,000 bytes. */
const bodies: Readonly<Record<string, SocketServer.Behaviour>> = {
  cut: (socket) => socket.end("<html>half a pa"),
  "cut before its first byte": (socket) => socket.end(),
  reset: (socket) => socket.write("<html>half", () => setTimeout(() => socket.resetAndDestroy(), 10)),
  stalled: (socket) => socket.write("<html>half"),
  "over the cap": (socket) => socket.write("x".repeat(5000)),
}

const statuses: ReadonlyArray<readonly [status: number, requests: number, outcome: TileDBError.Outcome]> = [
  [400, 1, "NotDone"],
  [404, 1, "NotDone"],
  [408, 1, "Unknown"],
  [409, 1, "NotDone"],
  [429, 2, "NotDone"],
  [500, 1, "Unknown"],
  [502, 1, "Unknown"],
  [503, 1, "Unknown"],
  [504, 1, "Unknown"],
  [520, 1, "Unknown"],
]

const policy = RetryPolicy.modify(RetryPolicy.standard, { attempts: 2, baseDelay: 1, attemptTimeout: "2 seconds" })

const carriers = inFull(Object.entries(transports), Object.entries(transports).slice(0, 2))
const tried = inFull(
  statuses,
  statuses.filter(([status]) => status === 429 || status === 500 || status === 503),
)

describe.concurrent.each(carriers)("%s", { timeout: 60_000 }, (_, transport) => {
  describe.each(Object.entries(bodies))("a body that is %s", (_, behave) => {
    for (const [status, requests, outcome] of tried) {
      it.live(`${status} with Retry-After`, () =>
        Effect.forEach(
          Object.entries(unsafe),
          ([name, call]) =>
            Effect.gen(function* () {
              const server = yield* SocketServer.start((socket) => {
                const head = `HTTP/1.1 ${status} No\r\nretry-after: 0\r\ncontent-type: text/html\r\ncontent-length: 5000\r\n\r\n`
                socket.write(head, () => setTimeout(() => behave(socket), 5))
              })
              const layer = usersLayer({
                baseUrl: server.baseUrl,
                credentials: Credentials.apiKey(Redacted.make("key-of-a-test")),
                retryPolicy: policy,
                maxBodyBytes: 1000,
              })
              const error = yield* Users.Users.pipe(
                Effect.flatMap(call),
                Effect.flip,
                Effect.provide(Layer.provide(layer, transport)),
              )
              assert.strictEqual(server.requests.length, requests, name)
              assert.strictEqual("outcome" in error ? error.outcome : undefined, outcome, name)
              assert.strictEqual(error._tag, "ApiError", name)
            }).pipe(Effect.scoped),
          { concurrency: "unbounded" },
        ),
      )
    }
  })
})
