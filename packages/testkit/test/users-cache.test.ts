import { assert, describe, it } from "@effect/vitest"
import { Credentials, Users, UsersCache } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Deployment, Faults, Fixtures, Journal, TestUsers } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

const cached = (options?: UsersCache.Options) =>
  UsersCache.layer(options).pipe(
    Layer.provideMerge(TestUsers.asOwner({ users: [Fixtures.user("ada"), Fixtures.user("eve", { role: "admin" })] })),
  )

const idOf = (username: string) =>
  Effect.flatMap(Deployment.Deployment, ({ user }) => Effect.map(Effect.flatten(user(username)), ({ id }) => id))

/** How many requests for a user there were. */
const reads = Effect.map(Journal.entries("getUser"), ({ length }) => length)

/** Every answer takes a second. */
const slowly = Faults.withFaults({ fault: Faults.delay("1 second"), operation: "getUser" })

describe("UsersCache", () => {
  it.effect("makes one request for a thousand fibers that ask for the same user", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const ada = yield* idOf("ada")
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => users.getUser(ada)),
          { concurrency: "unbounded" },
        ),
      )
      yield* TestClock.adjust("1 second")
      const answers = yield* Fiber.join(all)
      assert.strictEqual(answers.length, 1000)
      assert.isTrue(answers.every(({ username }) => username === "ada"))
      assert.strictEqual(yield* reads, 1)
    }).pipe(slowly, Effect.provide(cached())),
  )

  it.effect("gives an answer again until its time to live is over, counted from when it was asked for", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const ada = yield* idOf("ada")
      const asked = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(asked)
      yield* TestClock.adjust("28999 millis")
      yield* users.getUser(ada)
      assert.strictEqual(yield* reads, 1)
      yield* TestClock.adjust("1 millis")
      const again = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(again)
      assert.strictEqual(yield* reads, 2)
    }).pipe(slowly, Effect.provide(cached({ timeToLive: "30 seconds" }))),
  )

  it.effect("shares a request that is under way and keeps nothing with a time to live of zero", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const ada = yield* idOf("ada")
      const first = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("500 millis")
      const second = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.joinAll([first, second])
      assert.strictEqual(yield* reads, 1)
      yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reads, 2)
    }).pipe(slowly, Effect.provide(cached({ timeToLive: 0 }))),
  )

  it.effect("keeps as many answers as it has capacity for, and older ones go", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const [ada, eve] = yield* Effect.all([idOf("ada"), idOf("eve")])
      const { ownerId } = yield* Deployment.Deployment
      for (const id of [ada, eve, ownerId, eve, ownerId]) yield* users.getUser(id)
      assert.strictEqual(yield* reads, 3)
      yield* users.getUser(ada)
      assert.strictEqual(yield* reads, 4)
    }).pipe(Effect.provide(cached({ capacity: 2 }))),
  )

  it.effect("sees what updateUser and deleteUser have done, under every credential", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const [ada, eve] = yield* Effect.all([idOf("ada"), idOf("eve")])
      const asEve = Credentials.withCredentials(Credentials.basic("eve", Fixtures.password("eve")))
      yield* Effect.all([users.getUser(ada), asEve(users.getUser(ada)), users.getUser(eve)])
      yield* users.updateUser(ada, { display_name: "Countess" })
      assert.strictEqual((yield* users.getUser(ada)).display_name, "Countess")
      assert.strictEqual((yield* asEve(users.getUser(ada))).display_name, "Countess")
      yield* users.getUser(eve)
      assert.strictEqual(yield* reads, 5)
      yield* asEve(users.deleteUser(ada))
      assert.strictEqual((yield* Effect.flip(users.getUser(ada)))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(asEve(users.getUser(ada))))._tag, "NotFound")
    }).pipe(Effect.provide(cached())),
  )

  it.effect("forgets although the update failed, since it may have been done", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const ada = yield* idOf("ada")
      yield* users.getUser(ada)
      const error = yield* users
        .updateUser(ada, { display_name: "Countess" })
        .pipe(
          Faults.withFaults({ fault: Faults.reset("after"), operation: "updateUser" }),
          TestUsers.runWithTime,
          Effect.flip,
        )
      assert.strictEqual("outcome" in error ? error.outcome : undefined, "Unknown")
      assert.strictEqual((yield* users.getUser(ada)).display_name, "Countess")
    }).pipe(Effect.provide(cached())),
  )

  it.effect("does not keep an answer that was asked for before an update and came after it", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const ada = yield* idOf("ada")
      const before = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("500 millis")
      yield* users.updateUser(ada, { display_name: "Countess" })
      const after = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(before)
      assert.strictEqual((yield* Fiber.join(after)).display_name, "Countess")
      assert.strictEqual((yield* users.getUser(ada)).display_name, "Countess")
      assert.strictEqual(yield* reads, 2)
    }).pipe(slowly, Effect.provide(cached())),
  )

  it.effect("forgets one user, or all, when it is told to", () =>
    Effect.gen(function* () {
      const cache = yield* UsersCache.UsersCache
      const [ada, eve] = yield* Effect.all([idOf("ada"), idOf("eve")])
      const both = Effect.all([cache.getUser(ada), cache.getUser(eve)])
      yield* both
      yield* cache.invalidate(ada)
      yield* both
      assert.strictEqual(yield* reads, 3)
      yield* cache.invalidateAll
      yield* both
      assert.strictEqual(yield* reads, 5)
    }).pipe(Effect.provide(cached())),
  )

  it.effect("shows nobody what was read with another credential", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const { apiKey } = yield* Deployment.Deployment
      const ada = yield* idOf("ada")
      yield* users.getUser(ada)
      for (const other of [Credentials.anonymous, Credentials.basic("ada", Redacted.make("wrong"))]) {
        const error = yield* Effect.flip(Credentials.withCredentials(users.getUser(ada), other))
        assert.strictEqual("status" in error ? error.status : undefined, 401)
      }
      assert.strictEqual(yield* reads, 3)
      // The same secret in another object, as a server makes one for each request, is the same caller.
      const own = () => Credentials.apiKey(Redacted.make(Redacted.value(apiKey)))
      yield* Credentials.withCredentials(users.getUser(ada), own())
      yield* Credentials.withCredentials(users.getUser(ada), own())
      assert.strictEqual(yield* reads, 4)
      const bearer = (token: string) => Credentials.bearer(Redacted.make(token))
      yield* Effect.exit(Credentials.withCredentials(users.getUser(ada), bearer("one")))
      assert.strictEqual(
        (yield* Effect.exit(Credentials.withCredentials(users.getUser(ada), bearer("two"))))._tag,
        "Failure",
      )
      assert.strictEqual(yield* reads, 6)
    }).pipe(Effect.provide(cached())),
  )

  it.effect("gives a failure to all who wait for it, and asks again for the next", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const nobody = UserId.make("usr_00000000000000000000")
      const all = yield* Effect.fork(
        Effect.all([Effect.flip(users.getUser(nobody)), Effect.flip(users.getUser(nobody))], { concurrency: 2 }),
      )
      yield* TestClock.adjust("1 second")
      const tags = (yield* Fiber.join(all)).map(({ _tag }) => _tag)
      assert.deepStrictEqual(tags, ["NotFound", "NotFound"])
      assert.strictEqual(yield* reads, 1)
      yield* Effect.fork(users.getUser(nobody))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reads, 2)
    }).pipe(slowly, Effect.provide(cached())),
  )

  it.effect("interrupts whom it is told to at once, and none of the others", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const ada = yield* idOf("ada")
      const first = yield* Effect.fork(users.getUser(ada))
      yield* TestClock.adjust("100 millis")
      const others = yield* Effect.forEach([1, 2], () => Effect.fork(users.getUser(ada)))
      yield* TestClock.adjust("100 millis")
      // Were the others waited for, this would hang: nobody moves the clock.
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      const answers = yield* Effect.forEach(others, Fiber.join)
      assert.deepStrictEqual(
        answers.map(({ username }) => username),
        ["ada", "ada"],
      )
      assert.strictEqual(yield* reads, 1)
    }).pipe(slowly, Effect.provide(cached())),
  )

  it.effect("ends the request when nobody waits any more, and makes another for whoever comes then", () =>
    Effect.gen(function* () {
      let begun = 0
      let interrupted = 0
      const { getUser } = yield* UsersCache.make({
        ...(yield* Users.Users),
        getUser: () =>
          Effect.suspend(() => {
            begun += 1
            const takes = begun === 1 ? "1 second" : 0
            return Effect.onInterrupt(Effect.never, () =>
              // Ending the first takes a second, in which somebody else asks.
              Effect.delay(
                Effect.sync(() => {
                  interrupted += 1
                }),
                takes,
              ),
            )
          }),
      })
      const ada = yield* idOf("ada")
      const two = yield* Effect.forEach([1, 2], () => Effect.fork(getUser(ada)))
      yield* Effect.yieldNow()
      const ending = yield* Effect.fork(Effect.forEach(two, Fiber.interrupt))
      yield* TestClock.adjust("500 millis")
      yield* Effect.fork(getUser(ada))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(ending)
      assert.deepStrictEqual([begun, interrupted], [2, 1])
      yield* Effect.fork(getUser(ada))
      yield* Effect.yieldNow()
      assert.deepStrictEqual([begun, interrupted], [2, 1])
    }).pipe(Effect.provide(cached())),
  )

  it.effect("answers the others wherever the first is interrupted", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const { getUser } = yield* UsersCache.make(
        {
          ...users,
          getUser: (id) => Effect.zipRight(Effect.yieldNow(), users.getUser(id)),
        },
        { timeToLive: 0 },
      )
      const ada = yield* idOf("ada")
      for (let operations = 20; operations < 80; operations++) {
        for (let yields = 0; yields < 10; yields++) {
          // The fiber gives way after so many of its operations: one of these is the place where it is interrupted.
          const first = yield* Effect.fork(Effect.withMaxOpsBeforeYield(getUser(ada), operations))
          yield* Effect.repeatN(Effect.yieldNow(), yields)
          const [exit] = yield* Effect.all([Effect.exit(getUser(ada)), Fiber.interrupt(first)], { concurrency: 2 })
          assert.isTrue(Exit.isSuccess(exit), `after ${operations} operations and ${yields} turns`)
        }
      }
    }).pipe(Effect.provide(cached())),
  )

  it.effect("refuses options that cannot be used", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const refused = (options: UsersCache.Options) => Effect.map(Effect.flip(UsersCache.make(users, options)), String)
      assert.match(yield* refused({ capacity: 0 }), /capacity.*whole number above 0/)
      assert.match(yield* refused(JSON.parse('{"timeToLive":"soon"}')), /timeToLive.*Expected a time/)
    }).pipe(Effect.provide(TestUsers.asOwner())),
  )
})
