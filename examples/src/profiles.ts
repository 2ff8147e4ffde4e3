/** The profiles of our users, as an `HttpApi` for our own front end. */
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiError, HttpApiGroup } from "@effect/platform"
import { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Effect, Layer, Schema } from "effect"

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

/** The service, for any server; it requires `Users` and nothing else. */
export const ProfilesApi = Layer.provide(HttpApiBuilder.api(Api), Profiles)
