/**
 * The credential of a call: exactly one of an API key, HTTP Basic, an OAuth2 bearer token, or none.
 *
 * The constructors do not throw. With a value that cannot be sent, the client ends with a `ConfigError` when it is built,
 * and a call under `withCredentials` with an `InvalidRequest` before anything is sent; neither contains the value.
 *
 * Source: the API's security schemes and the headers that its service takes.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FiberRef from "effect/FiberRef"
import { dual } from "effect/Function"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "./internal/auth/cachedToken.js"
import * as CachedToken from "./internal/auth/cachedToken.js"
import { perFiber } from "./internal/runtime/global.js"
import { guarded } from "./internal/runtime/guarded.js"
import type { Credentials, Secret } from "./internal/secrets/credential.js"
import { expiryOf } from "./internal/secrets/jwt.js"
import { textInside } from "./internal/secrets/secretText.js"

export type { AccessToken } from "./internal/auth/cachedToken.js"
export type { Anonymous, ApiKey, Basic, Bearer, Credentials, Secret } from "./internal/secrets/credential.js"

/**
 * An API key, or the effect that gets it. It must be a valid header value: not empty, not padded, printable ASCII.
 *
 * @since 0.1.0
 * @category constructors
 */
export const apiKey = (key: Secret): Credentials => ({ _tag: "ApiKey", key })

/**
 * A username and password for HTTP Basic, or the effect that gets the password. Neither may be empty or have control
 * characters; a username has no `:` (HTTP Basic ends it there).
 *
 * @since 0.1.0
 * @category constructors
 */
export const basic = (username: string, password: Secret): Credentials => ({ _tag: "Basic", username, password })

const unusable = Redacted.make("")

/**
 * An OAuth2 bearer token, or the effect that gets one. The effect runs when the first request needs it, once for all
 * fibers. The token is kept until it expires (`expiresAt`, else the `exp` of a JWT, else never) or gets a 401: then the
 * effect runs once more and the request is retried. The token is kept with the credential: share the value. A failure
 * of the effect becomes a `TransportError` with reason `Credentials` and the failure's tag for all waiting calls, of which
 * those that got `unavailable` are retried; the next call runs it again. A token that is expired when it comes, by a clock
 * that is ahead, is kept until a 401 refuses it. The token must be a valid header value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bearer = (
  token: Redacted.Redacted<string> | Effect.Effect<Redacted.Redacted<string> | AccessToken, unknown>,
): Credentials => ({
  _tag: "Bearer",
  token: guarded(
    () => (Effect.isEffect(token) ? CachedToken.make(token) : token),
    () => unusable,
  ),
})

/**
 * No credential.
 *
 * @since 0.1.0
 * @category constructors
 */
export const anonymous: Credentials = { _tag: "Anonymous" }

/**
 * What the effect of a secret fails with when the secret cannot be got for the moment, as its source is away: nothing was
 * sent, so that the call is retried, if its policy allows it, and runs the effect again. Any other failure ends the call.
 *
 * @example
 * import { Credentials } from "@effect-tiledb/client"
 * import { Data, Effect, Redacted } from "effect"
 *
 * class TokenError extends Data.TaggedError("TokenError")<{ readonly status: number }> {}
 *
 * const bearer = (getToken: Effect.Effect<string, TokenError>) =>
 *   getToken.pipe(
 *     Effect.map(Redacted.make),
 *     Effect.mapError((error) => (error.status === 503 ? Credentials.unavailable : error)),
 *     Credentials.bearer,
 *   )
 *
 * @since 0.1.0
 * @category errors
 */
export const unavailable: { readonly _tag: "CredentialsUnavailable" } = { _tag: "CredentialsUnavailable" }

/**
 * When a bearer token or API key that is a JWT expires, by its own `exp`; nothing is verified.
 *
 * @since 0.1.0
 * @category getters
 */
export const expiresAt = (token: Redacted.Redacted<string>): Option.Option<DateTime.Utc> =>
  Option.flatMap(Option.fromNullable(expiryOf(textInside(token) ?? "")), DateTime.make)

/**
 * The credential that `withCredentials` has set for the calls of this fiber, if any.
 *
 * @since 0.1.0
 * @category fiber refs
 */
export const current: FiberRef.FiberRef<Option.Option<Credentials>> = perFiber("Credentials/current")

/** What is no credential where even its kind cannot be read, or where Effect cannot compare it: the call refuses it. */
const readable = (credentials: Credentials): Credentials =>
  guarded(
    () => (typeof credentials._tag === "string" && Number.isInteger(Hash.hash(credentials)) ? credentials : none),
    () => none,
  )

const none = {} as Credentials

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
} = /*#__PURE__*/ dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, credentials: Credentials) =>
  Effect.locally(effect, current, Option.some(readable(credentials))),
)
