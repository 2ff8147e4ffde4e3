import * as Schema from "effect/Schema"
import { named, optional, optionalTimestamp, Timestamp } from "./internal/fields.js"
import { User } from "./User.js"
import { UserId } from "./UserId.js"

/**
 * The id of a workspace, `ws_…`; its form is not documented further, so any text is read.
 *
 * Source: models.json, `UserSelfWorkspace.workspace_id`.
 *
 * @since 0.1.0
 * @category ids
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
 * @since 0.1.0
 * @category ids
 */
export type WorkspaceId = typeof WorkspaceId.Type

/**
 * What a user may do in one workspace: `owner`, `admin`, `member`, or a role this version has not heard of.
 *
 * Source: models.json, `WorkspaceRole`.
 *
 * @since 0.1.0
 * @category models
 */
export type WorkspaceRole = "owner" | "admin" | "member" | (string & {})

/**
 * @since 0.1.0
 * @category models
 */
export const WorkspaceRole: Schema.Schema<WorkspaceRole> = Schema.String.annotations({
  identifier: "TileDBWorkspaceRole",
  title: "WorkspaceRole",
  description: "What a user may do in one workspace; open, so that roles added later can be read",
  examples: ["owner", "admin", "member"],
  arbitrary: () => (fc) => fc.oneof(fc.constantFrom("owner", "admin", "member"), fc.string()),
})

/**
 * A user as a member of one workspace. `username` and `deleted_at` come from newer revisions of the service only.
 *
 * Source: models.json, `WorkspaceUser`; facts.md for the newer fields.
 *
 * @since 0.1.0
 * @category models
 */
export class WorkspaceUser extends Schema.Class<WorkspaceUser>("TileDBWorkspaceUser")(
  {
    user_id: UserId,
    username: optional(Schema.String.annotations({ description: "The name to log in with" })),
    display_name: Schema.String.annotations({ description: "The name that other people see" }),
    email: Schema.String.annotations({ description: "The user's address" }),
    image_id: optional(Schema.String.annotations({ description: "The id of the picture, `img_…`" })),
    role: WorkspaceRole,
    added_by: Schema.String.annotations({ description: "The id of the user who added this one" }),
    created_at: Timestamp.annotations({ description: "When the user joined the workspace" }),
    deleted_at: optionalTimestamp("When the membership ended"),
  },
  named("WorkspaceUser", "A user as a member of one workspace"),
) {}

/**
 * A workspace that the current user belongs to, with the user's own membership in `self`.
 *
 * Source: models.json, `UserSelfWorkspace` (the wire says `self` where the Python client says `_self`).
 *
 * @since 0.1.0
 * @category models
 */
export class UserSelfWorkspace extends Schema.Class<UserSelfWorkspace>("TileDBUserSelfWorkspace")(
  {
    workspace_id: WorkspaceId,
    name: Schema.String.annotations({ description: "The name of the workspace" }),
    created_by: WorkspaceUser,
    self: WorkspaceUser,
    description: optional(Schema.String.annotations({ description: "What the workspace is for" })),
    created_at: Timestamp.annotations({ description: "When the workspace was created" }),
    updated_at: optionalTimestamp("When the workspace was last changed"),
    image_id: optional(Schema.String.annotations({ description: "The id of the picture, `img_…`" })),
  },
  named("UserSelfWorkspace", "A workspace of the current user"),
) {}

/**
 * The user whose credential was sent, and the workspaces that user belongs to.
 *
 * Source: models.json, `UserSelfResponseData`.
 *
 * @since 0.1.0
 * @category models
 */
export class UserSelf extends Schema.Class<UserSelf>("TileDBUserSelf")(
  {
    user: User,
    workspaces: Schema.Array(UserSelfWorkspace).annotations({ description: "The workspaces the user belongs to" }),
  },
  named("UserSelf", "The current user and the user's workspaces", "UserSelfResponseData"),
) {}

/**
 * The envelope of `getSelfUser`'s answer.
 *
 * Source: models.json, `UserSelfResponse`.
 *
 * @since 0.1.0
 * @category responses
 */
export const UserSelfResponse = Schema.Struct({ data: UserSelf }).annotations({
  identifier: "TileDBUserSelfResponse",
  title: "UserSelfResponse",
  description: "The current user, in its envelope",
})

/**
 * @since 0.1.0
 * @category responses
 */
export type UserSelfResponse = typeof UserSelfResponse.Type
