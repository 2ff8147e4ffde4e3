import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { UserId } from "../UserId.js"
import { WorkspaceRole } from "../UserRole.js"
import * as Model from "./model.js"

/**
 * The id of a workspace, `ws_…`. Its form is not documented further, so any text is accepted. Make one of a plain
 * string with `WorkspaceId.make(text)`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceId = Model.brandedText("WorkspaceId", "The id of a workspace, `ws_…`")

/**
 * The id of a workspace; a plain string becomes one with `WorkspaceId.make(text)`.
 *
 * @since 0.1.0
 * @category models
 */
export type WorkspaceId = typeof WorkspaceId.Type

const memberFields = {
  user_id: Model.userIdOrNone("The user's id, `usr_` and twenty characters of 0-9a-v; empty if there is none"),
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

const readMember: Model.Reader<WorkspaceUser> = Model.reader(memberFields, WorkspaceUser)

/** The fields of a workspace, as one of its members sees it. */
export const workspaceFields = {
  workspace_id: Model.textAs(WorkspaceId),
  name: Model.text("The name of the workspace"),
  created_by: Model.part(WorkspaceUser),
  self: Model.part(WorkspaceUser),
  description: Model.optional(Model.text("What the workspace is for")),
  created_at: Model.time("When the workspace was created"),
  updated_at: Model.optionalTime("When the workspace was last changed"),
  image_id: Model.optional(Model.text("The id of the picture, `img_…`")),
}
