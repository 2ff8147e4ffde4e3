import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/**
 * A secret, or the effect that gets it. The effect runs for every request, within its timeout, and once more after a
 * 401: if it then gives another secret, the request is retried with that. Its failure becomes a `TransportError` with
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
 * An OAuth2 access token, sent as `Authorization: Bearer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bearer {
  readonly _tag: "Bearer"
  /** The token, or the effect that gets it. */
  readonly token: Secret
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
