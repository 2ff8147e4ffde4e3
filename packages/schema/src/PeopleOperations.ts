/**
 * The operations about the people of a workspace as data: members, invitations, and the caller's tokens. They are those
 * of the revision of 2025-09, with the workspace in the path.
 *
 * @example
 * import { qualifiedName, WorkspacesOperations } from "@effect-tiledb/schema"
 *
 * const names = Object.values(WorkspacesOperations).map(qualifiedName) // Workspaces.createWorkspaceUsers, …
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { InvitationId, InvitationsCreateRequestInner, InvitationsListResponse } from "./Invitation.js"
import type { Operation } from "./Operations.js"
import { TokenCreateRequest, TokenCreateResponse, TokenId, TokenListResponse } from "./Token.js"
import { GivenUserId } from "./UserId.js"
import {
  WorkspaceGetResponse,
  WorkspaceUserGetResponse,
  WorkspaceUsersCreateRequestInner,
  WorkspaceUsersCreateResponse,
  WorkspaceUsersListResponse,
  WorkspaceUserUpdateRequest,
} from "./Workspace.js"

const workspace = Schema.String.pipe(
  Schema.filter((text) => text !== "" || "is missing: give the name or the id of a workspace, or configure one", {
    description: "The name or the id (`ws_…`) of the workspace",
  }),
)

const fromOne = { description: "a whole number from 1" }

const number = (description: string) =>
  Schema.optional(Schema.Int.annotations(fromOne).pipe(Schema.positive(fromOne))).annotations({ description })

const paging = {
  page: number("The number of the page, from 1"),
  per_page: number("The greatest number of items of a page; the service may have a limit of its own"),
}

const read = {
  method: "GET",
  request: null,
  credential: "session",
  successStatus: 200,
  idempotent: true,
} as const

const create = {
  method: "POST",
  query: null,
  credential: "session",
  notFound: false,
  successStatus: 201,
  idempotent: false,
} as const

const remove = {
  method: "DELETE",
  query: null,
  request: null,
  success: null,
  credential: "session",
  notFound: "unproven",
  successStatus: 204,
  idempotent: true,
} as const

const members = {
  group: "Workspaces",
  path: "/workspaceusers/{workspace}",
  pathParameters: { workspace },
  subject: ["workspace"],
} as const

const member = {
  group: "Workspaces",
  path: "/workspaceusers/{workspace}/{user_id}",
  pathParameters: { workspace, user_id: GivenUserId },
  subject: ["workspace", "user_id"],
} as const

/**
 * The operations of the Workspaces group, by method name: a workspace and its members.
 *
 * Source: the API's documents of 2025-09.
 *
 * @since 0.1.0
 * @category models
 */
export const WorkspacesOperations = {
  /** Adds users, who have an account, to a workspace. */
  createWorkspaceUsers: {
    ...create,
    ...members,
    name: "createWorkspaceUsers",
    request: Schema.Array(WorkspaceUsersCreateRequestInner),
    success: WorkspaceUsersCreateResponse,
    lookAt: "listWorkspaceUsers",
  },
  /** Ends a membership; the account stays. */
  deleteWorkspaceUser: { ...remove, ...member, name: "deleteWorkspaceUser" },
  /** Reads a workspace. */
  getWorkspace: {
    ...read,
    group: "Workspaces",
    name: "getWorkspace",
    path: "/workspaces/{workspace}",
    pathParameters: { workspace },
    query: null,
    subject: ["workspace"],
    success: WorkspaceGetResponse,
    notFound: true,
  },
  /** Reads a member. */
  getWorkspaceUser: {
    ...read,
    ...member,
    name: "getWorkspaceUser",
    query: null,
    success: WorkspaceUserGetResponse,
    notFound: true,
  },
  /** Reads a page of the members. */
  listWorkspaceUsers: {
    ...read,
    ...members,
    name: "listWorkspaceUsers",
    query: Schema.Struct({
      ...paging,
      search: Schema.optional(Schema.String).annotations({
        description: "Part of a username or an e-mail address; it is not documented how it matches",
      }),
    }),
    success: WorkspaceUsersListResponse,
    result: "body",
    notFound: true,
  },
  /** Sets the role of a member. */
  updateWorkspaceUser: {
    ...member,
    name: "updateWorkspaceUser",
    method: "PATCH",
    query: null,
    request: WorkspaceUserUpdateRequest,
    success: null,
    credential: "session",
    notFound: true,
    successStatus: 204,
    idempotent: true,
  },
} as const satisfies Record<string, Operation>

const invitations = {
  group: "Invitations",
  path: "/invitations/admin/{workspace}",
  pathParameters: { workspace },
  subject: ["workspace"],
} as const

/**
 * The operations of the Invitations group, by method name, as far as they are about one's own workspace.
 *
 * Source: the API's documents of 2025-09.
 *
 * @since 0.1.0
 * @category models
 */
export const InvitationsOperations = {
  /** Invites people by e-mail. */
  createInvitations: {
    ...create,
    ...invitations,
    name: "createInvitations",
    request: Schema.Array(InvitationsCreateRequestInner),
    success: null,
    lookAt: "listInvitations (by address and time)",
  },
  /** Reads a page of the invitations that were sent. */
  listInvitations: {
    ...read,
    ...invitations,
    name: "listInvitations",
    query: Schema.Struct(paging),
    success: InvitationsListResponse,
    result: "body",
    notFound: false,
  },
  /** Takes an invitation back. */
  revokeInvitation: {
    ...remove,
    group: "Invitations",
    name: "revokeInvitation",
    path: "/invitations/admin/{workspace}/{invitation_id}",
    pathParameters: { workspace, invitation_id: InvitationId },
    subject: ["workspace", "invitation_id"],
  },
} as const satisfies Record<string, Operation>

const tokens = { group: "Tokens", path: "/tokens", pathParameters: {} } as const

/**
 * The operations of the Tokens group, by method name. All are about the caller's own tokens.
 *
 * Source: the API's documents of 2025-09.
 *
 * @since 0.1.0
 * @category models
 */
export const TokensOperations = {
  /** Creates a token. */
  createToken: {
    ...create,
    ...tokens,
    name: "createToken",
    request: TokenCreateRequest,
    success: TokenCreateResponse,
    subject: ["name", "workspace_id"],
    lookAt: "listTokens (by name)",
  },
  /** Reads a page of the tokens. */
  listTokens: {
    ...read,
    ...tokens,
    name: "listTokens",
    query: Schema.Struct({
      ...paging,
      type: Schema.propertySignature(Schema.Literal("api", "session")).annotations({
        description: "The kind of the tokens",
      }),
    }),
    success: TokenListResponse,
    result: "body",
    subject: [],
    notFound: false,
  },
  /** Revokes a token. */
  revokeToken: {
    ...remove,
    ...tokens,
    name: "revokeToken",
    path: "/tokens/{token_id}",
    pathParameters: { token_id: TokenId },
    subject: ["token_id"],
  },
} as const satisfies Record<string, Operation>
