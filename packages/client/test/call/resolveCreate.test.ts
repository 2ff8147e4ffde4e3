import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBError, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Journal, TestHttpClient, TestUsers } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { usersLayer } from "../support/users.js"

const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("correct horse") }

/** In memory, and through the real client over the wire. */
const faces = (options: Deployment.Options = {}) => ({
  memory: TestUsers.layer(options),
  wire: Layer.unwrapEffect(
    Effect.map(Deployment.Deployment, ({ apiKey }) => usersLayer({ credentials: Credentials.apiKey(apiKey) })),
  ).pipe(Layer.provideMerge(TestHttpClient.layer(options))),
})

/** Registers eve, and loses what the service says of it. */
const lost = (fault: Faults.Fault) =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    const error = yield* Effect.flip(users.createUser(eve)).pipe(Faults.withFaults({ operation: "createUser", fault }))
    assert.isTrue(TileDBError.mayHaveBeenDone(error))
    yield* Journal.clear
  })

const calls = Effect.map(Journal.entries(), (entries) =>
  entries.map(({ credential, operation }) => [operation, credential]),
)

const isThere = Effect.flatMap(Deployment.Deployment, (deployment) =>
  Effect.map(deployment.user("eve"), (user) => Option.isSome(user)),
)

const statusOf = (error: Option.Option<TileDBError.TileDBError>) =>
  Option.isSome(error) && error.value._tag === "ApiError" ? error.value.status : undefined

for (const face of ["memory", "wire"] as const) {
  const over = (options?: Deployment.Options) => Effect.provide(faces(options)[face])
  describe(`resolveCreate over ${face}`, () => {
    it.effect(
      "an account that was made although the response was lost: signing in proves it, and nothing is sent again",
      () =>
        Effect.gen(function* () {
          yield* lost(Faults.reset("after"))
          const found = yield* Users.resolveCreate(eve)
          assert(found._tag === "Created")
          assert.strictEqual(found.evidence, "SignedIn")
          assert.deepStrictEqual(
            Option.map(found.user, ({ username }) => username),
            Option.some("eve"),
          )
          assert.deepStrictEqual(
            found.userId,
            Option.map(found.user, ({ id }) => id),
          )
          // As eve, with her name and password alone.
          assert.deepStrictEqual(yield* calls, [["getSelfUser", "Basic"]])
        }).pipe(over()),
    )

    it.effect("an account that was not made is made, once", () =>
      Effect.gen(function* () {
        yield* lost(Faults.reset("before"))
        const found = yield* Users.resolveCreate(eve)
        assert(found._tag === "Created")
        assert.strictEqual(found.evidence, "CreatedNow")
        assert.deepStrictEqual(yield* calls, [
          ["getSelfUser", "Basic"],
          ["createUser", "ApiKey"],
        ])
        const again = yield* Users.resolveCreate(eve)
        assert(again._tag === "Created")
        assert.deepStrictEqual([again.evidence, again.userId], ["SignedIn", found.userId])
      }).pipe(over()),
    )

    it.effect("with createAgain: false nothing but signing in is tried", () =>
      Effect.gen(function* () {
        yield* lost(Faults.reset("before"))
        const found = yield* Users.resolveCreate(eve, { createAgain: false })
        assert.deepInclude(found, { _tag: "CannotTell", exists: false })
        assert.isFalse(yield* isThere)
        assert.deepStrictEqual(yield* calls, [["getSelfUser", "Basic"]])
      }).pipe(over()),
    )

    it.effect("an account that cannot sign in yet exists, and that is all", () =>
      Effect.gen(function* () {
        yield* lost(Faults.reset("after"))
        assert.deepInclude(yield* Users.resolveCreate(eve), { _tag: "CannotTell", exists: true })
      }).pipe(over({ policy: { loginNeedsConfirmation: true } })),
    )

    it.effect("somebody else's account with the same names is nobody's proof", () =>
      Effect.gen(function* () {
        const users = yield* Users.Users
        yield* users.createUser({ ...eve, password: Redacted.make("another password") })
        const found = yield* Users.resolveCreate(eve)
        assert.deepInclude(found, { _tag: "CannotTell", exists: true })
        assert(found._tag === "CannotTell")
        assert.strictEqual(statusOf(found.error), 409)
      }).pipe(over()),
    )

    for (const [what, other] of [
      ["username", { ...eve, email: "other@example.com" }],
      ["e-mail address", { ...eve, username: "other" }],
    ] as const) {
      it.effect(`a conflict about the ${what} alone proves nothing: our own account may be reported so`, () =>
        Effect.gen(function* () {
          const users = yield* Users.Users
          yield* users.createUser({ ...other, password: Redacted.make("another password") })
          const found = yield* Users.resolveCreate(eve)
          assert.deepInclude(found, { _tag: "CannotTell", exists: false })
          assert(found._tag === "CannotTell")
          assert.strictEqual(statusOf(found.error), 409)
        }).pipe(over()),
      )
    }

    it.effect("a request that the service refuses was refused the first time", () =>
      Effect.gen(function* () {
        const found = yield* Users.resolveCreate(eve)
        assert(found._tag === "NotCreated" && found.error._tag === "ApiError")
        assert.deepStrictEqual(
          found.error.validationError?.fields.map(({ field }) => field),
          ["password"],
        )
      }).pipe(over({ policy: { minimumPasswordLength: 100 } })),
    )

    it.effect("no answer proves nothing, and nothing is created meanwhile", () =>
      Effect.gen(function* () {
        const found = yield* Users.resolveCreate(eve).pipe(
          Faults.withFaults({ fault: Faults.html(500) }),
          RetryPolicy.withRetryPolicy(RetryPolicy.none),
        )
        assert(found._tag === "CannotTell")
        assert.deepStrictEqual([found.exists, statusOf(found.error)], [false, 500])
        assert.isFalse(yield* isThere)
        assert.deepStrictEqual(new Set((yield* calls).map(([operation]) => operation)), new Set(["getSelfUser"]))
      }).pipe(over()),
    )

    it.effect("somebody in front who signs everybody in as somebody else proves nothing", () =>
      Effect.gen(function* () {
        const { apiKey } = yield* Deployment.Deployment
        const owner = yield* Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
          Credentials.withCredentials(Credentials.apiKey(apiKey)),
        )
        const user = { ...owner.user, created_at: "2026-01-31T12:00:00Z", updated_at: "2026-01-31T12:00:00Z" }
        const found = yield* Users.resolveCreate(eve).pipe(
          Faults.withFaults({
            operation: "getSelfUser",
            fault: Faults.answer({
              status: 200,
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ data: { user, workspaces: [] } }),
            }),
          }),
        )
        assert.deepInclude(found, { _tag: "CannotTell", exists: false })
        assert.isFalse(yield* isThere)
      }).pipe(over()),
    )

    it.effect("a username that HTTP Basic cannot carry is sent again at once", () =>
      Effect.gen(function* () {
        const found = yield* Users.resolveCreate({ ...eve, username: "eve:hill" })
        assert.deepInclude(found, { _tag: "Created", evidence: "CreatedNow" })
      }).pipe(over()),
    )

    it.effect("withCredentials is for the calls inside, and for nobody else", () =>
      Effect.gen(function* () {
        const users = yield* Users.Users
        yield* users.createUser(eve)
        const asEve = Credentials.withCredentials(Credentials.basic("eve", eve.password))
        const both = yield* Effect.all([users.getSelfUser.pipe(asEve), users.getSelfUser], { concurrency: 2 })
        assert.deepStrictEqual(
          both.map(({ user }) => user.username),
          ["eve", "owner"],
        )
        const nobody = yield* Effect.flip(Credentials.withCredentials(users.getSelfUser, Credentials.anonymous))
        assert.include(nobody.message, "no credential was sent")
      }).pipe(over()),
    )
  })
}
