import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { TileDBConfig, Users } from "@effect-tiledb/client"
import { ConfigError, ConfigProvider, Effect, Either, Inspectable, Layer, Redacted } from "effect"
import { usersLayerConfig } from "./support/users.js"

const token = { TILEDB_REST_TOKEN: "tiledb_key" }

const load = (variables: Record<string, string>) =>
  Effect.either(TileDBConfig.config).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
  )

describe("TileDBConfig", () => {
  it.effect(
    "without a credential there is an error that lists the variables and says how to call without a credential",
    () =>
      Effect.gen(function* () {
        for (const variables of [{}, { TILEDB_REST_TOKEN: "" }, { TILEDB_REST_HOST: "api.tiledb.com" }]) {
          const error = yield* Effect.flip(yield* load(variables))
          assert.isTrue(ConfigError.isMissingData(error))
          for (const word of [
            "TILEDB_REST_TOKEN",
            "TILEDB_REST_USERNAME",
            "TILEDB_REST_PASSWORD",
            "Credentials.anonymous",
          ]) {
            assert.include(String(error), word)
          }
        }
      }),
  )

  const hosts: ReadonlyArray<readonly [string, string]> = [
    ["api.tiledb.com", "https://api.tiledb.com/v4"],
    ["https://api.tiledb.com", "https://api.tiledb.com/v4"],
    ["https://api.tiledb.com/", "https://api.tiledb.com/v4"],
    ["https://api.tiledb.com/v4//", "https://api.tiledb.com/v4"],
    ["https://api.tiledb.com/v1", "https://api.tiledb.com/v4"],
    ["tiledb.example.org:8443/rest/v4", "https://tiledb.example.org:8443/rest/v4"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080/v4"],
  ]
  for (const [host, baseUrl] of hosts) {
    it.effect(`reads the host ${host}`, () =>
      Effect.gen(function* () {
        for (const name of ["TILEDB_REST_HOST", "TILEDB_REST_SERVER_ADDRESS"]) {
          assert.strictEqual(Either.getOrThrow(yield* load({ [name]: host, ...token })).baseUrl, baseUrl)
        }
      }),
    )
  }

  it.effect("a token wins over a username and password, so that there is one scheme", () =>
    Effect.gen(function* () {
      const basic = { TILEDB_REST_USERNAME: "ada", TILEDB_REST_PASSWORD: "secret" }
      const both = Either.getOrThrow(yield* load({ ...basic, TILEDB_REST_TOKEN: "tiledb_key" })).credentials
      assert.deepStrictEqual(both, { _tag: "ApiKey", key: Redacted.make("tiledb_key") })
      const one = Either.getOrThrow(yield* load({ ...basic, TILEDB_REST_TOKEN: "" })).credentials
      assert.strictEqual(one._tag, "Basic")
    }),
  )

  it.effect("refusals name the variable, say what to write instead, and do not print the value", () =>
    Effect.gen(function* () {
      const refused: ReadonlyArray<readonly [Record<string, string>, string, string]> = [
        [{ TILEDB_REST_HOST: "https://app.tiledb.com" }, "TILEDB_REST_HOST", "web console"],
        [{ TILEDB_REST_HOST: "api.tiledb.com/v4/users" }, "TILEDB_REST_HOST", "End the path with the version"],
        [{ TILEDB_REST_HOST: "api.tiledb.com/rest" }, "TILEDB_REST_HOST", "https://api.tiledb.com/v4"],
        [{ TILEDB_REST_HOST: "http://api.tiledb.com" }, "TILEDB_REST_HOST", "https://"],
        [{ TILEDB_REST_HOST: "https://ada:hunter22@api.tiledb.com" }, "TILEDB_REST_HOST", "Credentials.basic"],
        [{ TILEDB_REST_TOKEN: "hunter22 " }, "TILEDB_REST_TOKEN", "white space"],
        [{ TILEDB_REST_TOKEN: "hunter22\nhunter22" }, "TILEDB_REST_TOKEN", "printable ASCII without spaces"],
        [{ TILEDB_REST_HOST: '"https://hunter22.example.com"' }, "TILEDB_REST_HOST", "quotes"],
        [{ TILEDB_REST_HOST: " 'hunter22.example.com'" }, "TILEDB_REST_HOST", "quotes"],
        [{ TILEDB_REST_TOKEN: '"hunter22"' }, "TILEDB_REST_TOKEN", "quotes"],
        [{ TILEDB_REST_TOKEN: "'hunter22'" }, "TILEDB_REST_TOKEN", "quotes"],
        [{ ...token, TILEDB_REST_IGNORE_SSL_VALIDATION: "constructor" }, "VALIDATION", "Expected true or false"],
        [{ ...token, TILEDB_REST_IGNORE_SSL_VALIDATION: '"false"' }, "VALIDATION", "Expected true or false"],
        [{ TILEDB_REST_USERNAME: "a:b", TILEDB_REST_PASSWORD: "hunter22" }, "TILEDB_REST_USERNAME", "colon"],
        [{ TILEDB_REST_USERNAME: "ada" }, "TILEDB_REST_PASSWORD", "go together"],
      ]
      for (const [variables, name, hint] of refused) {
        const loaded = yield* load(variables)
        assert.isTrue(Either.isLeft(loaded))
        if (Either.isRight(loaded)) continue
        const printed = `${loaded.left} ${Inspectable.toStringUnknown(loaded.left)}`
        assert.include(printed, name)
        assert.include(printed, hint)
        assert.notInclude(printed, "hunter22")
      }
    }),
  )

  it.effect("names variables as they are written below a prefix", () =>
    Effect.gen(function* () {
      const providers = (given: Record<string, string>): Record<string, ConfigProvider.ConfigProvider> => ({
        map: ConfigProvider.nested(ConfigProvider.fromMap(new Map(Object.entries(given)), { pathDelim: "_" }), "APP"),
        "one after the other": ConfigProvider.nested(
          ConfigProvider.orElse(ConfigProvider.fromMap(new Map()), () =>
            ConfigProvider.fromMap(new Map(Object.entries(given)), { pathDelim: "_" }),
          ),
          "APP",
        ),
        json: ConfigProvider.nested(
          ConfigProvider.fromJson({
            APP: Object.fromEntries(Object.entries(given).map(([name, value]) => [name.replace("APP_", ""), value])),
          }),
          "APP",
        ),
      })
      for (const [variables, name, hint] of [
        [{}, "APP_TILEDB_REST_TOKEN", "Set APP_TILEDB_REST_TOKEN, or APP_TILEDB_REST_USERNAME with"],
        [{ APP_TILEDB_REST_HOST: "http://a.example" }, "APP_TILEDB_REST_HOST", "https://"],
        [{ APP_TILEDB_REST_USERNAME: "ada" }, "APP_TILEDB_REST_PASSWORD", "(APP_TILEDB_REST_USERNAME)"],
      ] as const) {
        for (const [kind, provider] of Object.entries(providers(variables))) {
          const error = yield* Effect.flip(Effect.withConfigProvider(TileDBConfig.config, provider))
          assert.deepStrictEqual("path" in error ? error.path : [], [name], kind)
          assert.include(String(error), hint)
        }
      }
      const provenances = Object.values(providers({ APP_TILEDB_REST_TOKEN: "tiledb_key" })).map((provider) =>
        Effect.map(Effect.withConfigProvider(TileDBConfig.config, provider), TileDBConfig.provenance),
      )
      for (const found of yield* Effect.all(provenances))
        assert.include(JSON.stringify(found), '"APP_TILEDB_REST_TOKEN"')
    }),
  )

  it.effect("layerConfig builds the client from the variables", () =>
    Effect.gen(function* () {
      const urls: Array<string> = []
      const client = HttpClient.make((request, url) => {
        urls.push(`${url} ${request.headers["x-tiledb-rest-api-key"]}`)
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 204 })))
      })
      yield* Effect.flatMap(Users.Users, (users) => users.requestPasswordReset({ username_or_email: "ada" })).pipe(
        Effect.provide(usersLayerConfig().pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))),
        Effect.withConfigProvider(
          ConfigProvider.fromMap(
            new Map([
              ["TILEDB_REST_HOST", "tiledb.example.org"],
              ["TILEDB_REST_TOKEN", "tiledb_key"],
            ]),
          ),
        ),
      )
      assert.deepStrictEqual(urls, ["https://tiledb.example.org/v4/actions/users/request_password_reset tiledb_key"])
    }),
  )
})
