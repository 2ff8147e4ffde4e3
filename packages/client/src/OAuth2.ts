/**
 * The OAuth2 authorization-code flow with PKCE, over the `HttpClient` in the environment: the URL to sign in at, the
 * check of the callback, the exchange of the code, and a bearer credential that refreshes itself.
 *
 * Source: what TileDB publishes of its OAuth2 scheme (authorization URL and scopes); RFC 6749, RFC 7636.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Credentials from "./Credentials.js"
import * as BaseUrl from "./internal/baseUrl.js"
import { readCallback } from "./internal/oauth2/callback.js"
import type { Problem } from "./internal/oauth2/problem.js"
import { requestTokens, type Tokens } from "./internal/oauth2/tokenRequest.js"
import { quiet } from "./internal/quiet.js"

export type { Tokens } from "./internal/oauth2/tokenRequest.js"

/**
 * The registration of the application, and the URLs of the provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The client id of the application. */
  readonly clientId: string
  /** The secret of a confidential application; sent as HTTP Basic. Default: none, a public client. */
  readonly clientSecret?: Redacted.Redacted<string> | undefined
  /** The URL of the callback, exactly as registered. */
  readonly redirectUri: string
  /** The requested scopes: `read`, `write`, `admin`, and others that the provider has. Default `read` and `write`. */
  readonly scopes?: ReadonlyArray<"read" | "write" | "admin" | (string & {})> | undefined
  /** The URL where users sign in. Default `https://oauth2.tiledb.com/oauth2/authorize`. */
  readonly authorizationUrl?: string | undefined
  /**
   * The URL where codes are exchanged. Default `/oauth2/token` at `authorizationUrl`'s origin, which no document
   * confirms.
   */
  readonly tokenUrl?: string | undefined
  /** Whether `http://` is allowed to hosts other than loopback. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
}

/**
 * A sign-in that was started. Keep it in the session of the user who was sent to `url`: `exchange` needs it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Authorization {
  /** The URL to send the user to. */
  readonly url: string
  /** The provider must return this value in the callback, so that a code from elsewhere is not accepted. */
  readonly state: Redacted.Redacted<string>
  /** Proves to the provider that the code is exchanged by the client that requested it (PKCE). */
  readonly codeVerifier: Redacted.Redacted<string>
}

/**
 * Why there are no tokens:
 *
 * - `Callback`: the callback is not a response of the provider: no code, or a repeated parameter;
 * - `State`: the callback has another `state`; nothing was sent;
 * - `Denied`: the provider returned an error, for example because the user declined;
 * - `Refused`: the token endpoint refused the code or the refresh token: used, expired, revoked, another verifier;
 * - `Unavailable`: the token endpoint could not be reached, did not respond in time, or failed;
 * - `Unreadable`: the token endpoint responded with something other than tokens.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal("Callback", "State", "Denied", "Refused", "Unavailable", "Unreadable")

/**
 * No tokens were obtained. The error contains no code, token, verifier or secret.
 *
 * @since 0.1.0
 * @category errors
 */
export class OAuth2Error extends Schema.TaggedError<OAuth2Error>("TileDBOAuth2Error")("OAuth2Error", {
  /** The kind of the failure. */
  reason: Reason,
  /** What happened and what to do, in words. */
  message: Schema.String,
  /** The provider's own code, such as `invalid_grant`. */
  error: Schema.optionalWith(Schema.String, { exact: true }),
  /** The HTTP status of the token endpoint. */
  status: Schema.optionalWith(Schema.Int, { exact: true }),
}) {}

/**
 * The flow for one application.
 *
 * @since 0.1.0
 * @category models
 */
export interface OAuth2 {
  /** Starts a sign-in, with its own state and verifier. */
  readonly authorize: Effect.Effect<Authorization>
  /** Checks the URL of the callback, and exchanges the code in it. A code works once. */
  readonly exchange: (authorization: Authorization, callback: string) => Effect.Effect<Tokens, OAuth2Error>
  /** Exchanges a refresh token for new tokens; the provider may replace the refresh token. */
  readonly refresh: (refreshToken: Redacted.Redacted<string>) => Effect.Effect<Tokens, OAuth2Error>
  /**
   * A bearer credential that starts with these tokens and refreshes itself when they expire or get a 401, one refresh
   * at a time. `onRefresh` gets the new tokens before they are used, to store them for the next start. A refresh that
   * was sent is completed even if no fiber waits for it any more, so that no refresh token is lost.
   */
  readonly credentials: (
    tokens: Tokens,
    onRefresh?: (tokens: Tokens) => Effect.Effect<void>,
  ) => Effect.Effect<Credentials.Credentials>
}

const toError = ({ error, message, reason, status }: Problem): OAuth2Error =>
  new OAuth2Error({
    reason,
    message,
    ...(error === undefined ? {} : { error }),
    ...(status === undefined ? {} : { status }),
  })

/** 256 random bits, as text that needs no escapes. */
const unguessable = (): string => Encoding.encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)))

const challengeOf = (verifier: string): Promise<string> =>
  crypto.subtle
    .digest("SHA-256", new TextEncoder().encode(verifier))
    .then((digest) => Encoding.encodeBase64Url(new Uint8Array(digest)))

/**
 * The flow. Fails with a `ConfigError` for a URL that cannot be used.
 *
 * @example
 * import { OAuth2, Users } from "@effect-tiledb/client"
 * import { Effect } from "effect"
 *
 * const program = (callback: (url: string) => Effect.Effect<string>) =>
 *   Effect.gen(function* () {
 *     const flow = yield* OAuth2.make({ clientId: "my-app", redirectUri: "http://127.0.0.1:8000/callback" })
 *     const authorization = yield* flow.authorize
 *     const tokens = yield* flow.exchange(authorization, yield* callback(authorization.url))
 *     return Users.layer({ credentials: yield* flow.credentials(tokens) })
 *   })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<OAuth2, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const insecure = options.allowInsecureHttp ?? false
    const url = (field: "authorizationUrl" | "tokenUrl", text: string) => BaseUrl.parse(field, text, insecure)
    const { clientId, clientSecret, redirectUri, scopes = ["read", "write"] } = options
    const authorizationUrl = yield* url(
      "authorizationUrl",
      options.authorizationUrl ?? "https://oauth2.tiledb.com/oauth2/authorize",
    )
    const tokenUrl = yield* url("tokenUrl", options.tokenUrl ?? `${authorizationUrl.origin}/oauth2/token`)
    const client = quiet(yield* HttpClient.HttpClient)

    const request = (form: Readonly<Record<string, Redacted.Redacted<string>>>): Effect.Effect<Tokens, OAuth2Error> =>
      Effect.mapError(
        requestTokens({ client, url: tokenUrl.origin + tokenUrl.path, clientId, clientSecret, scopes }, form),
        toError,
      )

    const refresh: OAuth2["refresh"] = (refreshToken) =>
      Effect.map(
        request({ grant_type: Redacted.make("refresh_token"), refresh_token: refreshToken }),
        // A provider that does not replace the refresh token does not repeat it.
        (tokens): Tokens => ({ refreshToken, ...tokens }),
      )

    return {
      authorize: Effect.gen(function* () {
        const [state, verifier] = [unguessable(), unguessable()]
        const query = new URLSearchParams({
          response_type: "code",
          client_id: clientId,
          redirect_uri: redirectUri,
          scope: scopes.join(" "),
          state,
          code_challenge: yield* Effect.promise(() => challengeOf(verifier)),
          code_challenge_method: "S256",
        })
        return {
          url: `${authorizationUrl.origin}${authorizationUrl.path}?${query}`,
          state: Redacted.make(state),
          codeVerifier: Redacted.make(verifier),
        }
      }),
      exchange: ({ codeVerifier, state }, callback) =>
        Effect.suspend(() =>
          Either.match(readCallback(callback, redirectUri, state), {
            onLeft: (problem) => Effect.fail(toError(problem)),
            onRight: (code) =>
              request({
                grant_type: Redacted.make("authorization_code"),
                code,
                redirect_uri: Redacted.make(redirectUri),
                code_verifier: codeVerifier,
              }),
          }),
        ),
      refresh,
      credentials: (tokens, onRefresh = () => Effect.void) =>
        Effect.map(Effect.makeSemaphore(1), (semaphore) => {
          let current = tokens
          let given = false
          const next = Effect.gen(function* () {
            const { expiresAt, refreshToken } = current
            const fresh = expiresAt === undefined || (yield* Clock.currentTimeMillis) < expiresAt
            if (given || !fresh) {
              if (refreshToken === undefined) return yield* toError(withoutRefreshToken)
              current = yield* refresh(refreshToken)
              yield* onRefresh(current)
            }
            given = true
            return { token: current.accessToken, expiresAt: current.expiresAt }
          })
          // An interruption after the provider has replaced the refresh token would lose the new one.
          return Credentials.bearer(Effect.uninterruptible(semaphore.withPermits(1)(next)))
        }),
    }
  })

const withoutRefreshToken: Problem = {
  reason: "Refused",
  message:
    "The access token has expired or was refused, and there is no refresh token to get another one with: sign in again",
}
