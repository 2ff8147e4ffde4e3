import { inspect } from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, type Users } from "@effect-tiledb/client"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { seedOf } from "./support/exhaustive.js"
import { makeUsers } from "./support/users.js"

const seeded = { seed: seedOf(20260131), numRuns: 1000 }

const usersWith = (credentials: Credentials.Credentials | undefined) => {
  const sent: Array<HttpClientRequest> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      sent.push(request)
      return HttpClientResponse.fromWeb(request, new Response(null, { status: 204 }))
    }),
  )
  return makeUsers({ credentials, retryPolicy: RetryPolicy.none }).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.scoped,
    Effect.map((users) => ({ users, sent })),
  )
}

/** Every header of a request but those that have nothing to do with who is calling. */
const who = (request: HttpClientRequest | undefined) => {
  const others = ["accept", "accept-encoding", "user-agent", "content-type", "content-length"]
  return Object.fromEntries(Object.entries(request?.headers ?? {}).filter(([name]) => !others.includes(name)))
}

const ask = (users: Users.Service) => users.requestPasswordReset({ username_or_email: "ada" })

/** What the client that is built with a credential ends with, in full; `undefined` if it is built. */
const refusal = (credentials: Credentials.Credentials): string | undefined => {
  const built = Effect.runSync(Effect.either(usersWith(credentials)))
  return Either.isRight(built)
    ? undefined
    : `${built.left} ${JSON.stringify(built.left)} ${inspect(built.left, { depth: 9, showHidden: true })}`
}

describe("one scheme per request", () => {
  const schemes: Record<string, readonly [Credentials.Credentials | undefined, Record<string, string>]> = {
    "API key": [Credentials.apiKey(Redacted.make("tiledb_key")), { "x-tiledb-rest-api-key": "tiledb_key" }],
    "a JWT as API key": [Credentials.apiKey(Redacted.make("a.b-c_d.e")), { "x-tiledb-rest-api-key": "a.b-c_d.e" }],
    Basic: [Credentials.basic("ada", Redacted.make("pass")), { authorization: "Basic YWRhOnBhc3M=" }],
    "Basic in UTF-8": [
      Credentials.basic("zo\u00eb", Redacted.make("\u043f\u0430\u0440\u043e\u043b\u044c \u{1f425}:")),
      {
        authorization: `Basic ${Buffer.from("zo\u00eb:\u043f\u0430\u0440\u043e\u043b\u044c \u{1f425}:").toString("base64")}`,
      },
    ],
    bearer: [Credentials.bearer(Redacted.make("token")), { authorization: "Bearer token" }],
    "bearer by effect": [Credentials.bearer(Effect.succeed(Redacted.make("token"))), { authorization: "Bearer token" }],
    anonymous: [Credentials.anonymous, {}],
    "none given": [undefined, {}],
  }
  for (const [scheme, [credentials, headers]] of Object.entries(schemes)) {
    it.effect(scheme, () =>
      Effect.gen(function* () {
        const { sent, users } = yield* usersWith(credentials)
        yield* ask(users)
        assert.deepStrictEqual(who(sent[0]), headers)
        // Scoped tokens go alone, whoever the session is.
        yield* users.confirmEmail(Redacted.make("scoped-1"))
        yield* users.resetPassword(Redacted.make("scoped-2"), { new_password: Redacted.make("new") })
        assert.deepStrictEqual(who(sent[1]), { "x-tiledb-rest-api-key": "scoped-1" })
        assert.deepStrictEqual(who(sent[2]), { "x-tiledb-rest-api-key": "scoped-2" })
      }),
    )
  }

  it.effect("a bearer's effect runs for the first request that needs it, and not for scoped tokens", () =>
    Effect.gen(function* () {
      let asked = 0
      const { sent, users } = yield* usersWith(Credentials.bearer(Effect.sync(() => Redacted.make(`token-${++asked}`))))
      yield* users.confirmEmail(Redacted.make("scoped"))
      assert.strictEqual(asked, 0)
      yield* ask(users)
      yield* ask(users)
      assert.deepStrictEqual(
        sent.map((request) => request.headers.authorization),
        [undefined, "Bearer token-1", "Bearer token-1"],
      )
    }),
  )

  it.effect("a password of any size can be sent", () =>
    Effect.gen(function* () {
      const password = "\u00e9".repeat(200_000)
      const { sent, users } = yield* usersWith(Credentials.basic("ada", Redacted.make(password)))
      yield* ask(users)
      const encoded = sent[0]?.headers.authorization?.slice("Basic ".length) ?? ""
      assert.strictEqual(Buffer.from(encoded, "base64").toString(), `ada:${password}`)
    }),
  )
})

describe("what ends the client that is built with it", () => {
  const headerValues: Record<string, string> = {
    empty: "",
    CR: "tiledb_k\rey",
    LF: "tiledb_k\ney",
    CRLF: "tiledb_key\r\nX-Evil: 1",
    NUL: "tiledb_k\0ey",
    tab: "tiledb_k\tey",
    DEL: "tiledb_k\x7fey",
    "Latin-1": "tiledb_k\u00e9y",
    "beyond Latin-1": "tiledb_k\u0435y",
    emoji: "tiledb_\u{1f511}",
    "a space in front": " tiledb_key",
    "a space behind": "tiledb_key ",
    "a line feed behind": "tiledb_key\n",
    "a space within": "tiledb key",
    "a no-break space behind": "tiledb_key\u00a0",
  }
  const tokens = { "API key": Credentials.apiKey, "bearer token": Credentials.bearer }
  for (const [what, make] of Object.entries(tokens)) {
    for (const [problem, value] of Object.entries(headerValues)) {
      it(`${what}: ${problem}`, () => {
        const said = refusal(make(Redacted.make(value))) ?? assert.fail("was taken")
        assert.include(said, `The ${what} must`)
        assert.include(said, what === "API key" ? "credentials.key" : "credentials.token")
        assert.notMatch(said, /tiledb_|Evil/)
      })
    }
  }

  const basics: Record<string, readonly [string, string]> = {
    "an empty username": ["", "pass"],
    "a colon in the username": ["ada:b", "pass"],
    "a line feed in the username": ["ada\n", "pass"],
    "NUL in the username": ["a\0da", "pass"],
    "a lone surrogate in the username": ["ada\ud800", "pass"],
    "an empty password": ["ada", ""],
    "CR in the password": ["ada", "hunter2\r"],
    "LF in the password": ["ada", "hunt\ner2"],
    "NUL in the password": ["ada", "hunt\0er2"],
    "DEL in the password": ["ada", "hunt\x7fer2"],
    "a lone surrogate in the password": ["ada", "hunter2\udc00"],
  }
  for (const [problem, [username, password]] of Object.entries(basics)) {
    it(`Basic: ${problem}`, () => {
      const said = refusal(Credentials.basic(username, Redacted.make(password))) ?? assert.fail("was taken")
      assert.match(said, /credentials\.(username|password): .*The \1 must/)
      assert.notMatch(said, /hunt|er2|ada/)
    })
  }

  it("what is no Redacted text, and does not pass for it", () => {
    const wiped = Redacted.make("tiledb_key")
    Redacted.unsafeWipe(wiped)
    class Sneaky {
      readonly [Redacted.RedactedTypeId] = { _A: (_: never) => _ }
      toString() {
        return "tiledb_key"
      }
    }
    for (const value of ["tiledb_key", Redacted.make(12), Redacted.make(["tiledb_key"]), wiped, new Sneaky(), null]) {
      for (const make of [
        Credentials.apiKey(value as never),
        Credentials.bearer(value as never),
        Credentials.basic("ada", value as never),
      ]) {
        const said = refusal(make) ?? assert.fail("was taken")
        assert.include(said, "must be text inside Redacted: Redacted.make(…)")
        assert.notInclude(said, "tiledb_key")
      }
    }
  })

  it("a Redacted of one's own making is as good as any", () => {
    class Traced extends String {}
    assert.match(refusal(Credentials.apiKey(Redacted.make(new Traced("tiledb_key")) as never)) ?? "", /must be text/)
    const own = Object.assign(Redacted.make("tiledb_key"), { source: "vault" })
    assert.strictEqual(refusal(Credentials.apiKey(own)), undefined)
  })
})

describe("any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string(),
    fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
    fc
      .tuple(fc.string(), fc.constantFrom("\r", "\n", "\0", "\u2028", "\ufeff", "\ud83d", " ", "\t"))
      .map(([a, b]) => a + b),
    fc.string().map((part) => part.repeat(2000)),
  )

  const isSendable = (value: string) => /^[\x21-\x7e]+$/.test(value) && !/^(["']).*\1$/.test(value)

  it.effect("is sent in a header as it is, or refused without being repeated", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(text, async (value) => {
          const sendable = isSendable(value)
          for (const [make, sends] of [
            [Credentials.apiKey, (value: string) => ({ "x-tiledb-rest-api-key": value })],
            [Credentials.bearer, (value: string) => ({ authorization: `Bearer ${value}` })],
          ] as const) {
            const said = refusal(make(Redacted.make(value)))
            assert.strictEqual(said === undefined, sendable)
            if (said !== undefined && value.length > 8) assert.notInclude(said, value)
            if (sendable && value.length < 100) {
              const { sent, users } = await Effect.runPromise(usersWith(make(Redacted.make(value))))
              await Effect.runPromise(ask(users))
              assert.deepStrictEqual(who(sent[0]), sends(value))
            }
          }
        }),
        { ...seeded, numRuns: 200 },
      ),
    ),
  )

  it("as username and password comes out of Basic as it went in, or is refused", () => {
    fc.assert(
      fc.property(text, text, (username, password) => {
        const formed = (value: string) =>
          value !== "" &&
          !/[\p{Cc}]/u.test(value.replace(/[\x80-\x9f]/g, "")) &&
          Buffer.from(value).toString() === value
        const sendable = formed(username) && formed(password) && !username.includes(":")
        const said = refusal(Credentials.basic(username, Redacted.make(password)))
        assert.strictEqual(said === undefined, sendable)
        if (said !== undefined && password.length > 8) assert.notInclude(said, password)
      }),
      seeded,
    )
  })

  it.effect("as a scoped token is sent alone or reported by its name", () =>
    Effect.gen(function* () {
      const { sent, users } = yield* usersWith(Credentials.apiKey(Redacted.make("tiledb_key")))
      for (const value of fc.sample(text, { ...seeded, numRuns: 300 })) {
        const result = yield* Effect.either(users.confirmEmail(Redacted.make(value)))
        if (isSendable(value)) {
          assert.strictEqual(result._tag, "Right")
          assert.deepStrictEqual(who(sent.pop()), { "x-tiledb-rest-api-key": value })
        } else {
          assert.deepInclude(result._tag === "Left" ? result.left : {}, { _tag: "InvalidRequest" })
          if (value.length > 8) assert.notInclude(JSON.stringify(result), JSON.stringify(value).slice(1, -1))
          assert.deepStrictEqual(sent, [])
        }
      }
    }),
  )
})

describe("an unusable credential is no defect, wherever it is used", () => {
  const broken = Redacted.make("tiledb_k\ney")

  it.effect("a Config that makes one ends the Layer with a ConfigError", () =>
    Effect.gen(function* () {
      const credentials = Config.map(Config.redacted("KEY"), Credentials.apiKey)
      const layer = TileDBClient.layerConfig({ credentials }).pipe(
        Layer.provide(
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make(() => Effect.die("nothing is sent")),
          ),
        ),
      )
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer))).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["KEY", "tiledb_k\ney"]]))),
      )
      assert.match(String(error), /Invalid data at credentials\.key: .*The API key must be printable ASCII/)
      assert.notInclude(String(error), "tiledb_k")
    }),
  )

  it.effect("a call under withCredentials is an InvalidRequest, and nothing is sent", () =>
    Effect.gen(function* () {
      const { sent, users } = yield* usersWith(undefined)
      for (const [part, credentials] of [
        ["key", Credentials.apiKey(broken)],
        ["token", Credentials.bearer(broken)],
        ["password", Credentials.basic("ada", broken)],
        ["username", Credentials.basic("a:da", Redacted.make("pass"))],
      ] as const) {
        const error = yield* Effect.flip(Credentials.withCredentials(users.getSelfUser, credentials))
        assert(error._tag === "InvalidRequest")
        assert.deepStrictEqual(
          error.issues.map(({ path }) => path),
          [`credentials.${part}`],
        )
        assert.notMatch(String(error) + JSON.stringify(error), /tiledb_k/)
        // A scoped token authorises alone.
        yield* Credentials.withCredentials(users.confirmEmail(Redacted.make("scoped")), credentials)
        assert.strictEqual(sent.splice(0).length, 1)
      }
    }),
  )

  it("the value prints no secret", () => {
    for (const credentials of [
      Credentials.apiKey(broken),
      Credentials.bearer(broken),
      Credentials.basic("a", broken),
    ]) {
      assert.notInclude(JSON.stringify(credentials) + inspect(credentials, { depth: 9 }), "tiledb")
    }
  })
})

it.scoped("null in place of a credential is refused, and not anonymous", () =>
  Effect.gen(function* () {
    const credentials: Credentials.Credentials = JSON.parse("null")
    const error = yield* Effect.flip(TileDBClient.make({ credentials }))
    assert.include(String(error), "credentials")
    const ofConfig = yield* Effect.flip(Layer.build(TileDBClient.layerConfig({ credentials })))
    assert.include(String(ofConfig), "credentials")
  }).pipe(Effect.provide(FetchHttpClient.layer)),
)
