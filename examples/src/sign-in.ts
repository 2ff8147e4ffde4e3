/**
 * Signs a person in with OAuth2 (authorization code, PKCE, a redirect to loopback) and hands the tokens to the client.
 * TileDB publishes the authorization URL and the scopes; you provide the token URL.
 */
import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Clock, Config, Console, Data, Effect, Layer, Redacted, SynchronizedRef } from "effect"
import * as oauth from "oauth4webapi"
import { runMain } from "./example.js"
import { loopbackRedirect } from "./loopback-redirect.js"

/** The provider sent an error back in place of a code: `access_denied` where the user declined. */
export class Denied extends Data.TaggedError("Denied")<{ readonly message: string }> {}

/** The redirect does not belong to this sign-in: its state (or its issuer) differs. Nothing was sent. */
export class StateMismatch extends Data.TaggedError("StateMismatch")<{ readonly message: string }> {}

/** The provider did not redirect back. */
export class TimedOut extends Data.TaggedError("TimedOut")<{ readonly message: string }> {}

/** The token endpoint gave no tokens. */
export class TokenError extends Data.TaggedError("TokenError")<{ readonly message: string }> {}

export interface Provider {
  readonly server: oauth.AuthorizationServer & { readonly authorization_endpoint: string }
  readonly client: oauth.Client
  readonly scope: string
  /** `allowInsecureRequests`, for a provider on loopback: otherwise oauth4webapi sends nothing over http. */
  readonly options?: oauth.TokenEndpointRequestOptions
}

export interface Tokens {
  readonly access: Credentials.AccessToken
  readonly refresh: Redacted.Redacted<string> | undefined
}

/** Of an error only a known code: the provider's texts, and the causes of oauth4webapi, may repeat secrets. */
const codeOf = (error: unknown): string => {
  const told = error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError
  const code = told ? error.error : error instanceof Error && "code" in error ? String(error.code) : ""
  const known = /^(access_denied|server_error|(invalid|unauthorized)_(client|grant|request|scope)|OAUTH_[A-Z_]+)$/
  return known.test(code) ? code : "no code that is known"
}

type Process = typeof oauth.processAuthorizationCodeResponse | typeof oauth.processRefreshTokenResponse
type Send = (options: oauth.TokenEndpointRequestOptions) => Promise<Response>

/** Not retried: a code or a refresh token that has arrived is spent. */
const requestTokens = ({ client, options, server }: Provider, process: Process, send: Send) =>
  Effect.tryPromise({
    try: async () => process(server, client, await send({ ...options, signal: AbortSignal.timeout(20_000) })),
    catch: (error) => new TokenError({ message: `The token endpoint gave no tokens: ${codeOf(error)}` }),
  }).pipe(
    Effect.zipWith(Clock.currentTimeMillis, ({ access_token, expires_in, refresh_token }, now): Tokens => {
      const expiresAt = expires_in === undefined ? undefined : now + expires_in * 1000
      const refresh = refresh_token === undefined ? undefined : Redacted.make(refresh_token)
      return { access: { token: Redacted.make(access_token), expiresAt }, refresh }
    }),
  )

/** Shows the URL to open in a browser, and waits until a person has signed in there. */
export const signIn = (provider: Provider, show: (url: string) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const { client, scope, server } = provider
    const { parameters, redirectUri } = yield* loopbackRedirect
    const state = oauth.generateRandomState()
    const verifier = oauth.generateRandomCodeVerifier()
    const query = {
      ...{ response_type: "code", client_id: client.client_id, redirect_uri: redirectUri, scope, state },
      code_challenge: yield* Effect.promise(() => oauth.calculatePKCECodeChallenge(verifier)),
      code_challenge_method: "S256",
    }
    yield* show(`${server.authorization_endpoint}?${new URLSearchParams(query)}`)
    const redirected = yield* Effect.timeoutFail(parameters, {
      duration: "5 minutes",
      onTimeout: () => new TimedOut({ message: "The provider did not redirect back within five minutes" }),
    })
    const answer = yield* Effect.try({
      try: () => oauth.validateAuthResponse(server, client, Redacted.value(redirected), state),
      catch: (error) =>
        error instanceof oauth.AuthorizationResponseError
          ? new Denied({ message: `The provider refused the sign-in: ${codeOf(error)}` })
          : new StateMismatch({ message: "The redirect does not belong to this sign-in; begin again" }),
    })
    return yield* requestTokens(provider, oauth.processAuthorizationCodeResponse, (options) =>
      oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, redirectUri, verifier, options),
    )
  }).pipe(Effect.scoped)

const refresh = (provider: Provider, { refresh: spent }: Tokens): Effect.Effect<Tokens, TokenError> =>
  spent === undefined
    ? new TokenError({ message: "The token has ended, and there is none to refresh it with; sign in again" })
    : requestTokens(provider, oauth.processRefreshTokenResponse, (options) =>
        oauth.refreshTokenGrantRequest(provider.server, provider.client, oauth.None(), Redacted.value(spent), options),
      ).pipe(Effect.map((tokens) => ({ ...tokens, refresh: tokens.refresh ?? spent })))

/**
 * For `Credentials.bearer`, which runs it when it needs a token: first that of the sign-in, then refreshed ones. One after
 * the other and uninterruptible, so that the successor of a refresh token that was sent is kept.
 */
export const accessTokens = (provider: Provider, signedIn: Tokens) =>
  Effect.map(SynchronizedRef.make<Effect.Effect<Tokens, TokenError>>(Effect.succeed(signedIn)), (next) =>
    SynchronizedRef.modifyEffect(
      next,
      Effect.map((tokens) => [tokens.access, refresh(provider, tokens)] as const),
    ).pipe(Effect.uninterruptible),
  )

/** The provider of the environment. */
export const configured: Config.Config<Provider> = Config.all({
  authorization: Config.url("OAUTH2_AUTHORIZATION_URL").pipe(
    Config.withDefault(new URL("https://oauth2.tiledb.com/oauth2/authorize")),
  ),
  token: Config.url("OAUTH2_TOKEN_URL"),
  client_id: Config.nonEmptyString("OAUTH2_CLIENT_ID"),
  scope: Config.nonEmptyString("OAUTH2_SCOPE").pipe(Config.withDefault("read")),
}).pipe(
  Config.map(({ authorization: { href, origin }, client_id, scope, token }) => ({
    server: { issuer: origin, authorization_endpoint: href, token_endpoint: token.href },
    client: { client_id },
    scope,
  })),
)

const program = Effect.gen(function* () {
  const provider = yield* configured
  const tokens = yield* signIn(provider, (url) => Console.log(`Sign in at ${url}`))
  const credentials = Credentials.bearer(yield* accessTokens(provider, tokens))
  const { user } = yield* Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
    Effect.provide(
      Users.layer.pipe(Layer.provide(TileDBClient.layer({ credentials })), Layer.provide(NodeTransport.layer)),
    ),
  )
  yield* Console.log(`${user.username} is signed in.`)
})

if (process.argv[1]?.endsWith("sign-in.ts")) {
  runMain("Signs you in at OAUTH2_TOKEN_URL as the application OAUTH2_CLIENT_ID, and prints your user.", program)
}
