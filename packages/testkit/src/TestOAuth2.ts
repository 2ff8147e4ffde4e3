/**
 * An OAuth2 provider on loopback, for one application: authorization code with PKCE, and refresh. The deployment
 * accepts the bearer tokens that it issues. It signs users in without interaction.
 *
 * It refuses what a provider must refuse: an unknown application or address, another verifier, a code or a refresh
 * token that is used twice (which revokes all tokens issued for it), unknown scopes, no state.
 *
 * @example
 * import { TestOAuth2, TestServer } from "@effect-tiledb/testkit"
 * import { Layer } from "effect"
 *
 * const layer = TestOAuth2.layerDeployment().pipe(Layer.provideMerge(TestServer.layer()))
 *
 * @since 0.1.0
 */
import type { UserId } from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Deployment from "./Deployment.js"

/**
 * The addresses of the provider, in the form that `OAuth2` takes, and operations for tests.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The client id of the application. */
  readonly clientId: string
  /** The application's secret, if it has one. */
  readonly clientSecret?: Redacted.Redacted<string>
  /** The URL of the callback. */
  readonly redirectUri: string
  /** The URL where users sign in. */
  readonly authorizationUrl: string
  /** The URL where codes and refresh tokens are exchanged. */
  readonly tokenUrl: string
  /** Revokes all access tokens, as if they had expired; refresh tokens still work. */
  readonly expireAccessTokens: Effect.Effect<void>
  /** Revokes all issued tokens, including refresh tokens. */
  readonly revokeAll: Effect.Effect<void>
}

/**
 * The registration of the application.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The id of the application. Default `test-app`. */
  readonly clientId?: string
  /** Its secret. Default: none, a public client. */
  readonly clientSecret?: Redacted.Redacted<string>
  /** The URL of the callback. Default `http://127.0.0.1/callback`. */
  readonly redirectUri?: string
  /** The user who is signed in. Default: the owner. */
  readonly userId?: UserId
  /** The scopes that may be requested. Default `read`, `write`, `admin` and `offline_access`. */
  readonly scopes?: ReadonlyArray<string>
  /** How long an access token lasts, by the `Clock`. Default one hour. */
  readonly accessTokenLifetime?: Duration.DurationInput
  /** Whether each refresh replaces the refresh token. Default true. */
  readonly rotateRefreshTokens?: boolean
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestOAuth2 extends Context.Tag("@effect-tiledb/testkit/TestOAuth2")<TestOAuth2, Service>() {}

/**
 * Starts the provider over the deployment in the environment; closing the scope stops it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Deployment.Deployment | Scope.Scope> =>
  Effect.gen(function* () {
    const deployment = yield* Deployment.Deployment
    const runtime = yield* Effect.runtime<Scope.Scope>()
    // Loaded here, as the server is: most tests start neither.
    const { listen } = yield* Effect.promise(() => import("./internal/oauth2/listen.js"))
    const { Provider } = yield* Effect.promise(() => import("./internal/oauth2/provider.js"))
    const { clientId = "test-app", clientSecret, redirectUri = "http://127.0.0.1/callback" } = options
    const lifetime = Duration.decode(options.accessTokenLifetime ?? "1 hour")
    const revoke = (token: string) => deployment.revoke(Redacted.make(token))
    const provider = new Provider(
      {
        clientId,
        clientSecret: clientSecret === undefined ? undefined : Redacted.value(clientSecret),
        redirectUri,
        scopes: new Set(options.scopes ?? ["read", "write", "admin", "offline_access"]),
        lifetime: Duration.toSeconds(lifetime),
        rotates: options.rotateRefreshTokens ?? true,
      },
      () => {
        const token = Runtime.runSync(runtime)(
          Effect.orDie(deployment.issueBearer(options.userId ?? deployment.ownerId)),
        )
        Runtime.runFork(runtime)(Effect.forkScoped(Effect.delay(revoke(Redacted.value(token)), lifetime)))
        return Redacted.value(token)
      },
      (token) => Runtime.runSync(runtime)(revoke(token)),
    )
    const origin = yield* listen(provider)
    return {
      clientId,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      redirectUri,
      authorizationUrl: `${origin}/oauth2/authorize`,
      tokenUrl: `${origin}/oauth2/token`,
      expireAccessTokens: Effect.sync(() => provider.expireAll()),
      revokeAll: Effect.sync(() => provider.revokeAll()),
    }
  })

/**
 * `make` as a Layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployment = (options: Options = {}): Layer.Layer<TestOAuth2, never, Deployment.Deployment> =>
  Layer.scoped(TestOAuth2, make(options))
