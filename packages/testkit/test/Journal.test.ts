import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, Journal, Mailbox, TestHttpClient, TestUsers } from "@effect-tiledb/testkit"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { usersLayer } from "../../client/test/support/users.js"
import { basic, bearer, send } from "./support/raw.js"

const secret = Redacted.make("canary-secret")
const eve = { username: "eve", email: "eve@example.com", password: secret }

const overWire = Layer.unwrapEffect(
  Effect.map(Deployment.Deployment, ({ apiKey }) => usersLayer({ credentials: Credentials.apiKey(apiKey) })),
).pipe(Layer.provideMerge(TestHttpClient.layer({ users: [Fixtures.user("bob")] })))

const inMemory = TestUsers.layer({ users: [Fixtures.user("bob")] })

for (const [name, layer] of [
  ["TestUsers", inMemory],
  ["TestHttpClient", overWire],
] as const) {
  it.effect(`tells operation, caller, input, outcome and time of each call, over ${name}`, () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const { ownerId } = yield* Deployment.Deployment
      yield* users.createUser(eve)
      yield* TestClock.adjust("1 minute")
      yield* Effect.exit(users.createUser({ ...eve, username: "other" }))
      yield* users.getUser(ownerId)
      yield* users.confirmEmail((yield* Mailbox.take()).token)
      const all = yield* Journal.entries()
      assert.deepStrictEqual(
        all.map((entry) => ({ ...entry, time: DateTime.toEpochMillis(entry.time) })),
        [
          {
            operation: "createUser",
            method: "POST",
            path: "/users",
            userId: undefined,
            credential: "ApiKey",
            query: undefined,
            input: eve,
            items: undefined,
            outcome: { _tag: "Success", status: 201 },
            attempt: 1,
            time: 0,
          },
          {
            operation: "createUser",
            method: "POST",
            path: "/users",
            userId: undefined,
            credential: "ApiKey",
            query: undefined,
            input: { ...eve, username: "other" },
            items: undefined,
            outcome: {
              _tag: "Failure",
              status: 409,
              message: "The request conflicts with existing data",
              fields: ["email"],
            },
            attempt: 1,
            time: 60_000,
          },
          {
            operation: "getUser",
            method: "GET",
            path: "/users/{user_id}",
            userId: ownerId,
            credential: "ApiKey",
            query: undefined,
            input: undefined,
            items: undefined,
            outcome: { _tag: "Success", status: 200 },
            attempt: 1,
            time: 60_000,
          },
          {
            operation: "confirmEmail",
            method: "POST",
            path: "/actions/users/confirm_email",
            userId: undefined,
            credential: "ScopedToken",
            query: undefined,
            input: undefined,
            items: undefined,
            outcome: { _tag: "Success", status: 204 },
            attempt: 1,
            time: 60_000,
          },
        ],
      )
      assert.strictEqual((yield* Journal.entries("createUser")).length, 2)
      assert.notInclude(inspect(all, { depth: 9 }) + JSON.stringify(all), "canary")
    }).pipe(Effect.provide(layer)),
  )
}

describe("Journal", () => {
  it.effect("names every kind of credential, and requests that are no operation", () =>
    Effect.gen(function* () {
      yield* send("GET", "/users/self")
      yield* send("GET", "/users/self", { headers: basic("bob") })
      yield* send("GET", "/users/self", { headers: bearer(secret) })
      yield* send("GET", "/users/self", { headers: { authorization: "Digest x" } })
      yield* send("GET", "/users/self", { headers: { ...basic("bob"), "x-tiledb-rest-api-key": "x" } })
      yield* send("GET", "/nothing", { headers: basic("bob") })
      const all = yield* Journal.entries()
      assert.deepStrictEqual(
        all.map((_) => [_.operation ?? _.path, _.credential, _.outcome.status]),
        [
          ["getSelfUser", "None", 401],
          ["getSelfUser", "Basic", 200],
          ["getSelfUser", "Bearer", 401],
          ["getSelfUser", "Unreadable", 401],
          ["getSelfUser", "Several", 401],
          ["/v4/nothing", "Basic", 404],
        ],
      )
      const last = all.at(-1)?.outcome
      assert.deepStrictEqual(last, {
        _tag: "Failure",
        status: 404,
        message: "There is nothing at this path",
        fields: [],
      })
    }).pipe(Effect.provide(overWire)),
  )

  it.effect("counts the attempts of a call, and starts anew with the next one", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Faults.inject(
        { fault: Faults.status(503), operation: "getSelfUser", nth: [1, 2] },
        { fault: Faults.reset("after"), operation: "getSelfUser", nth: 4 },
      )
      const twice = yield* Effect.fork(Effect.zip(users.getSelfUser, users.getSelfUser))
      yield* Effect.repeatN(TestClock.adjust("1 second"), 10)
      yield* Fiber.join(twice)
      const all = yield* Journal.entries()
      assert.deepStrictEqual(
        all.map((_) => [_.attempt, _.outcome._tag === "Fault" ? _.outcome.fault : _.outcome.status]),
        [
          [1, "Answer"],
          [2, "Answer"],
          [3, 200],
          [1, "Reset"],
          [2, 200],
        ],
      )
    }).pipe(Effect.scoped, Effect.provide(overWire)),
  )

  it.effect("keeps the newest calls only, but counts them all", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const journal = yield* Journal.Journal
      for (let call = 0; call < 25; call++) yield* users.requestPasswordReset({ username_or_email: `${call}` })
      const kept = yield* journal.entries()
      assert.deepStrictEqual(
        kept.map((_) => _.input?.username_or_email),
        Array.from({ length: 10 }, (_, index) => `${index + 15}`),
      )
      assert.strictEqual(yield* journal.count, 25)
      yield* Journal.clear
      assert.deepStrictEqual([yield* journal.entries(), yield* journal.count], [[], 0])
    }).pipe(Effect.provide(TestUsers.layer({ journalSize: 10 }))),
  )
})

describe("Journal.expect", () => {
  const story = Effect.gen(function* () {
    const users = yield* Users.Users
    yield* users.createUser(eve)
    yield* Effect.exit(users.createUser(eve))
    yield* Faults.withFaults(Effect.exit(users.getSelfUser), { fault: Faults.reset("after") })
  })

  it.effect("passes where the calls are the expected ones, as far as expected", () =>
    Effect.gen(function* () {
      yield* story
      yield* Journal.expect([
        { operation: "createUser", credential: "ApiKey", input: { password: Redacted.make("canary-secret") } },
        { operation: "createUser", outcome: 409, attempt: 1 },
        { operation: "getSelfUser", outcome: "Reset" },
      ])
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("else fails with both, side by side, without a secret", () =>
    Effect.gen(function* () {
      yield* story
      const error = yield* Effect.flip(
        Journal.expect([
          { operation: "createUser", input: { username: "eve", password: Redacted.make("canary-other") } },
          { operation: "createUser", outcome: 409 },
        ]),
      )
      assert.strictEqual(
        error.message,
        `The calls are not the expected ones (- expected, + actual):
  - 1. createUser  {username: "eve", password: <redacted>}
  + 1. createUser  ApiKey  {email: "eve@example.com", username: "eve", password: <redacted>}  → 201   (differs in input.password)
    2. createUser  ApiKey  {email: "eve@example.com", username: "eve", password: <redacted>}  → 409 The request conflicts with existing data  username, email
  + 3. getSelfUser  ApiKey  → Reset  (acted)`,
      )
    }).pipe(Effect.provide(TestUsers.layer())),
  )
})
