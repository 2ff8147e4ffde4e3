import { type User, UserSelfWorkspace, type WorkspaceId, WorkspaceUser } from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"
import { given } from "./given.js"

/**
 * A workspace that exists from the start. Users are identified by username; each has at most one role.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkspaceSeed {
  /** The name of the workspace. */
  readonly name: string
  /** The creator, who may change all its members. */
  readonly owner: string
  /** The users who may change its members, but neither its owner nor other admins. Default: none. */
  readonly admins?: ReadonlyArray<string> | undefined
  /** The other members. Default: none. */
  readonly members?: ReadonlyArray<string> | undefined
  /** Its purpose. Default: none. */
  readonly description?: string | undefined
  /** The id, `ws_…`. Default: one from the deployment's seed. */
  readonly id?: string | undefined
}

export type Role = "owner" | "admin" | "member"

/** A workspace. `roles` has its users; it is absent if all users belong to it, with their roles in the deployment. */
export interface Workspace {
  readonly id: WorkspaceId
  readonly name: string
  readonly description?: string | undefined
  readonly founder: User
  readonly createdAt: DateTime.Utc
  readonly roles?: ReadonlyMap<string, Role>
}

// From the lowest; a role that is not known, or none, ranks below them.
const ranks: ReadonlyArray<string | undefined> = ["admin", "owner"]

const roleIn = ({ roles }: Workspace, user: User): string | undefined =>
  roles === undefined ? user.role : roles.get(user.id)

/** Whether a user's role in a workspace is above that of another user. */
export const outranks = (workspace: Workspace, user: User, other: User): boolean =>
  ranks.indexOf(roleIn(workspace, user)) > ranks.indexOf(roleIn(workspace, other))

const unchecked = { disableValidation: true }

const member = (workspace: Workspace, user: User): WorkspaceUser =>
  new WorkspaceUser(
    {
      user_id: user.id,
      username: user.username,
      display_name: user.display_name,
      email: user.email,
      ...given({ image_id: user.image_id }),
      role: roleIn(workspace, user) ?? "member",
      added_by: workspace.founder.id,
      created_at: user.created_at,
    },
    unchecked,
  )

/** A workspace from the view of one of its users; `founder` is the current data of its creator. */
export const viewOf = (workspace: Workspace, founder: User | undefined, user: User): UserSelfWorkspace =>
  new UserSelfWorkspace(
    {
      workspace_id: workspace.id,
      name: workspace.name,
      // A deleted founder is shown as at the start.
      created_by: member(workspace, founder ?? workspace.founder),
      self: member(workspace, user),
      ...given({ description: workspace.description }),
      created_at: workspace.createdAt,
      updated_at: workspace.createdAt,
    },
    unchecked,
  )
