import type { UserId } from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"

/**
 * A user who exists from the start; all fields but `username` have defaults.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserSeed {
  /** The name to sign in with. */
  readonly username: string
  /** The address that e-mails go to. Default: the username at example.com. */
  readonly email?: string | undefined
  /** The password. Default: `password(username)`. */
  readonly password?: Redacted.Redacted<string> | undefined
  /** An API key of this user. Default: none. */
  readonly apiKey?: Redacted.Redacted<string> | undefined
  /** A bearer token of this user. Default: none. */
  readonly bearer?: Redacted.Redacted<string> | undefined
  /** The user's role. Default member. */
  readonly role?: "owner" | "admin" | "member" | undefined
  /** Whether the address is confirmed; an unconfirmed user gets the confirmation e-mail. Default true. */
  readonly confirmed?: boolean | undefined
  /** The name that other people see. Default: the username. */
  readonly display_name?: string | undefined
  /** The time zone. Default: the policy's. */
  readonly timezone?: string | undefined
  /** The id. Default: one from the deployment's seed. */
  readonly id?: UserId | undefined
  /** The id of the picture, `img_…`. Default: none. */
  readonly image_id?: string | undefined
  /** When the user was created. Default: when the deployment starts. */
  readonly created_at?: DateTime.DateTime.Input | undefined
  /** When the user was last changed. Default: `created_at`. */
  readonly updated_at?: DateTime.DateTime.Input | undefined
}

/**
 * The changes to a user; absent properties are unchanged.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserChanges
  extends Pick<UserSeed, "email" | "password" | "role" | "confirmed" | "display_name" | "timezone"> {}

/**
 * The default password of a seeded user: `pw-` and the username.
 *
 * @since 0.1.0
 * @category constructors
 */
export const password = (username: string): Redacted.Redacted<string> => Redacted.make(`pw-${username}`)
