// Credentials that come from an effect: when it runs, for whom, and what a 401 does.

import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient } from "@effect-tiledb/client"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { user } from "../support/documented.js"
import { makeUsers } from "../support/users.js"

/** A service that takes only what `accepts` says, with everything that was sent to it. */
const serviceThat = (accepts: (sent: string) => boolean, options: TileDBClient.Options) => {
  const sent: Array<string> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      const { authorization, "x-tiledb-rest-api-key": key } = request.headers
      const credential = key ?? authorization ?? ""
      sent.push(credential)
      return HttpClientResponse.fromWeb(
        request,
        accepts(credential)
          ? new Response(JSON.stringify({ data: { user, workspaces: [] } }), {
              status: 200,
              headers: { "content-type": "application/json" },
            })
          : new Response('{"message":"no"}', { status: 401, headers: { "content-type": "application/json" } }),
      )
    }),
  )
  return Effect.map(
    Effect.scoped(
      Effect.provideService(makeUsers({ retryPolicy: RetryPolicy.none, ...options }), HttpClient.HttpClient, client),
    ),
    (users) => ({ users, sent }),
  )
}

/** Tokens `t1`, `t2`, …; how many were asked for is in `asked`. */
const numbered = (more: (number: number) => Omit<Credentials.AccessToken, "token"> = () => ({})) => {
  const source = { asked: 0 }
  const effect = Effect.sync(() => ({ token: Redacted.make(`t${++source.asked}`), ...more(source.asked) }))
  return Object.assign(source, { effect })
}

const everything = () => true

const jwt = (claims: object) =>
  ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".")

describe("a bearer token", () => {
  it.effect("is got when the first request needs it and kept until it expires", () =>
    Effect.gen(function* () {
      const source = numbered((number) => ({ expiresAt: number * 60_000 }))
      const { sent, users } = yield* serviceThat(everything, { credentials: Credentials.bearer(source.effect) })
      assert.strictEqual(source.asked, 0)
      yield* users.getSelfUser
      yield* TestClock.adjust("59 seconds")
      yield* users.getSelfUser
      yield* TestClock.adjust("1 seconds")
      yield* users.getSelfUser
      yield* TestClock.adjust("59 seconds")
      yield* users.getSelfUser
      assert.deepStrictEqual(sent, ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"])
    }),
  )

  it.effect("says itself when it expires if it is a JWT", () =>
    Effect.gen(function* () {
      let asked = 0
      const { users } = yield* serviceThat(everything, {
        credentials: Credentials.bearer(Effect.sync(() => Redacted.make(jwt({ exp: ++asked * 60 })))),
      })
      yield* users.getSelfUser
      yield* TestClock.adjust("59 seconds")
      yield* users.getSelfUser
      assert.strictEqual(asked, 1)
      yield* TestClock.adjust("1 seconds")
      yield* users.getSelfUser
      assert.strictEqual(asked, 2)
    }),
  )

  it("has its expiry told without being verified", () => {
    const expiry = (token: string) => Credentials.expiresAt(Redacted.make(token))
    assert.deepStrictEqual(expiry(jwt({ exp: 60 })), Option.some(DateTime.unsafeMake(60_000)))
    const nothing = ["", "tiledb_key", "a.b", "a.b.c", "a.b.c.d", jwt({ exp: "60" }), jwt({}), jwt([1])]
    for (const token of nothing) assert.deepStrictEqual(expiry(token), Option.none())
  })

  it.effect("1,000 fibers with an expired one cause one refresh", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let asked = 0
      const credentials = Credentials.bearer(
        Effect.gen(function* () {
          if (++asked === 1) return { token: Redacted.make("old"), expiresAt: 1000 }
          yield* Deferred.await(gate)
          return { token: Redacted.make("new"), expiresAt: 1_000_000 }
        }),
      )
      const { sent, users } = yield* serviceThat(everything, { credentials })
      yield* users.getSelfUser
      yield* TestClock.adjust("1 seconds")
      const fibers = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => users.getSelfUser),
          { concurrency: "unbounded" },
        ),
      )
      while (asked < 2) yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* Fiber.join(fibers)).length, 1000)
      assert.strictEqual(asked, 2)
      assert.deepStrictEqual([...new Set(sent.slice(1))], ["Bearer new"])
    }),
  )

  it.effect("1,000 fibers whose token is refused in mid-flight cause one refresh, and lose no call", () =>
    Effect.gen(function* () {
      const source = numbered()
      let revoked = false
      const { sent, users } = yield* serviceThat((credential) => credential === "Bearer t2" || !revoked, {
        credentials: Credentials.bearer(source.effect),
      })
      yield* users.getSelfUser
      revoked = true
      const all = yield* Effect.all(
        Array.from({ length: 1000 }, () => users.getSelfUser),
        { concurrency: "unbounded" },
      )
      assert.strictEqual(all.length, 1000)
      assert.strictEqual(source.asked, 2)
      assert.isAtMost(sent.length, 2001)
    }),
  )

  it.effect("that cannot be got fails all who wait with a typed error, and the next call tries again", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let asked = 0
      const credentials = Credentials.bearer(
        Effect.suspend(() =>
          ++asked === 1
            ? Effect.zipRight(Deferred.await(gate), Effect.fail("revoked"))
            : Effect.succeed(Redacted.make("new")),
        ),
      )
      const { sent, users } = yield* serviceThat(everything, { credentials })
      const fibers = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => Effect.flip(users.getSelfUser)),
          { concurrency: "unbounded" },
        ),
      )
      while (asked < 1) yield* Effect.yieldNow()
      for (let turn = 0; turn < 100; turn++) yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      for (const error of yield* Fiber.join(fibers)) {
        assert.deepInclude(error, { _tag: "TransportError", reason: "Credentials", outcome: "NotSent" })
      }
      assert.deepStrictEqual([asked, sent], [1, []])
      yield* users.getSelfUser
      assert.deepStrictEqual([asked, sent], [2, ["Bearer new"]])
    }),
  )

  it.effect("that is unavailable for the moment is requested again, as the policy allows; nothing was sent", () =>
    Effect.gen(function* () {
      let asked = 0
      const source = Effect.suspend(() =>
        ++asked < 3 ? Effect.fail(Credentials.unavailable) : Effect.succeed(Redacted.make("token")),
      )
      const run = (credentials: Credentials.Credentials, attempts: number) =>
        Effect.gen(function* () {
          asked = 0
          const retryPolicy = RetryPolicy.make({ attempts, baseDelay: 0 })
          const { sent, users } = yield* serviceThat(everything, { credentials, retryPolicy })
          const password = Redacted.make("correct horse")
          const result = yield* Effect.either(
            users.changePassword({ current_password: password, new_password: password }),
          )
          return { asked, sent: sent.length, error: Either.isLeft(result) ? result.left : undefined }
        })
      for (const make of [Credentials.bearer, Credentials.apiKey]) {
        assert.deepInclude(yield* run(make(source), 3), { asked: 3, sent: 1 })
        const { error, ...counts } = yield* run(make(source), 2)
        assert.deepStrictEqual(counts, { asked: 2, sent: 0 })
        assert.deepInclude(error, { reason: "Credentials", detail: "CredentialsUnavailable", outcome: "NotSent" })
        assert.deepInclude(yield* run(make(Effect.mapError(source, () => "revoked")), 3), {
          asked: 1,
        })
      }
    }),
  )

  it.effect("that has expired the moment it comes is kept until it is refused", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hours")
      const source = numbered(() => ({ expiresAt: 60_000 }))
      let refused = "Bearer t0"
      const { sent, users } = yield* serviceThat((credential) => credential !== refused, {
        credentials: Credentials.bearer(source.effect),
      })
      for (let call = 0; call < 50; call++) yield* users.getSelfUser
      assert.strictEqual(source.asked, 1)
      refused = "Bearer t1"
      yield* users.getSelfUser
      assert.deepStrictEqual(sent.slice(50), ["Bearer t1", "Bearer t2"])
    }),
  )

  it.effect("goes on being got for the others when the call that asked first is interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let [asked, interrupted] = [0, 0]
      const credentials = Credentials.bearer(
        Effect.suspend(() => {
          asked++
          return Effect.as(Deferred.await(gate), Redacted.make("token"))
        }).pipe(Effect.onInterrupt(() => Effect.sync(() => interrupted++))),
      )
      const { users } = yield* serviceThat(everything, { credentials })
      const first = yield* Effect.fork(users.getSelfUser)
      const second = yield* Effect.fork(users.getSelfUser)
      for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual([asked, interrupted], [1, 0])
      yield* Deferred.succeed(gate, undefined)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(second)))
      assert.strictEqual(asked, 1)
    }),
  )

  it.effect("is no longer got when nobody waits for it; the next call begins anew", () =>
    Effect.gen(function* () {
      let [asked, interrupted] = [0, 0]
      const credentials = Credentials.bearer(
        Effect.suspend(() => (++asked === 1 ? Effect.never : Effect.succeed(Redacted.make("token")))).pipe(
          Effect.onInterrupt(() => Effect.sync(() => interrupted++)),
        ),
      )
      const { users } = yield* serviceThat(everything, { credentials })
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(users.getSelfUser))
      for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow()
      yield* Fiber.interruptAll(fibers)
      while (interrupted < 1) yield* Effect.yieldNow()
      yield* users.getSelfUser
      assert.deepStrictEqual([asked, interrupted], [2, 1])
    }),
  )

  it.effect("whose refresh hangs is waited for as long as an attempt lasts", () =>
    Effect.gen(function* () {
      const { users } = yield* serviceThat(everything, { credentials: Credentials.bearer(Effect.never) })
      const fiber = yield* Effect.fork(Effect.flip(users.getSelfUser))
      yield* TestClock.adjust("20 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", outcome: "NotSent" })
    }),
  )

  it.effect("is kept with the credential: two clients with the same share it", () =>
    Effect.gen(function* () {
      const source = numbered()
      const credentials = Credentials.bearer(source.effect)
      for (let client = 0; client < 2; client++) {
        const { users } = yield* serviceThat(everything, { credentials })
        yield* users.getSelfUser
      }
      assert.strictEqual(source.asked, 1)
    }),
  )
})

describe("a 401", () => {
  const secret = (text: string) => Redacted.make(text)
  const schemes: Record<string, (secret: Effect.Effect<Redacted.Redacted<string>>) => Credentials.Credentials> = {
    "an API key": Credentials.apiKey,
    "a password": (password) => Credentials.basic("ada", password),
    "a bearer token": Credentials.bearer,
    "a bearer token by hand": (token) => ({ _tag: "Bearer", token }),
  }
  const shows = (credential: string, text: string) =>
    credential.includes(text) || Buffer.from(credential.replace("Basic ", ""), "base64").toString() === `ada:${text}`

  for (const [what, make] of Object.entries(schemes)) {
    it.effect(`has ${what} from an effect got once more, and the request repeated, whatever the policy`, () =>
      Effect.gen(function* () {
        let current = "old"
        const { sent, users } = yield* serviceThat((credential) => shows(credential, "new"), {
          credentials: make(Effect.sync(() => secret(current))),
        })
        const refused = yield* Effect.flip(users.getSelfUser)
        assert.deepInclude(refused, { _tag: "ApiError", status: 401 })
        assert.strictEqual(sent.length, 1, "the same secret is not sent twice")
        assert.strictEqual(refused._tag === "ApiError" ? refused.attempts.length : 0, 1)
        current = "new"
        yield* users.getSelfUser
        // What was rotated before the call is sent at once; only a kept token has to be refused first.
        assert.isAtMost(sent.length, 3)
        assert.isTrue(shows(sent.at(-1) ?? "", "new"))
      }),
    )

    it.effect(`with ${what} rotated in mid-flight loses no call, createUser's neither`, () =>
      Effect.gen(function* () {
        let turn = 0
        const { sent, users } = yield* serviceThat((credential) => shows(credential, "s2"), {
          credentials: make(Effect.sync(() => secret(`s${++turn}`))),
        })
        const created = yield* Effect.either(
          users.createUser({ email: "a@example.com", username: "ada", password: secret("password") }),
        )
        assert.strictEqual(sent.length, 2)
        assert.notDeepInclude(created._tag === "Left" ? created.left : {}, { status: 401 })
      }),
    )
  }

  it.effect("is repeated once in a call, and is no attempt of the policy", () =>
    Effect.gen(function* () {
      const source = numbered()
      const { sent, users } = yield* serviceThat(() => false, {
        credentials: Credentials.bearer(source.effect),
        retryPolicy: RetryPolicy.standard,
      })
      const error = yield* Effect.flip(users.getSelfUser)
      assert.deepStrictEqual(sent, ["Bearer t1", "Bearer t2"])
      assert.deepStrictEqual(
        error._tag === "ApiError" ? error.attempts.map(({ delay, reason }) => [Duration.toMillis(delay), reason]) : [],
        [
          [0, "401"],
          [0, "401"],
        ],
      )
    }),
  )

  it.effect("to which no other secret can be got is told as the failure to get one", () =>
    Effect.gen(function* () {
      let asked = 0
      const { sent, users } = yield* serviceThat(() => false, {
        credentials: Credentials.bearer(
          Effect.suspend(() => (++asked === 1 ? Effect.succeed(secret("old")) : Effect.fail("revoked"))),
        ),
      })
      assert.deepInclude(yield* Effect.flip(users.getSelfUser), { _tag: "TransportError", reason: "Credentials" })
      assert.deepStrictEqual([asked, sent], [2, ["Bearer old"]])
    }),
  )

  it.effect(
    "of an effect that fails with a tag has that tag in its detail; one that interrupts itself ends nothing else",
    () =>
      Effect.gen(function* () {
        const ends: ReadonlyArray<readonly [Effect.Effect<never, unknown>, RegExp]> = [
          [Effect.fail({ _tag: "RefreshRevoked", secret: "hunter22" }), /^RefreshRevoked$/],
          [Effect.fail({ _tag: "hunter22 hunter22" }), /^undefined$/],
          // @effect-diagnostics-next-line globalErrorInEffectFailure:off — what a careless program fails with
          [Effect.fail(new Error("hunter22")), /^Error$/],
          [Effect.interrupt, /^Interrupted/],
          [Effect.die("hunter22"), /^undefined$/],
        ]
        for (const [end, detail] of ends) {
          for (const credentials of [Credentials.bearer(end), Credentials.apiKey(end), Credentials.basic("ada", end)]) {
            const { users } = yield* serviceThat(everything, { credentials })
            const error = yield* Effect.flip(users.getSelfUser)
            assert.deepInclude(error, { _tag: "TransportError", reason: "Credentials", outcome: "NotSent" })
            assert.match(String(error._tag === "TransportError" ? error.detail : ""), detail)
            assert.notMatch(JSON.stringify(error) + String(error), /hunter/)
          }
        }
      }),
  )

  it.effect("of a scoped token, and of a secret that is a value, is the answer", () =>
    Effect.gen(function* () {
      const source = numbered()
      const scoped = yield* serviceThat(() => false, { credentials: Credentials.bearer(source.effect) })
      assert.deepInclude(yield* Effect.flip(scoped.users.confirmEmail(secret("token"))), { status: 401 })
      assert.deepStrictEqual([source.asked, scoped.sent], [0, ["token"]])
      for (const credentials of [
        Credentials.apiKey(secret("key")),
        Credentials.basic("ada", secret("pass")),
        Credentials.anonymous,
      ]) {
        const { sent, users } = yield* serviceThat(() => false, { credentials })
        assert.deepInclude(yield* Effect.flip(users.getSelfUser), { status: 401 })
        assert.strictEqual(sent.length, 1)
      }
    }),
  )
})
