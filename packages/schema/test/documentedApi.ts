// The API as its document has it, written down from models.json and operations.json: names, types, which are required.
// A name of a model is that model; `?` is not required; `date-time` is a string of that format.

export const models: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ChangePasswordRequest: {
    current_password: "string",
    new_password: "string",
  },
  Error: {
    code: "integer",
    message: "string",
    request_id: "string",
    validation_error: "ValidationError?",
  },
  RequestEmailConfirmationRequest: {
    username_or_email: "string",
  },
  RequestPasswordResetRequest: {
    username_or_email: "string",
  },
  ResetPasswordRequest: {
    new_password: "string",
  },
  User: {
    id: "string",
    display_name: "string",
    image_id: "string?",
    email: "string",
    is_valid_email: "boolean?",
    role: "UserRole",
    username: "string",
    timezone: "string",
    created_at: "date-time",
    updated_at: "date-time?",
  },
  UserCreateRequest: {
    display_name: "string?",
    email: "string",
    username: "string",
    password: "string",
    timezone: "string?",
    image: "string?",
  },
  UserCreateResponse: {
    data: "User",
  },
  UserGetResponse: {
    data: "User",
  },
  UserSelfResponse: {
    data: "UserSelfResponseData",
  },
  UserSelfResponseData: {
    user: "User",
    workspaces: "array of UserSelfWorkspace",
  },
  UserSelfWorkspace: {
    workspace_id: "string",
    name: "string",
    created_by: "WorkspaceUser",
    self: "WorkspaceUser",
    description: "string?",
    created_at: "date-time",
    updated_at: "date-time?",
    image_id: "string?",
  },
  UserUpdateRequest: {
    display_name: "string?",
    email: "string?",
    timezone: "string?",
    image: "string?",
  },
  ValidationError: {
    fields: "array of ValidationErrorField",
  },
  ValidationErrorField: {
    field: "string",
    message: "string",
  },
  WorkspaceUser: {
    user_id: "string",
    display_name: "string",
    email: "string",
    image_id: "string?",
    role: "WorkspaceRole",
    added_by: "string",
    created_at: "date-time",
  },
}

export const enums: Readonly<Record<string, ReadonlyArray<string>>> = {
  UserRole: ["owner", "admin", "member"],
  WorkspaceRole: ["owner", "admin", "member"],
}

export interface DocumentedOperation {
  readonly method: string
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  readonly request: string | null
  readonly response: string | null
  readonly success: number
  readonly errors: ReadonlyArray<number>
}

export const operations: Readonly<Record<string, DocumentedOperation>> = {
  changePassword: {
    method: "POST",
    path: "/actions/users/change_password",
    parameters: {},
    request: "ChangePasswordRequest",
    response: null,
    success: 204,
    errors: [],
  },
  confirmEmail: {
    method: "POST",
    path: "/actions/users/confirm_email",
    parameters: { "X-TILEDB-REST-API-KEY": "header" },
    request: null,
    response: null,
    success: 204,
    errors: [],
  },
  createUser: {
    method: "POST",
    path: "/users",
    parameters: {},
    request: "UserCreateRequest",
    response: "UserCreateResponse",
    success: 201,
    errors: [],
  },
  deleteUser: {
    method: "DELETE",
    path: "/users/{user_id}",
    parameters: { user_id: "path" },
    request: null,
    response: null,
    success: 204,
    errors: [404],
  },
  getSelfUser: {
    method: "GET",
    path: "/users/self",
    parameters: {},
    request: null,
    response: "UserSelfResponse",
    success: 200,
    errors: [],
  },
  getUser: {
    method: "GET",
    path: "/users/{user_id}",
    parameters: { user_id: "path" },
    request: null,
    response: "UserGetResponse",
    success: 200,
    errors: [404],
  },
  requestEmailConfirmation: {
    method: "POST",
    path: "/actions/users/request_email_confirmation",
    parameters: {},
    request: "RequestEmailConfirmationRequest",
    response: null,
    success: 204,
    errors: [],
  },
  requestPasswordReset: {
    method: "POST",
    path: "/actions/users/request_password_reset",
    parameters: {},
    request: "RequestPasswordResetRequest",
    response: null,
    success: 204,
    errors: [],
  },
  resetPassword: {
    method: "POST",
    path: "/actions/users/reset_password",
    parameters: { "X-TILEDB-REST-API-KEY": "header" },
    request: "ResetPasswordRequest",
    response: null,
    success: 204,
    errors: [],
  },
  updateUser: {
    method: "PATCH",
    path: "/users/{user_id}",
    parameters: { user_id: "path" },
    request: "UserUpdateRequest",
    response: null,
    success: 204,
    errors: [404],
  },
}
