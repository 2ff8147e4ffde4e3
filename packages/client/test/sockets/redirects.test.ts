// Two recording servers on loopback and every transport: what arrived where.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient, type TileDBError, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { calls, id, type Method, methods, user } from "../support/documented.js"
import { type Answer, type Recorded, recordingServer } from "../support/recordingServer.js"
import { usersLayer } from "../support/users.js"

const statuses = [301, 302, 303, 307, 308] as const

const bodies: Record<Method, string> = {
  GET: "",
  POST: JSON.stringify({ current_password: "old pass", new_password: "new pass" }),
  PATCH: JSON.stringify({ display_name: "Ada" }),
  DELETE: "",
}

const success: Answer = { status: 200, body: JSON.stringify({ data: user }) }

const key = "tiledb_key"
const credentials = {
  "API key": { value: Credentials.apiKey(Redacted.make(key)), header: "x-tiledb-rest-api-key", sent: key },
  Basic: {
    value: Credentials.basic("ada", Redacted.make("pass")),
    header: "authorization",
    sent: `Basic ${Buffer.from("ada:pass").toString("base64")}`,
  },
  bearer: { value: Credentials.bearer(Redacted.make("token")), header: "authorization", sent: "Bearer token" },
}

/** The two servers: the one that redirects, and the other. Whatever is not under `/v4/users` or `/v4/actions` has moved. */
const servers = Effect.gen(function* () {
  const next: { redirect: Answer } = { redirect: success }
  const answer = ({ path }: Recorded) => (/^\/v4\/(?:users|actions)\//.test(path) ? next.redirect : success)
  const one = yield* recordingServer(answer)
  const other = yield* recordingServer(answer)
  const port = new URL(one.origin).port
  return { one, other, next, base: `http://localhost:${port}`, otherPort: new URL(other.origin).port, port }
})

type Servers = Effect.Effect.Success<typeof servers>

/** The same servers without sockets: what arrives is recorded, and answered, as by the real ones. */
const inMemory = (known: Servers): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.suspend(() => {
      const server = url.port === known.otherPort ? known.other : known.one
      const recorded: Recorded = {
        method: request.method,
        path: url.pathname + url.search,
        headers: { ...request.headers },
        body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : "",
      }
      server.requests.push(recorded)
      const answer = /^\/v4\/(?:users|actions)\//.test(url.pathname) ? known.next.redirect : success
      const { body = null, headers = {}, status } = answer
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))
    }),
  )

const transports: Record<string, (known: Servers) => Layer.Layer<HttpClient.HttpClient>> = {
  fetch: () => FetchHttpClient.layer,
  "node:http": () => NodeHttpClient.layer,
  undici: () => NodeHttpClient.layerUndici,
  NodeTransport: () => NodeTransport.layer,
  FetchTransport: () => FetchTransport.layer,
  "undici with a redirect interceptor": () =>
    NodeHttpClient.layerUndiciWithoutDispatcher.pipe(Layer.provide(following)),
  "NodeTransport with a redirect interceptor": () =>
    NodeTransport.layerWithoutDispatcher.pipe(Layer.provide(following)),
  "in memory": (known) => Layer.succeed(HttpClient.HttpClient, inMemory(known)),
}

/** A dispatcher that follows redirects by itself, and forwards an API key with them. */
const following = Layer.scoped(
  NodeHttpClient.Dispatcher,
  Effect.acquireRelease(
    Effect.sync(() => new Undici.Agent().compose(Undici.interceptors.redirect({ maxRedirections: 5 }))),
    (agent) => Effect.promise(() => agent.destroy()),
  ),
)

/** What a Location says, and which of the two servers gets to see the request because of it. */
const variants: Record<string, (known: Servers) => { location: string; to: "one" | "other" | undefined }> = {
  "same origin": ({ base }) => ({ location: `${base}/v4/moved?a=b`, to: "one" }),
  "same origin, path only": () => ({ location: "/v4/moved?a=b", to: "one" }),
  "same origin by //host": ({ port }) => ({ location: `//localhost:${port}/v4/moved?a=b`, to: "one" }),
  "other port, allowed": ({ otherPort }) => ({ location: `http://127.0.0.1:${otherPort}/v4/moved?a=b`, to: "other" }),
  "other port": ({ otherPort }) => ({ location: `http://localhost:${otherPort}/v4/moved?a=b`, to: undefined }),
  "other host, same server": ({ port }) => ({ location: `http://127.0.0.1:${port}/v4/moved`, to: undefined }),
  "other scheme": ({ port }) => ({ location: `https://localhost:${port}/v4/moved`, to: undefined }),
  userinfo: ({ otherPort }) => ({ location: `http://ada:secret@127.0.0.1:${otherPort}/v4/moved`, to: undefined }),
  "empty userinfo": ({ otherPort }) => ({ location: `http://@127.0.0.1:${otherPort}/v4/moved`, to: undefined }),
  "//host": ({ otherPort }) => ({ location: `//localhost:${otherPort}/v4/moved`, to: undefined }),
  backslashes: ({ otherPort }) => ({ location: `\\\\localhost:${otherPort}\\v4\\moved`, to: undefined }),
  "slash and backslash": ({ otherPort }) => ({ location: `/\\localhost:${otherPort}/v4/moved`, to: undefined }),
  punycode: ({ otherPort }) => ({ location: `http://xn--lcalhost-54a:${otherPort}/v4/moved`, to: undefined }),
  "trailing dot": ({ port }) => ({ location: `http://localhost.:${port}/v4/moved`, to: undefined }),
  subdomain: ({ port }) => ({ location: `http://eu.localhost:${port}/v4/moved`, to: undefined }),
}

const follows = (method: Method, status: number) => method === "GET" || status === 307 || status === 308

/** The part of a request that an origin must not get unasked. */
const essentials = ({ body, headers, method }: Recorded): Record<string, unknown> => ({
  method,
  body,
  key: headers["x-tiledb-rest-api-key"],
  authorization: headers.authorization,
  type: headers["content-type"],
  length: headers["content-length"],
  traced: ["b3", "traceparent"].filter((name) => name in headers),
})

const build = (known: Servers, transport: string, options: TileDBClient.Options = {}) => {
  const layer = transports[transport]?.(known) ?? assert.fail(transport)
  return Effect.map(
    Layer.build(
      Layer.provide(
        usersLayer({
          baseUrl: `${known.base}/v4`,
          credentials: credentials["API key"].value,
          allowedOrigins: [`http://127.0.0.1:${known.otherPort}`],
          retryPolicy: RetryPolicy.none,
          ...options,
        }),
        layer,
      ),
    ),
    Context.get(Users.Users),
  )
}

for (const transport of Object.keys(transports)) {
  describe(`redirects over ${transport}`, () => {
    // An interceptor that were not switched off would show in the plainest of cases.
    const some = transport.includes("interceptor") ? ["same origin", "other port, allowed", "other port"] : undefined
    for (const [variant, of] of Object.entries(variants).filter(([variant]) => some?.includes(variant) ?? true)) {
      it.scopedLive(variant, () =>
        Effect.gen(function* () {
          const known = yield* servers
          const { next, one, other } = known
          const { location, to } = of(known)
          const users = yield* build(known, transport)
          for (const status of statuses) {
            for (const method of methods) {
              const what = `${status} ${method}`
              next.redirect = { status, headers: { location }, body: "moved" }
              one.requests.length = 0
              other.requests.length = 0
              const call: Effect.Effect<unknown, TileDBError.TileDBError> = calls[method](users)
              const result = yield* Effect.either(call)

              const [first, ...more] = one.requests
              const arrived = [...more, ...other.requests]
              const sent = essentials(first ?? assert.fail(what))
              assert.deepInclude(
                sent,
                { method, body: bodies[method], key, authorization: undefined, traced: [] },
                what,
              )
              if (to !== undefined && follows(method, status)) {
                assert.isTrue(Either.isRight(result), what)
                assert.deepStrictEqual(arrived.map(essentials), [sent], what)
                assert.strictEqual(arrived[0]?.path, "/v4/moved?a=b", what)
                assert.strictEqual(more.length, to === "one" ? 1 : 0, what)
              } else {
                assert.deepStrictEqual(arrived, [], what)
                const error = Either.isLeft(result) ? result.left : undefined
                assert.deepInclude(error, { _tag: "TransportError", reason: "RedirectRefused", from: known.base }, what)
                assert.notMatch(JSON.stringify(error), /secret|moved|@|\?/, what)
              }
            }
          }
        }),
      )
    }

    it.scopedLive("every scheme is sent along, and trace headers if enabled; elsewhere nothing arrives", () =>
      Effect.gen(function* () {
        const known = yield* servers
        const { next, one, other, otherPort } = known
        for (const { header, sent, value } of Object.values(credentials)) {
          const users = yield* build(known, transport, { credentials: value, tracePropagation: true })
          const call = Effect.either(Effect.withSpan(users.getUser(id), "application"))

          next.redirect = { status: 307, headers: { location: `http://127.0.0.1:${otherPort}/v4/moved` } }
          other.requests.length = 0
          yield* call
          assert.strictEqual(other.requests[0]?.headers[header], sent)
          assert.containsAllKeys(other.requests[0]?.headers ?? {}, ["b3", "traceparent"])

          next.redirect = { status: 307, headers: { location: `http://localhost:${otherPort}/v4/moved` } }
          one.requests.length = 0
          other.requests.length = 0
          yield* call
          assert.strictEqual(one.requests[0]?.headers[header], sent)
          assert.deepStrictEqual(other.requests, [])
        }
      }),
    )

    it.scopedLive("A, then B, then A", () =>
      Effect.gen(function* () {
        const known = yield* servers
        const { base, next, one, other, otherPort } = known
        const users = yield* build(known, transport)
        next.redirect = { status: 307, headers: { location: `http://127.0.0.1:${otherPort}/v4/users/back` } }
        // B answers everything under /v4/users as A does: it points at itself.
        assert.deepInclude(yield* Effect.flip(users.getUser(id)), { reason: "RedirectLoop" })
        assert.deepStrictEqual([one.requests.length, other.requests.length], [1, 1])
        // Not allowed: B, which would point back, is not asked.
        const strict = yield* build(known, transport, { allowedOrigins: [] })
        assert.deepInclude(yield* Effect.flip(strict.getUser(id)), {
          reason: "RedirectRefused",
          from: base,
          to: `http://127.0.0.1:${otherPort}`,
        })
        assert.deepStrictEqual([one.requests.length, other.requests.length], [2, 1])
      }),
    )

    it.scopedLive("a circle and an endless road end", () =>
      Effect.gen(function* () {
        const known = yield* servers
        const { next, one } = known
        const users = yield* build(known, transport)
        next.redirect = { status: 308, headers: { location: `/v4/users/${id}` } }
        assert.deepInclude(yield* Effect.flip(users.getUser(id)), { reason: "RedirectLoop" })
        assert.strictEqual(one.requests.length, 1)
        one.requests.length = 0
        next.redirect = {
          status: 308,
          headers: {
            get location() {
              return `/v4/users/${one.requests.length}`
            },
          },
        }
        assert.deepInclude(yield* Effect.flip(users.getUser(id)), { reason: "RedirectLimit" })
        assert.strictEqual(one.requests.length, 6)
      }),
    )
  })
}

describe.each(Object.entries({ FetchHttpClient, FetchTransport }))("what users set for fetch: %s", (_, { layer }) => {
  const dispatcher = { marker: "proxy" }
  const none: object = { dispatcher: undefined }
  const recorded = () => {
    const inits: Array<RequestInit> = []
    const custom: typeof fetch = (input, init = {}) => {
      inits.push(init)
      return fetch(input, Object.assign({ ...init }, none))
    }
    return { custom, inits }
  }
  // Node's types know fewer options than its fetch takes.
  const more: object = { cache: "no-store", dispatcher }
  const usersOwn: RequestInit = { redirect: "follow", headers: { "x-marker": "mine" }, ...more }

  const places: Record<
    string,
    (custom: typeof fetch) => {
      readonly layer: Layer.Layer<HttpClient.HttpClient>
      readonly around: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
    }
  > = {
    "in fetch's Layer": (custom) => ({
      layer: layer.pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, usersOwn)),
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, custom)),
      ),
      around: (effect) => effect,
    }),
    "around the call": (custom) => ({
      layer,
      around: (effect) =>
        effect.pipe(
          Effect.provideService(FetchHttpClient.RequestInit, usersOwn),
          Effect.provideService(FetchHttpClient.Fetch, custom),
        ),
    }),
    "around the client": (custom) => ({
      layer: Layer.provide(
        Layer.effect(
          HttpClient.HttpClient,
          Effect.map(
            HttpClient.HttpClient,
            HttpClient.transformResponse((response) =>
              response.pipe(
                Effect.provideService(FetchHttpClient.RequestInit, usersOwn),
                Effect.provideService(FetchHttpClient.Fetch, custom),
              ),
            ),
          ),
        ),
        layer,
      ),
      around: (effect) => effect,
    }),
  }

  for (const [place, set] of Object.entries(places)) {
    it.scopedLive(`is kept except for redirects: ${place}`, () =>
      Effect.gen(function* () {
        const known = yield* servers
        const { base, next, one, other, otherPort } = known
        const { custom, inits } = recorded()
        const { around, layer } = set(custom)
        const users = Context.get(
          yield* Layer.build(
            Layer.provide(
              usersLayer({
                baseUrl: `${base}/v4`,
                credentials: credentials["API key"].value,
                retryPolicy: RetryPolicy.none,
              }),
              layer,
            ),
          ),
          Users.Users,
        )
        next.redirect = { status: 307, headers: { location: `http://127.0.0.1:${otherPort}/v4/moved` } }
        const error = yield* Effect.flip(around(users.updateUser(id, { display_name: "Ada" })))
        assert.deepInclude(error, { _tag: "TransportError", reason: "RedirectRefused" })
        assert.deepStrictEqual(other.requests, [])
        next.redirect = { status: 307, headers: { location: "/v4/moved" } }
        yield* around(users.updateUser(id, { display_name: "Ada" }))
        assert.deepStrictEqual(
          one.requests.map(({ headers }) => headers["x-marker"]),
          ["mine", "mine", "mine"],
        )
        for (const init of inits) {
          assert.strictEqual(init.redirect, "manual")
          assert.strictEqual(Reflect.get(init, "cache"), "no-store")
          assert.strictEqual<unknown>(Reflect.get(init, "dispatcher"), dispatcher)
        }
        assert.strictEqual(inits.length, 3)
      }),
    )
  }
})
