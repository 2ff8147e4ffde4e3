/** The five errors in Effect 4. */
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Formatter, Logger, Match, Redacted, References } from "effect"
import { UserId } from "tiledb-island"
import { Faults } from "tiledb-island/testkit"
import { Users } from "../src/tiledb/Users.ts"
import type { UsersError } from "../src/tiledb/values.ts"
import { type World, worlds } from "./world.ts"

const id = UserId.make("usr_00000000000000000000")
const secret = "canary-c0rrect-h0rse"
const ada = { username: "ada", email: "ada@example.com", password: Redacted.make(secret) }

/** A call for each error, with a secret in it where the method takes one. */
const failing = ({ inject }: World) => {
  const calls: Readonly<Record<string, Effect.Effect<unknown, UsersError, Users>>> = {
    NotFound: Effect.flatMap(Users, (users) => users.getUser(id)),
    ApiError: Effect.flatMap(Users, (users) => users.createUser({ ...ada, username: "owner" })),
    TransportError: Effect.andThen(
      inject({ operation: "createUser", fault: Faults.reset("after"), nth: 1 }),
      Effect.flatMap(Users, (users) => users.createUser(ada)),
    ),
    DecodeError: Effect.andThen(
      inject({ operation: "createUser", fault: Faults.truncatedJson, nth: 1 }),
      Effect.flatMap(Users, (users) => users.createUser({ ...ada, username: "bob", email: "bob@example.com" })),
    ),
    // A property that the request does not have, in a program without types.
    InvalidRequest: Effect.flatMap(Users, (users) => users.createUser(Object.assign({ colour: secret }, ada))),
  }
  return calls
}

/** Has a case for every error: with one case less it does not compile. */
const advice = Match.type<UsersError>().pipe(
  Match.tag("NotFound", ({ status }) => `${status}: there is no such user`),
  Match.tag("ApiError", ({ status, validationError }) => `${status}: ${validationError?.fields[0]?.field}`),
  Match.tag("TransportError", ({ outcome, reason }) => `${reason}: ${outcome}`),
  Match.tag("DecodeError", ({ outcome, status }) => `${status}: ${outcome}`),
  Match.tag("InvalidRequest", ({ issues }) => `correct ${issues[0]?.path}`),
  Match.exhaustive,
)

describe.each(Object.entries(worlds))("the five errors, %s,", (_, world) => {
  it.live("are matched without a case left", () =>
    Effect.gen(function* () {
      const made = yield* world
      const calls = failing(made)
      const said = yield* Effect.forEach(Object.values(calls), (call) => Effect.map(Effect.flip(call), advice)).pipe(
        Effect.provide(made.layer),
      )
      assert.deepStrictEqual(said, [
        "404: there is no such user",
        "409: username",
        "ConnectionLost: Unknown",
        "201: Unknown",
        "correct colour",
      ])
    }),
  )

  it.live("are caught by tag, and leave the others to the caller", () =>
    Effect.gen(function* () {
      const made = yield* world
      const program = Effect.flatMap(Users, (users) => users.deleteUser(id)).pipe(
        Effect.catchTag("NotFound", () => Effect.succeed("it is gone")),
      )
      assert.strictEqual(yield* Effect.provide(program, made.layer), "it is gone")
    }),
  )

  it.live("are errors of Effect 4, with a message, and without a secret in any form", () =>
    Effect.gen(function* () {
      const made = yield* world
      const calls = failing(made)
      for (const [tag, call] of Object.entries(calls)) {
        const error = yield* Effect.flip(call).pipe(Effect.provide(made.layer), Effect.orDie)
        const cause = Cause.fail(error)
        assert.strictEqual(error._tag, tag)
        assert.instanceOf(error, Error)
        assert.include(error.message, error.operation)
        const logged: Array<unknown> = []
        const json = Logger.map(Logger.formatJson, (line) => logged.push(line))
        yield* Effect.logError("failed", cause).pipe(Effect.provideService(References.CurrentLoggers, new Set([json])))
        const forms = [
          inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
          inspect(cause, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
          ...[JSON.stringify(error), String(error), error.stack, Formatter.format(error), Cause.pretty(cause)],
          ...logged,
        ]
        assert.isAtLeast(logged.length, 1)
        for (const form of forms) {
          assert.include(String(form), error.operation)
          assert.notInclude(String(form), secret)
          assert.notInclude(String(form), "tiledb_")
        }
      }
    }),
  )

  it.live("have secrets as `Redacted`, and times as `Duration`, of Effect 4", () =>
    Effect.gen(function* () {
      const made = yield* world
      yield* made.inject({ operation: "createUser", fault: Faults.status(429, { retryAfter: "2 hours" }) })
      const error = yield* Effect.flip(Effect.flatMap(Users, (users) => users.createUser(ada))).pipe(
        Effect.provide(made.layer),
      )
      assert.isTrue(error._tag === "ApiError")
      if (error._tag !== "ApiError") return
      assert.strictEqual(error.email === undefined ? undefined : Redacted.value(error.email), ada.email)
      assert.strictEqual(error.retryAfter === undefined ? undefined : String(error.retryAfter), "7200000 millis")
    }),
  )
})
