/** The rows of docs/comparison.md that are marked ✓: three clients against servers that record what arrives. */
import { readFileSync } from "node:fs"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import { join } from "node:path"
import { inspect } from "node:util"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import axios from "axios"
import { Cause, Effect, Either, Redacted, type Scope } from "effect"
import createClient from "openapi-fetch"
import { makeUsers } from "../../client/test/support/users.js"
import { root } from "./programs.js"

const key = "tiledb_canary-key"
const password = "canary-password"
const id = "usr_9m4e2mr0ui3e8a215n4g"
const header = { "X-TILEDB-REST-API-KEY": key }

const serve = (answer: RequestListener) =>
  Effect.acquireRelease(
    Effect.async<{ readonly origin: string; readonly requests: Array<IncomingMessage>; readonly close: () => void }>(
      (resume) => {
        const requests: Array<IncomingMessage> = []
        const server = createServer((request, response) => {
          requests.push(request)
          request.resume()
          answer(request, response)
        }).listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const close = () => {
            server.close()
            server.closeAllConnections()
          }
          resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, requests, close }))
        })
      },
    ),
    ({ close }) => Effect.sync(close),
  )

/** As the vendor's `src/v4/api.ts` makes a request. */
const byAxios = (origin: string, method: string, path: string, data?: unknown) =>
  Effect.tryPromise({
    try: () => {
      const { pathname, search } = new URL(path, "https://example.com")
      return axios.request({ method, url: `${origin}/v4${pathname}${search}`, headers: header, data })
    },
    catch: (error) => new Cause.UnknownException(error),
  })

const users = (origin: string) =>
  makeUsers({
    baseUrl: `${origin}/v4`,
    credentials: Credentials.apiKey(Redacted.make(key)),
    retryPolicy: RetryPolicy.modify(RetryPolicy.standard, { baseDelay: "1 millis" }),
  }).pipe(Effect.provide(FetchHttpClient.layer))

interface Paths {
  readonly "/users/{user_id}": {
    readonly get: {
      parameters: { path: { user_id: string } }
      responses: { 200: { content: { "application/json": object } } }
    }
    readonly delete: { parameters: { path: { user_id: string } }; responses: { 204: { content: never } } }
  }
}
const generated = (origin: string) => createClient<Paths>({ baseUrl: `${origin}/v4`, headers: header })
const path = { params: { path: { user_id: id } } }
const encoded = (value: string) => encodeURIComponent(value)

const marked = readFileSync(join(root, "docs/comparison.md"), "utf8").match(/^\| ✓ +\| .*$/gm) ?? []
const row = (what: string, effect: Effect.Effect<void, unknown, Scope.Scope>) => {
  rows.push(what)
  it.scopedLive(what, () => effect)
}
const rows: Array<string> = []

describe("docs/comparison.md", () => {
  row(
    "retries after 503",
    Effect.gen(function* () {
      const { origin, requests } = yield* serve((_, response) => response.writeHead(503).end())
      const count = (effect: Effect.Effect<unknown, unknown>) =>
        Effect.map(
          Effect.zipRight(
            Effect.sync(() => requests.splice(0)),
            Effect.either(effect),
          ),
          () => requests.length,
        )
      assert.strictEqual(yield* count(byAxios(origin, "GET", `/users/${id}`)), 1)
      assert.strictEqual(yield* count(Effect.promise(() => generated(origin).GET("/users/{user_id}", path))), 1)
      const ours = yield* users(origin)
      assert.strictEqual(yield* count(ours.getUser(UserId.make(id))), 4)
      assert.strictEqual(yield* count(ours.requestPasswordReset({ username_or_email: "ada" })), 1)
    }),
  )

  row(
    "a service that does not respond",
    Effect.sync(() => {
      assert.strictEqual(axios.defaults.timeout, 0) // none
      assert.strictEqual(String(RetryPolicy.standard.deadline), "Duration(1m)")
    }),
  )

  row(
    "the API key on a redirect elsewhere",
    Effect.gen(function* () {
      const elsewhere = yield* serve((_, response) => response.writeHead(204).end())
      const { origin } = yield* serve((request, response) =>
        response.writeHead(307, { location: `${elsewhere.origin}${request.url}` }).end(),
      )
      const keys = () => elsewhere.requests.splice(0).map(({ headers }) => headers["x-tiledb-rest-api-key"])
      yield* byAxios(origin, "DELETE", `/users/${id}`)
      assert.deepStrictEqual(keys(), [key])
      yield* Effect.promise(() => generated(origin).DELETE("/users/{user_id}", path))
      assert.deepStrictEqual(keys(), [key])
      const error = yield* Effect.flip((yield* users(origin)).deleteUser(UserId.make(id)))
      assert.strictEqual(error._tag === "TransportError" && error.reason, "RedirectRefused")
      assert.deepStrictEqual(keys(), [])
    }),
  )

  row(
    "secrets in a printed error",
    Effect.gen(function* () {
      const { origin } = yield* serve((_, response) => response.writeHead(409).end('{"message":"no"}'))
      const request = { username: "ada", email: "ada@example.com" }
      const printed = inspect(yield* Effect.flip(byAxios(origin, "POST", "/users", { ...request, password })), {
        depth: 9,
      })
      assert.include(printed, key)
      assert.include(printed, password)
      const answered = yield* Effect.promise(() => generated(origin).GET("/users/{user_id}", path))
      assert.notInclude(inspect(answered.error), key)
      const ours = yield* users(origin)
      const error = yield* Effect.flip(ours.createUser({ ...request, password: Redacted.make(password) }))
      assert.notInclude(inspect(error, { depth: 99, showHidden: true }), key)
      assert.notInclude(inspect(error, { depth: 99, showHidden: true }), password)
    }),
  )

  row(
    "the user id `..`",
    Effect.gen(function* () {
      const { origin, requests } = yield* serve((_, response) => response.writeHead(204).end())
      const targets = () => requests.splice(0).map(({ method, url }) => `${method} ${url}`)
      yield* byAxios(origin, "DELETE", `/users/${encoded("..")}`)
      assert.deepStrictEqual(targets(), ["DELETE /v4/"])
      yield* Effect.promise(() => generated(origin).DELETE("/users/{user_id}", { params: { path: { user_id: ".." } } }))
      assert.deepStrictEqual(targets(), ["DELETE /v4/"])
      const dots = ".." as UserId // past the brand's check, as JavaScript can
      const error = yield* Effect.flip((yield* users(origin)).deleteUser(dots))
      assert.strictEqual(error._tag, "InvalidRequest")
      assert.deepStrictEqual(targets(), [])
    }),
  )

  row(
    "a response that is not as documented",
    Effect.gen(function* () {
      const page = "<html></html>"
      const { origin } = yield* serve((_, response) =>
        response.writeHead(200, { "content-type": "text/html" }).end(page),
      )
      assert.strictEqual((yield* byAxios(origin, "GET", `/users/${id}`)).data, page)
      const answered = yield* Effect.either(
        Effect.tryPromise({
          try: () => generated(origin).GET("/users/{user_id}", path),
          catch: (error) => new Cause.UnknownException(error),
        }),
      )
      assert.instanceOf(Either.isLeft(answered) && answered.left.error, SyntaxError)
      const error = yield* Effect.flip((yield* users(origin)).getUser(UserId.make(id)))
      assert.strictEqual(error._tag, "DecodeError")
    }),
  )

  it("has a test for each row that is marked, and marks no other", () => {
    assert.deepStrictEqual(
      marked.map((line) => line.split("|")[2]?.trim()),
      rows,
    )
  })
})
