import { HttpApiBuilder, HttpApiClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Layer, Redacted } from "effect"
import { Api, ProfilesApi } from "../src/profiles.js"

/** The service over a deployment in memory, on a free port, with an `HttpClient` that calls it. */
const layerWith = (options: TestUsers.Options = {}) =>
  HttpApiBuilder.serve().pipe(
    Layer.provide(ProfilesApi),
    Layer.provideMerge(NodeHttpServer.layerTest),
    Layer.provideMerge(TestUsers.layer({ users: [Fixtures.user("ada", { display_name: "Ada" })], ...options })),
  )
const layer = layerWith()

const profileOf = (username: string) =>
  Effect.gen(function* () {
    const { user } = yield* Deployment.Deployment
    const { id } = yield* Effect.flatten(user(username))
    const { profiles } = yield* HttpApiClient.make(Api)
    return yield* profiles.profile({ path: { id } })
  })

const create = (username: string) =>
  Effect.gen(function* () {
    const { profiles } = yield* HttpApiClient.make(Api)
    const payload = { username, email: `${username}@example.com`, password: Redacted.make("correct horse") }
    return yield* profiles.create({ payload })
  })

describe("profiles", () => {
  it.effect("shows a profile", () =>
    Effect.gen(function* () {
      const { confirmed, name } = yield* profileOf("ada")
      assert.deepStrictEqual({ confirmed, name }, { confirmed: true, name: "Ada" })
    }).pipe(Effect.provide(layer)),
  )

  it.effect("creates a user, and reports what TileDB refuses", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* create("grace")).name, "grace")
      const error = yield* Effect.flip(create("ada"))
      const fields = error._tag === "Refused" ? error.fields.map(({ field }) => field) : []
      assert.deepStrictEqual(fields, ["username", "email"])
    }).pipe(Effect.provide(layer)),
  )

  it.effect("creates a user although the response is lost", () =>
    Effect.gen(function* () {
      yield* Faults.inject({ operation: "createUser", fault: Faults.reset("after"), nth: 1 })
      assert.strictEqual((yield* create("grace")).name, "grace")
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )

  it.effect("reports an unknown outcome if nothing can be found out", () =>
    Effect.gen(function* () {
      yield* Faults.inject({ operation: ["createUser", "getSelfUser"], fault: Faults.reset("after") })
      const error = yield* Effect.flip(create("grace"))
      assert.strictEqual(error._tag === "Unavailable" && error.outcome, "Unknown")
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )

  it.effect("removes a user, once", () =>
    Effect.gen(function* () {
      const { id } = yield* create("grace")
      const { profiles } = yield* HttpApiClient.make(Api)
      yield* profiles.remove({ path: { id } })
      assert.strictEqual((yield* Effect.flip(profiles.remove({ path: { id } })))._tag, "NotFound")
    }).pipe(Effect.provide(layer)),
  )

  it.effect("is unavailable while TileDB is", () =>
    Effect.gen(function* () {
      yield* Faults.inject({ operation: "getUser", fault: Faults.status(503) })
      assert.strictEqual((yield* Effect.flip(profileOf("ada")))._tag, "Unavailable")
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )

  // it.live: under it.effect the delay before the retry would wait for TestClock, and the test for the server.
  it.live("retries as in production", () =>
    Effect.gen(function* () {
      yield* Faults.inject({ operation: "getUser", fault: Faults.status(503), nth: 1 })
      assert.strictEqual((yield* profileOf("ada")).name, "Ada")
    }).pipe(Effect.scoped, Effect.provide(layerWith({ retryPolicy: RetryPolicy.standard }))),
  )
})
