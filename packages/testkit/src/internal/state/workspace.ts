import { type User, type UserId, UserSelfWorkspace, WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Struct from "effect/Struct"
import { given } from "./given.js"
import type { Membership, Workspace } from "./rows.js"

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

// From the lowest; a role that is not known, or none, ranks below them.
const ranks: ReadonlyArray<string | undefined> = ["admin", "owner"]

/** Compares roles; `undefined` is that of who does not belong to the workspace. */
export const rank = (role: string | undefined): number => ranks.indexOf(role)

/** The membership of a user, or the one that has ended. */
export const membershipOf = ({ changes, founder, roles }: Workspace, user: User): Membership | undefined => {
  const role = roles === undefined ? user.role : roles.get(user.id)
  const first = role === undefined ? undefined : { role, addedBy: founder.id, createdAt: user.created_at }
  return changes?.get(user.id) ?? first
}

/** The role of a user; undefined if the user does not belong to the workspace. */
export const roleIn = (workspace: Workspace, user: User): string | undefined => {
  const membership = membershipOf(workspace, user)
  return membership?.deletedAt === undefined ? membership?.role : undefined
}

/** Whether a user's role in a workspace is above that of another user. */
export const outranks = (workspace: Workspace, user: User, other: User): boolean =>
  rank(roleIn(workspace, user)) > rank(roleIn(workspace, other))

/** A membership that begins. */
export const joined = (role: string, addedBy: UserId, now: number): Membership => ({
  ...{ role, addedBy, createdAt: DateTime.unsafeMake(now) },
})

/** The workspace without the memberships that this id ever had. */
export const forget = (workspace: Workspace, userId: string): Workspace => {
  const { changes, roles } = workspace
  const others = <A>(people: ReadonlyMap<string, A>) => new Map(Array.from(people).filter(([id]) => id !== userId))
  if (changes?.has(userId) !== true && roles?.has(userId) !== true) return workspace
  return { ...workspace, ...(changes && { changes: others(changes) }), ...(roles && { roles: others(roles) }) }
}

const unchecked = { disableValidation: true }

/** A user as a member. */
export const memberOf = (workspace: Workspace, user: User): WorkspaceUser => {
  const membership: Partial<Membership> = membershipOf(workspace, user) ?? {}
  const { addedBy = workspace.founder.id, createdAt = user.created_at, deletedAt, role = "member" } = membership
  return new WorkspaceUser(
    {
      user_id: user.id,
      ...Struct.pick(user, "username", "display_name", "email", "image_id"),
      role,
      added_by: addedBy,
      created_at: createdAt,
      ...given({ deleted_at: deletedAt }),
    },
    unchecked,
  )
}

/** A workspace from the view of one of its users; `founder` is the current data of its creator. */
export const viewOf = (workspace: Workspace, founder: User | undefined, user: User): UserSelfWorkspace =>
  new UserSelfWorkspace(
    {
      workspace_id: workspace.id,
      name: workspace.name,
      // A deleted founder is shown as at the start.
      created_by: memberOf(workspace, founder ?? workspace.founder),
      self: memberOf(workspace, user),
      ...given({ description: workspace.description }),
      created_at: workspace.createdAt,
      updated_at: workspace.createdAt,
    },
    unchecked,
  )
