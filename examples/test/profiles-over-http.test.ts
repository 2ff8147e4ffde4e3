/** What docs/recipes/http-api.md says of statuses, and of the `HttpClient` beside `layerTest`. */
import { HttpApiBuilder, HttpApiClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Layer } from "effect"
import { Api, ProfilesApi } from "../src/profiles.js"

const Served = Layer.provide(HttpApiBuilder.serve(), ProfilesApi)

const profileOfOwner = Effect.gen(function* () {
  const { ownerId } = yield* Deployment.Deployment
  const { profiles } = yield* HttpApiClient.make(Api)
  return yield* profiles.profile({ path: { id: ownerId } })
})

describe("the HttpClient beside layerTest", () => {
  it.effect("is that of layerTest where it is provided before TestUsers.asOwner", () =>
    Effect.map(profileOfOwner, ({ name }) => assert.strictEqual(name, "owner")).pipe(
      Effect.provide(
        Served.pipe(Layer.provideMerge(NodeHttpServer.layerTest), Layer.provideMerge(TestUsers.asOwner())),
      ),
    ),
  )

  it.effect("is that of the deployment in the other order: requests have no origin", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(profileOfOwner)
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

describe("the statuses", () => {
  it.effect("are those of the page's table", () =>
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient
      const { user } = yield* Deployment.Deployment
      const { id } = yield* Effect.flatten(user("ada"))
      const status = (request: HttpClientRequest.HttpClientRequest) =>
        Effect.map(http.execute(request), (response) => response.status)
      const post = (username: string, email = `${username}@example.com`) =>
        status(
          HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("/profiles"), {
            username,
            email,
            password: "secret",
          }),
        )
      assert.deepStrictEqual(
        [yield* post("grace"), yield* post("ada"), yield* post("eve", "no address")],
        [201, 409, 409],
      )
      for (const refused of [401, 403, 429, 503])
        yield* Faults.withFaults(
          Effect.map(status(HttpClientRequest.get(`/profiles/${id}`)), (got) => assert.strictEqual(got, 503)),
          { operation: "getUser", fault: Faults.status(refused) },
        )
      const del = (id: string) => status(HttpClientRequest.del(`/profiles/${id}`))
      assert.deepStrictEqual([yield* del("ada"), yield* del(id), yield* del(id)], [400, 204, 404])
    }).pipe(
      Effect.provide(
        Served.pipe(
          Layer.provideMerge(NodeHttpServer.layerTest),
          Layer.provideMerge(TestUsers.layer({ users: [Fixtures.user("ada")] })),
        ),
      ),
    ),
  )
})
