/**
 * The configuration that TileDB's own clients read, as an Effect `Config`.
 *
 * Source: facts.md, "Configuration that TileDB users already have".
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Credentials from "./Credentials.js"
import * as BaseUrl from "./internal/baseUrl.js"

/**
 * Where the API is unless something else is configured.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultBaseUrl = "https://api.tiledb.com/v4"

/**
 * What `config` reads; it fits into `Users.layer`'s options.
 *
 * @since 0.1.0
 * @category models
 */
export interface TileDBConfig {
  readonly baseUrl: string
  readonly credentials: Credentials.Credentials
}

/**
 * The base URL for a host as TileDB users write it: a bare host means https, slashes at the end go, and `/v4` takes the
 * place of whatever version is or is not there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const baseUrlFromHost = (host: string): Either.Either<string, ConfigError.ConfigError> => {
  const text = host.trim()
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  return Either.map(
    // Whether http:// is allowed is the client's question; here only the form counts.
    BaseUrl.parse("TILEDB_REST_HOST", absolute, true),
    ({ origin, path }) => `${origin}${path.replace(/\/v\d+$/, "")}/v4`,
  )
}

const host = Config.nonEmptyString("TILEDB_REST_HOST").pipe(
  Config.orElse(() => Config.nonEmptyString("TILEDB_REST_SERVER_ADDRESS")),
  Config.option,
)

const baseUrl = Config.mapOrFail(
  host,
  Option.match({
    onNone: () => Either.right(defaultBaseUrl),
    onSome: baseUrlFromHost,
  }),
)

/** `Config.redacted` takes "" for a value; a variable that is set to nothing is one that is not set. */
const secret = (name: string) => Config.option(Config.redacted(Config.nonEmptyString(name)))

const checked = (name: string, make: () => Credentials.Credentials) =>
  Either.try({
    try: make,
    catch: (error) =>
      ConfigError.InvalidData(
        [name],
        Cause.isIllegalArgumentException(error) ? error.message : "Expected a usable value",
      ),
  })

const credentials = Config.mapOrFail(
  Config.all({
    token: secret("TILEDB_REST_TOKEN"),
    username: Config.option(Config.nonEmptyString("TILEDB_REST_USERNAME")),
    password: secret("TILEDB_REST_PASSWORD"),
  }),
  ({ password, token, username }) => {
    if (Option.isSome(token)) return checked("TILEDB_REST_TOKEN", () => Credentials.apiKey(token.value))
    if (Option.isSome(username) && Option.isSome(password)) {
      return checked("TILEDB_REST_USERNAME", () => Credentials.basic(username.value, password.value))
    }
    if (Option.isNone(username) && Option.isNone(password)) return Either.right(Credentials.anonymous)
    const missing = Option.isSome(username) ? "TILEDB_REST_PASSWORD" : "TILEDB_REST_USERNAME"
    return Either.left(ConfigError.MissingData([missing], "A username and a password go together; set both or neither"))
  },
)

/**
 * Reads `TILEDB_REST_HOST` (or the newer `TILEDB_REST_SERVER_ADDRESS`), and `TILEDB_REST_TOKEN` or else
 * `TILEDB_REST_USERNAME` with `TILEDB_REST_PASSWORD`; with none of them the client is anonymous. The first that is set
 * wins, so that there is one scheme.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<TileDBConfig> = Config.all({ baseUrl, credentials })
