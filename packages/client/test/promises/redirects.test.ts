// The rule itself, and the client in memory, where origins can be what they like: https, regional hosts, other schemes.
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient, type TileDBError } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as Redirect from "../../src/internal/attempt/redirect.js"
import { calls, id, type Method, methods, user } from "../support/documented.js"
import { seedOf } from "../support/exhaustive.js"
import { makeUsers } from "../support/users.js"

const key = "tiledb_key"
const statuses = [301, 302, 303, 307, 308] as const

const follows = (method: Method, status: number) => method === "GET" || status === 307 || status === 308

/** Answers a redirect wherever `locations` has one for the URL, and success elsewhere. */
const service = (status: number, locations: Readonly<Record<string, string>>) => {
  const sent: Array<HttpClientRequest> = []
  const client = HttpClient.make((request, url) => {
    sent.push(request)
    const location = locations[url.href]
    return Effect.sync(() => {
      if (location === undefined) {
        return HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ data: user }), { status: 200 }))
      }
      const response = HttpClientResponse.fromWeb(request, new Response(null, { status }))
      // `Response` would refuse or trim some of these, and a transport may not.
      return Object.create(response, { headers: { value: { location } } })
    })
  })
  return { client, sent }
}

const usersOver = (client: HttpClient.HttpClient, options: TileDBClient.Options) =>
  makeUsers({ credentials: Credentials.apiKey(Redacted.make(key)), retryPolicy: RetryPolicy.none, ...options }).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.scoped,
  )

const pathOf = {
  GET: `/users/${id}`,
  POST: "/actions/users/change_password",
  PATCH: `/users/${id}`,
  DELETE: `/users/${id}`,
}

const bodyOf = (request: HttpClientRequest | undefined) =>
  request?.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : undefined

/** Calls once from a base URL that answers with this Location. */
const redirected = (
  base: string,
  location: string,
  status: number,
  method: Method,
  options: TileDBClient.Options = {},
) =>
  Effect.gen(function* () {
    const { client, sent } = service(status, { [base + pathOf[method]]: location })
    const users = yield* usersOver(client, { baseUrl: base, ...options })
    const call: Effect.Effect<unknown, TileDBError.TileDBError> = calls[method](users)
    return { result: yield* Effect.either(call), sent }
  })

const api = "https://api.tiledb.com/v4"

/** From the global API: what a Location says, and where the request may go; `undefined` for nowhere. */
const fromApi: Record<
  string,
  { readonly location: string; readonly to: string | undefined; readonly reason?: string }
> = {
  "same origin": { location: "https://api.tiledb.com/v4/moved", to: "https://api.tiledb.com/v4/moved" },
  "same origin, path only": { location: "/v4/moved?again=1", to: "https://api.tiledb.com/v4/moved?again=1" },
  "same origin, relative": { location: "?again=1", to: "" },
  "same origin, default port": {
    location: "https://api.tiledb.com:443/v4/moved",
    to: "https://api.tiledb.com/v4/moved",
  },
  "same origin, upper case": { location: "HTTPS://API.TileDB.COM/v4/moved", to: "https://api.tiledb.com/v4/moved" },
  "same origin, fragment": { location: "/v4/moved#top", to: "https://api.tiledb.com/v4/moved" },
  "regional host": {
    location: "https://us-east-1.aws.api.tiledb.com/v4/moved",
    to: "https://us-east-1.aws.api.tiledb.com/v4/moved",
  },
  "regional host, one label": {
    location: "https://eu.api.tiledb.com/v4/moved",
    to: "https://eu.api.tiledb.com/v4/moved",
  },
  "regional host, other port": { location: "https://eu.api.tiledb.com:8443/v4/moved", to: undefined },
  "regional host, http": { location: "http://eu.api.tiledb.com/v4/moved", to: undefined, reason: "RedirectInsecure" },
  "regional host, punycode": { location: "https://xn--eu-1ka.api.tiledb.com/v4/moved", to: undefined },
  "regional host, underscore": { location: "https://e_u.api.tiledb.com/v4/moved", to: undefined },
  "regional host, hyphen first": { location: "https://-eu.api.tiledb.com/v4/moved", to: undefined },
  "regional host, empty label": { location: "https://eu..api.tiledb.com/v4/moved", to: undefined },
  "regional host, trailing dot": { location: "https://eu.api.tiledb.com./v4/moved", to: undefined },
  "no label": { location: "https://.api.tiledb.com/v4/moved", to: undefined },
  "no label boundary": { location: "https://evilapi.tiledb.com/v4/moved", to: undefined },
  "no label boundary, hyphen": { location: "https://evil-api.tiledb.com/v4/moved", to: undefined },
  "regional host as a subdomain": { location: "https://eu.api.tiledb.com.evil.example/v4/moved", to: undefined },
  "parent domain": { location: "https://tiledb.com/v4/moved", to: undefined },
  sibling: { location: "https://app.tiledb.com/v4/moved", to: undefined },
  "another host": { location: "https://evil.example/v4/moved", to: undefined },
  "other port": { location: "https://api.tiledb.com:8443/v4/moved", to: undefined },
  http: { location: "http://api.tiledb.com/v4/moved", to: undefined, reason: "RedirectInsecure" },
  "http on port 443": { location: "http://api.tiledb.com:443/v4/moved", to: undefined, reason: "RedirectInsecure" },
  "http elsewhere": { location: "http://evil.example/v4/moved", to: undefined, reason: "RedirectInsecure" },
  "another scheme": { location: "ftp://api.tiledb.com/v4/moved", to: undefined },
  "javascript:": { location: "javascript:alert(1)", to: undefined },
  "data:": { location: "data:application/json,{}", to: undefined },
  "file:": { location: "file:///etc/hosts", to: undefined },
  "blob: with the same origin": { location: "blob:https://api.tiledb.com/v4/moved", to: undefined },
  userinfo: { location: "https://ada:secret@api.tiledb.com/v4/moved", to: undefined },
  "a username": { location: "https://ada@api.tiledb.com/v4/moved", to: undefined },
  "empty userinfo": { location: "https://@api.tiledb.com/v4/moved", to: undefined },
  "empty userinfo with a colon": { location: "//:@api.tiledb.com/v4/moved", to: undefined },
  "the host as userinfo": { location: "https://api.tiledb.com@evil.example/v4/moved", to: undefined },
  "userinfo without slashes": { location: "http:ada:secret@api.tiledb.com/v4/moved", to: undefined },
  "//host": { location: "//evil.example/v4/moved", to: undefined },
  "//host, the same": { location: "//api.tiledb.com/v4/moved", to: "https://api.tiledb.com/v4/moved" },
  "///host": { location: "///evil.example/v4/moved", to: undefined },
  "one slash": { location: "https:/evil.example/v4/moved", to: "https://api.tiledb.com/evil.example/v4/moved" },
  backslashes: { location: "\\\\evil.example\\v4\\moved", to: undefined },
  "slash and backslash": { location: "/\\evil.example/v4/moved", to: undefined },
  "backslash before the host": { location: "https:\\\\api.tiledb.com/v4/moved", to: undefined },
  "backslash as the end of the host": { location: "https://evil.example\\@api.tiledb.com/v4/moved", to: undefined },
  punycode: { location: "https://xn--ap-fka.tiledb.com/v4/moved", to: undefined },
  "a letter that looks the same": { location: "https://\u0430pi.tiledb.com/v4/moved", to: undefined },
  "a full-width dot": { location: "https://api\uff0etiledb.com/v4/moved", to: undefined },
  "an escaped dot": { location: "https://api%2etiledb.com/v4/moved", to: "https://api.tiledb.com/v4/moved" },
  "trailing dot": { location: "https://api.tiledb.com./v4/moved", to: undefined },
  "a tab in the scheme": { location: "ht\ttps://api.tiledb.com/v4/moved", to: undefined },
  "a line feed": { location: "/v4/moved\n", to: undefined },
  "a space": { location: "/v4/mo ved", to: undefined },
  "two Locations": { location: "https://api.tiledb.com/v4/moved, https://evil.example/", to: undefined },
  "no URL": { location: "https://", to: undefined },
  "an empty host with a port": { location: "https://:443/v4/moved", to: undefined },
  "an IPv6 host": { location: "https://[::1]/v4/moved", to: undefined },
  "loopback, http": { location: "http://127.0.0.1/v4/moved", to: undefined, reason: "RedirectInsecure" },
}

describe("a redirect from https://api.tiledb.com", () => {
  for (const [variant, { location, reason, to }] of Object.entries(fromApi)) {
    it.effect(variant, () =>
      Effect.gen(function* () {
        for (const status of statuses) {
          for (const method of methods) {
            const what = `${status} ${method}`
            const from = api + pathOf[method]
            const { result, sent } = yield* redirected(api, location, status, method)
            const [first, second] = sent
            assert.strictEqual(first?.url, from, what)
            if (to !== undefined && follows(method, status)) {
              assert.strictEqual(result._tag, "Right", what)
              assert.strictEqual(sent.length, 2, what)
              assert.strictEqual(second?.url, to === "" ? `${from}?again=1` : to, what)
              assert.strictEqual(second?.method, method, what)
              assert.deepStrictEqual({ ...second?.headers }, { ...first?.headers }, what)
              assert.strictEqual(second?.headers["x-tiledb-rest-api-key"], key, what)
              assert.strictEqual(bodyOf(second), bodyOf(first), what)
            } else {
              assert.strictEqual(sent.length, 1, what)
              assert.deepInclude(
                result._tag === "Left" ? result.left : {},
                {
                  _tag: "TransportError",
                  reason: to === undefined ? (reason ?? "RedirectRefused") : "RedirectRefused",
                  outcome: follows(method, status) ? "NotSent" : "Unknown",
                  from: "https://api.tiledb.com",
                },
                what,
              )
              assert.notMatch(JSON.stringify(result), /secret|again|moved|@/, what)
            }
          }
        }
      }),
    )
  }

  it.effect("regional hosts are for that base only", () =>
    Effect.gen(function* () {
      for (const base of [
        "https://api.example.com/v4",
        "https://eu.api.tiledb.com/v4",
        "https://api.tiledb.com:8443/v4",
      ]) {
        for (const location of ["https://us.eu.api.tiledb.com/v4/moved", "https://us.api.tiledb.com/v4/moved"]) {
          const { result, sent } = yield* redirected(base, location, 307, "GET")
          assert.deepInclude(result._tag === "Left" ? result.left : {}, { reason: "RedirectRefused" })
          assert.strictEqual(sent.length, 1)
        }
      }
    }),
  )

  it.effect("from one regional host to another and back to the global one", () =>
    Effect.gen(function* () {
      const { client, sent } = service(307, {
        [`${api}/users/${id}`]: "https://eu.api.tiledb.com/v4/1",
        "https://eu.api.tiledb.com/v4/1": "https://us-east-1.aws.api.tiledb.com/v4/2",
        "https://us-east-1.aws.api.tiledb.com/v4/2": "https://api.tiledb.com/v4/3",
      })
      const users = yield* usersOver(client, {})
      yield* users.getUser(id)
      assert.deepStrictEqual(
        sent.map(({ headers, url }) => [new URL(url).host, headers["x-tiledb-rest-api-key"]]),
        ["api.tiledb.com", "eu.api.tiledb.com", "us-east-1.aws.api.tiledb.com", "api.tiledb.com"].map((host) => [
          host,
          key,
        ]),
      )
    }),
  )
})

describe("allowedOrigins", () => {
  const base = "https://one.example.com/v4"
  const options = { allowedOrigins: ["https://two.example.com", "http://127.0.0.1:8080"] }

  it.effect("are followed exactly, and nothing that resembles them", () =>
    Effect.gen(function* () {
      const cases: Record<string, boolean> = {
        "https://two.example.com/v4/moved": true,
        "https://two.example.com:443/v4/moved": true,
        "https://two.example.com:8443/v4/moved": false,
        "https://sub.two.example.com/v4/moved": false,
        "https://two.example.com./v4/moved": false,
        "https://two.example.com.evil.example/v4/moved": false,
        "https://ada@two.example.com/v4/moved": false,
        "//two.example.com/v4/moved": true,
        "https://three.example.com/v4/moved": false,
      }
      for (const [location, allowed] of Object.entries(cases)) {
        for (const status of statuses) {
          for (const method of methods) {
            const { result, sent } = yield* redirected(base, location, status, method, options)
            const followed = allowed && follows(method, status)
            assert.strictEqual(sent.length, followed ? 2 : 1, `${location} ${status} ${method}`)
            assert.strictEqual(result._tag, followed ? "Right" : "Left")
            if (followed) assert.strictEqual(bodyOf(sent[1]), bodyOf(sent[0]))
          }
        }
      }
    }),
  )

  it.effect("never turn https into http", () =>
    Effect.gen(function* () {
      for (const status of statuses) {
        const { result, sent } = yield* redirected(base, "http://127.0.0.1:8080/v4/moved", status, "GET", options)
        assert.deepInclude(result._tag === "Left" ? result.left : {}, {
          reason: "RedirectInsecure",
          from: "https://one.example.com",
          to: "http://127.0.0.1:8080",
        })
        assert.strictEqual(sent.length, 1)
      }
    }),
  )

  it.effect("A, then B, then A: B cannot choose the path on A", () =>
    Effect.gen(function* () {
      const there = "https://two.example.com/v4/there"
      const back = `${base}/back`
      // Allowed: everything goes along.
      const both = service(307, { [`${base}/users/${id}`]: there, [there]: back })
      yield* (yield* usersOver(both.client, { baseUrl: base, ...options })).getUser(id)
      assert.deepStrictEqual(
        both.sent.map(({ headers, url }) => [url, headers["x-tiledb-rest-api-key"]]),
        [
          [`${base}/users/${id}`, key],
          [there, key],
          [back, key],
        ],
      )
      // Not allowed: B is not even asked, and so cannot send anybody back.
      const one = service(307, { [`${base}/users/${id}`]: there, [there]: back })
      const error = yield* Effect.flip((yield* usersOver(one.client, { baseUrl: base })).getUser(id))
      assert.deepInclude(error, {
        reason: "RedirectRefused",
        from: "https://one.example.com",
        to: "https://two.example.com",
      })
      assert.strictEqual(one.sent.length, 1)
      // B is allowed, and points to C, which is not.
      const on = service(307, { [`${base}/users/${id}`]: there, [there]: "https://three.example.com/v4/on?key=1" })
      const refused = yield* Effect.flip((yield* usersOver(on.client, { baseUrl: base, ...options })).getUser(id))
      assert.deepInclude(refused, {
        reason: "RedirectRefused",
        from: "https://two.example.com",
        to: "https://three.example.com",
      })
      assert.strictEqual(on.sent.length, 2)
    }),
  )
})

describe("redirects without end", () => {
  const base = "https://api.example.com/v4"
  const start = `${base}/users/${id}`

  it.effect("five hops are followed, a sixth is not", () =>
    Effect.gen(function* () {
      const chain = (hops: number) =>
        Object.fromEntries(
          Array.from({ length: hops }, (_, hop) => [hop === 0 ? start : `${base}/hop${hop}`, `/v4/hop${hop + 1}`]),
        )
      const five = service(308, chain(5))
      yield* (yield* usersOver(five.client, { baseUrl: base })).getUser(id)
      assert.strictEqual(five.sent.length, 6)
      const six = service(308, chain(6))
      const error = yield* Effect.flip((yield* usersOver(six.client, { baseUrl: base })).getUser(id))
      assert.deepInclude(error, { _tag: "TransportError", reason: "RedirectLimit" })
      assert.strictEqual(six.sent.length, 6)
    }),
  )

  it.effect("a loop is detected when it closes", () =>
    Effect.gen(function* () {
      const itself = service(307, { [start]: start })
      const error = yield* Effect.flip((yield* usersOver(itself.client, { baseUrl: base })).getUser(id))
      assert.deepInclude(error, {
        reason: "RedirectLoop",
        from: "https://api.example.com",
        to: "https://api.example.com",
      })
      assert.strictEqual(itself.sent.length, 1)
      const pair = service(307, { [start]: "/v4/there", [`${base}/there`]: `${start}#again` })
      assert.deepInclude(yield* Effect.flip((yield* usersOver(pair.client, { baseUrl: base })).getUser(id)), {
        reason: "RedirectLoop",
      })
      assert.strictEqual(pair.sent.length, 2)
    }),
  )

  it.effect("no Location, and a 3xx that is no redirect, are answers like any other", () =>
    Effect.gen(function* () {
      for (const status of [300, 301, 304, 305, 306, 307]) {
        const client = HttpClient.make((request) =>
          Effect.sync(() =>
            HttpClientResponse.fromWeb(
              request,
              new Response(null, { status, headers: status === 301 || status === 307 ? {} : { location: "/v4/x" } }),
            ),
          ),
        )
        const error = yield* Effect.flip((yield* usersOver(client, { baseUrl: base })).getUser(id))
        assert.deepInclude(error, { _tag: "ApiError", status })
      }
    }),
  )

  it.effect("a browser's opaque redirect is refused; it may have followed the deed", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) =>
        Effect.sync(() => HttpClientResponse.fromWeb(request, Response.error())),
      )
      const users = yield* usersOver(client, { baseUrl: base })
      assert.deepInclude(yield* Effect.flip(users.getUser(id)), { reason: "RedirectRefused", outcome: "NotSent" })
      assert.deepInclude(yield* Effect.flip(users.deleteUser(id)), { reason: "RedirectRefused", outcome: "Unknown" })
    }),
  )
})

describe("a target outside of the base URL's domain", () => {
  const key = "tiledb_Zx9-qP4vLm27Kd0wR8sT"
  const password = "p\u00e4ss 84321907 W\u00f6rd"

  const built: Record<string, (secret: string) => string> = {
    "a name": () => "https://elsewhere.example.net",
    "a secret in lower case": (secret) => `https://${secret.replace(/[^A-Za-z0-9]/g, "").slice(0, 20)}.example.net`,
    "a secret in hexadecimal": (secret) => `https://${Buffer.from(secret).toString("hex").slice(0, 40)}.example.net`,
    "in punycode": () => "https://p\u00e4ss.example.net",
    "an address": () => `https://${84321907}`,
    "an address of version 6": () => "https://[2001:db8::506:a573]",
    "a domain that ends like it": () => "https://notexample.com",
  }
  for (const [what, build] of Object.entries(built)) {
    for (const [scheme, credentials, secret] of [
      ["API key", Credentials.apiKey(Redacted.make(key)), key],
      ["Basic", Credentials.basic("ada", Redacted.make(password)), password],
    ] as const) {
      it.effect(`is another origin: ${what}, ${scheme}`, () =>
        Effect.gen(function* () {
          const location = new URL(build(secret)).href
          const client = HttpClient.make((request) =>
            Effect.sync(() =>
              HttpClientResponse.fromWeb(request, new Response(null, { status: 307, headers: { location } })),
            ),
          )
          const users = yield* usersOver(client, { baseUrl: "https://api.example.com/v4", credentials })
          const error = yield* Effect.flip(
            users.changePassword({
              current_password: Redacted.make("84321907"),
              new_password: Redacted.make(secret),
            }),
          )
          assert.deepInclude(error, { reason: "RedirectRefused", to: "another origin", outcome: "NotSent" })
          assert.include(error.message, "leads to another origin; nothing was done; the host is not shown")
          assert.notInclude(error.message + JSON.stringify(error), new URL(location).hostname)
        }),
      )
    }
  }

  it.effect("is shown where it is loopback, and so is one inside of it", () =>
    Effect.gen(function* () {
      for (const origin of [
        "https://console.tiledb.com",
        "https://eu-west-1.sso.tiledb.com:8443",
        "https://tiledb.com",
        "http://api.tiledb.com",
        "http://127.0.0.1:49152",
        "http://[::1]:49152",
      ]) {
        const client = HttpClient.make((request) =>
          Effect.sync(() =>
            HttpClientResponse.fromWeb(
              request,
              new Response(null, { status: 307, headers: { location: `${origin}/v4/users` } }),
            ),
          ),
        )
        const users = yield* usersOver(client, {
          baseUrl: "https://api.tiledb.com/v4",
          credentials: Credentials.apiKey(Redacted.make(key)),
        })
        const error = yield* Effect.flip(users.getUser(id))
        assert.strictEqual(error._tag === "TransportError" ? error.to : "", origin)
        assert.include(error.message, `leads to ${origin}`)
      }
    }),
  )

  it.effect("a host of the domain that was followed to is named by the error", () =>
    Effect.gen(function* () {
      const host = "eu.api.tiledb.com"
      const client = HttpClient.make((request) =>
        Effect.sync(() =>
          HttpClientResponse.fromWeb(
            request,
            request.url.includes(host)
              ? new Response(null, { status: 500 })
              : new Response(null, { status: 307, headers: { location: `https://${host}/v4/users` } }),
          ),
        ),
      )
      const users = yield* usersOver(client, {
        baseUrl: "https://api.tiledb.com/v4",
        credentials: Credentials.apiKey(Redacted.make(key)),
      })
      const error = yield* Effect.flip(users.getUser(id))
      assert.deepInclude(error, { _tag: "ApiError", status: 500 })
      assert.match(error.message, /\[usr_\w+, eu\.api\.tiledb\.com\]$/)
    }),
  )
})

describe("whatever a Location says", () => {
  const location = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc
      .tuple(
        fc.constantFrom("https:", "http:", "", "HTTPS:", "ftp:", "ht\ttps:", "javascript:"),
        fc.constantFrom("//", "/", "\\\\", "/\\", "///", ""),
        fc.constantFrom("", "@", "ada@", "ada:pw@", "api.tiledb.com@", "\t"),
        fc.constantFrom(
          "api.tiledb.com",
          "eu.api.tiledb.com",
          "evil.example",
          "api.tiledb.com.evil.example",
          "[::1]",
          "127.0.0.1",
        ),
        fc.constantFrom("", ".", ":443", ":80", ":8443", "\\", "\r\n", "\u3002"),
        fc.constantFrom("", "/v4/x", "?a=b", "#f", "/../..", "\\evil.example", "/%2e%2e/"),
      )
      .map((parts) => parts.join("")),
  )
  const policies: ReadonlyArray<Redirect.RedirectPolicy> = [
    { baseOrigin: "https://api.tiledb.com", allowedOrigins: new Set() },
    { baseOrigin: "https://api.tiledb.com", allowedOrigins: new Set(["https://two.example.com"]) },
    { baseOrigin: "http://127.0.0.1:8080", allowedOrigins: new Set(["https://two.example.com"]) },
  ]

  it("the request stays where it may be, and the refusal is an origin and no more", () => {
    fc.assert(
      fc.property(
        location,
        fc.constantFrom(...statuses),
        fc.constantFrom(...methods),
        fc.constantFrom(...policies),
        (location, status, method, policy) => {
          const from = `${policy.baseOrigin}/v4/users`
          const decision = Redirect.decide(policy, { method, status, location, from, visited: [from] })
          if (decision._tag === "Follow") {
            const { hash, origin, password, username } = new URL(decision.url)
            assert.isTrue(
              origin === policy.baseOrigin ||
                policy.allowedOrigins.has(origin) ||
                (policy.baseOrigin === "https://api.tiledb.com" &&
                  /^https:\/\/[a-z0-9.-]+\.api\.tiledb\.com$/.test(origin)),
              decision.url,
            )
            assert.strictEqual(hash + username + password, "")
            assert.isTrue(follows(method, status))
          } else if (decision.to !== undefined) {
            assert.strictEqual(new URL(decision.to).origin, decision.to)
            assert.notMatch(decision.to, /[@?#\s\\]|\/\/.*\//)
          }
        },
      ),
      { seed: seedOf(20260131), numRuns: 5000 },
    )
  })
})
