import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Deployment, Faults, Fixtures, Mailbox, TestHttpClient, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { usersLayer } from "../../client/test/support/users.js"

const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("secret") }

const realClient = Layer.unwrapEffect(
  Effect.map(Deployment.Deployment, ({ apiKey }) => usersLayer({ credentials: Credentials.apiKey(apiKey) })),
)

describe("Deployment", () => {
  it.effect("starts with an owner and the given users, complete with defaults", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const users = yield* d.users
      assert.deepStrictEqual(
        users.map((_) => [_.username, _.email, _.role, _.is_valid_email, _.display_name, _.timezone]),
        [
          ["owner", "owner@example.com", "owner", true, "owner", "UTC"],
          ["ada", "ada@example.com", "admin", true, "Ada", "UTC"],
          ["bob", "b@example.com", "member", false, "bob", "Asia/Tokyo"],
        ],
      )
      assert.strictEqual(d.ownerId, users[0]?.id)
      assert.strictEqual(yield* d.size, 3)
      assert.deepStrictEqual(yield* d.user("B@EXAMPLE.com"), Option.fromNullable(users[2]))
      assert.deepStrictEqual(yield* d.user(d.ownerId), Option.fromNullable(users[0]))
      assert.deepStrictEqual(yield* d.user("nobody"), Option.none())
      assert.strictEqual(yield* Mailbox.count({ to: "bob", kind: "confirm_email" }), 1)
      assert.strictEqual(yield* Mailbox.count(), 1)
    }).pipe(
      Effect.provide(
        Deployment.layer({
          users: [
            Fixtures.user("ada", { role: "admin", display_name: "Ada" }),
            Fixtures.user("bob", { confirmed: false, email: "b@example.com", timezone: "Asia/Tokyo" }),
          ],
        }),
      ),
    ),
  )

  it.effect("takes ids and credentials that are given, the owner's too", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      assert.strictEqual(d.ownerId, "usr_00000000000000000001")
      assert.strictEqual(Redacted.value(d.apiKey), "tiledb_given")
      const users = yield* TestUsers.make({ credentials: Credentials.bearer(Redacted.make("given")) })
      assert.strictEqual((yield* users.getSelfUser).user.username, "bob")
    }).pipe(
      Effect.provide(
        Deployment.layer({
          users: [
            Fixtures.user("bob", { bearer: Redacted.make("given") }),
            Fixtures.user("owner", {
              id: UserId.make("usr_00000000000000000001"),
              apiKey: Redacted.make("tiledb_given"),
            }),
          ],
        }),
      ),
    ),
  )

  it.effect("does not start with two users of the same name", () =>
    Effect.gen(function* () {
      const users = [Fixtures.user("bob"), Fixtures.user("BOB", { email: "b2@example.com" })]
      const cause = yield* Effect.flip(Effect.sandbox(Effect.provide(Effect.void, Deployment.layer({ users }))))
      assert.match(Cause.pretty(cause), /BOB has another user's username/)
    }),
  )

  it.effect("keeps its own time from `now` on", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const users = yield* Users.Users
      yield* TestClock.adjust("90 seconds")
      const created = yield* users.createUser(eve)
      assert.strictEqual(DateTime.formatIso(created.created_at), "2026-01-31T12:01:30.000Z")
      assert.strictEqual(DateTime.formatIso(yield* d.now), "2026-01-31T12:01:30.000Z")
      const { time } = yield* Mailbox.take()
      assert.strictEqual(DateTime.formatIso(time), "2026-01-31T12:01:30.000Z")
    }).pipe(Effect.provide(TestUsers.layer({ now: "2026-01-31T12:00:00Z" }))),
  )

  it.effect("issues credentials, but not to nobody", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const key = yield* d.issueApiKey(d.ownerId)
      assert.notStrictEqual(Redacted.value(key), Redacted.value(d.apiKey))
      assert.match(Redacted.value(key), /^tiledb_[0-9a-v]{40}$/)
      const error = yield* Effect.flip(d.issueBearer(UserId.make("usr_00000000000000000000")))
      assert.strictEqual(error._tag, "NoSuchElementException")
    }).pipe(Effect.provide(Deployment.layer())),
  )

  it.effect("goes back to a snapshot, and on from it the same way each time", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const users = yield* Users.Users
      const before = yield* users.createUser(eve)
      const snapshot = yield* d.snapshot
      const story = Effect.gen(function* () {
        yield* users.deleteUser(before.id)
        const created = yield* users.createUser({ ...eve, username: "mallory" })
        yield* users.updateUser(d.ownerId, { display_name: "Boss" })
        const { token } = yield* Mailbox.take({ to: "mallory" })
        return [created, yield* users.getSelfUser, Redacted.value(token)] as const
      })
      const first = yield* story
      yield* d.restore(snapshot)
      assert.deepStrictEqual(yield* users.getUser(before.id), before)
      assert.strictEqual((yield* users.getSelfUser).user.display_name, "owner")
      assert.strictEqual(yield* Mailbox.count(), 1)
      assert.strictEqual(yield* d.size, 2)
      yield* users.confirmEmail((yield* Mailbox.take({ to: "eve" })).token)
      yield* d.restore(snapshot)
      assert.deepStrictEqual(yield* story, first)
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("is one for all faces", () =>
    Effect.gen(function* () {
      const inMemory = yield* TestUsers.make()
      const overTheWire = yield* Users.Users
      const created = yield* overTheWire.createUser(eve)
      assert.deepStrictEqual(yield* inMemory.getUser(created.id), created)
      yield* inMemory.deleteUser(created.id)
      assert.strictEqual((yield* Effect.flip(overTheWire.getUser(created.id)))._tag, "NotFound")
    }).pipe(Effect.provide(realClient), Effect.provide(TestHttpClient.layer())),
  )

  it.effect("shows no secret when it is printed", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const users = yield* Users.Users
      yield* users.createUser({ ...eve, password: Redacted.make("canary-password") })
      const bearer = yield* d.issueBearer(d.ownerId)
      const secrets = ["canary-password", Redacted.value(d.apiKey), Redacted.value(bearer)]
      for (const message of yield* (yield* Mailbox.Mailbox).all()) secrets.push(Redacted.value(message.token))
      const context = yield* Effect.context<Deployment.Deployment | Mailbox.Mailbox | Users.Users>()
      const things = [
        d,
        yield* d.snapshot,
        users,
        context,
        yield* Mailbox.latest(),
        Fixtures.user("x", { password: d.apiKey }),
      ]
      for (const thing of things) {
        const printed = inspect(thing, { depth: 20, showHidden: true }) + JSON.stringify(thing) + String(thing)
        for (const secret of secrets) assert.notInclude(printed, secret)
      }
    }).pipe(Effect.provide(TestUsers.layer())),
  )
})

describe("Mailbox", () => {
  const slow = (duration: Duration.DurationInput) => ({ fault: Faults.delay(duration), optional: true })

  it.effect("take waits for the message that is meant while a call is in flight, and hands each out once", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const creating = yield* Effect.fork(users.createUser(eve))
      const waiting = yield* Effect.fork(Mailbox.take({ to: "EVE", kind: "password_reset" }, { timeout: "1 minute" }))
      yield* TestClock.adjust("9 seconds")
      const asking = yield* Effect.fork(users.requestPasswordReset({ username_or_email: "eve" }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(creating)
      assert.strictEqual(yield* Mailbox.count(), 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("9 seconds")
      const message = yield* Fiber.join(waiting)
      yield* Fiber.join(asking)
      assert.deepStrictEqual(message.to, { username: "eve", email: "eve@example.com" })
      assert.strictEqual(yield* Mailbox.count({ kind: "password_reset" }), 0)
    }).pipe(Effect.provide(TestUsers.layer({ faults: [slow("10 seconds")] }))),
  )

  it.effect("take gives up at once when no call is in flight, with the messages that there are", () =>
    Effect.gen(function* () {
      yield* (yield* Users.Users).createUser(eve)
      const error = yield* Effect.flip(Mailbox.take({ to: "fay" }, { timeout: "1 day" }))
      assert.strictEqual(error._tag, "TimeoutException")
      assert.include(error.message, '{"to":"fay"}; in the mailbox: confirm_email to eve <eve@example.com>')
      assert.strictEqual(yield* Mailbox.count(), 1)
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("take gives up when the last call in flight has ended without a message, or at its timeout", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Effect.fork(users.requestPasswordReset({ username_or_email: "nobody" }))
      const waiting = yield* Effect.fork(Effect.flip(Mailbox.take({}, { timeout: "1 minute" })))
      const impatient = yield* Effect.fork(Effect.flip(Mailbox.take()))
      const interrupted = yield* Effect.fork(Mailbox.take())
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.interrupt(interrupted)
      assert.isTrue(Option.isNone(yield* Fiber.poll(impatient)))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isSome(yield* Fiber.poll(impatient)))
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("5 seconds")
      assert.include((yield* Fiber.join(waiting)).message, "in the mailbox: nothing")
      yield* TestUsers.runWithTime(users.createUser(eve))
      assert.strictEqual(yield* Mailbox.count({ to: "eve" }), 1)
    }).pipe(Effect.provide(TestUsers.layer({ faults: [slow("10 seconds")] }))),
  )

  it.effect("take sees the calls of fibers that were forked a moment ago", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* Effect.fork(Effect.all([users.createUser(eve), Effect.void], { concurrency: 2 }))
      assert.strictEqual((yield* Mailbox.take()).to.username, "eve")
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.live("take waits for a call in flight to the server", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* TestServer.TestServer
      const body = JSON.stringify({ ...eve, password: "secret" })
      const headers = { "content-type": "application/json" }
      const arrived = yield* Deferred.make<void>()
      const told = Faults.answer(() => {
        Deferred.unsafeDone(arrived, Effect.void)
        return undefined
      })
      // @effect-diagnostics-next-line floatingEffect:off - what install returns would remove the rule
      yield* (yield* Faults.Faults).install({ fault: [told, Faults.delay("300 millis")] })
      yield* Effect.fork(Effect.promise(() => fetch(`${baseUrl}/users`, { method: "POST", headers, body })))
      yield* Deferred.await(arrived)
      assert.strictEqual((yield* Mailbox.take()).to.username, "eve")
      assert.include(String(yield* Effect.flip(Mailbox.take())), "nothing")
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.effect("looking takes nothing out, clearing does, and tokens outlive both", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      yield* users.createUser(eve)
      yield* users.requestEmailConfirmation({ username_or_email: "eve@example.com" })
      const both = yield* (yield* Mailbox.Mailbox).all({ to: "eve@example.com" })
      assert.strictEqual(both.length, 2)
      const latest = yield* Effect.flatten(Mailbox.latest({ to: "eve" }))
      assert.strictEqual(latest, both[1])
      assert.strictEqual(yield* Mailbox.take(), both[0])
      yield* Mailbox.clear
      assert.strictEqual(yield* Mailbox.count(), 0)
      assert.isTrue(Option.isNone(yield* Mailbox.latest({ to: "eve" })))
      for (const { token } of both) yield* users.confirmEmail(token)
    }).pipe(Effect.provide(TestUsers.layer())),
  )
})

describe("mock", () => {
  it.effect("has the given methods and dies on the others", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const id = UserId.make("usr_00000000000000000000")
      yield* users.deleteUser(id)
      const cause = yield* Effect.flip(Effect.sandbox(users.getUser(id)))
      assert.isTrue(Cause.isDieType(cause))
      assert.include(Cause.pretty(cause), "getUser")
    }).pipe(Effect.provide(TestUsers.mock({ deleteUser: () => Effect.void }))),
  )
})
