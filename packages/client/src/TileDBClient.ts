/**
 * The client that the services of all API groups share: the base URL, the credential, the retry budget, the limits and
 * the pauses that the service asks for.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
 * import { Layer, Redacted } from "effect"
 *
 * const UsersLive = Users.layer.pipe(
 *   Layer.provide(TileDBClient.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) })),
 *   Layer.provide(FetchHttpClient.layer),
 * )
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type { Operation } from "@effect-tiledb/schema"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constUndefined } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { prepare } from "./internal/call/prepare.js"
import type { Arguments, Execute, Given } from "./internal/call.js"
import * as Assemble from "./internal/client/assemble.js"
import * as Lean from "./internal/client/lean.js"
import type { Options, Service } from "./internal/client/options.js"
import { texts } from "./internal/failure/messages.js"
import type * as Dispatch from "./internal/http/fetch/dispatch.js"
import { readForeign } from "./internal/http/foreignBody.js"
import { quiet, withRedirectsFailing } from "./internal/http/quiet.js"
import { guarded } from "./internal/runtime/guarded.js"
import * as TileDBConfig from "./TileDBConfig.js"
import type { CommonError, NotFound } from "./TileDBError.js"

export type { Arguments, Call, Execute } from "./internal/call.js"
export type { Options, Service, Status } from "./internal/client/options.js"
export type { Limits } from "./internal/limiter/limits.js"

/**
 * The tag of the client.
 *
 * @since 0.1.0
 * @category tags
 */
export class TileDBClient extends Context.Tag("@effect-tiledb/client/TileDBClient")<TileDBClient, Service>() {}

/**
 * The success value of an operation: the part of the response's body that is its result, or nothing.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Success<Row extends Operation> = Row extends {
  readonly success: Schema.Schema<infer Body, infer _I, infer _R>
}
  ? Row extends { readonly result: "body" }
    ? Body
    : Body extends { readonly data: infer Data }
      ? Data
      : never
  : // biome-ignore lint/suspicious/noConfusingVoidType: it becomes the type argument of an Effect
    void

/**
 * The errors of an operation.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Failure<Row extends Operation> =
  | CommonError
  | (Row extends { readonly notFound: true | "unproven" } ? NotFound : never)

/**
 * Makes one call of an operation: checks the arguments (`InvalidRequest`) and passes them to `execute`. Services of API
 * groups are made of these.
 *
 * @since 0.1.0
 * @category constructors
 */
export const call = <Row extends Operation>(
  execute: Execute,
  operation: Row,
  input: Arguments<Row> & Given,
): Effect.Effect<Success<Row>, Failure<Row>> =>
  Effect.suspend(() => {
    const prepared = prepare(operation, input)
    return Either.isRight(prepared) ? execute(prepared.right) : Effect.fail(prepared.left)
    // The seam between the table and the types: `execute` decodes with the row's schema, and its errors are the row's.
  }) as Effect.Effect<Success<Row>, Failure<Row>>

/**
 * The client over the `HttpClient` in the environment. If the options cannot be used, it fails with a `ConfigError` that
 * says what to write instead. TLS settings of a `TileDBConfig` (`caFile`, `verifySsl`) are refused unless the
 * `HttpClient` was made from a `NodeNetwork` with the same. The gauges include the client while the scope is open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(HttpClient.HttpClient, (client) => {
    const transformClient = guarded(() => options.transformClient, constUndefined)
    const transformed = transformClient === undefined ? client : transformClient(withRedirectsFailing(client))
    return Assemble.make(options, texts, { client: quiet(transformed), readForeign }, client)
  })

/**
 * The client as a Layer over the `HttpClient` in its input. Build it once, for all services: each build has its own
 * retry budget, limits and pauses.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(TileDBClient, make(options))

/**
 * The options of `layerFetch`. What `transformClient` does elsewhere, `fetch` can do here.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchOptions extends Omit<Options, "transformClient">, Dispatch.Options {}

/**
 * The client with its own transport over fetch, for browsers: `layer` over `FetchTransport.layer` in one Layer that needs
 * no `HttpClient`, in a bundle that is a tenth smaller, as it does without `effect/Stream`.
 *
 * @example
 * import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
 * import { Effect, Redacted } from "effect"
 *
 * const whoAmI = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Effect.provide(Users.layer),
 *   Effect.provide(TileDBClient.layerFetch({ credentials: Credentials.bearer(Redacted.make("your_token")) })),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFetch = (options: FetchOptions = {}): Layer.Layer<TileDBClient, ConfigError.ConfigError> =>
  Layer.scoped(TileDBClient, Lean.make(options, texts))

type Configured<A> = A | Config.Config.Wrap<A>

/**
 * Options, each of which is a value or a `Config`; `rateLimit` and `retryBudget` may have such parts.
 * `Config.Config.Wrap<Options>` fits.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions = {
  readonly [Name in keyof Options]:
    | Configured<Options[Name]>
    | (Name extends "rateLimit" | "retryBudget"
        ? { readonly [Part in keyof NonNullable<Options[Name]>]: Configured<NonNullable<Options[Name]>[Part]> }
        : never)
}

/**
 * As `layer`, with the options from configuration.
 *
 * With `ConfigOptions`, or nothing, `baseUrl` and `credentials` that are not given come from the variables of TileDB's
 * own clients (see `TileDBConfig.make`); without any credential the Layer fails with a `ConfigError` that lists them.
 * One `Config`, or one effect, gives all of the options: `TileDBConfig.withFiles()` reads profiles and `cloud.json` too.
 * TLS settings (`caFile`, `verifySsl: false`) are refused as by `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: {
  <R>(
    options: Effect.Effect<Options & Partial<TileDBConfig.Tls>, ConfigError.ConfigError, R>,
  ): Layer.Layer<TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient | Exclude<R, Scope.Scope>>
  (options?: ConfigOptions): Layer.Layer<TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient>
} = <R = never>(
  options: ConfigOptions | Effect.Effect<Options & Partial<TileDBConfig.Tls>, ConfigError.ConfigError, R> = {},
): Layer.Layer<TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient | Exclude<R, Scope.Scope>> =>
  Layer.scoped(TileDBClient, Effect.flatMap(Effect.isEffect(options) ? options : fromConfig(options), make))

/** Whether a value is an object with a `Config` somewhere in it. */
const holdsConfig = (value: unknown): value is { readonly [part: string]: unknown } =>
  Predicate.isRecord(value) &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.values(value).some((part) => Config.isConfig(part) || holdsConfig(part))

/** A value with the values of the `Config`s in it; one without any stays the same value. */
const load = (value: unknown): Effect.Effect<unknown, ConfigError.ConfigError> =>
  guarded<Effect.Effect<unknown, ConfigError.ConfigError>>(
    () => {
      if (Config.isConfig(value)) return value
      return holdsConfig(value) ? Effect.all(Record.map(value, load)) : Effect.succeed(value)
    },
    // Refused as an option.
    () => Effect.succeed(value),
  )

const fromConfig = (
  options: ConfigOptions,
): Effect.Effect<Options & Partial<TileDBConfig.Tls>, ConfigError.ConfigError> =>
  Effect.gen(function* () {
    // The value of a `Config` of an option has the type of that option: `ConfigOptions` declares it.
    const given = (yield* load(options)) as Options
    const { allowInsecureHttp, baseUrl, credentials } = given
    const found = yield* TileDBConfig.make({ allowInsecureHttp, baseUrl, credentials })
    return { ...found, ...given, baseUrl: found.baseUrl, credentials: found.credentials }
  })
