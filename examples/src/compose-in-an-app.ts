/** A small HTTP service that depends on `Users`: profiles of our users, for our own front end. */
import { createServer } from "node:http"
import { FetchHttpClient, HttpApiBuilder, HttpApiClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { UserId } from "@effect-tiledb/schema"
import { Deployment } from "@effect-tiledb/testkit"
import { Console, Effect, Layer } from "effect"
import { inMemory } from "./example.js"
import { Api, ProfilesApi } from "./profiles.js"

/** The service on a free port of the loopback interface. */
export const serve = HttpApiBuilder.serve().pipe(
  Layer.provide(ProfilesApi),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
)

const program = Effect.gen(function* () {
  const { ownerId, user } = yield* Deployment.Deployment
  const { address } = yield* HttpServer.HttpServer
  const baseUrl = `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`
  const { profiles } = yield* HttpApiClient.make(Api, { baseUrl })
  const ada = yield* Effect.flatten(user("ada"))
  for (const id of [ownerId, ada.id, UserId.make("usr_00000000000000000000")]) {
    yield* profiles.profile({ path: { id } }).pipe(
      Effect.match({
        onFailure: (error) => error._tag,
        onSuccess: ({ confirmed, name }) => `${name}${confirmed ? ", confirmed" : ""}`,
      }),
      Effect.flatMap(Console.log),
    )
  }
}).pipe(Effect.provide([serve, FetchHttpClient.layer]))

if (process.argv[1]?.endsWith("compose-in-an-app.ts")) {
  inMemory("Starts a small HTTP service over Users and asks it for three profiles.", program)
}
