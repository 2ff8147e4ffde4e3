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
  it.effect("without a credential there is an error that lists the variables and says how to call as nobody", () =>
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
        [{ TILEDB_REST_HOST: "api.tiledb.com/v4/users" }, "TILEDB_REST_HOST", "leave out what follows"],
        [{ TILEDB_REST_HOST: "api.tiledb.com/rest" }, "TILEDB_REST_HOST", "https://api.tiledb.com/v4"],
        [{ TILEDB_REST_HOST: "http://api.tiledb.com" }, "TILEDB_REST_HOST", "https://"],
        [{ TILEDB_REST_HOST: "https://ada:hunter22@api.tiledb.com" }, "TILEDB_REST_HOST", "Credentials.basic"],
        [{ TILEDB_REST_TOKEN: "hunter22 " }, "TILEDB_REST_TOKEN", "white space"],
        [{ TILEDB_REST_TOKEN: "hunter22\nhunter22" }, "TILEDB_REST_TOKEN", "line breaks"],
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
