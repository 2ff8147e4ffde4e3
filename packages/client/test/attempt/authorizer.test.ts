// What a request is authorised by, before there is a request: one scheme, its headers, and what must not come back.
import { assert, describe, it } from "@effect/vitest"
import { Operations, type ScopedToken } from "@effect-tiledb/schema"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import * as Credentials from "../../src/Credentials.js"
import * as Credential from "../../src/internal/attempt/authorizer.js"
import type { Call } from "../../src/internal/call.js"
import { transport } from "../../src/internal/failure/failure.js"
import { onRefused } from "../../src/internal/secrets/refusedToken.js"

const secret = (text: string) => Redacted.make(text)
const common = { "user-agent": "us" }
const call: Call = { operation: Operations.getSelfUser, path: "/users/self", parameters: {}, secrets: [] }
const span = Effect.runSync(Effect.makeSpan("call"))
const asIs = (credentials: unknown) => credentials as Credentials.Credentials

const authorize = (credentials: Credentials.Credentials, more: Partial<Call> = {}) =>
  Effect.runSync(Effect.either(Credential.make(credentials, common).authorize({ ...call, ...more }, span)))

/** The headers that are made, and the secrets in them. */
const authorized = (credentials: Credentials.Credentials, more: Partial<Call> = {}) => {
  const { headers, secrets } = Either.getOrThrow(authorize(credentials, more))
  const made: Record<string, string> = { ...headers({ accept: "json" }) }
  return { headers: made, secrets: secrets.map((one) => Redacted.value(one)) }
}

const unavailable = (detail?: string) => Either.left(transport("Credentials", false, { detail }))

describe("each scheme makes its own header, beside those of every request", () => {
  const base = { "user-agent": "us", accept: "json" }
  const table: ReadonlyArray<readonly [Credentials.Credentials, Record<string, string>, Array<string>]> = [
    [Credentials.apiKey(secret("k")), { "x-tiledb-rest-api-key": "k" }, ["k"]],
    [Credentials.apiKey(Effect.succeed(secret("k"))), { "x-tiledb-rest-api-key": "k" }, ["k"]],
    [Credentials.bearer(secret("t")), { authorization: "Bearer t" }, ["t"]],
    [Credentials.basic("ada", secret("p:w")), { authorization: "Basic YWRhOnA6dw==" }, ["p:w", "ada:p:w"]],
    [
      Credentials.basic("ada", Effect.succeed(secret("p:w"))),
      { authorization: "Basic YWRhOnA6dw==" },
      ["p:w", "ada:p:w"],
    ],
    [Credentials.anonymous, {}, []],
  ]
  for (const [credentials, header, secrets] of table) {
    const waits = "key" in credentials || "password" in credentials
    it(`${credentials._tag}${waits ? "" : ", as it is"}: ${Object.keys(header).join() || "none"}`, () => {
      assert.deepStrictEqual(authorized(credentials), { headers: { ...base, ...header }, secrets })
      const { problem, scheme } = Credential.make(credentials, common)
      assert.deepStrictEqual([problem, scheme], [undefined, credentials._tag])
    })
  }

  it("and an operation that takes a scoped token has it instead, whatever the credential is", () => {
    for (const [credentials] of table) {
      assert.deepStrictEqual(authorized(credentials, { token: secret("scoped") as ScopedToken }), {
        headers: { ...base, "x-tiledb-rest-api-key": "scoped" },
        secrets: ["scoped"],
      })
    }
  })

  it("a secret that is got by an effect is waited for", () => {
    assert.deepStrictEqual(
      table.map(([credentials]) => Credential.make(credentials, common).waits),
      [false, true, false, false, true, false],
    )
  })
})

describe("a credential that was made by hand is refused where it cannot be sent, and told by its field", () => {
  const table: ReadonlyArray<readonly [unknown, path: string, message: RegExp]> = [
    [{ _tag: "ApiKey", key: secret("two words") }, "credentials.key", /must be printable ASCII/],
    [{ _tag: "ApiKey", key: "plain" }, "credentials.key", /must be text inside Redacted/],
    [{ _tag: "Basic", username: "a:b", password: secret("p") }, "credentials.username", /colon/],
    [{ _tag: "Basic", username: "ada", password: secret("") }, "credentials.password", /must not be empty/],
    [{ _tag: "Bearer", token: secret("two words") }, "credentials.token", /must be printable ASCII/],
    [{ _tag: "Digest" }, "credentials", /^should be one of Credentials\.apiKey, basic, bearer and anonymous$/],
    [
      {
        _tag: "ApiKey",
        get key() {
          throw new Error("hunter2")
        },
      },
      "credentials",
      /^cannot be read$/,
    ],
  ]
  for (const [credentials, path, message] of table) {
    it(`${path}: ${message.source}`, () => {
      const { problem, waits } = Credential.make(asIs(credentials), common)
      assert.strictEqual(problem?.path, path)
      assert.match(problem?.message ?? "", message)
      assert.isFalse(waits)
      assert.deepStrictEqual(authorize(asIs(credentials)), unavailable())
    })
  }
})

describe("an effect that gets a secret", () => {
  class Expired extends Data.TaggedError("Expired")<{ readonly token: string }> {}
  const failing = (effect: Effect.Effect<never, unknown>) => authorize({ _tag: "ApiKey", key: effect })

  it("may give one that cannot be sent", () => {
    for (const text of ["", "two words", "a\nb"]) {
      assert.deepStrictEqual(authorize({ _tag: "ApiKey", key: Effect.succeed(secret(text)) }), unavailable(), text)
    }
    for (const text of ["", "a\nb"]) {
      const credentials = Credentials.basic("ada", Effect.succeed(secret(text)))
      assert.deepStrictEqual(authorize(credentials), unavailable(), text)
    }
    assert.deepStrictEqual(authorize(asIs({ _tag: "ApiKey", key: Effect.succeed("plain") })), unavailable())
  })

  it("ends the call with the name of what it ended with, and nothing that it says", () => {
    assert.deepStrictEqual(failing(Effect.fail(new Expired({ token: "hunter2" }))), unavailable("Expired"))
    // @effect-diagnostics-next-line globalErrorInEffectFailure:off — what a careless program fails with
    assert.deepStrictEqual(failing(Effect.fail(new TypeError("hunter2"))), unavailable("TypeError"))
    assert.deepStrictEqual(failing(Effect.die(new RangeError("hunter2"))), unavailable("RangeError"))
    assert.deepStrictEqual(failing(Effect.interrupt), unavailable("InterruptedException"))
    for (const tag of ["@app/Expired.v2", `E${"x".repeat(60)}`]) {
      assert.deepStrictEqual(failing(Effect.fail({ _tag: tag })), unavailable(tag.startsWith("@") ? undefined : tag))
    }
    for (const tag of ["", "two words", "1st", `E${"x".repeat(61)}`, "hunter2\n", 1]) {
      assert.deepStrictEqual(failing(Effect.fail({ _tag: tag })), unavailable(), String(tag))
    }
    assert.deepStrictEqual(failing(Effect.fail({ _tag: "a/B@c.d-e" })), unavailable("a/B@c.d-e"))
    const getter = {
      get _tag() {
        throw new Error("hunter2")
      },
    }
    assert.deepStrictEqual(failing(Effect.fail(getter)), unavailable())
  })

  it("is traced as a part of the call", () => {
    let parent: Tracer.AnySpan | undefined
    const key = Effect.map(Effect.currentParentSpan, (current) => {
      parent = current
      return secret("k")
    })
    authorized({ _tag: "ApiKey", key: Effect.orDie(key) })
    assert.strictEqual(parent, span)
  })

  it("is asked again at each call", () => {
    let asked = 0
    const credentials: Credentials.Credentials = { _tag: "ApiKey", key: Effect.sync(() => secret(`k${++asked}`)) }
    const { authorize } = Credential.make(credentials, common)
    const secrets = [1, 2].map(() => Effect.runSync(authorize(call, span)).secrets.map((one) => Redacted.value(one)))
    assert.deepStrictEqual(secrets, [["k1"], ["k2"]])
  })
})

describe("after a 401", () => {
  const unchanged = transport("Timeout", true)
  const renewed = (credentials: Credentials.Credentials) => {
    const authorizer = Credential.make(credentials, common)
    const refused = Effect.runSync(authorizer.authorize(call, span))
    return Effect.runSync(Effect.either(authorizer.renew(refused, unchanged, span)))
  }

  it("another secret is taken, and the same one is not sent again", () => {
    let asked = 0
    const rotating = renewed({ _tag: "ApiKey", key: Effect.sync(() => secret(`k${++asked}`)) })
    assert.deepStrictEqual(
      Either.getOrThrow(rotating).secrets.map((one) => Redacted.value(one)),
      ["k2"],
    )
    assert.deepStrictEqual(renewed({ _tag: "ApiKey", key: Effect.sync(() => secret("k")) }), Either.left(unchanged))
    assert.deepStrictEqual(renewed(Credentials.apiKey(secret("k"))), Either.left(unchanged))
  })

  it("a bearer token is told to be refused before another one is asked for", () => {
    const told: Array<string> = []
    const token = Effect.sync(() => secret(`t${told.length}`))
    onRefused.set(token, (token) => told.push(Redacted.value(token)))
    assert.isTrue(Either.isRight(renewed({ ...Credentials.anonymous, _tag: "Bearer", token })))
    assert.deepStrictEqual(told, ["t0"])
    assert.deepStrictEqual(renewed({ _tag: "Bearer", token: Effect.succeed(secret("t")) }), Either.left(unchanged))
  })
})
