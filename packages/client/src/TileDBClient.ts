/**
 * What the services of all API groups share: where the deployment is, who calls, the retry budget and the limits.
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
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Credentials from "./Credentials.js"
import * as BaseUrl from "./internal/baseUrl.js"
import * as Budget from "./internal/budget.js"
import type { Arguments, Execute } from "./internal/call.js"
import * as Credential from "./internal/credential.js"
import { isBrowser, userAgent } from "./internal/environment.js"
import * as Execution from "./internal/execute.js"
import type { Status } from "./internal/limiter.js"
import * as Limits from "./internal/limits.js"
import { quiet } from "./internal/quiet.js"
import { prepare } from "./internal/request.js"
import * as Telemetry from "./internal/telemetry.js"
import * as Tls from "./internal/tls.js"
import * as Unconnected from "./internal/unconnected.js"
import * as RetryPolicy from "./RetryPolicy.js"
import * as TileDBConfig from "./TileDBConfig.js"
import type { ApiError, DecodeError, InvalidRequest, NotFound, TransportError } from "./TileDBError.js"

export type { Arguments, Call, Execute } from "./internal/call.js"
export { type Answer, makeDirect } from "./internal/direct.js"
export type { Status } from "./internal/limiter.js"
export type { Limits } from "./internal/limits.js"

/**
 * How the client is set up; every field may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Limits.Limits {
  /** Where the API is, `/v4` included. `http://` only to loopback. Default `https://api.tiledb.com/v4`. */
  readonly baseUrl?: string | undefined
  /** Who calls. Default `Credentials.anonymous`. */
  readonly credentials?: Credentials.Credentials | undefined
  /** When calls are repeated, and for how long. Default `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
  /**
   * What all calls together may spend on retries: each retry takes 1, each success gives `perSuccess` back, up to
   * `capacity`. Default 100 and 0.1.
   */
  readonly retryBudget?:
    | {
        /** How many retries may be spent before a success gives something back: a whole number or `Infinity`. Default 100. */
        readonly capacity?: number | undefined
        /** How much of a retry each success gives back. Default 0.1. */
        readonly perSuccess?: number | undefined
      }
    | undefined
  /**
   * Further origins that redirects may lead to, with everything the request carries. Default: none, and the regional
   * hosts of `https://api.tiledb.com` when that is the base.
   */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** How many bytes of an answer are read, after decompression. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined
  /**
   * How answers are read. `lenient`: what is missing or `null` is the zero value of its type, a malformed optional is
   * absent, and both are told by path at debug and on the call's span (`tiledb.answer.malformed`); only a user without an
   * id, and what is malformed and not optional, fail. `strict`: whatever is not as documented fails with a `DecodeError`,
   * unknown properties included, to detect drift. Default `lenient`.
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /** Whether trace headers (`b3`, `traceparent`) are sent to the service. Default false. */
  readonly tracePropagation?: boolean | undefined
  /** Whether `http://` is allowed to other hosts than loopback; secrets then travel in the clear. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
  /** Whether an API key or password is allowed in a browser page, where every script can read it. Default false. */
  readonly allowCredentialsInBrowser?: boolean | undefined
}

/**
 * A client: carries calls out, and says how busy it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Execute {
  /** How busy the client is. */
  readonly status: Effect.Effect<Status>
}

/**
 * The tag of the client.
 *
 * @since 0.1.0
 * @category tags
 */
export class TileDBClient extends Context.Tag("@effect-tiledb/client/TileDBClient")<TileDBClient, Service>() {}

/**
 * What a call of an operation succeeds with: the content of the answer's envelope, or nothing.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Success<Row extends Operation> =
  Row["success"] extends Schema.Schema<infer Body, infer _Encoded, infer _R>
    ? Body extends { readonly data: infer Data }
      ? Data
      : never
    : // biome-ignore lint/suspicious/noConfusingVoidType: it becomes the type argument of an Effect
      void

/**
 * What a call of an operation can fail with.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Failure<Row extends Operation> =
  | ApiError
  | DecodeError
  | InvalidRequest
  | TransportError
  | (Row["notFound"] extends true ? NotFound : never)

/**
 * One call of an operation: the arguments are checked (`InvalidRequest`), `execute` does the rest. Services of API groups
 * are made of these.
 *
 * @since 0.1.0
 * @category constructors
 */
export const call = <Row extends Operation>(
  execute: Execute,
  operation: Row,
  input: Arguments,
): Effect.Effect<Success<Row>, Failure<Row>> =>
  Effect.suspend(() => {
    const prepared = prepare(operation, input)
    return Either.isRight(prepared) ? execute(prepared.right) : Effect.fail(prepared.left)
    // The seam between the table and the types: `execute` decodes with the row's schema and fails as the row says.
  }) as Effect.Effect<Success<Row>, Failure<Row>>

/**
 * The client over the `HttpClient` in the environment, whichever it is. Fails with a `ConfigError` that says what to
 * write instead when the options cannot be used. While the scope is open, the gauges count the client in.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const insecure = options.allowInsecureHttp ?? false
    const base = yield* BaseUrl.normalise("baseUrl", options.baseUrl ?? BaseUrl.defaultBaseUrl, "baseUrl", insecure)
    const origins = yield* Either.all((options.allowedOrigins ?? []).map((_) => BaseUrl.parseOrigin(_, insecure)))
    const credentials = yield* checkBrowser(options)
    const maxBodyBytes = yield* Limits.positive("maxBodyBytes", options.maxBodyBytes ?? 1024 * 1024)
    const client = yield* HttpClient.HttpClient
    Unconnected.listen()
    const common = { accept: "application/json", ...userAgent() }
    const limiter = yield* Limits.make(options)
    const budget = yield* budgetOf(options)
    yield* Effect.addFinalizer(() => Effect.sync(() => Telemetry.budgetLeft.add(-budget.left())))
    const execute = Execution.make({
      sender: {
        client: quiet(client),
        base,
        redirects: { baseOrigin: base.origin, allowedOrigins: new Set(origins) },
        maxBodyBytes,
        decoding: yield* decodingOf(options),
      },
      authorizer: Credential.make(credentials, common),
      authorizerOf: (other) => Credential.make(isExposed(options, other) ? exposed : other, common),
      policy: options.retryPolicy ?? RetryPolicy.standard,
      budget,
      limiter,
      tracePropagation: options.tracePropagation ?? false,
    })
    const status = Effect.map(Effect.clock, (clock) => limiter.status(clock, budget.left()))
    return Object.assign(execute, { status })
  })

const isExposed = (options: Options, { _tag }: Credentials.Credentials): boolean =>
  (_tag === "ApiKey" || _tag === "Basic") && isBrowser() && options.allowCredentialsInBrowser !== true

/** In place of a credential that every script in a page could read: calls fail with reason `Credentials`. */
const exposed: Credentials.Credentials = { _tag: "Bearer", token: Effect.fail("not in a browser") }

const checkBrowser = (options: Options): Either.Either<Credentials.Credentials, ConfigError.ConfigError> => {
  const credentials = options.credentials ?? Credentials.anonymous
  return isExposed(options, credentials)
    ? Either.left(
        ConfigError.InvalidData(
          ["credentials"],
          "Every script in a page can read an API key or password; use Credentials.bearer, or set allowCredentialsInBrowser",
        ),
      )
    : Either.right(credentials)
}

const decodingOf = ({ decoding = "lenient" }: Options): Either.Either<"lenient" | "strict", ConfigError.ConfigError> =>
  decoding === "lenient" || decoding === "strict"
    ? Either.right(decoding)
    : Either.left(ConfigError.InvalidData(["decoding"], 'Expected "lenient" or "strict"'))

const budgetOf = ({ retryBudget }: Options): Either.Either<Budget.Budget, ConfigError.ConfigError> => {
  const { capacity = 100, perSuccess = 0.1 } = retryBudget ?? {}
  const refuse = (part: string, expected: string) =>
    Either.left(ConfigError.InvalidData(["retryBudget", part], `Expected ${expected}`))
  if (!(capacity === Number.POSITIVE_INFINITY || (Number.isInteger(capacity) && capacity >= 0))) {
    return refuse("capacity", "a whole number from 0, or Infinity")
  }
  return perSuccess >= 0
    ? Either.right(Budget.make({ capacity, perSuccess }, Telemetry.budgetLeft.add))
    : refuse("perSuccess", "a number from 0")
}

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
 * Options that may come from configuration one by one.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions = {
  readonly [Name in keyof Options]: Options[Name] | Config.Config<NonNullable<Options[Name]>>
}

/**
 * As `layer`, with the options from configuration. What is given wins; where there is no `baseUrl` and no `credentials`,
 * they come from the variables that TileDB's own clients read (see `TileDBConfig.make`), and without any credential the
 * Layer fails with a `ConfigError` that lists them. An effect gives all of the options: `TileDBConfig.withFiles()` reads
 * profiles and `cloud.json` too.
 *
 * A configuration that sets TLS up (`caFile`, `verifySsl: false`) is refused unless `NodeNetwork` is below.
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
    // A Config of an option gives what the option takes: `ConfigOptions` says so field by field.
    const given: Options = yield* Effect.all(Object.fromEntries(configs))
    const { allowInsecureHttp, baseUrl, credentials } = given
    const found = yield* TileDBConfig.make({ allowInsecureHttp, baseUrl, credentials })
    return { ...found, ...given, baseUrl: found.baseUrl, credentials: found.credentials }
  })
