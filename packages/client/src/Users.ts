/**
 * The ten operations of the TileDB Cloud v4 Users API as one service.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import {
  type ChangePasswordRequest,
  type Operation,
  type OperationName,
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
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as RateLimiter from "effect/RateLimiter"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Credentials from "./Credentials.js"
import * as BaseUrl from "./internal/baseUrl.js"
import * as Budget from "./internal/budget.js"
import * as Credential from "./internal/credential.js"
import { isBrowser, userAgent } from "./internal/environment.js"
import * as Execution from "./internal/execute.js"
import { quiet } from "./internal/quiet.js"
import { prepare } from "./internal/request.js"
import * as RetryPolicy from "./RetryPolicy.js"
import * as TileDBConfig from "./TileDBConfig.js"
import type { ApiError, DecodeError, InvalidRequest, NotFound, TileDBError, TransportError } from "./TileDBError.js"

/**
 * The service: one method per operation, none of which needs anything from its environment. Every method validates its
 * arguments before anything is sent (`InvalidRequest`), and fails with `ApiError` for any answer that is not a success.
 *
 * Source: UsersApi.md.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Replaces the current user's password; the current one has to be right. (`change_password`) */
  readonly changePassword: (
    request: ChangePasswordRequest,
  ) => Effect.Effect<void, ApiError | InvalidRequest | TransportError>

  /** Confirms an e-mail address with the token that was sent to it; the session's credential is not sent. (`confirm_email`) */
  readonly confirmEmail: (token: ScopedToken) => Effect.Effect<void, ApiError | InvalidRequest | TransportError>

  /** Registers a user; works with no credential. Repeated only when it provably did nothing. (`create_user`) */
  readonly createUser: (
    request: UserCreateRequest,
  ) => Effect.Effect<User, ApiError | DecodeError | InvalidRequest | TransportError>

  /** Deletes a user; a 404 after an attempt whose outcome is unknown counts as done. (`delete_user`) */
  readonly deleteUser: (userId: UserId) => Effect.Effect<void, ApiError | InvalidRequest | NotFound | TransportError>

  /** Reads the user whose credential this is, with the workspaces. (`get_self_user`) */
  readonly getSelfUser: Effect.Effect<UserSelf, ApiError | DecodeError | TransportError>

  /** Reads a user. (`get_user`) */
  readonly getUser: (
    userId: UserId,
  ) => Effect.Effect<User, ApiError | DecodeError | InvalidRequest | NotFound | TransportError>

  /** Asks for a new confirmation e-mail; works with no credential. (`request_email_confirmation`) */
  readonly requestEmailConfirmation: (
    request: RequestEmailConfirmationRequest,
  ) => Effect.Effect<void, ApiError | InvalidRequest | TransportError>

  /** Asks for a password-reset e-mail; succeeds whether or not there is such a user. (`request_password_reset`) */
  readonly requestPasswordReset: (
    request: RequestPasswordResetRequest,
  ) => Effect.Effect<void, ApiError | InvalidRequest | TransportError>

  /** Sets a password with the token from an e-mail; the session's credential is not sent. (`reset_password`) */
  readonly resetPassword: (
    token: ScopedToken,
    request: ResetPasswordRequest,
  ) => Effect.Effect<void, ApiError | InvalidRequest | TransportError>

  /** Changes the given fields of a user and leaves the others; gives no user back. (`update_user`) */
  readonly updateUser: (
    userId: UserId,
    request: UserUpdateRequest,
  ) => Effect.Effect<void, ApiError | InvalidRequest | NotFound | TransportError>
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
 * How the client is set up.
 *
 * - `baseUrl`: where the API is, `/v4` included; default `https://api.tiledb.com/v4`. `http://` only to loopback;
 * - `credentials`: who calls; default `Credentials.anonymous`;
 * - `retryPolicy`: default `RetryPolicy.standard`;
 * - `retryBudget`: what all calls together may spend on retries; each retry takes 1, each success gives `perSuccess` back,
 *   up to `capacity`; default 100 and 0.1;
 * - `allowedOrigins`: further origins that redirects may lead to, with everything the request carries. The regional hosts
 *   of `https://api.tiledb.com` are allowed when that is the base;
 * - `maxBodyBytes`: how much of an answer is read, after decompression; default 1 MiB;
 * - `concurrency`, `rateLimit`: how many requests may be under way at once, or start within a time; no bound by default;
 * - `tracePropagation`: send trace headers to the service; default false;
 * - `allowInsecureHttp`: allow `http://` to other hosts; default false. Secrets then travel in the clear;
 * - `allowCredentialsInBrowser`: allow an API key or password in a browser page; default false. Scripts there can read it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly baseUrl?: string | undefined
  readonly credentials?: Credentials.Credentials | undefined
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
  readonly retryBudget?: { readonly capacity: number; readonly perSuccess: number } | undefined
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  readonly maxBodyBytes?: number | undefined
  readonly concurrency?: number | undefined
  readonly rateLimit?: RateLimiter.RateLimiter.Options | undefined
  readonly tracePropagation?: boolean | undefined
  readonly allowInsecureHttp?: boolean | undefined
  readonly allowCredentialsInBrowser?: boolean | undefined
}

/**
 * What a method was called with.
 *
 * @since 0.1.0
 * @category execution
 */
export interface Arguments {
  readonly userId?: UserId
  readonly token?: ScopedToken
  readonly request?: unknown
}

/**
 * A call whose arguments have been checked: the operation's row, the path below the base URL, and the encoded JSON value
 * of the body. `secrets` are those among the arguments.
 *
 * @since 0.1.0
 * @category execution
 */
export interface Call {
  readonly operation: Operation & { readonly name: OperationName }
  readonly path: string
  readonly userId?: UserId | undefined
  readonly token?: ScopedToken | undefined
  readonly body?: Redacted.Redacted<unknown> | undefined
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

/**
 * Whatever carries a call out and gives the decoded answer, out of its envelope: the network, or a deployment in memory.
 *
 * @since 0.1.0
 * @category execution
 */
export type Execute = (call: Call) => Effect.Effect<unknown, TileDBError>

/**
 * The service over anything that can carry out a call: the arguments are checked as always, `execute` does the rest.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeWith = (execute: Execute): Service => {
  // The seam between the table and the types: what a row's schemas decode to and which errors it has is written in
  // `Service`, and a type test holds the two together.
  const call = <A, E extends TileDBError>(operation: Call["operation"], input: Arguments): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const prepared = prepare(operation, input)
      return Either.isRight(prepared) ? execute(prepared.right) : Effect.fail(prepared.left)
    }) as Effect.Effect<A, E>
  return {
    changePassword: (request) => call(Operations.changePassword, { request }),
    confirmEmail: (token) => call(Operations.confirmEmail, { token }),
    createUser: (request) => call(Operations.createUser, { request }),
    deleteUser: (userId) => call(Operations.deleteUser, { userId }),
    getSelfUser: call(Operations.getSelfUser, {}),
    getUser: (userId) => call(Operations.getUser, { userId }),
    requestEmailConfirmation: (request) => call(Operations.requestEmailConfirmation, { request }),
    requestPasswordReset: (request) => call(Operations.requestPasswordReset, { request }),
    resetPassword: (token, request) => call(Operations.resetPassword, { token, request }),
    updateUser: (userId, request) => call(Operations.updateUser, { userId, request }),
  }
}

/**
 * The service over the `HttpClient` in the environment, whichever it is. Fails with a `ConfigError` that says what to
 * write instead when the options cannot be used. The scope is that of the rate limiter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const insecure = options.allowInsecureHttp ?? false
    const base = yield* BaseUrl.parse("baseUrl", options.baseUrl ?? TileDBConfig.defaultBaseUrl, insecure)
    const origins = yield* Either.all((options.allowedOrigins ?? []).map((_) => BaseUrl.parseOrigin(_, insecure)))
    const credentials = yield* checkBrowser(options)
    const maxBodyBytes = yield* positive("maxBodyBytes", options.maxBodyBytes ?? 1024 * 1024)
    const client = yield* HttpClient.HttpClient
    const execute = Execution.make({
      sender: {
        client: quiet(client),
        base,
        redirects: { baseOrigin: base.origin, allowedOrigins: new Set(origins) },
        maxBodyBytes,
      },
      authorizer: Credential.make(credentials, { accept: "application/json", ...userAgent() }),
      policy: options.retryPolicy ?? RetryPolicy.standard,
      budget: Budget.make(options.retryBudget ?? { capacity: 100, perSuccess: 0.1 }),
      limit: yield* limiter(options),
      tracePropagation: options.tracePropagation ?? false,
    })
    return makeWith(execute)
  })

const checkBrowser = (options: Options): Either.Either<Credentials.Credentials, ConfigError.ConfigError> => {
  const credentials = options.credentials ?? Credentials.anonymous
  const secret = credentials._tag === "ApiKey" || credentials._tag === "Basic"
  return secret && isBrowser() && options.allowCredentialsInBrowser !== true
    ? Either.left(
        ConfigError.InvalidData(
          ["credentials"],
          "Every script in a page can read an API key or password; use Credentials.bearer, or set allowCredentialsInBrowser",
        ),
      )
    : Either.right(credentials)
}

const positive = (field: string, value: number): Either.Either<number, ConfigError.ConfigError> =>
  Number.isInteger(value) && value > 0
    ? Either.right(value)
    : Either.left(ConfigError.InvalidData([field], "Expected a whole number above 0"))

const limiter = (options: Options): Effect.Effect<Execution.Parts["limit"], ConfigError.ConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    const { concurrency, rateLimit } = options
    if (concurrency === undefined && rateLimit === undefined) return undefined
    const permits = concurrency === undefined ? undefined : yield* positive("concurrency", concurrency)
    const bound = permits === undefined ? identity : (yield* Effect.makeSemaphore(permits)).withPermits(1)
    const pace = rateLimit === undefined ? identity : yield* RateLimiter.make(rateLimit)
    return <A, E>(effect: Effect.Effect<A, E>) => bound(pace(effect))
  })

/**
 * The service as a Layer over the `HttpClient` in its input. Build it once: each build has its own retry budget and
 * limits.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import { Layer, Redacted } from "effect"
 *
 * const UsersLive = Users.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_…")) }).pipe(
 *   Layer.provide(FetchHttpClient.layer),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Users, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(Users, make(options))

/**
 * As `layer`, with the options from configuration: without an argument from the variables that TileDB's own clients read
 * (see `TileDBConfig.config`).
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options> = TileDBConfig.config,
): Layer.Layer<Users, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(Users, Effect.flatMap(Config.unwrap(config), make))
