// Secrets in files, in variables, in the URL of a proxy and behind a refresh: none of them gets out.
import * as Util from "node:util"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Path from "@effect/platform/Path"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBConfig, Users } from "@effect-tiledb/client"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Canary } from "@effect-tiledb/testkit"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { canary, respond, scripted, secrets, success, username } from "../support/canaryWorld.js"
import { makeUsers, usersLayer } from "../support/users.js"

const key = Redacted.value(secrets.apiKey)
const password = Redacted.value(secrets.basicPassword)

const from = (files: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = {}) =>
  TileDBConfig.withFiles({ directory: "/d" }).pipe(
    Effect.provide(
      Layer.merge(
        FileSystem.layerNoop({
          readFile: (path) => {
            const content = files[path.slice("/d/".length)]
            return content === undefined
              ? Effect.fail(
                  new PlatformError.SystemError({
                    ...{ module: "FileSystem", method: "readFile", reason: "NotFound", pathOrDescriptor: path },
                  }),
                )
              : Effect.succeed(new TextEncoder().encode(content))
          },
        }),
        Path.layer,
      ),
    ),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
  )

const json = JSON.stringify

describe("files", () => {
  const wrong: Record<string, Readonly<Record<string, string>>> = {
    "not JSON": { "cloud.json": `{"password": ${password}` },
    "cut off": { "cloud.json": json({ password }).slice(0, -2) },
    "only a secret": { "cloud.json": json(key) },
    "a list": { "cloud.json": json([key]) },
    "an api_key that is the key": { "cloud.json": json({ api_key: key }) },
    "a password in a list": { "cloud.json": json({ password: [password] }) },
    "verify_ssl that is the key": {
      "cloud.json": json({ verify_ssl: key, api_key: { "X-TILEDB-REST-API-KEY": key } }),
    },
    "a host with a password": {
      "cloud.json": json({
        host: `https://${username}:${encodeURIComponent(password)}@api.example.com`,
        api_key: { "X-TILEDB-REST-API-KEY": key },
      }),
    },
    "a host that is the key": { "cloud.json": json({ host: key, api_key: { "X-TILEDB-REST-API-KEY": key } }) },
    "a key with a line break": { "profiles.json": json({ default: { "rest.token": `${key}\n` } }) },
    "a profile that is the key": { "profiles.json": json({ default: key }) },
    "a username that is the password": { "profiles.json": json({ default: { "rest.username": password } }) },
    "a username with a colon": {
      "profiles.json": json({ default: { "rest.username": `a:${password}`, "rest.password": password } }),
    },
  }
  for (const [what, files] of Object.entries(wrong)) {
    it.effect(`refused without the value: ${what}`, () =>
      Effect.gen(function* () {
        assert.isTrue(Exit.isFailure(yield* Canary.assertNoLeak(from(files), canary)))
      }),
    )
  }

  it.effect("the configuration and its provenance, printed in every way", () =>
    Effect.gen(function* () {
      const config = yield* from(
        {
          "profiles.json": json({
            default: {
              "rest.token": key,
              "rest.username": username,
              "rest.password": password,
              "ssl.ca_file": `/${key}.pem`,
            },
          }),
          "cloud.json": json({ api_key: { "X-TILEDB-REST-API-KEY": key }, workspace: key }),
        },
        { TILEDB_REST_TOKEN: key, TILEDB_REST_USERNAME: key, TILEDB_REST_PASSWORD: password },
      )
      const sighting = yield* Canary.watch(
        Effect.zipRight(
          Effect.logInfo(TileDBConfig.provenance(config)),
          Effect.sync(() => {
            console.log(json(TileDBConfig.provenance(config)))
            console.log(
              Util.inspect(TileDBConfig.provenance(config), { depth: null, showHidden: true }),
              config.credentials,
            )
          }),
        ),
      )
      assert.deepStrictEqual(Canary.leaks(sighting, canary), [])
      assert.include(json(TileDBConfig.provenance(config)), "TILEDB_REST_TOKEN")
    }),
  )
})

describe("a refresh", () => {
  const bearer = Redacted.value(secrets.bearer)
  const refreshes: Record<string, Effect.Effect<Redacted.Redacted<string>, unknown>> = {
    // @effect-diagnostics-next-line globalErrorInEffectFailure:off — what a careless program fails with
    "fails with the token": Effect.fail(new Error(bearer)),
    "fails with a tagged error that holds it": Effect.fail({ _tag: "RefreshRevoked", refresh_token: bearer }),
    "fails with a tag that is the token": Effect.fail({ _tag: bearer }),
    "dies with the token": Effect.die({ bearer }),
    "interrupts itself": Effect.interrupt,
    "gives what no header can carry": Effect.succeed(Redacted.make(`${bearer}\n`)),
    "gives the same again": Effect.succeed(secrets.bearer),
  }
  for (const [what, refresh] of Object.entries(refreshes)) {
    it.effect(`after a 401 that ${what}`, () =>
      Effect.gen(function* () {
        let asked = 0
        const credentials = Credentials.bearer(
          Effect.suspend(() => (++asked === 1 ? Effect.succeed(secrets.bearer) : refresh)),
        )
        const { client } = scripted((request) => respond(request, 401, json({ message: bearer })))
        const users = yield* Effect.scoped(
          Effect.provideService(
            makeUsers({ credentials, retryPolicy: RetryPolicy.none }),
            HttpClient.HttpClient,
            client,
          ),
        )
        assert.isTrue(Exit.isFailure(yield* Canary.assertNoLeak(users.getSelfUser, canary)))
        assert.strictEqual(asked, 2)
      }),
    )
  }

  it.effect("under way, and the credential that keeps the token, printed", () =>
    Effect.gen(function* () {
      let asked = 0
      const credentials = Credentials.bearer(
        Effect.suspend(() => (++asked === 1 ? Effect.succeed({ token: secrets.bearer, expiresAt: 1 }) : Effect.never)),
      )
      const { client } = scripted(success)
      const users = yield* Effect.scoped(
        Effect.provideService(makeUsers({ credentials }), HttpClient.HttpClient, client),
      )
      yield* users.getSelfUser
      const fiber = yield* Effect.fork(Effect.delay(users.getSelfUser, "0 millis"))
      for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow()
      const sighting = yield* Canary.watch(
        Effect.sync(() => {
          console.log(credentials, json(credentials), json(fiber), fiber)
          console.log(Util.inspect([credentials, users], { depth: null, showHidden: true }))
        }),
      )
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(Canary.leaks(sighting, canary), [])
    }),
  )
})

describe("a proxy", () => {
  const withProxy = (url: string) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = process.env.HTTPS_PROXY
        process.env.HTTPS_PROXY = url
        return before
      }),
      (before) =>
        Effect.sync(() => {
          if (before === undefined) delete process.env.HTTPS_PROXY
          else process.env.HTTPS_PROXY = before
        }),
    )
  const encoded = encodeURIComponent(password)
  for (const url of [
    `http://ann:${encoded}@127.0.0.1:1`,
    `http://ann:${encoded}@[`,
    `proxy:${encoded}`,
    `ftp://${encoded}`,
  ]) {
    it.scopedLive(`whose password is in its URL, which ${url.replace(encoded, "…")} may be`, () =>
      Effect.gen(function* () {
        yield* withProxy(url)
        const exit = yield* Canary.assertNoLeak(
          Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
            Effect.provide(
              usersLayer({ credentials: Credentials.apiKey(secrets.apiKey), retryPolicy: RetryPolicy.none }).pipe(
                Layer.provide(NodeTransport.layerWithoutDispatcher),
                Layer.provide(NodeNetwork.layer()),
                Layer.provide(NodeContext.layer),
              ),
            ),
          ),
          canary,
        )
        assert.isTrue(Exit.isFailure(exit))
      }),
    )
  }
})
