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
import type { UserSeed } from "./internal/state/userSeed.js"

export { password, type UserSeed } from "./internal/state/userSeed.js"

/**
 * A user with this username and any other properties.
 *
 * @since 0.1.0
 * @category constructors
 */
export const user = (username: string, more: Omit<UserSeed, "username"> = {}): UserSeed => ({ ...more, username })

/**
 * Many users: `user1`, `user2` and so on.
 *
 * @since 0.1.0
 * @category constructors
 */
export const users = (count: number, more: Omit<UserSeed, "username" | "email" | "id"> = {}): ReadonlyArray<UserSeed> =>
  Array.from({ length: count }, (_, index) => user(`user${index + 1}`, more))
