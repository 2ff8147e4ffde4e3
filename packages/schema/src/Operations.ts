/**
 * The operations of the API as data.
 *
 * @example
 * import { Operations } from "@effect-tiledb/schema"
 *
 * const safeToRepeat = Object.values(Operations).filter(({ idempotent }) => idempotent)
 *
 * @since 0.1.0
 */
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
 * One operation of the API as data; used by the client, the deployment in memory, retries, span names and tests.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operation {
  /** The name of the method: the document's operationId in camelCase. */
  readonly name: string
  /** The group of the API that it belongs to; the first part of the span's name. Default `Users`. */
  readonly group?: string
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** The path relative to the base URL (which ends in `/v4`), with `{name}` for each of `pathParameters`. */
  readonly path: `/${string}`
  /** The names of the path's parameters, in order; each value becomes exactly one path segment. */
  readonly pathParameters: ReadonlyArray<string>
  /** The schema of the query parameters; it encodes to an object of strings, numbers and booleans. Default: none. */
  readonly query?: Schema.Schema.AnyNoContext
  /** The schema of the request's body; `null` if there is none. */
  readonly request: Schema.Schema.AnyNoContext | null
  /** The schema of the success body, including its `{ "data": … }` envelope; `null` if there is none. */
  readonly success: Schema.Schema.AnyNoContext | null
  /** The documented status of a success. */
  readonly successStatus: 200 | 201 | 204
  /** Whether the document lists 404, so that it becomes `NotFound`. */
  readonly notFound: boolean
  /** The credential of the call: that of the session, or the scoped token among the arguments. */
  readonly credential: "session" | "scopedToken"
  /** Whether sending it twice leaves the same state as sending it once. */
  readonly idempotent: boolean
}

/**
 * The operations of the v4 Users API, by method name.
 *
 * Source: the API's document of the ten operations.
 *
 * @since 0.1.0
 * @category models
 */
export const Operations = {
  /** Replaces the current user's password. */
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
  /** Confirms an e-mail address with a scoped token. */
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
  /** Registers a user. */
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
  /** Deletes a user. */
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
  /** Reads the current user. */
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
  /** Reads a user. */
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
  /** Requests a new confirmation e-mail. */
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
  /** Requests a password-reset e-mail. */
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
  /** Sets a password with a scoped token. */
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
  /** Changes a user. */
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
 * The operations' rows.
 *
 * @since 0.1.0
 * @category models
 */
export type Operations = typeof Operations

/**
 * The name of an operation: the document's operationId in camelCase.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationName = keyof Operations
