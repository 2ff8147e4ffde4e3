/**
 * Workspaces and their members.
 *
 * @example
 * import { WorkspaceRole, type WorkspaceUser } from "@effect-tiledb/schema"
 *
 * const admins = (members: ReadonlyArray<WorkspaceUser>) => members.filter(({ role }) => role === WorkspaceRole.Admin)
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Model from "./internal/model.js"
import { page } from "./internal/page.js"
import { GivenUserId, type UserId } from "./UserId.js"
import { WorkspaceRole } from "./UserRole.js"

/**
 * The id of a workspace, `ws_…`. Its form is not documented further, so any text is accepted. Make one of a plain
 * string with `WorkspaceId.make(text)`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceId = Schema.String.pipe(
  Schema.brand("WorkspaceId"),
  Schema.annotations({
    identifier: "TileDBWorkspaceId",
    title: "WorkspaceId",
    description: "The id of a workspace, `ws_…`",
  }),
)

/**
 * The id of a workspace; a plain string becomes one with `WorkspaceId.make(text)`.
 *
 * @since 0.1.0
 * @category models
 */
export type WorkspaceId = typeof WorkspaceId.Type

const memberFields = {
  user_id: Model.userIdOrNone("The user's id, `usr_` and twenty characters of 0-9a-v; empty where there is nobody"),
  username: Model.optional(Model.text("The name to log in with")),
  display_name: Model.text("The name that other people see"),
  email: Model.text("The user's address"),
  image_id: Model.optional(Model.text("The id of the picture, `img_…`")),
  role: Model.textAs(WorkspaceRole),
  added_by: Model.text("The id of the user who added this one"),
  created_at: Model.time("When the user joined the workspace"),
  deleted_at: Model.optionalTime("When the membership ended"),
}

/**
 * A user as a member of one workspace.
 *
 * A property that is missing in the response is the zero value of its type (`""`, Go's zero time); an optional one is
 * absent.
 *
 * @since 0.1.0
 * @category schemas
 */
export class WorkspaceUser extends Schema.Class<WorkspaceUser>("TileDBWorkspaceUser")(
  Model.schemas(memberFields),
  Model.annotations("WorkspaceUser", "A user as a member of one workspace", (): Model.Reader<object> => readMember),
) {
  /** The user's id, `usr_…`; `""` if the response has none, as for a workspace that no user created. */
  declare readonly user_id: UserId
  /** The name to log in with; only newer revisions of the service report it. */
  declare readonly username?: string
  /** The name that other people see; `""` if the response has none. */
  declare readonly display_name: string
  /** The user's address; `""` if the response has none. */
  declare readonly email: string
  /** The id of the picture, `img_…`; absent if there is none. */
  declare readonly image_id?: string
  /** The user's role in this workspace; compare with `WorkspaceRole.Owner` and so on. `""` if the response has none. */
  declare readonly role: WorkspaceRole
  /** The id of the user who added this one; `""` if the response has none. */
  declare readonly added_by: string
  /**
   * When the user joined the workspace, in UTC to the millisecond; `0001-01-01T00:00:00Z` without a time in the
   * response.
   */
  declare readonly created_at: DateTime.Utc
  /** When the membership ended, in UTC to the millisecond; only newer revisions of the service report it. */
  declare readonly deleted_at?: DateTime.Utc
}

const readMember: Model.Reader<WorkspaceUser> = Model.reader(
  memberFields,
  (props: WorkspaceUser) => new WorkspaceUser(props, true),
)

const workspaceFields = {
  workspace_id: Model.textAs(WorkspaceId),
  name: Model.text("The name of the workspace"),
  created_by: Model.part(WorkspaceUser),
  self: Model.part(WorkspaceUser),
  description: Model.optional(Model.text("What the workspace is for")),
  created_at: Model.time("When the workspace was created"),
  updated_at: Model.optionalTime("When the workspace was last changed"),
  image_id: Model.optional(Model.text("The id of the picture, `img_…`")),
}

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

const readWorkspace: Model.Reader<UserSelfWorkspace> = Model.reader(
  workspaceFields,
  (props: UserSelfWorkspace) => new UserSelfWorkspace(props, true),
)

/**
 * A workspace, with the caller's own membership in `self`.
 *
 * @since 0.1.0
 * @category schemas
 */
export class Workspace extends Schema.Class<Workspace>("TileDBWorkspace")(
  Model.schemas(workspaceFields),
  Model.annotations("Workspace", "A workspace as one of its members sees it", (): Model.Reader<object> => readOne),
) {
  /** The workspace's id, `ws_…`; `""` if the response has none. */
  declare readonly workspace_id: WorkspaceId
  /** The name of the workspace; `""` if the response has none. */
  declare readonly name: string
  /** The creator of the workspace; if the response has none, a member whose `user_id` is `""`. */
  declare readonly created_by: WorkspaceUser
  /** The caller's own membership; if the response has none, a member whose `user_id` and `role` are `""`. */
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

const readOne: Model.Reader<Workspace> = Model.reader(workspaceFields, (props: Workspace) => new Workspace(props, true))

/**
 * The envelope of getWorkspace's response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceGetResponse = Model.response("WorkspaceGetResponse", "A workspace, in its envelope", Workspace)

/**
 * The envelope of getWorkspaceUser's response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceUserGetResponse = Model.response(
  "WorkspaceUserGetResponse",
  "A member, in its envelope",
  WorkspaceUser,
)

/**
 * A page of listWorkspaceUsers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceUsersListResponse = page(
  "WorkspaceUsersListResponse",
  "Members of a workspace, in pages",
  WorkspaceUser,
)

/**
 * The envelope of createWorkspaceUsers' response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceUsersCreateResponse = Model.listResponse(
  "WorkspaceUsersCreateResponse",
  "The members that were added, in their envelope",
  WorkspaceUser,
)

/**
 * The role to set.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceUserUpdateRequest = Schema.Struct({ role: WorkspaceRole }).annotations({
  identifier: "TileDBWorkspaceUserUpdateRequest",
  title: "WorkspaceUserUpdateRequest",
  description: "The role to set",
})

/**
 * The role to set.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkspaceUserUpdateRequest {
  /** The role that the member has from now on. */
  readonly role: WorkspaceRole
}

/**
 * A user to add to a workspace.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceUsersCreateRequestInner = Schema.Struct({
  user_id: GivenUserId,
  role: WorkspaceRole,
}).annotations({
  identifier: "TileDBWorkspaceUsersCreateRequestInner",
  title: "WorkspaceUsersCreateRequestInner",
  description: "A user to add to a workspace",
})

/**
 * A user to add to a workspace.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkspaceUsersCreateRequestInner {
  /** The user's id; the user has an account already. */
  readonly user_id: UserId
  /** The role that the user gets. */
  readonly role: WorkspaceRole
}
