import type * as Schema from "effect/Schema"
import {
  ChangePasswordRequest,
  RequestEmailConfirmationRequest,
  RequestPasswordResetRequest,
  ResetPasswordRequest,
  UserCreateRequest,
  UserUpdateRequest,
} from "./Requests.js"
import { UserCreateResponse, UserGetResponse } from "./User.js"
import { UserSelfResponse } from "./UserSelf.js"

/**
 * One operation of the API as data; the client, the deployment in memory, retries, span names and tests all read it.
 *
 * - `path` is relative to the base URL (which ends in `/v4`), with `{user_id}` where `pathParameters` says so;
 * - `request` and `success` are the schemas of the bodies, `null` where there is none;
 * - `successStatus` is the documented one (any 2xx is taken);
 * - `notFound` tells whether 404 is documented;
 * - `credential` is what the call is authorised by: the session's credential or the scoped token of the call;
 * - `idempotent` tells whether sending it twice leaves the same state as sending it once.
 *
 * @since 0.1.0
 * @category operations
 */
export interface Operation {
  readonly name: string
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  readonly path: `/${string}`
  readonly pathParameters: ReadonlyArray<"user_id">
  readonly request: Schema.Schema.AnyNoContext | null
  readonly success: Schema.Schema.AnyNoContext | null
  readonly successStatus: 200 | 201 | 204
  readonly notFound: boolean
  readonly credential: "session" | "scopedToken"
  readonly idempotent: boolean
}

/**
 * The ten operations of the v4 Users API, by method name.
 *
 * Source: UsersApi.md and operations.json.
 *
 * @since 0.1.0
 * @category operations
 */
export const Operations = {
  changePassword: {
    name: "changePassword",
    method: "POST",
    path: "/actions/users/change_password",
    pathParameters: [],
    request: ChangePasswordRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  confirmEmail: {
    name: "confirmEmail",
    method: "POST",
    path: "/actions/users/confirm_email",
    pathParameters: [],
    request: null,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "scopedToken",
    idempotent: false,
  },
  createUser: {
    name: "createUser",
    method: "POST",
    path: "/users",
    pathParameters: [],
    request: UserCreateRequest,
    success: UserCreateResponse,
    successStatus: 201,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  deleteUser: {
    name: "deleteUser",
    method: "DELETE",
    path: "/users/{user_id}",
    pathParameters: ["user_id"],
    request: null,
    success: null,
    successStatus: 204,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
  getSelfUser: {
    name: "getSelfUser",
    method: "GET",
    path: "/users/self",
    pathParameters: [],
    request: null,
    success: UserSelfResponse,
    successStatus: 200,
    notFound: false,
    credential: "session",
    idempotent: true,
  },
  getUser: {
    name: "getUser",
    method: "GET",
    path: "/users/{user_id}",
    pathParameters: ["user_id"],
    request: null,
    success: UserGetResponse,
    successStatus: 200,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
  requestEmailConfirmation: {
    name: "requestEmailConfirmation",
    method: "POST",
    path: "/actions/users/request_email_confirmation",
    pathParameters: [],
    request: RequestEmailConfirmationRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  requestPasswordReset: {
    name: "requestPasswordReset",
    method: "POST",
    path: "/actions/users/request_password_reset",
    pathParameters: [],
    request: RequestPasswordResetRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  resetPassword: {
    name: "resetPassword",
    method: "POST",
    path: "/actions/users/reset_password",
    pathParameters: [],
    request: ResetPasswordRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "scopedToken",
    idempotent: false,
  },
  updateUser: {
    name: "updateUser",
    method: "PATCH",
    path: "/users/{user_id}",
    pathParameters: ["user_id"],
    request: UserUpdateRequest,
    success: null,
    successStatus: 204,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
} as const satisfies Record<string, Operation>

/**
 * The ten operations' rows.
 *
 * @since 0.1.0
 * @category operations
 */
export type Operations = typeof Operations

/**
 * The name of an operation: the document's operationId in camelCase.
 *
 * @since 0.1.0
 * @category operations
 */
export type OperationName = keyof Operations
