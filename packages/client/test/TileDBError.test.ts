import { assert, describe, it } from "@effect/vitest"
import { UserId } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as HashSet from "effect/HashSet"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as RetryPolicy from "../src/RetryPolicy.js"
import * as TileDBError from "../src/TileDBError.js"
import * as Script from "./support/retryScript.js"

/** One of each, as a call ends. */
const ended = (name: keyof typeof Script.calls, answer: Script.Answer) =>
  Effect.flatMap(Script.make(Script.scripted(answer).client, { retryPolicy: RetryPolicy.none }), (users) =>
    Effect.map(Script.toTheEnd(Script.calls[name](users)), Script.errorOf),
  )

const refused = Script.respond(
  409,
  JSON.stringify({
    code: 7,
    message: "ada@example.com is taken",
    request_id: "req_1",
    validation_error: { fields: [{ field: "email", message: "ada@example.com is taken" }] },
  }),
)

const all = Effect.all({
  NotFound: ended("deleteUser", Script.notFound),
  ApiError: ended("createUser", refused),
  TransportError: ended("createUser", Script.reset),
  DecodeError: ended("createUser", Script.respond(201, JSON.stringify({ request_id: "req_2", data: { id: 7 } }))),
})

describe("errors", () => {
  it.scoped("compare by value: what is the same twice is one in a set", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Effect.all([all, all])
      for (const tag of ["NotFound", "ApiError", "TransportError", "DecodeError"] as const) {
        assert.strictEqual(one[tag]._tag, tag)
        assert.isTrue(Equal.equals(one[tag], other[tag]), tag)
        assert.strictEqual(Hash.hash(one[tag]), Hash.hash(other[tag]), tag)
        assert.isFalse(Equal.equals(one[tag], new Error(one[tag].message)), tag)
      }
      assert.strictEqual(HashSet.size(HashSet.make(...Object.values(one), ...Object.values(other))), 4)
      const props = { operation: "getUser", outcome: "NotSent", message: "no" } as const
      const wrong = (message: string) =>
        new TileDBError.InvalidRequest({ ...props, issues: [{ path: "userId", message }] })
      assert.isTrue(Equal.equals(wrong("a"), wrong("a")))
      assert.isFalse(Equal.equals(wrong("a"), wrong("b")))
    }),
  )

  it.scoped("go over the wire and come back the same", () =>
    Effect.gen(function* () {
      for (const error of Object.values(yield* all)) {
        const json = JSON.parse(JSON.stringify(yield* Schema.encode(TileDBError.TileDBError)(error)))
        assert.isTrue(Equal.equals(yield* Schema.decodeUnknown(TileDBError.TileDBError)(json), error), error._tag)
      }
    }),
  )

  it("have closed reasons and outcomes, and durations in milliseconds when encoded", () => {
    const wire = {
      _tag: "TransportError",
      operation: "list",
      subject: { workspace: "acme" },
      reason: "Paused",
      outcome: "Unknown",
      message: "",
      retryAfter: 1500,
      attempts: [{ number: 1, delay: 250, reason: "503" }],
    }
    const decode = Schema.decodeUnknownEither(TileDBError.TileDBError)
    const read = Either.getOrThrow(decode(wire))
    assert(read._tag === "TransportError")
    assert.deepStrictEqual(read.retryAfter, Duration.millis(1500))
    assert.deepStrictEqual(read.attempts[0]?.delay, Duration.millis(250))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(Schema.encodeSync(TileDBError.TileDBError)(read))), wire)
    assert.isTrue(Equal.equals(read, Either.getOrThrow(decode(wire))))
    for (const other of [{ subject: { workspace: "b" } }, { retryAfter: 1 }, { attempts: [] }]) {
      assert.isFalse(Equal.equals(read, Either.getOrThrow(decode({ ...wire, ...other }))))
    }
    for (const unknown of [{ reason: "QuicStalled" }, { stopped: "Moon" }, { outcome: "Maybe" }]) {
      assert.isTrue(Either.isLeft(decode({ ...wire, ...unknown })))
    }
  })

  it.scoped("say whom the call was about", () =>
    Effect.gen(function* () {
      const { ApiError, NotFound, TransportError } = yield* all
      assert.deepInclude(NotFound, { userId: Script.userId, subject: { userId: Script.userId } })
      for (const error of [ApiError, TransportError]) {
        assert.deepInclude(error, { username: "ada", subject: { username: "ada" } })
        assert.strictEqual("email" in error && error.email && Redacted.value(error.email), "ada@example.com")
        const printed = `${error} ${JSON.stringify(error)} ${error.message}`
        assert.notInclude(printed, "ada@example.com")
      }
      const answer = Script.respond(201, JSON.stringify({ request_id: "req_2", data: { id: "usr_of_another_form" } }))
      const users = yield* Script.make(Script.scripted(answer).client, { decoding: "strict" })
      const created = Script.errorOf(yield* Script.toTheEnd(Script.calls.createUser(users)))
      assert.deepInclude<unknown>(created, {
        _tag: "DecodeError",
        outcome: "Done",
        userId: "usr_of_another_form",
        requestId: "req_2",
      })
    }),
  )

  it.scoped("say whom the call was about that was not sent", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.good("createUser"))
      const users = yield* Script.make(service.client)
      const request = { username: "ada", email: "ada@example.com", password: Redacted.make("correct horse") }
      // What the types forbid, JavaScript does all the same.
      const wrong = (changes: object) => ({ ...request, ...changes }) as typeof request
      const refused = (call: Effect.Effect<unknown, TileDBError.TileDBError>) =>
        Effect.map(Effect.flip(call), (error) => {
          assert(error._tag === "InvalidRequest")
          const printed = `${error} ${JSON.stringify(error)} ${error.message}`
          assert.notMatch(printed, /ada@example\.com|correct horse/)
          return error
        })
      const error = yield* refused(users.createUser(wrong({ timezone: 7 })))
      assert.strictEqual(error.username, "ada")
      assert.strictEqual(error.email && Redacted.value(error.email), "ada@example.com")
      const address = yield* refused(users.createUser(wrong({ timezone: 7, username: "ada@example.com" })))
      assert.isUndefined(address.username)
      // The password in the place of the name is the password still.
      const swapped = yield* refused(users.createUser(wrong({ timezone: 7, username: "correct horse" })))
      assert.isUndefined(swapped.username)
      const noName = yield* refused(users.createUser(wrong({ username: 7 })))
      assert.isUndefined(noName.username)
      const update = { display_name: 7 } as unknown as { readonly display_name: string } // as above
      assert.strictEqual((yield* refused(users.updateUser(Script.userId, update))).userId, Script.userId)
      assert.isUndefined((yield* refused(users.deleteUser(UserId.make("../users", true)))).userId)
      assert.deepStrictEqual(service.arrivals, [])
    }),
  )

  it.scoped("a username that is an e-mail address is no username to show", () =>
    Effect.gen(function* () {
      const users = yield* Script.make(Script.scripted(refused).client, { retryPolicy: RetryPolicy.none })
      const request = {
        username: "ada@example.com",
        email: "ada@example.com",
        password: Redacted.make("correct horse"),
      }
      const error = yield* Effect.flip(users.createUser(request))
      assert(error._tag === "ApiError")
      assert.isUndefined(error.username)
      assert.strictEqual(error.serviceMessage, "<redacted> is taken")
      assert.notInclude(JSON.stringify(error) + error.message, "ada@example.com")
    }),
  )
})
