import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import { text } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, Users } from "@effect-tiledb/client"
import { Canary, Deployment, Journal, TestHttpClient } from "@effect-tiledb/testkit"
import { ConfigProvider, Deferred, Effect, Exit, Fiber, Redacted, Runtime, TestClock } from "effect"
import { allowInsecureRequests } from "oauth4webapi"
import { accessTokens, configured, type Provider, signIn } from "../src/sign-in.js"

interface Rules {
  /** What the page of the provider sends back; default: a code, and the state that it was given. */
  readonly redirect?: (answer: { code: string; state: string }) => Record<string, string>
  /** What the token endpoint answers in place of tokens. */
  readonly answer?: (form: URLSearchParams) => unknown
  /** What happens before a refresh is answered. */
  readonly beforeRefresh?: Effect.Effect<void>
  readonly refreshTokens?: "rotated" | "kept" | "none"
}

/** A provider of one application, whose access tokens the deployment takes for its owner's. */
const makeProvider = (rules: Rules = {}) =>
  Effect.gen(function* () {
    const { issueBearer, ownerId, revoke } = yield* Deployment.Deployment
    const runtime = yield* Effect.runtime()
    const codes = new Map<string, { readonly challenge: string | null; readonly redirectUri: string }>()
    const refreshTokens = new Set<string>()
    const accessTokens: Array<Redacted.Redacted<string>> = []
    /** Everything that nobody may tell. */
    const secrets: Record<string, string> = {}
    /** The grants that were asked for, and what became of them. */
    const grants: Array<string> = []

    const secret = (what: string, value = randomBytes(24).toString("hex")) => {
      secrets[`${what} ${Object.keys(secrets).length}`] = value
      return value
    }

    const authorize = (query: URLSearchParams) => {
      const redirectUri = query.get("redirect_uri") ?? ""
      const state = query.get("state") ?? ""
      const asked = ["response_type", "client_id", "scope", "code_challenge_method"].map((name) => query.get(name))
      if (asked.join() !== "code,app,read,S256") return `${redirectUri}?error=invalid_request&state=${state}`
      const code = secret("code")
      codes.set(code, { challenge: query.get("code_challenge"), redirectUri })
      const { redirect = (answer) => answer } = rules
      return `${redirectUri}?${new URLSearchParams(redirect({ code, state }))}`
    }

    /** Whether a code or a refresh token is good; each is taken once. */
    const isGood = (form: URLSearchParams) => {
      if (form.get("client_id") !== "app") return false
      if (form.get("grant_type") === "refresh_token") {
        const token = form.get("refresh_token") ?? ""
        return rules.refreshTokens === "kept" ? refreshTokens.has(token) : refreshTokens.delete(token)
      }
      const code = form.get("code") ?? ""
      const grant = codes.get(code)
      codes.delete(code)
      const verifier = secret("verifier", form.get("code_verifier") ?? "")
      const challenge = createHash("sha256").update(verifier).digest("base64url")
      return grant?.challenge === challenge && grant.redirectUri === form.get("redirect_uri")
    }

    const json = (response: ServerResponse, status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))

    const token = async (form: URLSearchParams, response: ServerResponse) => {
      const [grant, good] = [form.get("grant_type"), isGood(form)]
      grants.push(`${grant}${good ? "" : " refused"}`)
      if (rules.answer !== undefined) return json(response, 400, rules.answer(form))
      if (!good) return json(response, 400, { error: "invalid_grant" })
      const access = await Runtime.runPromise(runtime)(Effect.orDie(issueBearer(ownerId)))
      accessTokens.push(access)
      const tokens = { access_token: secret("access", Redacted.value(access)), token_type: "Bearer", expires_in: 3600 }
      if (grant === "refresh_token") await Runtime.runPromise(runtime)(rules.beforeRefresh ?? Effect.void)
      if (rules.refreshTokens === "none") return json(response, 200, tokens)
      if (rules.refreshTokens === "kept" && grant === "refresh_token") return json(response, 200, tokens)
      const refresh_token = secret("refresh")
      refreshTokens.add(refresh_token)
      return json(response, 200, { ...tokens, refresh_token })
    }

    const server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1")
      if (pathname === "/authorize") return response.writeHead(302, { location: authorize(searchParams) }).end()
      return token(new URLSearchParams(await text(request)), response)
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening")),
      () => Effect.sync(() => server.close().closeAllConnections()),
    )
    const address = server.address()
    const issuer = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    const provider: Provider = {
      server: { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      client: { client_id: "app" },
      scope: "read",
      options: { [allowInsecureRequests]: true },
    }
    const revokeAll = Effect.suspend(() => Effect.forEach(accessTokens, revoke, { discard: true }))
    return { provider, grants, secrets, revokeAll }
  })

/** What a browser does. */
const browse = (url: string) => Effect.promise(() => fetch(url))

const users = (provider: Provider) =>
  Effect.gen(function* () {
    const credentials = Credentials.bearer(yield* accessTokens(provider, yield* signIn(provider, browse)))
    const client = TileDBClient.make({ credentials, retryPolicy: RetryPolicy.none })
    return yield* Effect.provideServiceEffect(Users.make, TileDBClient.TileDBClient, client)
  })

const world = Effect.provide(TestHttpClient.layer())

const refreshes = (grants: ReadonlyArray<string>) => grants.filter((grant) => grant.startsWith("refresh_token"))

describe("sign-in", () => {
  it.scoped("a code becomes a token that the service takes, and the server for the redirect ends", () =>
    Effect.gen(function* () {
      const { grants, provider } = yield* makeProvider()
      const urls: Array<URL> = []
      const tokens = yield* signIn(provider, (url) =>
        Effect.gen(function* () {
          const redirectUri = new URL(url).searchParams.get("redirect_uri") ?? ""
          urls.push(new URL(redirectUri))
          // What else a browser asks for ends nothing.
          assert.strictEqual((yield* browse(new URL("/favicon.ico", redirectUri).href)).status, 404)
          assert.strictEqual((yield* browse(url)).status, 200)
        }),
      )
      const credentials = Credentials.bearer(yield* accessTokens(provider, tokens))
      const { getSelfUser } = yield* Effect.provideServiceEffect(
        Users.make,
        TileDBClient.TileDBClient,
        TileDBClient.make({ credentials }),
      )
      assert.strictEqual((yield* getSelfUser).user.id, (yield* Deployment.Deployment).ownerId)
      assert.deepStrictEqual(grants, ["authorization_code"])
      const [url] = urls
      assert.strictEqual(url?.hostname, "127.0.0.1")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.tryPromise(() => fetch(`${url}`)))))
    }).pipe(world),
  )

  it.scoped("who declines is not signed in", () =>
    Effect.gen(function* () {
      const { grants, provider } = yield* makeProvider({ redirect: ({ state }) => ({ state, error: "access_denied" }) })
      const error = yield* Effect.flip(signIn(provider, browse))
      assert.deepInclude(error, { _tag: "Denied", message: "The provider refused the sign-in: access_denied" })
      assert.deepStrictEqual(grants, [])
    }).pipe(world),
  )

  for (const [what, redirect] of Object.entries<NonNullable<Rules["redirect"]>>({
    "another state": ({ code }) => ({ code, state: "another" }),
    "no state": ({ code }) => ({ code }),
    "an error without the state": () => ({ error: "access_denied" }),
    "another issuer": (answer) => ({ ...answer, iss: "https://elsewhere.example.com" }),
  })) {
    it.scoped(`${what}: nothing is sent`, () =>
      Effect.gen(function* () {
        const { grants, provider } = yield* makeProvider({ redirect })
        assert.strictEqual((yield* Effect.flip(signIn(provider, browse)))._tag, "StateMismatch")
        assert.deepStrictEqual(grants, [])
      }).pipe(world),
    )
  }

  it.scoped("a code that was asked for with another challenge is refused", () =>
    Effect.gen(function* () {
      const { grants, provider } = yield* makeProvider()
      const error = yield* Effect.flip(
        signIn(provider, (url) => browse(url.replace(/code_challenge=[\w-]+/, `code_challenge=${"A".repeat(43)}`))),
      )
      assert.deepInclude(error, { _tag: "TokenError", message: "The token endpoint gave no tokens: invalid_grant" })
      assert.deepStrictEqual(grants, ["authorization_code refused"])
    }).pipe(world),
  )

  it.scoped("nobody comes back: it ends after five minutes", () =>
    Effect.gen(function* () {
      const { provider } = yield* makeProvider()
      const shown = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(Effect.flip(signIn(provider, () => Deferred.succeed(shown, undefined))))
      yield* Deferred.await(shown)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
    }).pipe(world),
  )

  it.scoped("no code and no token goes over http, except where a test allows it for loopback", () =>
    Effect.gen(function* () {
      const { grants, provider } = yield* makeProvider()
      const error = yield* Effect.flip(signIn({ ...provider, options: {} }, browse))
      assert.include(error.message, "OAUTH_HTTP_REQUEST_FORBIDDEN")
      assert.deepStrictEqual(grants, [])
    }).pipe(world),
  )

  it.effect("the token URL is given, the authorization URL is the one that TileDB publishes", () =>
    Effect.gen(function* () {
      const variables = new Map([["OAUTH2_CLIENT_ID", "app"]])
      const read = Effect.suspend(() => Effect.withConfigProvider(configured, ConfigProvider.fromMap(variables)))
      assert.include(String(yield* Effect.flip(read)), "OAUTH2_TOKEN_URL")
      variables.set("OAUTH2_TOKEN_URL", "https://oauth2.example.com/token")
      const { server } = yield* read
      assert.strictEqual(server.token_endpoint, "https://oauth2.example.com/token")
      assert.strictEqual(server.authorization_endpoint, "https://oauth2.tiledb.com/oauth2/authorize")
    }),
  )
})

describe("the tokens of a sign-in", () => {
  it.scoped("expired: one refresh for all callers, with each refresh token used once", () =>
    Effect.gen(function* () {
      const { grants, provider } = yield* makeProvider()
      const { getSelfUser } = yield* users(provider)
      for (let round = 0; round < 3; round++) {
        yield* Effect.replicateEffect(getSelfUser, 100, { concurrency: "unbounded" })
        assert.deepStrictEqual(refreshes(grants), Array(round).fill("refresh_token"))
        yield* TestClock.adjust("1 hour")
      }
      const outcomes = (yield* Journal.entries()).map(({ outcome }) => outcome._tag)
      assert.deepStrictEqual(new Set(outcomes), new Set(["Success"]))
    }).pipe(world),
  )

  it.scoped("refused: one refresh for all callers", () =>
    Effect.gen(function* () {
      const { grants, provider, revokeAll } = yield* makeProvider()
      const { getSelfUser } = yield* users(provider)
      yield* getSelfUser
      yield* revokeAll
      yield* Effect.replicateEffect(getSelfUser, 100, { concurrency: "unbounded" })
      assert.deepStrictEqual(refreshes(grants), ["refresh_token"])
    }).pipe(world),
  )

  it.scoped("a refresh token that is not replaced is kept", () =>
    Effect.gen(function* () {
      const { grants, provider, revokeAll } = yield* makeProvider({ refreshTokens: "kept" })
      const { getSelfUser } = yield* users(provider)
      for (let round = 0; round < 3; round++) {
        yield* getSelfUser
        yield* revokeAll
      }
      assert.deepStrictEqual(refreshes(grants), ["refresh_token", "refresh_token"])
    }).pipe(world),
  )

  it.scoped("without a refresh token the person signs in again", () =>
    Effect.gen(function* () {
      const { provider, revokeAll } = yield* makeProvider({ refreshTokens: "none" })
      const token = yield* accessTokens(provider, yield* signIn(provider, browse))
      yield* token
      assert.include((yield* Effect.flip(token)).message, "sign in again")
      const { getSelfUser } = yield* users(provider)
      yield* revokeAll
      assert.deepInclude(yield* Effect.flip(getSelfUser), { _tag: "TransportError", reason: "Credentials" })
    }).pipe(world),
  )

  it.scoped("a refresh that was sent is not lost when nobody waits for it any more", () =>
    Effect.gen(function* () {
      const [arrived, answer] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { grants, provider, revokeAll } = yield* makeProvider({
        beforeRefresh: Effect.zipRight(Deferred.succeed(arrived, undefined), Deferred.await(answer)),
      })
      const { getSelfUser } = yield* users(provider)
      yield* getSelfUser
      yield* TestClock.adjust("1 hour")
      const first = yield* Effect.fork(getSelfUser)
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(first)
      const second = yield* Effect.fork(getSelfUser)
      yield* Deferred.succeed(answer, undefined)
      yield* Fiber.join(second)
      yield* revokeAll
      yield* getSelfUser
      assert.notInclude(grants, "refresh_token refused")
    }).pipe(world),
  )
})

describe("secrets", () => {
  const echo = (form: URLSearchParams) => ({
    error: `${form}`,
    error_description: `${form}`,
    ...Object.fromEntries(form),
  })
  for (const [what, rules] of Object.entries<Rules>({
    "all goes well": {},
    "the user declines": { redirect: ({ code, state }) => ({ state, error: code, error_description: code }) },
    "the state is another one": { redirect: ({ code }) => ({ code, state: "another" }) },
    "the token endpoint repeats what it was told": { answer: echo },
    "the token endpoint repeats a code as an error": { answer: (form) => ({ error: form.get("code") }) },
    "there is nothing to refresh with": { refreshTokens: "none" },
  })) {
    it.scoped(`${what}: in no error, log line, span or line of the console`, () =>
      Effect.gen(function* () {
        const { provider, revokeAll, secrets } = yield* makeProvider(rules)
        const program = Effect.gen(function* () {
          const { getSelfUser } = yield* users(provider)
          yield* getSelfUser
          yield* revokeAll
          yield* getSelfUser
        }).pipe(Effect.scoped)
        const sighting = yield* Canary.watch(Effect.tapErrorCause(program, Effect.logError))
        assert.strictEqual(Exit.isSuccess(sighting.exit), what === "all goes well")
        assert.isAbove(Object.keys(secrets).length, 0)
        assert.deepStrictEqual(Canary.leaks(sighting, Canary.make(secrets)), [])
      }).pipe(world),
    )
  }
})
