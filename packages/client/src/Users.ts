/**
 * The TileDB Cloud v4 Users API as one service.
 *
 * @since 0.1.0
 */
import {
  type ChangePasswordRequest,
  type Operation,
  Operations,
  type RequestEmailConfirmationRequest,
  type RequestPasswordResetRequest,
  type ResetPasswordRequest,
  type ScopedToken,
  type User,
  type UserCreateRequest,
  type UserId,
  type UserSelf,
  type UserUpdateRequest,
} from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ResolveCreate from "./internal/call/resolveCreate.js"
import type { Arguments, Given } from "./internal/call.js"
import * as TileDBClient from "./TileDBClient.js"
import type { CommonError, NotFound } from "./TileDBError.js"

export type { CreateResolution } from "./internal/call/resolveCreate.js"

/**
 * The service: one method per operation, without requirements on the environment. Every method validates its arguments
 * and the credential before anything is sent (`InvalidRequest`), and fails with `ApiError` for any error response.
 *
 * Source: the API's document of the ten operations.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Replaces the current user's password; the current password must be correct. (`change_password`) */
  readonly changePassword: (request: ChangePasswordRequest) => Effect.Effect<void, CommonError>

  /** Confirms an e-mail address with the token sent to it; no session credential is sent. (`confirm_email`) */
  readonly confirmEmail: (token: ScopedToken) => Effect.Effect<void, CommonError>

  /** Registers a user; works with no credential. Retried only if it provably did nothing. (`create_user`) */
  readonly createUser: (request: UserCreateRequest) => Effect.Effect<User, CommonError>

  /** Deletes a user; a 404 after an attempt whose outcome is unknown counts as done. (`delete_user`) */
  readonly deleteUser: (userId: UserId) => Effect.Effect<void, CommonError | NotFound>

  /** Reads the user of the credential, with the workspaces. (`get_self_user`) */
  readonly getSelfUser: Effect.Effect<UserSelf, CommonError>

  /** Reads a user. (`get_user`) */
  readonly getUser: (userId: UserId) => Effect.Effect<User, CommonError | NotFound>

  /** Requests a new confirmation e-mail; works with no credential. (`request_email_confirmation`) */
  readonly requestEmailConfirmation: (request: RequestEmailConfirmationRequest) => Effect.Effect<void, CommonError>

  /** Requests a password-reset e-mail; succeeds whether or not there is such a user. (`request_password_reset`) */
  readonly requestPasswordReset: (request: RequestPasswordResetRequest) => Effect.Effect<void, CommonError>

  /** Sets a password with the token from an e-mail; the session's credential is not sent. (`reset_password`) */
  readonly resetPassword: (token: ScopedToken, request: ResetPasswordRequest) => Effect.Effect<void, CommonError>

  /** Changes the given fields of a user and leaves the others; returns no user. (`update_user`) */
  readonly updateUser: (userId: UserId, request: UserUpdateRequest) => Effect.Effect<void, CommonError | NotFound>
}

/**
 * The tag of the service.
 *
 * @example
 * import { Users } from "@effect-tiledb/client"
 * import { Effect } from "effect"
 *
 * const program = Effect.flatMap(Users.Users, (users) => users.getSelfUser)
 *
 * @since 0.1.0
 * @category tags
 */
export class Users extends Context.Tag("@effect-tiledb/client/Users")<Users, Service>() {}

/**
 * The service over the `TileDBClient` in the environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Effect.map(
  TileDBClient.TileDBClient,
  ({ execute }) => {
    const call = <Row extends Operation>(operation: Row, input: Arguments<Row> & Given) =>
      TileDBClient.call(execute, operation, input)
    return {
      changePassword: (request) => call(Operations.changePassword, { request }),
      confirmEmail: (token) => call(Operations.confirmEmail, { token }),
      createUser: (request) => call(Operations.createUser, { request }),
      deleteUser: (user_id) => call(Operations.deleteUser, { path: { user_id } }),
      getSelfUser: call(Operations.getSelfUser, {}),
      getUser: (user_id) => call(Operations.getUser, { path: { user_id } }),
      requestEmailConfirmation: (request) => call(Operations.requestEmailConfirmation, { request }),
      requestPasswordReset: (request) => call(Operations.requestPasswordReset, { request }),
      resetPassword: (token, request) => call(Operations.resetPassword, { token, request }),
      updateUser: (user_id, request) => call(Operations.updateUser, { path: { user_id }, request }),
    }
  },
)

/**
 * The service as a Layer over the `TileDBClient`, which it shares with the services of other groups.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { TileDBClient, Users } from "@effect-tiledb/client"
 * import { Effect } from "effect"
 *
 * const whoAmI = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Effect.provide(Users.layer),
 *   Effect.provide(TileDBClient.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Users, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Layer.effect(Users, make)

/**
 * Finds out whether a `createUser` whose response was lost (`TileDBError.mayHaveBeenDone`: outcome `Unknown` or `Done`) has
 * created the account, with the same request, and creates it if it was not created. The evidence:
 *
 * - `getSelfUser` with the new username and password returns a user of that name and e-mail address: created by us;
 * - a 401 or 403 to that proves nothing: there may be no account, an unconfirmed one, or another user's. Then
 *   `createUser` is sent again (not with `createAgain: false`); names are unique, so it creates no second account:
 * - a success: it had not been created, and now it is;
 * - a 409 on username and e-mail address: it exists, and its creator is unknown;
 * - a 409 on only one of them: undecidable. A service that reports only the first conflict responds in the same way if the
 *   account is ours;
 * - 400 or 422: not created, since the first request would have been refused in the same way;
 * - any other response, or none: undecidable.
 *
 * Arguments that `createUser` refuses were never sent: not created, with that `InvalidRequest`. In a browser's page the sign-in
 * with username and password is refused, and the result is `CannotTell`, unless `allowCredentialsInBrowser` is set.
 *
 * @example
 * import { TileDBError, Users } from "@effect-tiledb/client"
 * import type { UserCreateRequest } from "@effect-tiledb/schema"
 * import { Effect } from "effect"
 *
 * export const register = (request: UserCreateRequest) =>
 *   Effect.flatMap(Users.Users, (users) => users.createUser(request)).pipe(
 *     Effect.catchIf(TileDBError.mayHaveBeenDone, (lost) =>
 *       Effect.flatMap(Users.resolveCreate(request), (found) => {
 *         if (found._tag === "Created") return Effect.mapError(found.user, () => lost)
 *         // The service's refusal (username is taken, …), or the reason the outcome is unknown.
 *         return Effect.fail(found._tag === "NotCreated" ? found.error : found)
 *       }),
 *     ),
 *   )
 *
 * @since 0.1.0
 * @category combinators
 */
export const resolveCreate = (
  request: UserCreateRequest,
  options: {
    /** Whether the request may be sent again if signing in proves nothing. Default true. */
    readonly createAgain?: boolean | undefined
  } = {},
): Effect.Effect<ResolveCreate.CreateResolution, never, Users> =>
  Effect.flatMap(Users, (users) => ResolveCreate.resolveCreate(users, request, options))
