/**
 * Users to start a deployment with: say what matters, the rest has defaults that can be told at a glance.
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
import * as Redacted from "effect/Redacted"

/**
 * A user who is there from the start. All but `username` has a default: `email` is the username at example.com,
 * `password` what `password(username)` gives, `role` member, `confirmed` true (a user who is not gets the confirmation
 * e-mail), `display_name` the username, `timezone` the policy's, `id` random, and no API key or bearer token.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserSeed {
  readonly username: string
  readonly email?: string
  readonly password?: Redacted.Redacted<string>
  readonly apiKey?: Redacted.Redacted<string>
  readonly bearer?: Redacted.Redacted<string>
  readonly role?: "owner" | "admin" | "member"
  readonly confirmed?: boolean
  readonly display_name?: string
  readonly timezone?: string
  readonly id?: UserId
}

/**
 * A user with this username and whatever else matters.
 *
 * @since 0.1.0
 * @category constructors
 */
export const user = (username: string, more: Omit<UserSeed, "username"> = {}): UserSeed => ({ ...more, username })

/**
 * The password of a seeded user for whom none was given: `pw-` and the username.
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
