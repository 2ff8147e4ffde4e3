import { readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, layer } from "@effect/vitest"
import { Credentials, RetryPolicy, type Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import * as OpenApi from "@effect-tiledb/schema/OpenApi"
import { Fixtures, Mailbox, TestServer } from "@effect-tiledb/testkit"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Duration, Effect, Either, Redacted } from "effect"
import { makeUsers } from "../../client/test/support/users.js"
import { freePort, root, run, start } from "./programs.js"

const file = join(root, "openapi.json")
const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")
const secret = Redacted.make

/** One call of each operation. */
const calls: Readonly<Record<string, (users: Users.Service) => Effect.Effect<unknown, unknown>>> = {
  changePassword: (users) => users.changePassword({ current_password: secret("one"), new_password: secret("two") }),
  confirmEmail: (users) => users.confirmEmail(secret("token")),
  createUser: (users) => users.createUser({ username: "a", email: "a@example.com", password: secret("p") }),
  deleteUser: (users) => users.deleteUser(id),
  getSelfUser: (users) => users.getSelfUser,
  getUser: (users) => users.getUser(id),
  requestEmailConfirmation: (users) => users.requestEmailConfirmation({ username_or_email: "a" }),
  requestPasswordReset: (users) => users.requestPasswordReset({ username_or_email: "a" }),
  resetPassword: (users) => users.resetPassword(secret("token"), { new_password: secret("p") }),
  updateUser: (users) => users.updateUser(id, { display_name: "A" }),
}

/** Prism knows no base path: the same document with `/v4` in front of its paths. */
const prefixed = (): string => {
  const { paths, ...rest } = OpenApi.make()
  const path = join(tmpdir(), `effect-tiledb-openapi-${process.pid}.json`)
  const entries = Object.entries(paths).map(([path, methods]) => [`/v4${path}`, methods])
  writeFileSync(path, JSON.stringify({ ...rest, servers: [{ url: "/" }], paths: Object.fromEntries(entries) }))
  return path
}

const prism = (command: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const port = yield* freePort
    const at = ["-h", "127.0.0.1", "-p", String(port)]
    yield* start(join(root, "node_modules/.bin/prism"), [...command, ...at], /Prism is listening/)
    return `http://127.0.0.1:${port}/v4`
  })

const usersAt = (baseUrl: string, credentials: Credentials.Credentials, prefer?: string) =>
  Effect.gen(function* () {
    const http = yield* HttpClient.HttpClient
    return yield* makeUsers({ baseUrl, credentials, retryPolicy: RetryPolicy.none }).pipe(
      Effect.provideService(
        HttpClient.HttpClient,
        prefer === undefined ? http : HttpClient.mapRequest(http, HttpClientRequest.setHeader("prefer", prefer)),
      ),
    )
  }).pipe(Effect.provide(FetchHttpClient.layer))

const bounded = { timeout: 120_000 }

describe("openapi.json", () => {
  layer(TestServer.layer(), { excludeTestServices: true })((it) => {
    it.effect("is valid by two independent validators", () =>
      Effect.promise(async () => {
        const text = readFileSync(file, "utf8")
        assert.deepStrictEqual(await new Validator().validate(JSON.parse(text)), { valid: true })
        // The API documents its failures as `default`, not as 4XX.
        const config = await createConfig({
          extends: ["recommended-strict"],
          rules: { "operation-4xx-response": "off" },
        })
        assert.deepStrictEqual(await lintFromString({ source: text, absoluteRef: file, config }), [])
        // Neither is a validator that finds nothing.
        const broken = text.replace('"operationId": "getUser"', '"operationId": 7')
        assert.isFalse((await new Validator().validate(JSON.parse(broken))).valid)
        assert.isNotEmpty(await lintFromString({ source: broken, absoluteRef: file, config }))
      }),
    )

    it.effect(
      "makes a typed client (openapi-typescript, openapi-fetch) that compiles and drives the server mode",
      () =>
        Effect.gen(function* () {
          const { apiKey, baseUrl, mailboxUrl } = yield* TestServer.TestServer
          const folder = join(root, "packages/testkit/e2e/openapi-fetch")
          const bin = (name: string) => join(root, "node_modules/.bin", name)
          yield* run(bin("openapi-typescript"), [file, "-o", join(folder, "openapi.ts")])
          yield* run(bin("tsc"), ["-p", folder])
          const said = yield* run(bin("tsx"), [join(folder, "client.ts"), baseUrl, Redacted.value(apiKey), mailboxUrl])
          assert.strictEqual(said.trim(), "ten operations")
        }),
      bounded,
    )

    it.scoped(
      "makes a mock server (Prism) whose answers our client reads: ten successes, ten failures",
      () =>
        Effect.gen(function* () {
          const baseUrl = yield* prism(["mock", prefixed()])
          const credentials = Credentials.apiKey(secret("tiledb_key"))
          const users = yield* usersAt(baseUrl, credentials)
          for (const [name, call] of Object.entries(calls)) {
            const answer = yield* Effect.either(call(users))
            assert.isTrue(Either.isRight(answer), `${name}: ${JSON.stringify(answer)}`)
          }
          assert.strictEqual((yield* users.getUser(id)).username, "ada")
          assert.lengthOf((yield* users.getSelfUser).workspaces, 1)
          const failing = yield* usersAt(baseUrl, credentials, "code=403")
          for (const [name, call] of Object.entries(calls)) {
            const error = yield* Effect.flip(call(failing))
            const expected = { _tag: "ApiError", operation: name, status: 403, requestId: "req_9m4e2mr0ui3e8a215n4g" }
            assert.include(error, expected)
          }
          const missing = yield* usersAt(baseUrl, credentials, "code=404")
          for (const name of ["deleteUser", "getUser", "updateUser"]) {
            assert.include(yield* Effect.flip(calls[name]?.(missing) ?? Effect.void), { _tag: "NotFound" })
          }
        }),
      bounded,
    )

    it.scoped(
      "has a proxy (Prism) between our client and the server mode find nothing wrong with either",
      () =>
        Effect.gen(function* () {
          const server = yield* TestServer.TestServer
          const origin = new URL(server.baseUrl).origin
          const baseUrl = yield* prism(["proxy", prefixed(), origin, "--errors"])
          const owner = yield* usersAt(baseUrl, Credentials.apiKey(server.apiKey))
          const password = Fixtures.password("grace")
          const grace = yield* owner.createUser({ username: "grace", email: "grace@example.com", password })
          yield* owner.updateUser(grace.id, { display_name: "Grace" })
          assert.strictEqual((yield* owner.getUser(grace.id)).display_name, "Grace")
          assert.strictEqual((yield* owner.getSelfUser).user.id, server.userId)
          yield* owner.requestEmailConfirmation({ username_or_email: "grace" })
          const confirm = yield* Mailbox.take({ to: "grace", kind: "confirm_email" }, { timeout: Duration.zero })
          yield* owner.confirmEmail(confirm.token)
          yield* owner.requestPasswordReset({ username_or_email: "grace" })
          const reset = yield* Mailbox.take({ to: "grace", kind: "password_reset" }, { timeout: Duration.zero })
          yield* owner.resetPassword(reset.token, { new_password: secret("second") })
          const herself = yield* usersAt(baseUrl, Credentials.basic("grace", secret("second")))
          yield* herself.changePassword({ current_password: secret("second"), new_password: secret("third") })
          yield* owner.deleteUser(grace.id)
          assert.include(yield* Effect.flip(owner.getUser(grace.id)), { _tag: "NotFound" })
          assert.include(yield* Effect.flip(herself.getSelfUser), { _tag: "ApiError", status: 401 })
        }),
      bounded,
    )
  })
})
