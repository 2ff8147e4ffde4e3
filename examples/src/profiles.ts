/** The profiles of our users, as an `HttpApi` for our own front end. */
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { TileDBError, Users } from "@effect-tiledb/client"
import { type User, UserCreateRequest, UserId } from "@effect-tiledb/schema"
import { Effect, Layer, Schema } from "effect"

/** What our front end sees of a user. */
export class Profile extends Schema.Class<Profile>("Profile")({
  id: UserId,
  name: Schema.String,
  confirmed: Schema.Boolean,
}) {}

/** TileDB refused these fields: `username`, "is taken". */
export class Refused extends Schema.TaggedError<Refused>()(
  "Refused",
  { fields: Schema.Array(Schema.Struct({ field: Schema.String, message: Schema.String })) },
  HttpApiSchema.annotations({ status: 409 }),
) {}

/** There is no usable response. If `outcome` is `Unknown` or `Done`, check before you send the request again. */
export class Unavailable extends Schema.TaggedError<Unavailable>()(
  "Unavailable",
  { outcome: TileDBError.Outcome },
  HttpApiSchema.annotations({ status: 503 }),
) {}

const ById = Schema.Struct({ id: UserId })

export class Api extends HttpApi.make("Profiles").add(
  HttpApiGroup.make("profiles")
    .add(
      HttpApiEndpoint.get("profile", "/profiles/:id")
        .setPath(ById)
        .addSuccess(Profile)
        .addError(HttpApiError.NotFound)
        .addError(Unavailable),
    )
    .add(
      HttpApiEndpoint.post("create", "/profiles")
        .setPayload(UserCreateRequest)
        .addSuccess(Profile, { status: 201 })
        .addError(Refused)
        .addError(Unavailable),
    )
    .add(
      HttpApiEndpoint.del("remove", "/profiles/:id")
        .setPath(ById)
        .addError(HttpApiError.NotFound)
        .addError(Unavailable),
    ),
) {}

const toProfile = ({ display_name, id, is_valid_email }: User) =>
  new Profile({ id, name: display_name, confirmed: is_valid_email === true })

// The details are in our logs and spans.
const unavailable = ({ outcome }: TileDBError.TileDBError) => new Unavailable({ outcome })

const notFoundOr503 = (error: TileDBError.TileDBError) =>
  error._tag === "NotFound" ? new HttpApiError.NotFound() : unavailable(error)

const refusedOr503 = (error: TileDBError.TileDBError) =>
  error._tag === "ApiError" && error.validationError !== undefined
    ? new Refused({ fields: error.validationError.fields })
    : unavailable(error)

/** Creates the user; if the response is lost, finds out whether the user exists. */
const create = (users: Users.Service, request: UserCreateRequest) =>
  users.createUser(request).pipe(
    Effect.catchIf(TileDBError.mayHaveBeenDone, (lost) =>
      Effect.flatMap(Users.resolveCreate(request), (found) =>
        found._tag === "Created"
          ? Effect.mapError(found.user, () => lost)
          : Effect.fail(found._tag === "NotCreated" ? found.error : lost),
      ),
    ),
    Effect.provideService(Users.Users, users),
  )

const Profiles = HttpApiBuilder.group(Api, "profiles", (handlers) =>
  Effect.map(Users.Users, (users) =>
    handlers
      .handle("profile", ({ path }) =>
        users.getUser(path.id).pipe(Effect.map(toProfile), Effect.mapError(notFoundOr503)),
      )
      .handle("create", ({ payload }) =>
        create(users, payload).pipe(Effect.map(toProfile), Effect.mapError(refusedOr503)),
      )
      .handle("remove", ({ path }) => users.deleteUser(path.id).pipe(Effect.mapError(notFoundOr503))),
  ),
)

/** The service, for any server; it requires `Users` and nothing else. */
export const ProfilesApi = Layer.provide(HttpApiBuilder.api(Api), Profiles)
