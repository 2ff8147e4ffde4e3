/**
 * Invitations to a workspace.
 *
 * @example
 * import { type Invitation, WorkspaceRole } from "@effect-tiledb/schema"
 *
 * const futureOwners = (invitations: ReadonlyArray<Invitation>) =>
 *   invitations.filter(({ workspace_invitation }) => workspace_invitation?.prospective_role === WorkspaceRole.Owner)
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Model from "./internal/model.js"
import { page } from "./internal/page.js"
import { WorkspaceId } from "./internal/workspace.js"
import type { UserId } from "./UserId.js"
import { WorkspaceRole } from "./UserRole.js"

/**
 * The id of an invitation, `inv_…`. Its form is not documented further, so any text is accepted. Make one of a plain
 * string with `InvitationId.make(text)`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InvitationId = Model.brandedText("InvitationId", "The id of an invitation, `inv_…`")

/**
 * The id of an invitation; a plain string becomes one with `InvitationId.make(text)`.
 *
 * @since 0.1.0
 * @category models
 */
export type InvitationId = typeof InvitationId.Type

const userFields = {
  user_id: Model.userIdOrNone("The user's id, `usr_` and twenty characters of 0-9a-v; empty if there is none"),
  display_name: Model.text("The name that other people see"),
  email: Model.text("The user's address"),
  image_id: Model.optional(Model.text("The id of the picture, `img_…`")),
  workspace_role: Model.textAs(WorkspaceRole),
}

/**
 * The user who sent an invitation.
 *
 * @since 0.1.0
 * @category schemas
 */
export class InvitingUser extends Schema.Class<InvitingUser>("TileDBInvitingUser")(
  Model.schemas(userFields),
  Model.annotations("InvitingUser", "The user who sent an invitation", (): Model.Reader<object> => readUser),
) {
  /** The user's id, `usr_…`; `""` if the response has none. */
  declare readonly user_id: UserId
  /** The name that other people see; `""` if the response has none. */
  declare readonly display_name: string
  /** The user's address; `""` if the response has none. */
  declare readonly email: string
  /** The id of the picture, `img_…`; absent if there is none. */
  declare readonly image_id?: string
  /** The user's role in the workspace; `""` if the response has none. */
  declare readonly workspace_role: WorkspaceRole
}

const readUser: Model.Reader<InvitingUser> = Model.reader(userFields, InvitingUser)

const workspaceFields = {
  workspace_id: Model.textAs(WorkspaceId),
  name: Model.text("The name of the workspace"),
  description: Model.optional(Model.text("What the workspace is for")),
  image_id: Model.optional(Model.text("The id of the picture, `img_…`")),
  prospective_role: Model.textAs(WorkspaceRole),
}

/**
 * The workspace that an invitation leads to, and the role there.
 *
 * @since 0.1.0
 * @category schemas
 */
export class InvitationWorkspace extends Schema.Class<InvitationWorkspace>("TileDBInvitationWorkspace")(
  Model.schemas(workspaceFields),
  Model.annotations(
    "InvitationWorkspace",
    "The workspace that an invitation leads to, and the role there",
    (): Model.Reader<object> => readWorkspace,
  ),
) {
  /** The workspace's id, `ws_…`; `""` if the response has none. */
  declare readonly workspace_id: WorkspaceId
  /** The name of the workspace; `""` if the response has none. */
  declare readonly name: string
  /** The purpose of the workspace; absent if none is given. */
  declare readonly description?: string
  /** The id of the picture, `img_…`; absent if there is none. */
  declare readonly image_id?: string
  /** The role that the invited person gets; `""` if the response has none. */
  declare readonly prospective_role: WorkspaceRole
}

const readWorkspace: Model.Reader<InvitationWorkspace> = Model.reader(workspaceFields, InvitationWorkspace)

const fields = {
  invitation_id: Model.textAs(InvitationId),
  invitee_email: Model.text("The address of the invited person"),
  created_by: Model.part(InvitingUser),
  created_at: Model.time("When the invitation was sent"),
  workspace_invitation: Model.optional(Model.own(InvitationWorkspace)),
  jwt: Model.optional(
    Model.secret("The token of the e-mail; not documented in a listing, and hidden where it is sent"),
  ),
}

/**
 * An invitation that was sent.
 *
 * A property that is missing in the response is the zero value of its type (`""`, Go's zero time); an optional one is
 * absent. It is not documented whether a listing has accepted, rejected, revoked or expired ones.
 *
 * @since 0.1.0
 * @category schemas
 */
export class Invitation extends Schema.Class<Invitation>("TileDBInvitation")(
  Model.schemas(fields),
  Model.annotations("Invitation", "An invitation that was sent", (): Model.Reader<object> => read),
) {
  /** The invitation's id, `inv_…`; `""` if the response has none. */
  declare readonly invitation_id: InvitationId
  /** The address of the invited person; `""` if the response has none. */
  declare readonly invitee_email: string
  /** Who sent it; if the response does not have it, a user whose `user_id` is `""`. */
  declare readonly created_by: InvitingUser
  /** When it was sent, in UTC to the millisecond; `0001-01-01T00:00:00Z` if the response has no time. */
  declare readonly created_at: DateTime.Utc
  /** The workspace that it leads to; absent if the service does not send it. */
  declare readonly workspace_invitation?: InvitationWorkspace
  /** The token of the e-mail. The service documents none in a listing; if it sends one, it is not shown. */
  declare readonly jwt?: Redacted.Redacted<string>
}

const read: Model.Reader<Invitation> = Model.reader(fields, Invitation)

/**
 * A page of listInvitations.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InvitationsListResponse = page(
  "InvitationsListResponse",
  "Invitations of a workspace, in pages",
  Invitation,
)

/**
 * The workspace of an invitation to send, and the role there.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InvitationsCreateRequestWorkspace = Schema.Struct({
  workspace_id: WorkspaceId,
  prospective_role: WorkspaceRole,
}).annotations(Model.named("InvitationsCreateRequestWorkspace", "Where the invitation leads to, and with which role"))

/**
 * The workspace of an invitation to send, and the role there.
 *
 * @since 0.1.0
 * @category models
 */
export interface InvitationsCreateRequestWorkspace {
  /** The workspace's id, not its name: the one of the path. */
  readonly workspace_id: WorkspaceId
  /** The role that the invited person gets. */
  readonly prospective_role: WorkspaceRole
}

/**
 * A person to invite.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InvitationsCreateRequestInner = Schema.Struct({
  invitee_email: Schema.String.annotations({ description: "The address of the invited person" }),
  workspace_invitation: Schema.optional(InvitationsCreateRequestWorkspace).annotations({
    description: "Where the invitation leads to, and with which role",
  }),
}).annotations(Model.named("InvitationsCreateRequestInner", "A person to invite"))

/**
 * A person to invite.
 *
 * @since 0.1.0
 * @category models
 */
export interface InvitationsCreateRequestInner {
  /** The address that the e-mail goes to; the person needs no account. */
  readonly invitee_email: string
  /** Where to, and with which role. It is not documented what an invitation without one is. */
  readonly workspace_invitation?: InvitationsCreateRequestWorkspace | undefined
}
