import * as Api from "@effect-tiledb/schema"
import type * as Schema from "effect/Schema"

/** One documented object: its properties, and a value of it as the service or a caller would write it. */
export interface Documented {
  readonly schema: Schema.Schema.AnyNoContext
  readonly required: ReadonlyArray<string>
  readonly optional: ReadonlyArray<string>
  /** Properties that only newer revisions of the service send; read where present. */
  readonly newer: ReadonlyArray<string>
  readonly wire: Readonly<Record<string, unknown>>
}

const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
  email: "ada@example.com",
  is_valid_email: true,
  role: "owner",
  username: "ada",
  timezone: "Europe/Athens",
  created_at: "2026-01-31T12:00:00.123Z",
  updated_at: "2026-02-01T12:00:00.000Z",
  deleted_at: "2026-02-02T12:00:00.000Z",
}

const workspaceUser = {
  user_id: "usr_9m4e2mr0ui3e8a215n4g",
  username: "ada",
  display_name: "Ada",
  email: "ada@example.com",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
  role: "admin",
  added_by: "usr_00000000000000000000",
  created_at: "2026-01-31T12:00:00.000Z",
  deleted_at: "2026-02-02T12:00:00.000Z",
}

const workspace = {
  workspace_id: "ws_9m4e2mr0ui3e8a215n4g",
  name: "engines",
  created_by: workspaceUser,
  self: workspaceUser,
  description: "Analytical engines",
  created_at: "2026-01-31T12:00:00.000Z",
  updated_at: "2026-02-01T12:00:00.000Z",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
}

const invitingUser = {
  user_id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada",
  email: "ada@example.com",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
  workspace_role: "owner",
}

const invitationWorkspace = {
  workspace_id: "ws_9m4e2mr0ui3e8a215n4g",
  name: "engines",
  description: "Analytical engines",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
  prospective_role: "member",
}

const invitation = {
  invitation_id: "inv_9m4e2mr0ui3e8a215n4g",
  invitee_email: "grace@example.com",
  created_by: invitingUser,
  created_at: "2026-01-31T12:00:00.000Z",
  workspace_invitation: invitationWorkspace,
  jwt: "a.b.c",
}

const token = {
  token_id: "tok_9m4e2mr0ui3e8a215n4g",
  name: "nightly export",
  created_at: "2026-01-31T12:00:00.000Z",
  expires_at: "2026-02-28T12:00:00.000Z",
  api_key: "tiledb_key",
  workspace_id: "ws_9m4e2mr0ui3e8a215n4g",
  scope: "*",
}

const validationErrorField = { field: "email", message: "is not an e-mail address" }

/** What the service sends. */
export const answers = {
  User: {
    schema: Api.User,
    required: ["id", "display_name", "email", "role", "username", "timezone", "created_at"],
    optional: ["image_id", "is_valid_email", "updated_at"],
    newer: ["deleted_at"],
    wire: user,
  },
  UserCreateResponse: {
    schema: Api.UserCreateResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: user },
  },
  UserGetResponse: {
    schema: Api.UserGetResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: user },
  },
  UserSelf: {
    schema: Api.UserSelf,
    required: ["user", "workspaces"],
    optional: [],
    newer: [],
    wire: { user, workspaces: [workspace] },
  },
  UserSelfResponse: {
    schema: Api.UserSelfResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: { user, workspaces: [workspace] } },
  },
  UserSelfWorkspace: {
    schema: Api.UserSelfWorkspace,
    required: ["workspace_id", "name", "created_by", "self", "created_at"],
    optional: ["description", "updated_at", "image_id"],
    newer: [],
    wire: workspace,
  },
  WorkspaceUser: {
    schema: Api.WorkspaceUser,
    required: ["user_id", "display_name", "email", "role", "added_by", "created_at"],
    optional: ["image_id"],
    newer: ["username", "deleted_at"],
    wire: workspaceUser,
  },
  Workspace: {
    schema: Api.Workspace,
    required: ["workspace_id", "name", "created_by", "self", "created_at"],
    optional: ["description", "updated_at", "image_id"],
    newer: [],
    wire: workspace,
  },
  WorkspaceGetResponse: {
    schema: Api.WorkspaceGetResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: workspace },
  },
  WorkspaceUserGetResponse: {
    schema: Api.WorkspaceUserGetResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: workspaceUser },
  },
  WorkspaceUsersCreateResponse: {
    schema: Api.WorkspaceUsersCreateResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: [workspaceUser] },
  },
  InvitingUser: {
    schema: Api.InvitingUser,
    required: ["user_id", "display_name", "email", "workspace_role"],
    optional: ["image_id"],
    newer: [],
    wire: invitingUser,
  },
  InvitationWorkspace: {
    schema: Api.InvitationWorkspace,
    required: ["workspace_id", "name", "prospective_role"],
    optional: ["description", "image_id"],
    newer: [],
    wire: invitationWorkspace,
  },
  Invitation: {
    schema: Api.Invitation,
    required: ["invitation_id", "invitee_email", "created_by", "created_at"],
    optional: ["workspace_invitation"],
    newer: ["jwt"],
    wire: invitation,
  },
  APIToken: {
    schema: Api.APIToken,
    required: ["token_id", "name", "created_at", "expires_at", "api_key", "scope"],
    optional: ["workspace_id"],
    newer: [],
    wire: token,
  },
  TokenCreateResponse: {
    schema: Api.TokenCreateResponse,
    required: ["data"],
    optional: [],
    newer: [],
    wire: { data: token },
  },
  ErrorResponse: {
    schema: Api.ErrorResponse,
    required: ["code", "message", "request_id"],
    optional: ["validation_error"],
    newer: [],
    wire: {
      code: 1042,
      message: "bad input",
      request_id: "req-1",
      validation_error: { fields: [validationErrorField] },
    },
  },
  ValidationError: {
    schema: Api.ValidationError,
    required: ["fields"],
    optional: [],
    newer: [],
    wire: { fields: [validationErrorField] },
  },
  ValidationErrorField: {
    schema: Api.ValidationErrorField,
    required: ["field", "message"],
    optional: [],
    newer: [],
    wire: validationErrorField,
  },
} satisfies Readonly<Record<string, Documented>>

/** What callers send. */
export const requests = {
  UserCreateRequest: {
    schema: Api.UserCreateRequest,
    required: ["email", "username", "password"],
    optional: ["display_name", "timezone", "image"],
    newer: [],
    wire: {
      display_name: "Ada",
      email: "ada@example.com",
      username: "ada",
      password: "correct horse",
      timezone: "Europe/Athens",
      image: "data:image/png;base64,iVBORw0KGgo=",
    },
  },
  UserUpdateRequest: {
    schema: Api.UserUpdateRequest,
    required: [],
    optional: ["display_name", "email", "timezone", "image"],
    newer: [],
    wire: {
      display_name: "Ada",
      email: "ada@example.com",
      timezone: "Europe/Athens",
      image: "data:image/png;base64,iVBORw0KGgo=",
    },
  },
  ChangePasswordRequest: {
    schema: Api.ChangePasswordRequest,
    required: ["current_password", "new_password"],
    optional: [],
    newer: [],
    wire: { current_password: "correct horse", new_password: "battery staple" },
  },
  RequestEmailConfirmationRequest: {
    schema: Api.RequestEmailConfirmationRequest,
    required: ["username_or_email"],
    optional: [],
    newer: [],
    wire: { username_or_email: "ada" },
  },
  RequestPasswordResetRequest: {
    schema: Api.RequestPasswordResetRequest,
    required: ["username_or_email"],
    optional: [],
    newer: [],
    wire: { username_or_email: "ada" },
  },
  ResetPasswordRequest: {
    schema: Api.ResetPasswordRequest,
    required: ["new_password"],
    optional: [],
    newer: [],
    wire: { new_password: "battery staple" },
  },
  WorkspaceUserUpdateRequest: {
    schema: Api.WorkspaceUserUpdateRequest,
    required: ["role"],
    optional: [],
    newer: [],
    wire: { role: "admin" },
  },
  WorkspaceUsersCreateRequestInner: {
    schema: Api.WorkspaceUsersCreateRequestInner,
    required: ["user_id", "role"],
    optional: [],
    newer: [],
    wire: { user_id: workspaceUser.user_id, role: "admin" },
  },
  InvitationsCreateRequestWorkspace: {
    schema: Api.InvitationsCreateRequestWorkspace,
    required: ["workspace_id", "prospective_role"],
    optional: [],
    newer: [],
    wire: { workspace_id: workspace.workspace_id, prospective_role: "member" },
  },
  InvitationsCreateRequestInner: {
    schema: Api.InvitationsCreateRequestInner,
    required: ["invitee_email"],
    optional: ["workspace_invitation"],
    newer: [],
    wire: {
      invitee_email: "grace@example.com",
      workspace_invitation: { workspace_id: workspace.workspace_id, prospective_role: "member" },
    },
  },
  TokenCreateRequest: {
    schema: Api.TokenCreateRequest,
    required: ["scope"],
    optional: ["name", "workspace_id", "expires_at"],
    newer: [],
    wire: { name: "nightly export", scope: "*", workspace_id: workspace.workspace_id, expires_at: token.expires_at },
  },
} satisfies Readonly<Record<string, Documented>>

/** Pages, which are read as `{ items, pagination }`. */
export const pages: Readonly<Record<string, { readonly schema: Schema.Schema.AnyNoContext; readonly wire: object }>> = {
  InvitationsListResponse: { schema: Api.InvitationsListResponse, wire: { data: [invitation] } },
  TokenListResponse: { schema: Api.TokenListResponse, wire: { data: [token] } },
  WorkspaceUsersListResponse: { schema: Api.WorkspaceUsersListResponse, wire: { data: [workspaceUser] } },
}

/** The schemas that are a single string on the wire. */
export const strings: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  InvitationId: Api.InvitationId,
  ScopedToken: Api.ScopedToken,
  TokenId: Api.TokenId,
  TokenScope: Api.TokenScope,
  UserId: Api.UserId,
  UserRole: Api.UserRole,
  WorkspaceId: Api.WorkspaceId,
  WorkspaceRole: Api.WorkspaceRole,
}

/** Every exported schema by its name. */
export const schemas: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  ...strings,
  ...Object.fromEntries(
    Object.entries<Pick<Documented, "schema">>({ ...answers, ...pages, ...requests }).map(([name, { schema }]) => [
      name,
      schema,
    ]),
  ),
}
