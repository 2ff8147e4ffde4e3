/**
 * The models of the TileDB Cloud v4 API about people (users, members of workspaces, invitations, tokens), and its
 * operations as data.
 *
 * @example
 * import { User } from "@effect-tiledb/schema"
 * import { Schema } from "effect"
 *
 * // Refuses what the document refuses.
 * const decodeUser = Schema.decodeUnknown(User)
 *
 * @since 0.1.0
 */

export { ErrorResponse } from "./ErrorResponse.js"
export {
  Invitation,
  InvitationId,
  InvitationsCreateRequestInner,
  InvitationsCreateRequestWorkspace,
  InvitationsListResponse,
  InvitationWorkspace,
  InvitingUser,
} from "./Invitation.js"
export { ValidationError, ValidationErrorField } from "./internal/validationError.js"
export * as Model from "./Model.js"
export { type Operation, type OperationName, Operations, qualifiedName } from "./Operations.js"
export { InvitationsOperations, TokensOperations, WorkspacesOperations } from "./PeopleOperations.js"
export {
  ChangePasswordRequest,
  encodeRequest,
  RequestEmailConfirmationRequest,
  RequestPasswordResetRequest,
  ResetPasswordRequest,
  UserCreateRequest,
  UserUpdateRequest,
} from "./Requests.js"
export {
  type Decoded,
  type DecodeOptions,
  decodeResponse,
  missingFields,
  type ResponseIssue,
  unknownFields,
} from "./Response.js"
export { ScopedToken } from "./ScopedToken.js"
export { APIToken, TokenCreateRequest, TokenCreateResponse, TokenId, TokenListResponse, TokenScope } from "./Token.js"
export { User, UserCreateResponse, UserGetResponse } from "./User.js"
export { UserId } from "./UserId.js"
export { type KnownRoles, UserRole, WorkspaceRole } from "./UserRole.js"
export { UserSelf, UserSelfResponse, UserSelfWorkspace, WorkspaceId, WorkspaceUser } from "./UserSelf.js"
export {
  Workspace,
  WorkspaceGetResponse,
  WorkspaceUserGetResponse,
  WorkspaceUsersCreateRequestInner,
  WorkspaceUsersCreateResponse,
  WorkspaceUsersListResponse,
  WorkspaceUserUpdateRequest,
} from "./Workspace.js"
