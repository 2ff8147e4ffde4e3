// The helpers of OAuth2, driven by the provider of the testkit over real HTTP.
import * as Http from "node:http"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, OAuth2, RetryPolicy, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Canary, Journal, TestOAuth2, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const world = (options: TestOAuth2.Options = {}) =>
  TestOAuth2.layerDeployment(options).pipe(
    Layer.provideMerge(TestServer.layer()),
    Layer.provideMerge(NodeTransport.layer),
  )

/** What a browser does: follows the URL, and comes back to the application with what is in the redirect. */
const signIn = (url: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const response = await fetch(url, { redirect: "manual" })
    return response.headers.get("location") ?? `status ${response.status}: ${await response.text()}`
  })

const flow = Effect.flatMap(TestOAuth2.TestOAuth2, OAuth2.make)

const signedIn = Effect.gen(function* () {
  const oauth2 = yield* flow
  const authorization = yield* oauth2.authorize
  return { oauth2, tokens: yield* oauth2.exchange(authorization, yield* signIn(authorization.url)) }
})

const usersWith = (credentials: Credentials.Credentials) =>
  Effect.flatMap(TestServer.TestServer, ({ baseUrl }) =>
    Effect.scoped(Users.make({ baseUrl, credentials, retryPolicy: RetryPolicy.none })),
  )

const refused = (error: unknown, reason: string, code?: string) => {
  assert.deepInclude(error, { _tag: "OAuth2Error", reason, ...(code === undefined ? {} : { error: code }) })
}

describe("the authorization-code flow with PKCE", () => {
  it.scopedLive("gives bearer tokens that the deployment takes", () =>
    Effect.gen(function* () {
      const { tokens } = yield* signedIn
      const users = yield* usersWith(Credentials.bearer(tokens.accessToken))
      const self = yield* users.getSelfUser
      assert.strictEqual(self.user.id, (yield* TestServer.TestServer).userId)
      assert.deepStrictEqual(tokens.scopes, ["read", "write"])
      assert.closeTo(tokens.expiresAt ?? 0, Date.now() + 3_600_000, 60_000)
    }).pipe(Effect.provide(world())),
  )

  it.scopedLive("works over fetch, for an application with a secret, and for other scopes", () =>
    Effect.gen(function* () {
      const registered = yield* TestOAuth2.TestOAuth2
      const oauth2 = yield* OAuth2.make({ ...registered, scopes: ["read", "offline_access"] }).pipe(
        Effect.provide(FetchHttpClient.layer),
      )
      const authorization = yield* oauth2.authorize
      const tokens = yield* oauth2.exchange(authorization, yield* signIn(authorization.url))
      assert.deepStrictEqual(tokens.scopes, ["read", "offline_access"])
      const stranger = yield* OAuth2.make({ ...registered, clientSecret: Redacted.make("another") })
      const again = yield* stranger.authorize
      refused(yield* Effect.flip(stranger.exchange(again, yield* signIn(again.url))), "Refused", "invalid_client")
    }).pipe(Effect.provide(world({ clientSecret: Redacted.make("s:e c+r%e/t&=") }))),
  )

  it.scopedLive("a state that is another one is refused before anything is sent", () =>
    Effect.gen(function* () {
      const oauth2 = yield* flow
      const [one, other] = [yield* oauth2.authorize, yield* oauth2.authorize]
      const callback = yield* signIn(other.url)
      refused(yield* Effect.flip(oauth2.exchange(one, callback)), "State")
      // The code was not spent.
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(oauth2.exchange(other, callback))))
    }).pipe(Effect.provide(world())),
  )

  it.scopedLive("another verifier, a code that is used twice, a code that is made up", () =>
    Effect.gen(function* () {
      const oauth2 = yield* flow
      const [one, other] = [yield* oauth2.authorize, yield* oauth2.authorize]
      const mixed = { ...one, codeVerifier: other.codeVerifier }
      refused(yield* Effect.flip(oauth2.exchange(mixed, yield* signIn(one.url))), "Refused", "invalid_grant")
      const callback = yield* signIn(other.url)
      const tokens = yield* oauth2.exchange(other, callback)
      refused(yield* Effect.flip(oauth2.exchange(other, callback)), "Refused", "invalid_grant")
      // Somebody else has the code: what was given for it is taken back.
      const users = yield* usersWith(Credentials.bearer(tokens.accessToken))
      assert.deepInclude(yield* Effect.flip(users.getSelfUser), { status: 401 })
      const made = new URL(callback)
      made.searchParams.set("code", "made-up")
      refused(yield* Effect.flip(oauth2.exchange(other, made.href)), "Refused", "invalid_grant")
    }).pipe(Effect.provide(world())),
  )

  it.scopedLive("what comes back and is no answer", () =>
    Effect.gen(function* () {
      const oauth2 = yield* flow
      const authorization = yield* oauth2.authorize
      const state = Redacted.value(authorization.state)
      const cases: ReadonlyArray<readonly [callback: string, reason: string, code?: string]> = [
        [`http://127.0.0.1/callback?state=${state}`, "Callback"],
        [`/callback?state=${state}&code=`, "Callback"],
        [`/callback?state=${state}&state=${state}&code=x`, "Callback"],
        [`/callback?state=${state}&code=x&code=y`, "Callback"],
        ["http://[", "Callback"],
        ["/callback?code=x", "State"],
        ["/callback?state=&code=x", "State"],
        ["/callback?error=access_denied", "State"],
        [`/callback?state=${state}&error=access_denied&error_description=x`, "Denied", "access_denied"],
        [`/callback?state=${state}&error=%1b[31mhunter22`, "Denied"],
      ]
      for (const [callback, reason, code] of cases) {
        const error = yield* Effect.flip(oauth2.exchange(authorization, callback))
        refused(error, reason, code)
        assert.notMatch(JSON.stringify(error), /hunter22/)
      }
    }).pipe(Effect.provide(world())),
  )

  it.scopedLive("the provider sends nobody to an address that is not registered, and says what it does not know", () =>
    Effect.gen(function* () {
      const registered = yield* TestOAuth2.TestOAuth2
      const elsewhere = yield* OAuth2.make({ ...registered, redirectUri: "http://127.0.0.1/evil" })
      assert.include(yield* signIn((yield* elsewhere.authorize).url), "status 400")
      const greedy = yield* OAuth2.make({ ...registered, scopes: ["everything"] })
      const authorization = yield* greedy.authorize
      const error = yield* Effect.flip(greedy.exchange(authorization, yield* signIn(authorization.url)))
      refused(error, "Denied", "invalid_scope")
    }).pipe(Effect.provide(world())),
  )
})

describe("a credential that refreshes itself", () => {
  it.scopedLive(
    "goes on when its token has expired: one refresh for 200 callers, with each refresh token used once",
    () =>
      Effect.gen(function* () {
        const provider = yield* TestOAuth2.TestOAuth2
        const { oauth2, tokens } = yield* signedIn
        const kept: Array<OAuth2.Tokens> = []
        const credentials = yield* oauth2.credentials(tokens, (next) => Effect.sync(() => void kept.push(next)))
        const users = yield* usersWith(credentials)
        for (let round = 1; round <= 3; round++) {
          const all = yield* Effect.all(
            Array.from({ length: 200 }, () => users.getSelfUser),
            { concurrency: 50 },
          )
          assert.strictEqual(all.length, 200)
          assert.strictEqual(kept.length, round - 1)
          yield* provider.expireAccessTokens
        }
        const told = new Set(kept.map(({ refreshToken }) => refreshToken && Redacted.value(refreshToken)))
        assert.strictEqual(told.size, kept.length)
      }).pipe(Effect.provide(world())),
  )

  it.scopedLive("refreshes before it asks when the tokens that it starts with are old", () =>
    Effect.gen(function* () {
      const { oauth2, tokens } = yield* signedIn
      const users = yield* usersWith(yield* oauth2.credentials({ ...tokens, expiresAt: Date.now() - 1 }))
      yield* users.getSelfUser
      assert.deepStrictEqual(
        (yield* Journal.entries()).map(({ outcome }) => outcome._tag),
        ["Success"],
      )
    }).pipe(Effect.provide(world())),
  )

  it.scopedLive("keeps a refresh token that the provider does not replace", () =>
    Effect.gen(function* () {
      const provider = yield* TestOAuth2.TestOAuth2
      const { oauth2, tokens } = yield* signedIn
      const users = yield* usersWith(yield* oauth2.credentials(tokens))
      for (let round = 0; round < 3; round++) {
        yield* users.getSelfUser
        yield* provider.expireAccessTokens
      }
    }).pipe(Effect.provide(world({ rotateRefreshTokens: false }))),
  )

  it.scopedLive("says so when it was signed out, or when there is no refresh token", () =>
    Effect.gen(function* () {
      const provider = yield* TestOAuth2.TestOAuth2
      const { oauth2, tokens } = yield* signedIn
      const { refreshToken: _, ...bare } = tokens
      for (const given of [tokens, bare]) {
        const users = yield* usersWith(yield* oauth2.credentials(given))
        yield* provider.revokeAll
        assert.deepInclude(yield* Effect.flip(users.getSelfUser), { _tag: "TransportError", reason: "Credentials" })
      }
    }).pipe(Effect.provide(world())),
  )

  it.scopedLive("a refresh that was sent is not lost when whoever asked is gone", () =>
    Effect.gen(function* () {
      const provider = yield* TestOAuth2.TestOAuth2
      const { oauth2, tokens } = yield* signedIn
      const kept: Array<OAuth2.Tokens> = []
      const users = yield* usersWith(
        yield* oauth2.credentials({ ...tokens, expiresAt: 0 }, (next) => Effect.sync(() => void kept.push(next))),
      )
      const fiber = yield* Effect.fork(users.getSelfUser)
      for (let turn = 0; turn < 5; turn++) yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* users.getSelfUser
      // Whether or not the first was sent, none was sent with a refresh token that had been replaced.
      assert.isAtLeast(kept.length, 1)
      yield* provider.expireAccessTokens
      yield* users.getSelfUser
    }).pipe(Effect.provide(world())),
  )
})

describe("a token endpoint that does not do as it should", () => {
  const endpoint = (answer: (response: Http.ServerResponse, form: string) => void) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.async<Http.Server>((resume) => {
          const server = Http.createServer((request, response) => {
            let form = ""
            request.on("data", (chunk) => {
              form += chunk
            })
            request.on("end", () => answer(response, form))
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) =>
          Effect.async<void>((resume) => {
            server.close(() => resume(Effect.void))
            server.closeAllConnections()
          }),
      ),
      (server) => {
        const address = server.address()
        return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/oauth2/token`
      },
    )

  const json = (status: number, body: unknown) => (response: Http.ServerResponse) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))

  const token = Redacted.value(Canary.header("access token"))
  const answers: Record<string, readonly [(response: Http.ServerResponse, form: string) => void, reason: string]> = {
    "500": [json(500, {}), "Unavailable"],
    "429": [json(429, {}), "Unavailable"],
    HTML: [(response) => response.end("<html>"), "Unreadable"],
    "a redirect": [(response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(), "Refused"],
    nothing: [(response) => response.end(), "Unreadable"],
    "a list": [json(200, []), "Unreadable"],
    "no token": [json(200, { token_type: "bearer" }), "Unreadable"],
    "an empty token": [json(200, { access_token: "" }), "Unreadable"],
    "a token with a line break": [json(200, { access_token: `${token}\n` }), "Unreadable"],
    "another kind of token": [json(200, { access_token: token, token_type: `mac ${token}` }), "Unreadable"],
    "a hang-up": [(response) => response.destroy(), "Unavailable"],
    "an error that repeats what it was told": [
      (response, form) =>
        json(400, { error: form, error_description: `${form} ${decodeURIComponent(form)}` })(response),
      "Refused",
    ],
  }
  const secrets = {
    refreshToken: Canary.header("refresh token"),
    clientSecret: Canary.text("client secret"),
    accessToken: Redacted.make(token),
  }
  for (const [what, [answer, reason]] of Object.entries(answers)) {
    it.scopedLive(`${what}: a typed error, and no secret in it`, () =>
      Effect.gen(function* () {
        const tokenUrl = yield* endpoint(answer)
        for (const clientSecret of [undefined, secrets.clientSecret]) {
          const options = { clientId: "app", clientSecret, redirectUri: "http://127.0.0.1/callback", tokenUrl }
          const oauth2 = yield* OAuth2.make(options)
          const exit = yield* Canary.assertNoLeak(oauth2.refresh(secrets.refreshToken), Canary.make(secrets))
          refused(Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined, reason)
          const users = yield* Effect.scoped(
            Users.make({
              baseUrl: tokenUrl.replace("/oauth2/token", "/v4"),
              retryPolicy: RetryPolicy.none,
              credentials: yield* oauth2.credentials({
                accessToken: secrets.accessToken,
                refreshToken: secrets.refreshToken,
                expiresAt: 0,
                scopes: [],
              }),
            }),
          )
          const failed = yield* Canary.assertNoLeak(users.getSelfUser, Canary.make(secrets))
          assert.isTrue(Exit.isFailure(failed))
        }
      }).pipe(Effect.provide(NodeTransport.layer)),
    )
  }

  it.scopedLive("a refresh that has reached the provider is not lost when nobody waits for it any more", () =>
    Effect.gen(function* () {
      const used: Array<string | null> = []
      const answered: Array<() => void> = []
      let arrive = () => {}
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve
      })
      const tokenUrl = yield* endpoint((response, form) => {
        if (form === "") {
          json(500, {})(response)
          return
        }
        used.push(new URLSearchParams(form).get("refresh_token"))
        const tokens = { access_token: `access-${used.length}`, refresh_token: `refresh-${used.length}` }
        answered.push(() => json(200, tokens)(response))
        if (used.length > 1) answered.at(-1)?.()
        arrive()
      })
      const oauth2 = yield* OAuth2.make({ clientId: "app", redirectUri: "http://127.0.0.1/callback", tokenUrl })
      const credentials = yield* oauth2.credentials({
        ...{ accessToken: Redacted.make("old"), refreshToken: Redacted.make("refresh-0"), expiresAt: 0, scopes: [] },
      })
      const baseUrl = tokenUrl.replace("/oauth2/token", "/v4")
      const users = yield* Effect.scoped(Users.make({ baseUrl, credentials, retryPolicy: RetryPolicy.none }))
      const first = yield* Effect.fork(users.getSelfUser)
      yield* Effect.promise(() => arrived)
      yield* Fiber.interrupt(first)
      const second = yield* Effect.fork(Effect.exit(users.getSelfUser))
      answered[0]?.()
      yield* Fiber.join(second)
      assert.deepStrictEqual(used, ["refresh-0", "refresh-1"])
    }).pipe(Effect.provide(NodeTransport.layer)),
  )

  it.effect("URLs that would send secrets in the clear, or elsewhere, are refused", () =>
    Effect.gen(function* () {
      const options = { clientId: "app", redirectUri: "http://127.0.0.1/callback" }
      for (const url of [
        "http://oauth2.example.com/token",
        "https://ada:hunter22@oauth2.example.com/token",
        "oauth2",
      ]) {
        for (const wrong of [{ tokenUrl: url }, { authorizationUrl: url }]) {
          const error = yield* Effect.flip(OAuth2.make({ ...options, ...wrong }))
          assert.include(String(error), Object.keys(wrong).join())
          assert.notMatch(String(error), /hunter/)
        }
      }
      const { url } = yield* Effect.flatMap(OAuth2.make(options), ({ authorize }) => authorize)
      assert.match(
        url,
        /^https:\/\/oauth2\.tiledb\.com\/oauth2\/authorize\?response_type=code&.*code_challenge_method=S256/,
      )
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})
