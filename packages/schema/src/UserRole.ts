/**
 * The roles of a user, in the deployment and in a workspace.
 *
 * @example
 * import { type User, UserRole } from "@effect-tiledb/schema"
 *
 * const mayInvite = (user: User) => user.role === UserRole.Owner || user.role === UserRole.Admin
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The roles that this version knows, as constants.
 *
 * @since 0.1.0
 * @category models
 */
export interface KnownRoles {
  /** `owner`: may do everything, including changes to other owners. */
  readonly Owner: "owner"
  /** `admin`: may change all users except owners. */
  readonly Admin: "admin"
  /** `member`: may change no other user. */
  readonly Member: "member"
}

const known: KnownRoles = { Owner: "owner", Admin: "admin", Member: "member" }

const examples = [known.Owner, known.Admin, known.Member] as const

const role = (name: string, description: string) =>
  Schema.String.annotations({
    identifier: `TileDB${name}`,
    title: name,
    description: `${description}; open, so that roles added later can be read`,
    examples,
    arbitrary: () => (fc) => fc.oneof(fc.constantFrom(...examples), fc.string()),
  })

/**
 * The user's role in the deployment: `owner`, `admin`, `member`, or a role that this version does not know (an unknown
 * role never fails decoding). `""`, which allows nothing, if a response has no role.
 *
 * @since 0.1.0
 * @category models
 */
export type UserRole = KnownRoles[keyof KnownRoles] | (string & {})

/**
 * The schema of `UserRole`, with the known roles: `UserRole.Owner`, `UserRole.Admin`, `UserRole.Member`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserRole: Schema.Schema<UserRole> & KnownRoles = Object.assign(
  role("UserRole", "What a user may do in the deployment"),
  known,
)

/**
 * The user's role in one workspace: `owner`, `admin`, `member`, or a role that this version does not know. `""`, which
 * allows nothing, if a response has no role.
 *
 * @since 0.1.0
 * @category models
 */
export type WorkspaceRole = KnownRoles[keyof KnownRoles] | (string & {})

/**
 * The schema of `WorkspaceRole`, with the known roles: `WorkspaceRole.Owner`, `WorkspaceRole.Admin`,
 * `WorkspaceRole.Member`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkspaceRole: Schema.Schema<WorkspaceRole> & KnownRoles = Object.assign(
  role("WorkspaceRole", "What a user may do in one workspace"),
  known,
)
