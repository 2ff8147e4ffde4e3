import * as Schema from "effect/Schema"

/**
 * The id of a user, `usr_` and twenty characters of `0-9a-v`; nothing else, and never `self`, so that an id is always
 * exactly one path segment.
 *
 * Source: UsersApi.md, parameter `user_id` of `get_user`, `update_user` and `delete_user`.
 *
 * @example
 * import { UserId } from "@effect-tiledb/schema"
 *
 * const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g") // throws on any other form
 *
 * @since 0.1.0
 * @category ids
 */
export const UserId = Schema.String.annotations({
  description: "The id of a user: `usr_` and twenty characters of 0-9a-v",
}).pipe(
  Schema.pattern(/^usr_[0-9a-v]{20}$/, {
    message: () => "Expected a user id such as usr_9m4e2mr0ui3e8a215n4g: `usr_` and twenty characters of 0-9a-v",
  }),
  Schema.brand("UserId"),
  Schema.annotations({
    identifier: "TileDBUserId",
    title: "UserId",
    description: "The id of a user: `usr_` and twenty characters of 0-9a-v",
  }),
)

/**
 * @since 0.1.0
 * @category ids
 */
export type UserId = typeof UserId.Type
