// Errors name options as the user has written them: the option in code, the variable, or the file and the key in it.
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBConfig, Users } from "@effect-tiledb/client"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { usersLayer, usersLayerConfig } from "../support/users.js"

const refusing = HttpClient.make((request) => {
  const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED", syscall: "connect" })
  return Effect.fail(new RequestError({ request, reason: "Transport", cause }))
})

const unauthorized = HttpClient.make((request) =>
  Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(null, { status: 401 }))),
)

type Service = Layer.Layer<Users.Users, unknown, HttpClient.HttpClient>

const retryPolicy = RetryPolicy.none

/** What a call says over either client. */
const says = (users: Service, variables: Readonly<Record<string, string>> = {}) =>
  Effect.forEach([refusing, unauthorized], (client) =>
    Effect.flatMap(Users.Users, (users) => Effect.flip(users.getSelfUser)).pipe(
      RetryPolicy.withRetryPolicy(retryPolicy),
      Effect.provide(Layer.provide(users, Layer.succeed(HttpClient.HttpClient, client))),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
      Effect.map((error) => error.message),
    ),
  )

const files = (contents: Readonly<Record<string, unknown>>) =>
  Layer.merge(
    FileSystem.layerNoop({
      readFile: (path) => Effect.succeed(new TextEncoder().encode(JSON.stringify(contents[path] ?? {}))),
    }),
    Path.layer,
  )

const fromFiles = (contents: Readonly<Record<string, unknown>>): Service =>
  Layer.provide(usersLayerConfig(TileDBConfig.withFiles({ directory: "/d" })), files(contents))

const host = "https://127.0.0.1:9"
const key = Credentials.apiKey(Redacted.make("a-key"))

describe("an error names options as they were written", () => {
  it.effect("in code", () =>
    Effect.gen(function* () {
      const [connection, credential] = yield* says(usersLayer({ baseUrl: `${host}/v4`, credentials: key }))
      assert.include(connection, "check host and port in baseUrl [")
      assert.include(credential, "the service refused the API key: check credentials [")
    }),
  )

  it.effect("in variables", () =>
    Effect.gen(function* () {
      const token = yield* says(usersLayerConfig(), { TILEDB_REST_HOST: host, TILEDB_REST_TOKEN: "a-key" })
      assert.include(token[0], "check host and port in TILEDB_REST_HOST [")
      assert.include(token[1], "the service refused the API key: check TILEDB_REST_TOKEN [")
      const basic = yield* says(usersLayerConfig(), {
        TILEDB_REST_SERVER_ADDRESS: host,
        TILEDB_REST_USERNAME: "ada",
        TILEDB_REST_PASSWORD: "hunter2",
      })
      assert.include(basic[0], "check host and port in TILEDB_REST_SERVER_ADDRESS [")
      assert.include(basic[1], "the username and password: check TILEDB_REST_USERNAME and TILEDB_REST_PASSWORD [")
    }),
  )

  it.effect("in variables, after the configuration was copied with something else in it", () =>
    Effect.gen(function* () {
      const copied = Effect.map(TileDBConfig.config, (config) => ({ ...config, retryPolicy: RetryPolicy.none }))
      const variables = { TILEDB_REST_HOST: host, TILEDB_REST_TOKEN: "a-key" }
      const [connection, credential] = yield* says(usersLayerConfig(copied), variables)
      assert.include(connection, "check host and port in TILEDB_REST_HOST [")
      assert.include(credential, "the service refused the API key: check TILEDB_REST_TOKEN [")
      const config = yield* Effect.withConfigProvider(
        copied,
        ConfigProvider.fromMap(new Map(Object.entries(variables))),
      )
      assert.deepStrictEqual(
        TileDBConfig.provenance(config).map(({ field }) => field),
        ["baseUrl", "apiKey"],
      )
      assert.notInclude(Object.keys(config).join(), "provenance")
      assert.deepStrictEqual(TileDBConfig.provenance({ baseUrl: "https://api.tiledb.com/v4" }), [])
    }),
  )

  it.effect("in a profile, or in cloud.json", () =>
    Effect.gen(function* () {
      const profile = yield* says(
        fromFiles({
          "/d/profiles.json": { default: { "rest.server_address": host, "rest.token": "a-key" } },
        }),
      )
      assert.include(profile[0], "in /d/profiles.json, profile default, rest.server_address [")
      assert.include(profile[1], "check /d/profiles.json, profile default, rest.token [")
      const cloud = yield* says(
        fromFiles({
          "/d/cloud.json": { host, api_key: { "X-TILEDB-REST-API-KEY": "a-key" } },
        }),
      )
      assert.include(cloud[0], "check host and port in /d/cloud.json, host [")
      assert.include(cloud[1], "check /d/cloud.json, api_key.X-TILEDB-REST-API-KEY [")
    }),
  )

  it.effect("in code over configuration, for a call of its own, and nowhere", () =>
    Effect.gen(function* () {
      const over = yield* says(usersLayerConfig({ baseUrl: `${host}/v4`, credentials: key }), {
        TILEDB_REST_HOST: "api.example.com",
        TILEDB_REST_TOKEN: "another-key",
      })
      assert.include(over[0], "check host and port in baseUrl [")
      assert.include(over[1], "check credentials [")
      const nowhere = yield* says(usersLayerConfig(), { TILEDB_REST_TOKEN: "a-key" })
      assert.include(nowhere[0], "check host and port in baseUrl (TILEDB_REST_HOST) [")
      const own = yield* Effect.flatMap(Users.Users, (users) => Effect.flip(users.getSelfUser)).pipe(
        Credentials.withCredentials(Credentials.basic("ada", Redacted.make("hunter2"))),
        RetryPolicy.withRetryPolicy(retryPolicy),
        Effect.provide(Layer.provide(usersLayerConfig(), Layer.succeed(HttpClient.HttpClient, unauthorized))),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["TILEDB_REST_TOKEN", "a-key"]]))),
      )
      assert.include(own.message, "the service refused the username and password: check the credentials you pass [")
    }),
  )
})
