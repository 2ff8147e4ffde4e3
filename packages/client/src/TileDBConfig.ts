/**
 * The configuration that TileDB users already have, with one precedence for every field: code, the environment (both
 * families of names), the profile, `cloud.json`, the default. Only `withFiles` reads the file system.
 *
 * | field     | variables, strongest first                       | in a profile        | in cloud.json                 |
 * | --------- | ------------------------------------------------ | ------------------- | ----------------------------- |
 * | baseUrl   | `TILEDB_REST_HOST`, `TILEDB_REST_SERVER_ADDRESS` | rest.server_address | host                          |
 * | apiKey    | `TILEDB_REST_TOKEN`                              | rest.token          | api_key.X-TILEDB-REST-API-KEY |
 * | username  | `TILEDB_REST_USERNAME`                           | rest.username       | username                      |
 * | password  | `TILEDB_REST_PASSWORD`                           | rest.password       | password                      |
 * | verifySsl | `TILEDB_REST_IGNORE_SSL_VALIDATION`, reversed    | rest.verify_ssl     | verify_ssl                    |
 * | caFile    | `TILEDB_SSL_CA_FILE`                             | ssl.ca_file         | ca_file                       |
 * | workspace | `TILEDB_REST_WORKSPACE`                          | rest.workspace      | workspace                     |
 *
 * Each field is resolved independently. The API key takes precedence over HTTP Basic, whatever their sources;
 * `credentials` in code take precedence over both. Empty values and `null` count as absent.
 *
 * Source: the variables of TileDB's own clients.
 *
 * @since 0.1.0
 */
import type { FileSystem } from "@effect/platform/FileSystem"
import { Path } from "@effect/platform/Path"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as BaseUrl from "./internal/config/baseUrl.js"
import { fieldNames, fields } from "./internal/config/fields.js"
import * as Files from "./internal/config/files.js"
import type { Explicit, Provenance, Source, TileDBConfig, Tls } from "./internal/config/models.js"
import * as Resolve from "./internal/config/resolve.js"
import { describe, sourcesOf } from "./internal/config/source.js"
import { invalid } from "./internal/runtime/configError.js"
import { guarded } from "./internal/runtime/guarded.js"

/**
 * The base URL of the API if no other is configured.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultBaseUrl: string = BaseUrl.defaultBaseUrl

export type { Explicit, Provenance, Source, TileDBConfig, Tls } from "./internal/config/models.js"

/**
 * Values given in code, and the locations of the files.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileOptions extends Explicit {
  /** The profile, which must then exist. Default `TILEDB_PROFILE_NAME`, else `default` if there is one. */
  readonly profile?: string | undefined
  /** The folder with `profiles.json`. Default `TILEDB_PROFILE_DIR`, else `directory`. */
  readonly profileDirectory?: string | undefined
  /** The folder with `cloud.json`. Default `.tiledb` in `HOME` or `USERPROFILE`. */
  readonly directory?: string | undefined
}

/**
 * The base URL for a host as TileDB users write it: a bare host means https, trailing slashes are removed, the version
 * is optional, and `/v4` replaces any other version.
 *
 * @since 0.1.0
 * @category constructors
 */
export const baseUrlFromHost = (host: string): Either.Either<string, ConfigError.ConfigError> =>
  // The client decides whether http:// is allowed; only the form is checked here.
  guarded(
    () => Either.map(BaseUrl.normalise("TILEDB_REST_HOST", host, "host", true), ({ origin, path }) => origin + path),
    () => unreadable,
  )

const unreadable = invalid("options", "cannot be read")

const explicitly = (explicit: Explicit): ReadonlyArray<Resolve.Candidate> =>
  (["baseUrl", "verifySsl", "caFile", "workspace"] as const).flatMap((field) => {
    const given = explicit[field]
    return given === undefined
      ? []
      : [{ field, value: Redacted.make(String(given)), source: { _tag: "Explicit" as const } }]
  })

/** An empty variable counts as unset. */
const variable = (name: string): Config.Config<Option.Option<Redacted.Redacted<string>>> =>
  Config.option(Config.redacted(Config.nonEmptyString(name)))

/** The prefix of the `ConfigProvider`, as in `APP_`; it reports it only if it finds nothing. */
const prefixOf = (error: ConfigError.ConfigError): string => {
  if ("left" in error) return prefixOf(error.left)
  return "path" in error ? error.path.map((part) => (part === nowhere ? "" : `${part}_`)).join("") : ""
}

const nowhere = "TILEDB_"

const prefix: Config.Config<string> = /* @__PURE__ */ Config.suspend(() => {
  let prefix = ""
  return Config.orElseIf(
    Config.map(Config.string(nowhere), () => ""),
    {
      if: (error) => {
        prefix = prefixOf(error)
        return true
      },
      orElse: () => Config.sync(() => prefix),
    },
  )
})

const environment = () =>
  Config.zipWith(
    prefix,
    Config.all(
      fieldNames.flatMap((field) =>
        fields[field].variables.map((name: string) => Config.map(variable(name), (value) => ({ field, name, value }))),
      ),
    ),
    (prefix, all) => ({
      prefix,
      found: all.flatMap(({ field, name, value }): ReadonlyArray<Resolve.Candidate> => {
        const source: Source = { _tag: "Environment", variable: prefix + name }
        return Option.isNone(value) ? [] : [{ field, value: value.value, source }]
      }),
    }),
  )

/**
 * Values given in code, then the environment through the `ConfigProvider`. Fails with `MissingData` that lists the
 * variables if there is no credential, and with `InvalidData` that names the variable, never its value.
 *
 * @since 0.1.0
 * @category config
 */
export const make = (explicit: Explicit = {}): Config.Config<TileDBConfig> =>
  Config.mapOrFail(environment(), ({ found, prefix }) =>
    guarded(
      () => Resolve.resolve(explicit, [...explicitly(explicit), ...found], { prefix }),
      () => unreadable,
    ),
  )

/**
 * `make` without values in code: `TILEDB_REST_HOST` (or `TILEDB_REST_SERVER_ADDRESS`), `TILEDB_REST_TOKEN` or else
 * `TILEDB_REST_USERNAME` with `TILEDB_REST_PASSWORD`, `TILEDB_SSL_CA_FILE`, `TILEDB_REST_IGNORE_SSL_VALIDATION`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<TileDBConfig> = /* @__PURE__ */ make()

/**
 * The TLS settings of the environment; needs no credential.
 *
 * @since 0.1.0
 * @category config
 */
export const tls: Config.Config<Tls> = /* @__PURE__ */ Config.mapOrFail(/* @__PURE__ */ environment(), ({ found }) =>
  Resolve.resolveTls(found),
)

/**
 * Values given in code, then the environment, then the profile in `profiles.json` (or `profile.json`), then
 * `cloud.json`. A missing or empty file is skipped. Fails with a `ConfigError` that names file and field, never a value: for a
 * file that cannot be read, is not JSON or has another type in a field, and for a requested profile that does not
 * exist.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { NodeContext } from "@effect/platform-node"
 * import { TileDBClient, TileDBConfig } from "@effect-tiledb/client"
 * import { Layer } from "effect"
 *
 * const ClientLive = TileDBClient.layerConfig(TileDBConfig.withFiles()).pipe(
 *   Layer.provide([FetchHttpClient.layer, NodeContext.layer]),
 * )
 *
 * @since 0.1.0
 * @category config
 */
export const withFiles = (
  options: FileOptions = {},
): Effect.Effect<TileDBConfig, ConfigError.ConfigError, FileSystem | Path> =>
  Effect.gen(function* () {
    const { found, prefix } = yield* environment()
    const said = yield* Config.all({
      home: variable("HOME"),
      userProfile: variable("USERPROFILE"),
      profile: variable("TILEDB_PROFILE_NAME"),
      profileDirectory: variable("TILEDB_PROFILE_DIR"),
    })
    const path = yield* Path
    const text = Option.map<Redacted.Redacted<string>, string>(Redacted.value)
    const home = Option.map(text(Option.orElse(said.home, () => said.userProfile)), (home) =>
      path.join(home, ".tiledb"),
    )
    // Without a home directory there are no default locations.
    const directory = options.directory ?? Option.getOrUndefined(home)
    const profileDirectory = options.profileDirectory ?? Option.getOrElse(text(said.profileDirectory), () => directory)
    const asked = options.profile ?? Option.getOrUndefined(text(said.profile))
    const files = yield* Files.read({
      directory,
      profileDirectory,
      profile: asked ?? "default",
      asked: asked !== undefined,
    })
    const candidates = [...explicitly(options), ...found, ...files.candidates]
    return yield* Resolve.resolve(options, candidates, { prefix, files: files.files })
  })

/**
 * The name of a source that a user can look up: the variable, or the file and the key in it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const describeSource: (source: Source) => string = describe

/**
 * The sources of each field of a configuration, or of a copy of it, strongest first; empty for options written in code.
 *
 * @since 0.1.0
 * @category accessors
 */
export const provenance = (config: Partial<TileDBConfig>): ReadonlyArray<Provenance> => sourcesOf(config).provenance
