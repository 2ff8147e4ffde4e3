/**
 * A registered user, and the answers that hold one.
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
import * as Field from "./internal/fields.js"
import * as Reading from "./internal/reading.js"
import type { UserId } from "./UserId.js"
import { UserRole } from "./UserRole.js"

const fields = {
  id: Field.ownId("The user's id, `usr_` and twenty characters of 0-9a-v"),
  display_name: Field.text("The name that other people see"),
  image_id: Field.optionalText("The id of the picture, `img_…`"),
  email: Field.text("The address that e-mails go to"),
  is_valid_email: Field.optionalFlag("Whether the address has been confirmed"),
  role: Field.textAs(UserRole),
  username: Field.text("The name to log in with"),
  timezone: Field.text("The user's time zone, as the user wrote it"),
  created_at: Field.time("When the user was created"),
  updated_at: Field.optionalTime("When the user was last changed"),
  deleted_at: Field.optionalTime("When the user was deleted"),
}

/**
 * A registered user as the service reports it.
 *
 * Only `id` is always there. Where an answer lacks another of the documented properties, or has `null` in its place, it is
 * the zero value of its type (`""`, Go's zero time), and an optional one is absent. See `decodeAnswer`.
 *
 * Source: the API's model `User`; newer revisions of the API for `deleted_at`.
 *
 * @since 0.1.0
 * @category schemas
 */
export class User extends Schema.Class<User>("TileDBUser")(
  Field.schemas(fields),
  Field.model("User", "A registered user", (): Reading.Read<object> => read),
) {
  /** The user's id, `usr_…`: what getUser, updateUser and deleteUser take. Never empty. */
  declare readonly id: UserId
  /** The name that other people see; `""` where the answer has none. */
  declare readonly display_name: string
  /** The id of the picture, `img_…`; absent where there is none. */
  declare readonly image_id?: string
  /** The address that e-mails go to; `""` where the answer has none. */
  declare readonly email: string
  /** Whether the address has been confirmed; absent where the service does not say. */
  declare readonly is_valid_email?: boolean
  /** What the user may do in the deployment; compare with `UserRole.Owner` and so on. `""` where the answer has none. */
  declare readonly role: UserRole
  /** The name to log in with; `""` where the answer has none. */
  declare readonly username: string
  /** The time zone as the user wrote it, `Europe/Athens` say; not checked. `""` where the answer has none. */
  declare readonly timezone: string
  /** When the user was created, in UTC to the millisecond; `0001-01-01T00:00:00Z` where the answer has no time. */
  declare readonly created_at: DateTime.Utc
  /** When the user was last changed, in UTC to the millisecond; absent where the service gives no time. */
  declare readonly updated_at?: DateTime.Utc
  /** When the user was deleted, in UTC to the millisecond; only newer revisions of the service say so. */
  declare readonly deleted_at?: DateTime.Utc
}

// The reader has checked what the constructor would.
const read: Reading.Read<User> = Reading.object(fields, (props: User) => new User(props, true))

/**
 * The envelope of createUser's answer.
 *
 * Source: the API's model `UserCreateResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserCreateResponse = Field.envelope(
  "UserCreateResponse",
  "The user that was created, in its envelope",
  User,
)

/**
 * The envelope of createUser's answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserCreateResponse {
  /** The user that was created. */
  readonly data: User
}

/**
 * The envelope of getUser's answer.
 *
 * Source: the API's model `UserGetResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserGetResponse = Field.envelope("UserGetResponse", "The user that was asked for, in its envelope", User)

/**
 * The envelope of getUser's answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserGetResponse {
  /** The user that was asked for. */
  readonly data: User
}
