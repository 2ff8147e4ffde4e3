import * as Schema from "effect/Schema"
import { named, optional, optionalTimestamp, Timestamp } from "./internal/fields.js"
import { UserId } from "./UserId.js"

/**
 * What a user may do in the deployment: `owner`, `admin`, `member`, or a role this version has not heard of (an unknown
 * role never fails a read).
 *
 * Source: models.json, `UserRole`.
 *
 * @since 0.1.0
 * @category models
 */
export type UserRole = "owner" | "admin" | "member" | (string & {})

/**
 * @since 0.1.0
 * @category models
 */
export const UserRole: Schema.Schema<UserRole> = Schema.String.annotations({
  identifier: "TileDBUserRole",
  title: "UserRole",
  description: "What a user may do in the deployment; open, so that roles added later can be read",
  examples: ["owner", "admin", "member"],
  arbitrary: () => (fc) => fc.oneof(fc.constantFrom("owner", "admin", "member"), fc.string()),
})

/**
 * A registered user as the service reports it. Optional properties are absent when the service leaves them out, sends
 * `null`, or (times) sends Go's zero time; times are `DateTime.Utc` in milliseconds.
 *
 * Source: models.json, `User`; facts.md for `deleted_at`.
 *
 * @since 0.1.0
 * @category models
 */
export class User extends Schema.Class<User>("TileDBUser")(
  {
    id: UserId,
    display_name: Schema.String.annotations({ description: "The name that other people see" }),
    image_id: optional(Schema.String.annotations({ description: "The id of the picture, `img_…`" })),
    email: Schema.String.annotations({ description: "The address that e-mails go to" }),
    is_valid_email: optional(Schema.Boolean.annotations({ description: "Whether the address has been confirmed" })),
    role: UserRole,
    username: Schema.String.annotations({ description: "The name to log in with" }),
    timezone: Schema.String.annotations({ description: "The user's time zone, as the user wrote it" }),
    created_at: Timestamp.annotations({ description: "When the user was created" }),
    updated_at: optionalTimestamp("When the user was last changed"),
    deleted_at: optionalTimestamp("When the user was deleted"),
  },
  named("User", "A registered user"),
) {}

/**
 * The envelope of `createUser`'s answer.
 *
 * Source: models.json, `UserCreateResponse`.
 *
 * @since 0.1.0
 * @category responses
 */
export const UserCreateResponse = Schema.Struct({ data: User }).annotations({
  identifier: "TileDBUserCreateResponse",
  title: "UserCreateResponse",
  description: "The user that was created, in its envelope",
})

/**
 * @since 0.1.0
 * @category responses
 */
export type UserCreateResponse = typeof UserCreateResponse.Type

/**
 * The envelope of `getUser`'s answer.
 *
 * Source: models.json, `UserGetResponse`.
 *
 * @since 0.1.0
 * @category responses
 */
export const UserGetResponse = Schema.Struct({ data: User }).annotations({
  identifier: "TileDBUserGetResponse",
  title: "UserGetResponse",
  description: "The user that was asked for, in its envelope",
})

/**
 * @since 0.1.0
 * @category responses
 */
export type UserGetResponse = typeof UserGetResponse.Type
