/**
 * A registered user, and the responses that contain one.
 *
 * @example
 * import { User } from "@effect-tiledb/schema"
 * import { DateTime } from "effect"
 *
 * const summary = (user: User) => `${user.display_name} <${user.email}>, since ${DateTime.formatIsoDateUtc(user.created_at)}`
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Model from "./internal/model.js"
import type { UserId } from "./UserId.js"
import { UserRole } from "./UserRole.js"

const fields = {
  id: Model.userId("The user's id, `usr_` and twenty characters of 0-9a-v"),
  display_name: Model.text("The name that other people see"),
  image_id: Model.optional(Model.text("The id of the picture, `img_…`")),
  email: Model.text("The address that e-mails go to"),
  is_valid_email: Model.optional(Model.flag("Whether the address has been confirmed")),
  role: Model.textAs(UserRole),
  username: Model.text("The name to log in with"),
  timezone: Model.text("The user's time zone, as the user wrote it"),
  created_at: Model.time("When the user was created"),
  updated_at: Model.optionalTime("When the user was last changed"),
  deleted_at: Model.optionalTime("When the user was deleted"),
}

/**
 * A registered user as the service reports it.
 *
 * Only `id` is always there. A documented property that is missing or `null` in the response is the zero value of its
 * type (`""`, Go's zero time); an optional one is absent. See `decodeResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export class User extends Schema.Class<User>("TileDBUser")(
  Model.schemas(fields),
  Model.annotations("User", "A registered user", (): Model.Reader<object> => read),
) {
  /** The user's id, `usr_…`: the argument of getUser, updateUser and deleteUser. Never empty. */
  declare readonly id: UserId
  /** The name that other people see; `""` if the response has none. */
  declare readonly display_name: string
  /** The id of the picture, `img_…`; absent if there is none. */
  declare readonly image_id?: string
  /** The address that e-mails go to; `""` if the response has none. */
  declare readonly email: string
  /** Whether the address has been confirmed; absent if the service does not report it. */
  declare readonly is_valid_email?: boolean
  /** The user's role in the deployment; compare with `UserRole.Owner` and so on. `""` if the response has none. */
  declare readonly role: UserRole
  /** The name to log in with; `""` if the response has none. */
  declare readonly username: string
  /** The time zone as the user wrote it, for example `Europe/Athens`; not checked. `""` if the response has none. */
  declare readonly timezone: string
  /** When the user was created, in UTC to the millisecond; `0001-01-01T00:00:00Z` if the response has no time. */
  declare readonly created_at: DateTime.Utc
  /** When the user was last changed, in UTC to the millisecond; absent if the service reports no time. */
  declare readonly updated_at?: DateTime.Utc
  /** When the user was deleted, in UTC to the millisecond; only newer revisions of the service report it. */
  declare readonly deleted_at?: DateTime.Utc
}

// Validation is disabled: the reader has made the constructor's checks.
const read: Model.Reader<User> = Model.reader(fields, User)

/**
 * The envelope of createUser's response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserCreateResponse = Model.response(
  "UserCreateResponse",
  "The user that was created, in its envelope",
  User,
)

/**
 * The envelope of createUser's response.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserCreateResponse {
  /** The user that was created. */
  readonly data: User
}

/**
 * The envelope of getUser's response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserGetResponse = Model.response("UserGetResponse", "The user that was asked for, in its envelope", User)

/**
 * The envelope of getUser's response.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserGetResponse {
  /** The user with the requested id. */
  readonly data: User
}
