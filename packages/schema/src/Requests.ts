import * as Schema from "effect/Schema"
import { secret } from "./internal/fields.js"

// Absent means "not given" and is left out of the wire; there is no other way to say it (`undefined` is refused).
const given = (description: string) => Schema.optionalWith(Schema.String.annotations({ description }), { exact: true })

/**
 * The user to register; `display_name`, `timezone` and `image` may be left out.
 *
 * Source: models.json, `UserCreateRequest`.
 *
 * @since 0.1.0
 * @category requests
 */
export const UserCreateRequest = Schema.Struct({
  display_name: given("The name that other people see"),
  email: Schema.String.annotations({ description: "The address that e-mails go to" }),
  username: Schema.String.annotations({ description: "The name to log in with" }),
  password: secret("The password to log in with"),
  timezone: given("The user's time zone, for example Europe/Athens"),
  image: given("A picture as a data URL: data:image/png;base64,…"),
}).annotations({
  identifier: "TileDBUserCreateRequest",
  title: "UserCreateRequest",
  description: "The user to register",
})

/**
 * @since 0.1.0
 * @category requests
 */
export interface UserCreateRequest extends Schema.Schema.Type<typeof UserCreateRequest> {}

/**
 * What to change of a user; whatever is left out stays as it is.
 *
 * Source: models.json, `UserUpdateRequest`.
 *
 * @since 0.1.0
 * @category requests
 */
export const UserUpdateRequest = Schema.Struct({
  display_name: given("The name that other people see"),
  email: given("The address that e-mails go to"),
  timezone: given("The user's time zone, for example Europe/Athens"),
  image: given("A picture as a data URL: data:image/png;base64,…"),
}).annotations({
  identifier: "TileDBUserUpdateRequest",
  title: "UserUpdateRequest",
  description: "What to change of a user; what is left out stays",
})

/**
 * @since 0.1.0
 * @category requests
 */
export interface UserUpdateRequest extends Schema.Schema.Type<typeof UserUpdateRequest> {}

/**
 * The current user's password and the one to replace it.
 *
 * Source: models.json, `ChangePasswordRequest`.
 *
 * @since 0.1.0
 * @category requests
 */
export const ChangePasswordRequest = Schema.Struct({
  current_password: secret("The password in use now"),
  new_password: secret("The password to use from now on"),
}).annotations({
  identifier: "TileDBChangePasswordRequest",
  title: "ChangePasswordRequest",
  description: "The current user's password and the one to replace it",
})

/**
 * @since 0.1.0
 * @category requests
 */
export interface ChangePasswordRequest extends Schema.Schema.Type<typeof ChangePasswordRequest> {}

/**
 * Who should get a new confirmation e-mail.
 *
 * Source: models.json, `RequestEmailConfirmationRequest`.
 *
 * @since 0.1.0
 * @category requests
 */
export const RequestEmailConfirmationRequest = Schema.Struct({
  username_or_email: Schema.String.annotations({ description: "The username or the address of the user" }),
}).annotations({
  identifier: "TileDBRequestEmailConfirmationRequest",
  title: "RequestEmailConfirmationRequest",
  description: "Who should get a new confirmation e-mail",
})

/**
 * @since 0.1.0
 * @category requests
 */
export interface RequestEmailConfirmationRequest extends Schema.Schema.Type<typeof RequestEmailConfirmationRequest> {}

/**
 * Who should get a password-reset e-mail.
 *
 * Source: models.json, `RequestPasswordResetRequest`.
 *
 * @since 0.1.0
 * @category requests
 */
export const RequestPasswordResetRequest = Schema.Struct({
  username_or_email: Schema.String.annotations({ description: "The username or the address of the user" }),
}).annotations({
  identifier: "TileDBRequestPasswordResetRequest",
  title: "RequestPasswordResetRequest",
  description: "Who should get a password-reset e-mail",
})

/**
 * @since 0.1.0
 * @category requests
 */
export interface RequestPasswordResetRequest extends Schema.Schema.Type<typeof RequestPasswordResetRequest> {}

/**
 * The password to set with a scoped token.
 *
 * Source: models.json, `ResetPasswordRequest`.
 *
 * @since 0.1.0
 * @category requests
 */
export const ResetPasswordRequest = Schema.Struct({
  new_password: secret("The password to use from now on"),
}).annotations({
  identifier: "TileDBResetPasswordRequest",
  title: "ResetPasswordRequest",
  description: "The password to set with a scoped token",
})

/**
 * @since 0.1.0
 * @category requests
 */
export interface ResetPasswordRequest extends Schema.Schema.Type<typeof ResetPasswordRequest> {}
