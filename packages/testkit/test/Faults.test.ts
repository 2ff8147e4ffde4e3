import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBError, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import type { UserId } from "@effect-tiledb/schema"
import { Deployment, Faults, Journal, TestHttpClient, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { usersLayer } from "../../client/test/support/users.js"

const client = (baseUrl?: string) =>
  Effect.map(Deployment.Deployment, ({ apiKey }) =>
    usersLayer({ baseUrl, credentials: Credentials.apiKey(apiKey), retryPolicy: RetryPolicy.none, pause: false }),
  )

const overServer = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.unwrapEffect(Effect.flatMap(TestServer.TestServer, ({ baseUrl }) => client(baseUrl))).pipe(
    Layer.provide(transport),
    Layer.provideMerge(TestServer.layer()),
  )

const faces = {
  service: TestUsers.layer(),
  memory: Layer.provideMerge(Layer.unwrapEffect(client()), TestHttpClient.layer()),
  fetch: overServer(FetchHttpClient.layer),
  node: overServer(NodeHttpClient.layer),
  undici: overServer(NodeHttpClient.layerUndici),
  FetchTransport: overServer(FetchTransport.layer),
}

/** What came of a call, in one word or two. */
const describeExit = (exit: Exit.Exit<unknown, TileDBError.TileDBError>): string => {
  if (Exit.isSuccess(exit)) return "success"
  const error = exit.cause._tag === "Fail" ? exit.cause.error : undefined
  switch (error?._tag) {
    case "ApiError":
    case "NotFound":
      return `${error._tag} ${error.status}`
    case "TransportError":
      return `${error.reason} ${error.outcome}`
    case "DecodeError":
      return `DecodeError ${error.reason}`
    default:
      return exit.cause._tag
  }
}

const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("secret") }

const turns = (count: number) =>
  Effect.repeatN(
    Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
    count,
  )

const hasCalls = Effect.map(Journal.entries(), (entries) => entries.length > 0)

// What each fault does to a read, and to the registration of eve: the error, and whether she is there afterwards.
const table: ReadonlyArray<readonly [string, Faults.Fault, string, string, boolean]> = [
  ["status 503", Faults.status(503), "ApiError 503", "ApiError 503", false],
  ["status 500 after", Faults.status(500, { when: "after" }), "ApiError 500", "ApiError 500", true],
  ["HTML 502", Faults.html(), "ApiError 502", "ApiError 502", false],
  ["empty 404", Faults.empty(404), "ApiError 404", "ApiError 404", false],
  ["status 418", Faults.answer({ status: 418, body: "short and stout" }), "ApiError 418", "ApiError 418", false],
  ["reset before", Faults.reset("before"), "ConnectionLost Unknown", "ConnectionLost Unknown", false],
  ["reset after", Faults.reset("after"), "ConnectionLost Unknown", "ConnectionLost Unknown", true],
  ["cut head", Faults.cutHead, "ConnectionLost Unknown", "ConnectionLost Unknown", true],
  ["cut body", Faults.cutBody(), "ConnectionLost Unknown", "ConnectionLost Unknown", true],
  ["truncated JSON", Faults.truncatedJson, "DecodeError Json", "DecodeError Json", true],
  ["unknown field", Faults.unknownField, "success", "success", true],
  ["unknown role", Faults.unknownRole, "success", "success", true],
  ["missing field", Faults.merge({ email: 1 }), "DecodeError Schema", "DecodeError Schema", true],
  [
    "redirect",
    Faults.redirect("https://elsewhere.example/v4"),
    "RedirectRefused NotSent",
    "RedirectRefused NotSent",
    false,
  ],
  ["oversized body", Faults.oversized(2 * 1024 * 1024), "BodyTooLarge Unknown", "BodyTooLarge Unknown", false],
]

for (const [name, layer] of Object.entries(faces)) {
  describe(`faults over ${name}`, () => {
    it.effect("each gives its error, and acts or does not", () =>
      Effect.gen(function* () {
        const users = yield* Users.Users
        const d = yield* Deployment.Deployment
        const start = yield* d.snapshot
        for (const [title, fault, read, write, acted] of table) {
          const [reading, writing] = yield* Effect.all([
            Effect.exit(users.getUser(d.ownerId)),
            Effect.exit(users.createUser(eve)),
          ]).pipe(Faults.withFaults({ fault }))
          assert.deepStrictEqual([describeExit(reading), describeExit(writing)], [read, write], title)
          assert.strictEqual(Option.isSome(yield* d.user("eve")), acted, title)
          yield* d.restore(start)
        }
        assert.deepStrictEqual(yield* (yield* Faults.Faults).rules, [])
        assert.strictEqual((yield* users.getSelfUser).user.username, "owner")
      }).pipe(Effect.provide(layer)),
    )

    it.effect("no answer, or half of one, ends with the client's patience", () =>
      Effect.gen(function* () {
        const users = yield* Users.Users
        const d = yield* Deployment.Deployment
        const faults = [
          Faults.silence("before"),
          Faults.silence("after"),
          Faults.cutBody("stall"),
          Faults.delay("1 hour"),
        ]
        for (const fault of faults) {
          const start = yield* d.snapshot
          yield* Journal.clear
          const fiber = yield* Effect.fork(Effect.exit(Faults.withFaults(users.createUser(eve), { fault })))
          // Over sockets the call has to get there first; then time may pass. (A delay is noted only at its end.)
          const arrived = fault._tag === "Delay" ? turns(50) : Effect.repeat(turns(1), { until: () => hasCalls })
          yield* arrived
          yield* TestClock.adjust("19 seconds")
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)), fault._tag)
          yield* TestClock.adjust("1 second")
          assert.match(describeExit(yield* Fiber.join(fiber)), /^(Timeout|Deadline) Unknown$/, fault._tag)
          yield* d.restore(start)
        }
      }).pipe(Effect.provide(layer)),
    )
  })
}

describe("rules", () => {
  const read = Effect.flatMap(Users.Users, (users) => Effect.map(Effect.exit(users.getSelfUser), describeExit))

  it.effect("count the calls of their operations", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Faults.inject(
        { fault: Faults.status(503), operation: "getSelfUser", nth: [1, 3] },
        { fault: Faults.status(500), operation: ["deleteUser", "getSelfUser"], nth: 4 },
      )
      const seen = [yield* read, yield* read]
      yield* Effect.exit(users.requestPasswordReset({ username_or_email: "x" }))
      seen.push(yield* read, yield* read, yield* read)
      assert.deepStrictEqual(seen, ["ApiError 503", "success", "ApiError 503", "ApiError 500", "success"])
    }).pipe(Effect.scoped, Effect.provide(faces.memory)),
  )

  it.effect("strike by chance, the same way for one seed", () =>
    Effect.gen(function* () {
      const rule = { fault: Faults.status(503), probability: 0.25, seed: "a" }
      const run = Faults.withFaults(Effect.replicateEffect(read, 200), rule)
      const first = yield* run
      const failures = first.filter((outcome) => outcome !== "success").length
      assert.isTrue(failures > 30 && failures < 70, String(failures))
      assert.deepStrictEqual(yield* run, first)
      assert.notDeepEqual(yield* Faults.withFaults(Effect.replicateEffect(read, 200), { ...rule, seed: "b" }), first)
    }).pipe(Effect.provide(faces.memory)),
  )

  it.effect("add up: delays, then merges, then whatever ends the call", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Faults.inject(
        { fault: [Faults.delay("1 second"), Faults.merge({ role: "archivist" })] },
        { fault: Faults.delay("2 seconds") },
      )
      const fiber = yield* Effect.fork(users.getSelfUser)
      yield* TestClock.adjust("2999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).user.role, "archivist")
    }).pipe(Effect.scoped, Effect.provide(faces.memory)),
  )

  it.effect("are gone with their scope, their effect, or clear", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.Faults
      yield* Effect.scoped(Faults.inject({ fault: Faults.status(503), optional: true }))
      assert.strictEqual(yield* read, "success")
      yield* Effect.exit(Faults.withFaults(Effect.die("x"), [{ fault: Faults.refuse }, { fault: Faults.html() }]))
      assert.strictEqual(yield* read, "success")
      const uninstall = yield* faults.install({ fault: Faults.status(503) })
      // @effect-diagnostics-next-line floatingEffect:off - what install returns would remove the rule
      yield* faults.install({ fault: Faults.refuse })
      assert.strictEqual((yield* faults.rules).length, 2)
      assert.strictEqual(yield* read, "ApiError 503")
      yield* uninstall
      assert.strictEqual(yield* read, "ConnectionFailed NotSent")
      yield* faults.clear
      assert.strictEqual(yield* read, "success")
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("Retry-After comes as seconds, rounded up, or as text", () =>
    Effect.gen(function* () {
      const retryAfter = (given: Parameters<typeof Faults.status>[1]) =>
        Effect.gen(function* () {
          const users = yield* Users.Users
          const error = yield* Effect.flip(Faults.withFaults(users.getSelfUser, { fault: Faults.status(503, given) }))
          return error._tag === "ApiError" ? error.retryAfter && Duration.toMillis(error.retryAfter) : undefined
        })
      assert.strictEqual(yield* retryAfter({ retryAfter: Duration.millis(1500) }), 2000)
      assert.strictEqual(yield* retryAfter({ retryAfter: { text: "Thu, 01 Jan 1970 00:01:00 GMT" } }), 60_000)
      assert.strictEqual(yield* retryAfter({}), undefined)
    }).pipe(Effect.provide(faces.memory)),
  )

  it.effect("a redirect to a regional host of the service is followed", () =>
    Effect.gen(function* () {
      const { ownerId } = yield* Deployment.Deployment
      const location = (id: UserId) => `https://us-east-1.aws.api.tiledb.com/v4/users/${id}`
      yield* Faults.inject({ fault: Faults.redirect(location(ownerId)), operation: "updateUser", nth: 1 })
      const users = yield* Users.Users
      yield* users.updateUser(ownerId, { display_name: "Boss" })
      assert.strictEqual((yield* users.getUser(ownerId)).display_name, "Boss")
    }).pipe(Effect.scoped, Effect.provide(faces.memory)),
  )
})
