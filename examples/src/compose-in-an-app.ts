/** A small HTTP service that depends on `Users`: profiles of our users, for our own front end. */
import { createServer } from "node:http"
import {
  FetchHttpClient,
  HttpApi,
  HttpApiBuilder,
  HttpApiClient,
  HttpApiEndpoint,
  HttpApiError,
  HttpApiGroup,
  HttpServer,
} from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Deployment } from "@effect-tiledb/testkit"
import { Console, Effect, Layer, Schema } from "effect"
import { inMemory } from "./example.js"

/** What our front end sees of a user. */
export class Profile extends Schema.Class<Profile>("Profile")({ name: Schema.String, confirmed: Schema.Boolean }) {}

export class Api extends HttpApi.make("Profiles").add(
  HttpApiGroup.make("profiles").add(
    HttpApiEndpoint.get("profile", "/profiles/:id")
      .setPath(Schema.Struct({ id: UserId }))
      .addSuccess(Profile)
      .addError(HttpApiError.NotFound)
      .addError(HttpApiError.ServiceUnavailable),
  ),
) {}

const Profiles = HttpApiBuilder.group(Api, "profiles", (handlers) =>
  Effect.map(Users.Users, (users) =>
    handlers.handle("profile", ({ path }) =>
      users.getUser(path.id).pipe(
        Effect.map((user) => new Profile({ name: user.display_name, confirmed: user.is_valid_email === true })),
        Effect.catchTags({
          NotFound: () => new HttpApiError.NotFound(),
          InvalidRequest: () => new HttpApiError.NotFound(),
          // The details are in our logs and spans; our callers can only wait.
          ApiError: () => new HttpApiError.ServiceUnavailable(),
          DecodeError: () => new HttpApiError.ServiceUnavailable(),
          TransportError: () => new HttpApiError.ServiceUnavailable(),
        }),
      ),
    ),
  ),
)

/** The service, for any server; it needs `Users` and nothing else. */
export const ProfilesApi = Layer.provide(HttpApiBuilder.api(Api), Profiles)

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
