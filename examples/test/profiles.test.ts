import { HttpApiBuilder, HttpApiClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Layer } from "effect"
import { Api, ProfilesApi } from "../src/profiles.js"

/** The service over a deployment in memory, on a free port, with an `HttpClient` that calls it. */
const layer = HttpApiBuilder.serve().pipe(
  Layer.provide(ProfilesApi),
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provideMerge(TestUsers.layer({ users: [Fixtures.user("ada", { display_name: "Ada" })] })),
)

const profileOf = (username: string) =>
  Effect.gen(function* () {
    const { user } = yield* Deployment.Deployment
    const { id } = yield* Effect.flatten(user(username))
    const { profiles } = yield* HttpApiClient.make(Api)
    return yield* profiles.profile({ path: { id } })
  })

describe("profiles", () => {
  it.effect("shows a profile", () =>
    Effect.gen(function* () {
      const { confirmed, name } = yield* profileOf("ada")
      assert.deepStrictEqual({ confirmed, name }, { confirmed: true, name: "Ada" })
    }).pipe(Effect.provide(layer)),
  )

  it.effect("is unavailable while the users are", () =>
    Effect.gen(function* () {
      yield* Faults.inject({ operation: "getUser", fault: Faults.status(503) })
      assert.strictEqual((yield* Effect.flip(profileOf("ada")))._tag, "ServiceUnavailable")
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )
})

describe("the HttpClient beside layerTest", () => {
  const Served = Layer.provide(HttpApiBuilder.serve(), ProfilesApi)

  it.effect("is that of layerTest where it is provided before TestUsers.asOwner", () =>
    Effect.map(profileOf("owner"), ({ name }) => assert.strictEqual(name, "owner")).pipe(
      Effect.provide(
        Served.pipe(Layer.provideMerge(NodeHttpServer.layerTest), Layer.provideMerge(TestUsers.asOwner())),
      ),
    ),
  )

  it.effect("is that of the deployment in the other order: requests have no origin", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(profileOf("owner"))
      assert.strictEqual(error._tag === "RequestError" && error.reason, "InvalidUrl")
    }).pipe(
      Effect.provide(
        Served.pipe(Layer.provideMerge(TestUsers.asOwner()), Layer.provideMerge(NodeHttpServer.layerTest)),
      ),
    ),
  )

  it.effect("becomes the client's own where the client is given none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.flatMap(Users.Users, (users) => users.getSelfUser))
      assert.strictEqual(error.message, "getSelfUser: could not connect [api.tiledb.com]")
    }).pipe(
      Effect.provide(
        Users.layer.pipe(
          Layer.provide(TileDBClient.layer({ credentials: Credentials.anonymous, retryPolicy: RetryPolicy.none })),
          Layer.provide(NodeHttpServer.layerTest),
        ),
      ),
    ),
  )
})
