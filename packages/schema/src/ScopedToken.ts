import { secret } from "./internal/fields.js"

/**
 * The single-use token that an e-mail carries, for `confirmEmail` (scope `confirm_email`) or `resetPassword` (scope
 * `password_reset`); it authorises that one call and no other. Always `Redacted`.
 *
 * Source: UsersApi.md, parameter `x_tiledb_rest_api_key` of `confirm_email` and `reset_password`.
 *
 * @since 0.1.0
 * @category secrets
 */
export const ScopedToken = secret("The single-use token from a confirmation or password-reset e-mail").annotations({
  identifier: "TileDBScopedToken",
  title: "ScopedToken",
})

/**
 * @since 0.1.0
 * @category secrets
 */
export type ScopedToken = typeof ScopedToken.Type
