/**
 * Users to start a deployment with: set the properties that matter, the others have simple defaults.
 *
 * @example
 * import { Fixtures, TestUsers } from "@effect-tiledb/testkit"
 *
 * const layer = TestUsers.layer({
 *   users: [Fixtures.user("ada", { role: "admin" }), Fixtures.user("bob", { confirmed: false })],
 * })
 *
 * @since 0.1.0
 */
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
  /** The name to log in with. */
  readonly username: string
  /** The address that e-mails go to. Default: the username at example.com. */
  readonly email?: string
  /** The password. Default: `password(username)`. */
  readonly password?: Redacted.Redacted<string>
  /** An API key of this user. Default: none. */
  readonly apiKey?: Redacted.Redacted<string>
  /** A bearer token of this user. Default: none. */
  readonly bearer?: Redacted.Redacted<string>
  /** The user's role. Default member. */
  readonly role?: "owner" | "admin" | "member"
  /** Whether the address is confirmed; an unconfirmed user gets the confirmation e-mail. Default true. */
  readonly confirmed?: boolean
  /** The name that other people see. Default: the username. */
  readonly display_name?: string
  /** The time zone. Default: the policy's. */
  readonly timezone?: string
  /** The id. Default: one from the deployment's seed. */
  readonly id?: UserId
  /** The id of the picture, `img_…`. Default: none. */
  readonly image_id?: string
  /** When the user was created. Default: when the deployment starts. */
  readonly created_at?: DateTime.DateTime.Input
  /** When the user was last changed. Default: `created_at`. */
  readonly updated_at?: DateTime.DateTime.Input
}

/**
 * A user with this username and any other properties.
 *
 * @since 0.1.0
 * @category constructors
 */
export const user = (username: string, more: Omit<UserSeed, "username"> = {}): UserSeed => ({ ...more, username })

/**
 * The default password of a seeded user: `pw-` and the username.
 *
 * @since 0.1.0
 * @category constructors
 */
export const password = (username: string): Redacted.Redacted<string> => Redacted.make(`pw-${username}`)

/**
 * Many users: `user1`, `user2` and so on.
 *
 * @since 0.1.0
 * @category constructors
 */
export const users = (count: number, more: Omit<UserSeed, "username" | "email" | "id"> = {}): ReadonlyArray<UserSeed> =>
  Array.from({ length: count }, (_, index) => user(`user${index + 1}`, more))
