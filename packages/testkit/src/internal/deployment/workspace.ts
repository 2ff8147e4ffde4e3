import { type User, UserSelfWorkspace, type WorkspaceId, WorkspaceUser } from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"
import type { State } from "./state.js"

/** The one workspace of a deployment, which its first owner created and everybody belongs to. */
export interface Workspace {
  readonly id: WorkspaceId
  readonly founder: User
  readonly createdAt: DateTime.Utc
}

const unchecked = { disableValidation: true }

const member = ({ founder }: Workspace, user: User): WorkspaceUser =>
  new WorkspaceUser(
    {
      user_id: user.id,
      username: user.username,
      display_name: user.display_name,
      email: user.email,
      ...(user.image_id === undefined ? {} : { image_id: user.image_id }),
      role: user.role,
      added_by: founder.id,
      created_at: user.created_at,
    },
    unchecked,
  )

export const workspaceOf = (workspace: Workspace, state: State, user: User): UserSelfWorkspace =>
  new UserSelfWorkspace(
    {
      workspace_id: workspace.id,
      name: "main",
      // Once deleted, the founder is remembered as at the start.
      created_by: member(workspace, state.byId(workspace.founder.id)?.user ?? workspace.founder),
      self: member(workspace, user),
      description: "The workspace of everybody in this deployment",
      created_at: workspace.createdAt,
      updated_at: workspace.createdAt,
    },
    unchecked,
  )
