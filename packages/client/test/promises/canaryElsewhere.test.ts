// Where else a secret could get out: printing the parts of the client, building it wrongly, the effect behind a bearer token,
// the hooks, and what users build around their own HttpClient.
import * as Util from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient, TileDBConfig, TileDBError } from "@effect-tiledb/client"
import { Canary } from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { constFalse, identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import {
  bodyOf,
  calls,
  canary,
  echo,
  respond,
  scenarios,
  schemes,
  scripted,
  secrets,
  username,
} from "../support/canaryWorld.js"
import { makeUsers, usersLayer, usersLayerConfig, usersOf } from "../support/users.js"

const plain = Redacted.value
const key = plain(secrets.apiKey)
const password = plain(secrets.basicPassword)

const usersOver = (client: HttpClient.HttpClient, options: TileDBClient.Options) =>
  Effect.scoped(
    Effect.provideService(makeUsers({ retryPolicy: RetryPolicy.none, ...options }), HttpClient.HttpClient, client),
  )

const deaf = scripted(() => Effect.never).client

const everything = { depth: Number.POSITIVE_INFINITY, showHidden: true }

/** Prints a value in every way there is. */
const printed = (value: unknown) =>
  Canary.watch(
    Effect.zipRight(
      Effect.logTrace("printed", value),
      Effect.sync(() => {
        console.log(value, String(value), JSON.stringify(value))
        console.log(Util.inspect(value, everything), Util.inspect(value, { ...everything, customInspect: false }))
      }),
    ),
  )

describe("printing the parts", () => {
  for (const [scheme, credentials] of Object.entries(schemes)) {
    it.effect(`service, Layer, options, credentials, calls: ${scheme}`, () =>
      Effect.gen(function* () {
        const options: TileDBClient.Options = { credentials }
        const users = yield* usersOver(deaf, options)
        const seen: Array<unknown> = []
        const execute = (call: TileDBClient.Call) => Effect.sync(() => seen.push(call))
        const inMemory = yield* usersOf({ execute, status: Effect.never })
        for (const { call } of Object.values(calls)) yield* Effect.either(call(inMemory))
        assert.strictEqual(seen.length, 10)
        const effects = Object.values(calls).map(({ call }) => call(users))
        for (const part of [options, credentials, users, usersLayer(options), ...seen, ...effects]) {
          assert.deepStrictEqual(Canary.leaks(yield* printed(part), canary), [])
        }
      }),
    )
  }

  it.effect("a fiber under way", () =>
    Effect.gen(function* () {
      const users = yield* usersOver(deaf, { credentials: schemes.Basic })
      const fiber = yield* Effect.fork(calls.changePassword.call(users))
      yield* Effect.yieldNow()
      const sighting = yield* Canary.watch(
        Effect.zipRight(
          Effect.logTrace(fiber, yield* Fiber.dump(fiber)),
          Effect.sync(() => console.log(fiber, JSON.stringify(fiber))),
        ),
      )
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(Canary.leaks(sighting, canary), [])
    }),
  )
})

describe("building it wrongly", () => {
  const credentials: Record<string, () => Credentials.Credentials> = {
    "an API key with a line break": () => Credentials.apiKey(Redacted.make(`${key}\r\nX-Evil: 1`)),
    "an API key with NUL": () => Credentials.apiKey(Redacted.make(`${key}\0`)),
    "an API key with spaces around": () => Credentials.apiKey(Redacted.make(` ${key} `)),
    "an API key beyond ASCII": () => Credentials.apiKey(Redacted.make(`${key}é`)),
    "an API key that is not redacted": () => Credentials.apiKey(key as never),
    "an API key in an object": () => Credentials.apiKey(Redacted.make({ key }) as never),
    "a bearer token that is not redacted": () => Credentials.bearer(plain(secrets.bearer) as never),
    "a bearer token with a tab": () => Credentials.bearer(Redacted.make(`${plain(secrets.bearer)}\t`)),
    "a password with a line feed": () => Credentials.basic(username, Redacted.make(`${password}\n`)),
    "a password that is not redacted": () => Credentials.basic(username, password as never),
    "a username that is the password": () => Credentials.basic(`${username}:${password}`, secrets.basicPassword),
    "a username that is redacted": () => Credentials.basic(secrets.basicPassword as never, secrets.basicPassword),
  }
  for (const [what, make] of Object.entries(credentials)) {
    it.effect(`refused without the value: ${what}`, () =>
      Effect.gen(function* () {
        const exit = yield* Canary.assertNoLeak(usersOver(deaf, { credentials: make() }), canary)
        assert.isTrue(Exit.isFailure(exit) && ConfigError.isConfigError(Cause.squash(exit.cause)))
      }),
    )
  }

  const encoded = encodeURIComponent(key)
  const urls: Record<string, string> = {
    userinfo: `https://${username}:${encodeURIComponent(password)}@api.example.com/v4`,
    "a username": `https://${encoded}@api.example.com/v4`,
    query: `https://api.example.com/v4?key=${encoded}`,
    fragment: `https://api.example.com/v4#${encoded}`,
    "plain http": `http://api.example.com/${encoded}`,
    "another scheme": `ftp://api.example.com/${encoded}`,
    "no URL": key,
    "spaces inside": `https://api.example.com/${key} /v4`,
    "the web console": `https://app.tiledb.com/${encoded}`,
  }
  for (const [what, url] of Object.entries(urls)) {
    it.effect(`base URL with ${what}`, () =>
      Effect.gen(function* () {
        const layer = usersLayer({ baseUrl: url }).pipe(Layer.provide(FetchHttpClient.layer))
        const built = yield* Canary.assertNoLeak(Effect.scoped(Layer.build(layer)), canary)
        const allowed = yield* Canary.assertNoLeak(usersOver(deaf, { allowedOrigins: [url] }), canary)
        assert.isTrue(Exit.isFailure(built) && Exit.isFailure(allowed))
      }),
    )
  }

  const environments: Record<string, Record<string, string>> = {
    "a host with userinfo": { TILEDB_REST_HOST: `https://${username}:${encoded}@api.example.com` },
    "a host with a query": { TILEDB_REST_SERVER_ADDRESS: `api.example.com/?token=${encoded}` },
    "a token that no header can carry": { TILEDB_REST_TOKEN: `${key}\n` },
    "a username without a password": { TILEDB_REST_USERNAME: password },
    "a password without a username": { TILEDB_REST_PASSWORD: password },
    "a username with a colon": { TILEDB_REST_USERNAME: `${username}:${password}`, TILEDB_REST_PASSWORD: password },
    "a password with a line feed": { TILEDB_REST_USERNAME: username, TILEDB_REST_PASSWORD: `${password}\n` },
  }
  for (const [what, variables] of Object.entries(environments)) {
    it.effect(`configured with ${what}`, () =>
      Effect.gen(function* () {
        const provider = ConfigProvider.fromMap(new Map(Object.entries(variables)))
        const layer = usersLayerConfig().pipe(Layer.provide(FetchHttpClient.layer))
        const exit = yield* Canary.assertNoLeak(
          Effect.withConfigProvider(Effect.scoped(Layer.build(layer)), provider),
          canary,
        )
        assert.isTrue(Exit.isFailure(exit))
      }),
    )
  }

  it.effect("configured well, and printed", () =>
    Effect.gen(function* () {
      const variables = { TILEDB_REST_TOKEN: key, TILEDB_REST_HOST: "api.example.com" }
      const config = yield* Effect.withConfigProvider(
        TileDBConfig.config,
        ConfigProvider.fromMap(new Map(Object.entries(variables))),
      )
      assert.deepStrictEqual(Canary.leaks(yield* printed(config), canary), [])
    }),
  )
})

describe("the effect behind a bearer token", () => {
  const token = plain(secrets.bearer)
  const effects: Record<string, Effect.Effect<Redacted.Redacted<string>, unknown>> = {
    // @effect-diagnostics-next-line globalErrorInEffectFailure:off what a program without tagged errors fails with
    "fails with the token": Effect.fail(new Error(`expired: ${token}`)),
    "fails with a string": Effect.fail(token),
    "dies with the token": Effect.die(new Error(`invalid_grant for ${token}`, { cause: { token } })),
    "throws the token": Effect.sync(() => {
      throw new Error(token)
    }),
    "rejects with the token": Effect.promise(() => Promise.reject(new Error(token))),
    "fails while it cleans up": Effect.ensuring(Effect.fail(token), Effect.die(token)),
    "dies while it is interrupted": Effect.onInterrupt(Effect.interrupt, () => Effect.die(token)),
    "fails to decode it": Effect.map(
      Schema.decodeUnknown(Schema.Struct({ token: Schema.Redacted(Schema.String.pipe(Schema.maxLength(2))) }))({
        token,
      }),
      (decoded) => decoded.token,
    ),
    "gives a token with a line break": Effect.succeed(Redacted.make(`${token}\r\nX-Evil: 1`)),
    "gives a token that is not redacted": Effect.succeed(token as never),
    "gives a token in an object": Effect.succeed({ access_token: token } as never),
    "gives nothing": Effect.succeed(undefined as never),
  }
  for (const [what, effect] of Object.entries(effects)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const { client, sent } = scripted(scenarios["2xx"]?.answer ?? assert.fail())
        const users = yield* usersOver(client, { credentials: Credentials.bearer(effect) })
        const exit = yield* Canary.assertNoLeak(users.getSelfUser, canary)
        assert.deepStrictEqual(sent, [])
        assert.isTrue(Exit.isFailure(exit))
        if (Exit.isFailure(exit) && !Cause.isInterrupted(exit.cause)) {
          assert.deepInclude(Cause.squash(exit.cause), {
            _tag: "TransportError",
            reason: "Credentials",
            outcome: "NotSent",
          })
        }
      }),
    )
  }

  it.effect("each answer is cleaned of the token that it was sent with", () =>
    Effect.gen(function* () {
      const tokens = [Canary.header("first token"), Canary.header("second token")]
      let next = 0
      const { client, sent } = scripted((request) => respond(request, 401, echo(request)))
      const users = yield* usersOver(client, {
        credentials: Credentials.bearer(Effect.sync(() => tokens[next++] ?? assert.fail())),
      })
      for (const [index, token] of tokens.entries()) {
        yield* Canary.assertNoLeak(users.getSelfUser, Canary.make({ token }))
        assert.strictEqual(sent[index]?.headers.authorization, `Bearer ${plain(token)}`)
      }
    }),
  )
})

describe("credentials written as plain objects", () => {
  const bad: Record<string, readonly [path: string, credentials: () => unknown]> = {
    "an API key with a line break": ["credentials.key", () => ({ _tag: "ApiKey", key: Redacted.make(`${key}\r\n`) })],
    "an API key that is not redacted": ["credentials.key", () => ({ _tag: "ApiKey", key })],
    "an empty API key": ["credentials.key", () => ({ _tag: "ApiKey", key: Redacted.make("") })],
    "a password that is not redacted": ["credentials.password", () => ({ _tag: "Basic", username, password })],
    "an empty password": ["credentials.password", () => ({ _tag: "Basic", username, password: Redacted.make("") })],
    "a password with a control character": [
      "credentials.password",
      () => ({ _tag: "Basic", username, password: Redacted.make(`${password}\u0007`) }),
    ],
    "a username with a colon": [
      "credentials.username",
      () => ({ _tag: "Basic", username: `${username}:${password}`, password: secrets.basicPassword }),
    ],
    "an empty username": [
      "credentials.username",
      () => ({ _tag: "Basic", username: "", password: secrets.basicPassword }),
    ],
    "a username that is redacted": [
      "credentials.username",
      () => ({ _tag: "Basic", username: secrets.basicPassword, password: secrets.basicPassword }),
    ],
    "a bearer token that is not redacted": ["credentials.token", () => ({ _tag: "Bearer", token: "hunter2" })],
    "another tag": ["credentials", () => ({ _tag: plain(secrets.bearer), key })],
    "no tag": ["credentials", () => ({ key })],
    "a getter that throws": [
      "credentials",
      () => ({
        _tag: "ApiKey",
        get key() {
          throw new Error(`no ${key}`)
        },
      }),
    ],
    "a secret that has been wiped": [
      "credentials.password",
      () => {
        const wiped = Redacted.make(password)
        Redacted.unsafeWipe(wiped)
        return { _tag: "Basic", username, password: wiped }
      },
    ],
  }
  for (const [what, [path, credentials]] of Object.entries(bad)) {
    it.effect(`are not sent, and the field is named: ${what}`, () =>
      Effect.gen(function* () {
        const { client, sent } = scripted(scenarios["2xx"]?.answer ?? assert.fail())
        const own = credentials() as never
        const built = yield* Canary.assertNoLeak(usersOver(client, { credentials: own }), canary)
        const refused = Exit.isFailure(built) ? Cause.squash(built.cause) : undefined
        assert.include(String(refused), `Invalid data at ${path}: `)
        const users = yield* usersOver(client, {})
        const exit = yield* Canary.assertNoLeak(Credentials.withCredentials(users.getSelfUser, own), canary)
        const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
        assert.instanceOf(error, TileDBError.InvalidRequest)
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path),
          [path],
        )
        assert.deepStrictEqual(sent, [])
        // A scoped token authorises alone: the caller's credential is not looked at.
        yield* Credentials.withCredentials(users.confirmEmail(secrets.scopedToken), own)
        assert.strictEqual(sent.length, 1)
      }),
    )
  }

  it.effect("an argument that has been wiped", () =>
    Effect.gen(function* () {
      const wiped = Redacted.make(password)
      Redacted.unsafeWipe(wiped)
      const { client, sent } = scripted(scenarios["2xx"]?.answer ?? assert.fail())
      const users = yield* usersOver(client, { credentials: schemes["API key"] })
      const invalid = yield* Canary.assertNoLeak(
        users.changePassword({ current_password: wiped, new_password: secrets.newPassword }),
        canary,
      )
      assert.deepInclude(Exit.isFailure(invalid) ? Cause.squash(invalid.cause) : {}, { _tag: "InvalidRequest" })
      assert.deepStrictEqual(sent, [])
    }),
  )
})

describe("the hooks", () => {
  it.effect("a retry is told without secrets, and a hook that dies is the user's", () =>
    Effect.gen(function* () {
      const told: Array<RetryPolicy.Retry> = []
      const { client } = scripted(scenarios["500"]?.answer ?? assert.fail())
      const users = yield* usersOver(client, {
        credentials: schemes["API key"],
        retryPolicy: RetryPolicy.make({
          attempts: 3,
          baseDelay: 0,
          onRetry: (retry) => Effect.sync(() => told.push(retry)),
        }),
      })
      const fiber = yield* Effect.fork(Canary.assertNoLeak(users.getSelfUser, canary))
      yield* Fiber.join(fiber)
      assert.strictEqual(told.length, 2)
      assert.deepStrictEqual(Canary.leaks(yield* printed(told), canary), [])
    }),
  )
})

describe("what users build around their HttpClient", () => {
  const around: Record<string, (client: HttpClient.HttpClient) => HttpClient.HttpClient> = {
    "tracing switched on": HttpClient.withTracerDisabledWhen(constFalse),
    "propagation switched on": HttpClient.withTracerPropagation(true),
    "tracing switched on for some requests": HttpClient.withTracerDisabledWhen((request) =>
      request.url.endsWith("health"),
    ),
    "a log line with the headers": HttpClient.tapRequest((request) => Effect.logDebug("request", request.headers)),
    "a log line with the request": (client) =>
      client.pipe(
        HttpClient.tap((response) => Effect.logDebug("answer", response.request.headers, response.status)),
        HttpClient.tapError((error) => Effect.logDebug("failed", error._tag)),
      ),
    "a span of one's own": HttpClient.transformResponse(Effect.withSpan("my client")),
    filterStatusOk: HttpClient.filterStatusOk,
  }
  const ways: Record<string, typeof usersOver> = {
    "": (client, { transformClient = identity, ...options }) => usersOver(transformClient(client), options),
    ", by transformClient": usersOver,
  }
  const cases = Object.entries(around).flatMap(([what, wrap]) =>
    Object.entries(ways).map(([way, over]) => [what + way, wrap, over] as const),
  )
  for (const [what, transformClient, over] of cases) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const { client, sent } = scripted(scenarios["400 with validation_error"]?.answer ?? assert.fail())
        for (const credentials of Object.values(schemes)) {
          const users = yield* over(client, { credentials, transformClient })
          // Without bodies: what a user prints of a request's body is not ours to hide.
          for (const { call } of [calls.getSelfUser, calls.deleteUser, calls.confirmEmail]) {
            const exit = yield* Canary.assertNoLeak(Effect.withSpan(call(users), "application"), canary)
            assert.isTrue(Exit.isFailure(exit))
          }
        }
        assert.strictEqual(sent.length, 9)
        for (const request of sent) {
          assert.strictEqual(bodyOf(request), "")
          assert.doesNotHaveAnyKeys(request.headers, ["b3", "traceparent", "tracestate", "baggage"])
        }
      }),
    )
  }

  it.effect("a client that throws before there is an effect", () =>
    Effect.gen(function* () {
      const { client, sent } = scripted(scenarios["2xx"]?.answer ?? assert.fail())
      const throwing = HttpClient.transformResponse(client, (response) => {
        if (sent.length === 0) throw new Error(`no session for ${key} and ${password}`)
        return response
      })
      const users = yield* usersOver(throwing, { credentials: schemes["API key"] })
      const exit = yield* Canary.assertNoLeak(users.getSelfUser, canary)
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }),
  )

  it.effect("sends trace headers when asked for, and nothing of them is secret", () =>
    Effect.gen(function* () {
      const { client, sent } = scripted(scenarios["400 with validation_error"]?.answer ?? assert.fail())
      const users = yield* usersOver(client, { credentials: schemes["API key"], tracePropagation: true })
      yield* Canary.assertNoLeak(users.getSelfUser, canary)
      assert.containsAllKeys(sent[0]?.headers ?? {}, ["b3", "traceparent"])
    }),
  )

  it.effect("leaves the fiber as it was: tracing, fetch's options and redacted names", () =>
    Effect.gen(function* () {
      const { client } = scripted(scenarios["2xx"]?.answer ?? assert.fail())
      const users = yield* usersOver(client, { credentials: schemes["API key"] })
      const before = yield* Effect.getFiberRefs
      yield* users.getSelfUser
      const after = yield* Effect.getFiberRefs
      assert.deepStrictEqual(after, before)
    }),
  )
})
