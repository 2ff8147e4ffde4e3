/**
 * The credential of a call: exactly one of an API key, HTTP Basic, an OAuth2 bearer token, or none. Unusable values are
 * refused when the credential is made, with a message that does not contain them.
 *
 * Source: the API's security schemes and the headers that its service takes.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { dual } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "./internal/auth/cachedToken.js"
import * as CachedToken from "./internal/auth/cachedToken.js"
import { checked } from "./internal/auth/checked.js"
import { expiryOf } from "./internal/secrets/jwt.js"
import { headerValueProblem, passwordProblem, textInside, usernameProblem } from "./internal/secrets/secretText.js"

export type { AccessToken } from "./internal/auth/cachedToken.js"

/**
 * A secret, or the effect that gets it. The effect runs for every request, within its timeout, and once more after a
 * 401: if it then gives another secret, the request is repeated with that. Its failure becomes a `TransportError` with
 * reason `Credentials`.
 *
 * @since 0.1.0
 * @category models
 */
export type Secret = Redacted.Redacted<string> | Effect.Effect<Redacted.Redacted<string>, unknown>

/**
 * An API key (`tiledb_…` or a JWT), sent as `X-TILEDB-REST-API-KEY`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiKey {
  readonly _tag: "ApiKey"
  /** The key, or the effect that gets it. */
  readonly key: Secret
}

/**
 * A username and password, sent as HTTP Basic in UTF-8.
 *
 * @since 0.1.0
 * @category models
 */
export interface Basic {
  readonly _tag: "Basic"
  /** The username; no colon. */
  readonly username: string
  /** The password, or the effect that gets it. */
  readonly password: Secret
}

/**
 * An OAuth2 access token.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bearer {
  readonly _tag: "Bearer"
  /** Gets the token; runs before every request. */
  readonly token: Effect.Effect<Redacted.Redacted<string>, unknown>
  /** Called with a token that got a 401, before `token` runs again. */
  readonly refused?: (token: Redacted.Redacted<string>) => void
}

/**
 * No credential: enough to register, and to request e-mails.
 *
 * @since 0.1.0
 * @category models
 */
export interface Anonymous {
  readonly _tag: "Anonymous"
}

/**
 * The credential of a call: exactly one of these.
 *
 * @since 0.1.0
 * @category models
 */
export type Credentials = ApiKey | Basic | Bearer | Anonymous

const refuse = (what: string, problem: string | undefined): void => {
  if (problem !== undefined) throw new Cause.IllegalArgumentException(`${what} ${problem}`)
}

/**
 * An API key, or the effect that gets it. Throws `IllegalArgumentException` for a key that is not a valid header value:
 * empty, padded, not printable ASCII.
 *
 * @since 0.1.0
 * @category constructors
 */
export const apiKey = (key: Secret): Credentials => {
  if (!Effect.isEffect(key)) refuse("The API key", headerValueProblem(key))
  return { _tag: "ApiKey", key }
}

/**
 * A username and password for HTTP Basic, or the effect that gets the password. Throws `IllegalArgumentException` for
 * an empty one, for control characters, and for a `:` in the username (HTTP Basic ends the username there).
 *
 * @since 0.1.0
 * @category constructors
 */
export const basic = (username: string, password: Secret): Credentials => {
  refuse("The username", usernameProblem(username))
  if (!Effect.isEffect(password)) refuse("The password", passwordProblem(password))
  return { _tag: "Basic", username, password }
}

/**
 * An OAuth2 bearer token, or the effect that gets one. The effect runs when the first request needs it, once for all
 * fibers. The token is kept until it expires (`expiresAt`, else the `exp` of a JWT, else never) or gets a 401: then the
 * effect runs once more and the request is repeated. The token is kept with the credential: share the value. A failure
 * of the effect becomes a `TransportError` with reason `Credentials` for all waiting calls; the next call runs it
 * again. Throws `IllegalArgumentException` for a token that is not a valid header value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bearer = (
  token: Redacted.Redacted<string> | Effect.Effect<Redacted.Redacted<string> | AccessToken, unknown>,
): Credentials => {
  if (Effect.isEffect(token)) return { _tag: "Bearer", ...CachedToken.make(token) }
  refuse("The bearer token", headerValueProblem(token))
  return { _tag: "Bearer", token: Effect.succeed(token) }
}

/**
 * No credential.
 *
 * @since 0.1.0
 * @category constructors
 */
export const anonymous: Credentials = { _tag: "Anonymous" }

const secretConfig = (name: string, make: (secret: Redacted.Redacted<string>) => Credentials) =>
  Config.mapOrFail(Config.redacted(Config.nonEmptyString(name)), (secret) => checked([name], () => make(secret)))

/**
 * The API key in a variable: `InvalidData`, not a defect, for one that is not a valid header value.
 *
 * @since 0.1.0
 * @category config
 */
export const apiKeyConfig = (name: string): Config.Config<Credentials> => secretConfig(name, apiKey)

/**
 * The bearer token in a variable: `InvalidData`, not a defect, for one that is not a valid header value.
 *
 * @since 0.1.0
 * @category config
 */
export const bearerConfig = (name: string): Config.Config<Credentials> => secretConfig(name, bearer)

/**
 * The username and the password in two variables: `InvalidData` names the one that is invalid in HTTP Basic.
 *
 * @since 0.1.0
 * @category config
 */
export const basicConfig = (usernameName: string, passwordName: string): Config.Config<Credentials> =>
  Config.mapOrFail(
    Config.all({
      username: Config.nonEmptyString(usernameName),
      password: Config.redacted(Config.nonEmptyString(passwordName)),
    }),
    ({ password, username }) =>
      checked([usernameName], () => basic(username, Redacted.make("x"))).pipe(
        Either.flatMap(() => checked([passwordName], () => basic(username, password))),
      ),
  )

/**
 * When a bearer token or API key that is a JWT expires, in milliseconds since 1970, by its own `exp`; nothing is
 * verified.
 *
 * @since 0.1.0
 * @category getters
 */
export const expiresAt = (token: Redacted.Redacted<string>): Option.Option<number> =>
  Option.fromNullable(expiryOf(textInside(token) ?? ""))

/**
 * The credential that `withCredentials` has set for the calls of this fiber, if any.
 *
 * @since 0.1.0
 * @category fiber refs
 */
export const current: FiberRef.FiberRef<Option.Option<Credentials>> = globalValue(
  "@effect-tiledb/client/Credentials/current",
  () => FiberRef.unsafeMake(Option.none<Credentials>()),
)

/**
 * Runs an effect with another credential for all calls in it: one client serves many callers. Operations that take a
 * scoped token still send that token alone.
 *
 * @example
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import { Effect, Redacted } from "effect"
 *
 * const ada = Users.Users.pipe(
 *   Effect.flatMap((users) => users.getSelfUser),
 *   Credentials.withCredentials(Credentials.basic("ada", Redacted.make("correct horse"))),
 * )
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCredentials: {
  (credentials: Credentials): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, credentials: Credentials): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, credentials: Credentials) =>
  Effect.locally(effect, current, Option.some(credentials)),
)
