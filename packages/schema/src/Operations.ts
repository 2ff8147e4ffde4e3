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
import { GivenUserId } from "./UserId.js"
import { UserSelfResponse } from "./UserSelf.js"

/**
 * One operation of the API as data; used by the client, the deployment in memory, retries, span names and tests. A group
 * of the API is a table of these: what the client can do for `Users` it can do for any group.
 *
 * @example
 * import type { Operation } from "@effect-tiledb/schema"
 * import { Model } from "@effect-tiledb/schema"
 * import { Schema } from "effect"
 *
 * class Team extends Schema.Class<Team>("Team")({ team_id: Schema.String, name: Schema.String }) {}
 *
 * const listTeams = {
 *   name: "listTeams",
 *   group: "Teams",
 *   method: "GET",
 *   path: "/teams/{workspace}",
 *   pathParameters: { workspace: Schema.String },
 *   query: Schema.Struct({ page: Schema.optional(Schema.Number) }),
 *   success: Model.page("TeamPage", "Teams, in pages", Team),
 *   result: "body",
 *   subject: ["workspace"],
 *   successStatus: 200,
 *   idempotent: true,
 * } as const satisfies Operation
 *
 * @since 0.1.0
 * @category models
 */
export interface Operation {
  /** The name of the method: the document's operationId in camelCase. */
  readonly name: string
  /** The group of the API that it belongs to; see `qualifiedName`. */
  readonly group: string
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD"
  /** The path relative to the base URL (which ends in `/v4`), with `{name}` for each of `pathParameters`. */
  readonly path: `/${string}`
  /**
   * The schemas of the path's parameters, by name; each encodes to a text, which becomes exactly one path segment: `.`,
   * `..`, the empty text and texts with a slash are refused. Default: none.
   */
  readonly pathParameters?: { readonly [name: string]: Schema.Schema.AnyNoContext }
  /** The schema of the query parameters; it encodes to an object of strings, numbers and booleans. Default: none. */
  readonly query?: Schema.Schema.AnyNoContext | null
  /** The schema of the request's body, an object or a list. Default: none. */
  readonly request?: Schema.Schema.AnyNoContext | null
  /** The schema of the success body, including its `{ "data": … }` envelope (see `Model`). Default: none. */
  readonly success?: Schema.Schema.AnyNoContext | null
  /** The part of the decoded success body that the caller gets: its `data`, or the whole of it. Default `data`. */
  readonly result?: "data" | "body"
  /**
   * The path parameters and the properties of the request that errors may name: those that identify the call,
   * and are no secret. Default: none.
   */
  readonly subject?: ReadonlyArray<string>
  /** The documented status of a success. */
  readonly successStatus: 200 | 201 | 202 | 203 | 204 | 205 | 206
  /**
   * Whether a 404 is about a thing that the path names, so that it becomes `NotFound`. With `true` a deletion that gets
   * one after a lost response has been done; with `"unproven"` its outcome is `Unknown`, as the 404 may be about another
   * thing (the workspace), or is not documented. Default false.
   */
  readonly notFound?: boolean | "unproven"
  /** The credential of the call: that of the session, or the scoped token among the arguments. Default `session`. */
  readonly credential?: "session" | "scopedToken"
  /** Whether sending it twice leaves the same state as sending it once. Default false. */
  readonly idempotent?: boolean
  /** Where to check whether it was done, for the message of an error with outcome `Unknown`. Default: none. */
  readonly lookAt?: string
}

/**
 * The name of an operation among those of all groups, for policies, faults, journals and metrics: that of `Users` goes
 * by its own name (`getUser`), one of another group by the group's and its own (`Teams.list`).
 *
 * @since 0.1.0
 * @category combinators
 */
export const qualifiedName = ({ group, name }: Pick<Operation, "group" | "name">): string =>
  group === "Users" ? name : `${group}.${name}`

const defaults = {
  group: "Users",
  pathParameters: {},
  request: null,
  success: null,
  subject: [],
  notFound: false,
  credential: "session",
  idempotent: false,
} as const

const ofUser = {
  ...defaults,
  path: "/users/{user_id}",
  pathParameters: { user_id: GivenUserId },
  subject: ["user_id"],
  notFound: true,
  idempotent: true,
} as const

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
    ...defaults,
    name: "changePassword",
    method: "POST",
    path: "/actions/users/change_password",
    request: ChangePasswordRequest,
    successStatus: 204,
  },
  /** Confirms an e-mail address with a scoped token. */
  confirmEmail: {
    ...defaults,
    name: "confirmEmail",
    method: "POST",
    path: "/actions/users/confirm_email",
    successStatus: 204,
    credential: "scopedToken",
  },
  /** Registers a user. */
  createUser: {
    ...defaults,
    name: "createUser",
    method: "POST",
    path: "/users",
    request: UserCreateRequest,
    subject: ["username", "email"],
    success: UserCreateResponse,
    successStatus: 201,
    lookAt: "Users.resolveCreate",
  },
  /** Deletes a user. */
  deleteUser: {
    ...ofUser,
    name: "deleteUser",
    method: "DELETE",
    successStatus: 204,
  },
  /** Reads the current user. */
  getSelfUser: {
    ...defaults,
    name: "getSelfUser",
    method: "GET",
    path: "/users/self",
    success: UserSelfResponse,
    successStatus: 200,
    idempotent: true,
  },
  /** Reads a user. */
  getUser: {
    ...ofUser,
    name: "getUser",
    method: "GET",
    success: UserGetResponse,
    successStatus: 200,
  },
  /** Requests a new confirmation e-mail. */
  requestEmailConfirmation: {
    ...defaults,
    name: "requestEmailConfirmation",
    method: "POST",
    path: "/actions/users/request_email_confirmation",
    request: RequestEmailConfirmationRequest,
    successStatus: 204,
  },
  /** Requests a password-reset e-mail. */
  requestPasswordReset: {
    ...defaults,
    name: "requestPasswordReset",
    method: "POST",
    path: "/actions/users/request_password_reset",
    request: RequestPasswordResetRequest,
    successStatus: 204,
  },
  /** Sets a password with a scoped token. */
  resetPassword: {
    ...defaults,
    name: "resetPassword",
    method: "POST",
    path: "/actions/users/reset_password",
    request: ResetPasswordRequest,
    successStatus: 204,
    credential: "scopedToken",
  },
  /** Changes a user. */
  updateUser: {
    ...ofUser,
    name: "updateUser",
    method: "PATCH",
    request: UserUpdateRequest,
    successStatus: 204,
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
