/**
 * The part that the services of all API groups share: the base URL, the credential, the retry budget and the limits.
 *
 * `Users.layer` builds one for itself. Build it here when several services should share one.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
 * import { Layer, Redacted } from "effect"
 *
 * const Client = TileDBClient.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) })
 * const UsersLive = Users.layerClient.pipe(Layer.provide(Client), Layer.provide(FetchHttpClient.layer))
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
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { prepare } from "./internal/call/prepare.js"
import type { Arguments, Execute, Given } from "./internal/call.js"
import * as Assemble from "./internal/client/assemble.js"
import type { Options, Service } from "./internal/client/options.js"
import * as Tls from "./internal/config/tls.js"
import { readForeign } from "./internal/http/foreignBody.js"
import { quiet } from "./internal/http/quiet.js"
import * as TileDBConfig from "./TileDBConfig.js"
import type { ApiError, DecodeError, InvalidRequest, NotFound, TransportError } from "./TileDBError.js"

export type { Arguments, Call, Execute } from "./internal/call.js"
export type { Options, Service } from "./internal/client/options.js"
export type { Status } from "./internal/limiter/limiter.js"
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
  | ApiError
  | DecodeError
  | InvalidRequest
  | TransportError
  | (Row extends { readonly notFound: true } ? NotFound : never)

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
 * The client over any `HttpClient` in the environment. If the options cannot be used, it fails with a `ConfigError`
 * that says what to write instead. The gauges include the client while the scope is open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(HttpClient.HttpClient, (client) => Assemble.make(options, { client: quiet(client), readForeign }))

/**
 * The client as a Layer over the `HttpClient` in its input. Build it once: each build has its own retry budget and
 * limits.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(TileDBClient, make(options))

/**
 * Options, each of which may come from configuration.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions = {
  readonly [Name in keyof Options]: Options[Name] | Config.Config<NonNullable<Options[Name]>>
}

/**
 * As `layer`, with the options from configuration. Given options take precedence. `baseUrl` and `credentials` that are
 * not given come from the variables of TileDB's own clients (see `TileDBConfig.make`); without any credential the Layer
 * fails with a `ConfigError` that lists them. An effect provides all of the options: `TileDBConfig.withFiles()` also
 * reads profiles and `cloud.json`.
 *
 * A configuration with TLS settings (`caFile`, `verifySsl: false`) is refused unless `NodeNetwork` is below.
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
  Layer.scoped(
    TileDBClient,
    Effect.isEffect(options)
      ? Effect.flatMap(Effect.tap(options, Tls.check), make)
      : Effect.flatMap(Effect.tap(fromConfig(options), Tls.check), make),
  )

const fromConfig = (
  options: ConfigOptions,
): Effect.Effect<Options & Partial<TileDBConfig.Tls>, ConfigError.ConfigError> =>
  Effect.gen(function* () {
    const configs = Object.entries(options).map(
      ([name, option]) => [name, Config.isConfig(option) ? option : Effect.succeed(option)] as const,
    )
    // A Config of an option has the type of that option: `ConfigOptions` declares it field by field.
    const given: Options = yield* Effect.all(Object.fromEntries(configs))
    const { allowInsecureHttp, baseUrl, credentials } = given
    const found = yield* TileDBConfig.make({ allowInsecureHttp, baseUrl, credentials })
    return { ...found, ...given, baseUrl: found.baseUrl, credentials: found.credentials }
  })
