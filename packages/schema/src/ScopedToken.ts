/**
 * The token of an e-mail.
 *
 * @example
 * import type { ScopedToken } from "@effect-tiledb/schema"
 * import { Redacted } from "effect"
 *
 * const token: ScopedToken = Redacted.make("…") // from the link in the e-mail
 *
 * @since 0.1.0
 */
import { secretText } from "./internal/model.js"

/**
 * The schema of `ScopedToken`.
 *
 * Source: the API's document, parameter `x_tiledb_rest_api_key` of `confirm_email` and `reset_password`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ScopedToken = secretText("The single-use token from a confirmation or password-reset e-mail").annotations({
  identifier: "TileDBScopedToken",
  title: "ScopedToken",
})

/**
 * The single-use token in an e-mail, for confirmEmail (scope `confirm_email`) or resetPassword (scope
 * `password_reset`). It authorises only that one call. Always `Redacted`: make one with `Redacted.make(text)`.
 *
 * @since 0.1.0
 * @category models
 */
export type ScopedToken = typeof ScopedToken.Type
