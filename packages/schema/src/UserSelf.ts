/**
 * The current user, and the user's workspaces.
 *
 * @example
 * import { type UserSelf, WorkspaceRole } from "@effect-tiledb/schema"
 *
 * const owned = ({ workspaces }: UserSelf) => workspaces.filter(({ self }) => self.role === WorkspaceRole.Owner)
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import type * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Schema from "effect/Schema"
import * as Model from "./internal/model.js"
import { WorkspaceId, WorkspaceUser, workspaceFields } from "./internal/workspace.js"
import { User } from "./User.js"

export { WorkspaceId, WorkspaceUser }

/**
 * A workspace of the current user, with the user's own membership in `self`.
 *
 * Source: the API's model `UserSelfWorkspace` (the property is `self` on the wire and `_self` in the Python client).
 *
 * @since 0.1.0
 * @category schemas
 */
export class UserSelfWorkspace extends Schema.Class<UserSelfWorkspace>("TileDBUserSelfWorkspace")(
  Model.schemas(workspaceFields),
  Model.annotations("UserSelfWorkspace", "A workspace of the current user", (): Model.Reader<object> => readWorkspace),
) {
  /** The workspace's id, `ws_…`; `""` if the response has none. */
  declare readonly workspace_id: WorkspaceId
  /** The name of the workspace; `""` if the response has none. */
  declare readonly name: string
  /** The creator of the workspace; if the response has none, a member whose `user_id` is `""`. */
  declare readonly created_by: WorkspaceUser
  /** The current user's own membership; if the response has none, a member whose `user_id` and `role` are `""`. */
  declare readonly self: WorkspaceUser
  /** The purpose of the workspace; absent if none is given. */
  declare readonly description?: string
  /** When the workspace was created, in UTC to the millisecond; `0001-01-01T00:00:00Z` if the response has no time. */
  declare readonly created_at: DateTime.Utc
  /** When the workspace was last changed, in UTC to the millisecond; absent if the service reports no time. */
  declare readonly updated_at?: DateTime.Utc
  /** The id of the picture, `img_…`; absent if there is none. */
  declare readonly image_id?: string
}

const readWorkspace: Model.Reader<UserSelfWorkspace> = Model.reader(workspaceFields, UserSelfWorkspace)

const same = Array.getEquivalence<UserSelfWorkspace>(Equal.equals)

const selfFields = {
  user: Model.own(User),
  workspaces: Model.list(UserSelfWorkspace, "The workspaces the user belongs to"),
}

/**
 * The user of the credential that was sent, and the user's workspaces.
 *
 * @since 0.1.0
 * @category schemas
 */
export class UserSelf extends Schema.Class<UserSelf>("TileDBUserSelf")(
  Model.schemas(selfFields),
  Model.annotations(
    "UserSelf",
    "The current user and the user's workspaces",
    (): Model.Reader<object> => readSelf,
    "UserSelfResponseData",
  ),
) {
  /** The user of the credential that was sent. */
  declare readonly user: User
  /** The user's workspaces; empty if the response has no list. */
  declare readonly workspaces: ReadonlyArray<UserSelfWorkspace>

  // A class compares its properties, and two lists are never equal to each other. These are not methods of the type, so
  // that a plain object of this shape stays a `UserSelf`.
  static {
    Object.assign(UserSelf.prototype, {
      [Equal.symbol](this: UserSelf, that: Equal.Equal): boolean {
        return that instanceof UserSelf && Equal.equals(this.user, that.user) && same(this.workspaces, that.workspaces)
      },
      [Hash.symbol](this: UserSelf): number {
        return Hash.cached(this, Hash.combine(Hash.hash(this.user))(Hash.array(this.workspaces)))
      },
    })
  }
}

const readSelf: Model.Reader<UserSelf> = Model.reader(selfFields, UserSelf)

/**
 * The envelope of getSelfUser's response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserSelfResponse = Model.response("UserSelfResponse", "The current user, in its envelope", UserSelf)

/**
 * The envelope of getSelfUser's response.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserSelfResponse {
  /** The current user and the user's workspaces. */
  readonly data: UserSelf
}
