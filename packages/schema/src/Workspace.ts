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
import { type WorkspaceId, WorkspaceUser, workspaceFields } from "./internal/workspace.js"
import { GivenUserId, type UserId } from "./UserId.js"
import { WorkspaceRole } from "./UserRole.js"

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

const readOne: Model.Reader<Workspace> = Model.reader(workspaceFields, Workspace)

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
export const WorkspaceUserUpdateRequest = Schema.Struct({ role: WorkspaceRole }).annotations(
  Model.named("WorkspaceUserUpdateRequest", "The role to set"),
)

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
}).annotations(Model.named("WorkspaceUsersCreateRequestInner", "A user to add to a workspace"))

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
