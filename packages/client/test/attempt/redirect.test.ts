import { assert, describe, it } from "@effect/vitest"
import { decide, type RedirectPolicy } from "../../src/internal/attempt/redirect.js"

const api = "https://api.tiledb.com"
const elsewhere = "https://two.example.com"

const policy = (baseOrigin: string, ...allowed: ReadonlyArray<string>): RedirectPolicy => ({
  baseOrigin,
  allowedOrigins: new Set(allowed),
})

interface Case {
  readonly policy?: RedirectPolicy
  readonly method?: string
  readonly status?: number
  readonly from?: string
  readonly visited?: ReadonlyArray<string>
}

/** Where a Location leads: the URL that is followed, or why it is not. */
const leads = (location: string, more: Case = {}): string => {
  const { from = `${api}/v4/users`, method = "GET", policy: rules = policy(api), status = 307 } = more
  const decision = decide(rules, { method, status, location, from, visited: more.visited ?? [from] })
  if (decision._tag === "Follow") return decision.url
  const { _tag, acted, reason, to } = decision
  assert.strictEqual(_tag, "Refuse")
  return [reason, to, acted ? "acted" : undefined].filter((_) => _ !== undefined).join(" ")
}

const refused = "RedirectRefused"

describe("a redirect is followed", () => {
  it("within the origin, however the Location is written, without its fragment", () => {
    assert.strictEqual(leads("/v4/moved?a=1#top"), `${api}/v4/moved?a=1`)
    assert.strictEqual(leads("moved"), `${api}/v4/moved`)
    assert.strictEqual(leads("?again"), `${api}/v4/users?again`)
    assert.strictEqual(leads("//api.tiledb.com:443/v4/moved"), `${api}/v4/moved`)
    assert.strictEqual(leads("HTTPS://API.TileDB.com/~!$&'()*+,;=:@%20"), `${api}/~!$&'()*+,;=:@%20`)
    assert.strictEqual(
      leads("http://127.0.0.1:8080/a", { from: "http://127.0.0.1:8080/", policy: policy("http://127.0.0.1:8080") }),
      "http://127.0.0.1:8080/a",
    )
  })

  it("to a region of the public service, and from there to another or back", () => {
    const regions = [
      "https://eu.api.tiledb.com",
      "https://us-east-1.aws.api.tiledb.com",
      "https://a.b.c.api.tiledb.com",
      `https://${"a".repeat(63)}.api.tiledb.com`,
      "https://1.api.tiledb.com",
      "https://a1.api.tiledb.com",
      "https://xnn.api.tiledb.com",
    ]
    for (const region of regions) {
      assert.strictEqual(leads(`${region}/v4/x`), `${region}/v4/x`)
      assert.strictEqual(leads(`${api}/v4/x`, { from: `${region}/v4` }), `${api}/v4/x`)
    }
  })

  it("to an origin that is allowed, and to no other that looks like it", () => {
    const rules = policy(api, elsewhere)
    assert.strictEqual(leads(`${elsewhere}/v4/x`, { policy: rules }), `${elsewhere}/v4/x`)
    for (const other of ["https://two.example.com:444", "https://one.two.example.com", "https://example.com"]) {
      assert.strictEqual(leads(`${other}/v4/x`, { policy: rules }), `${refused} ${other}`)
    }
  })

  it("by a method that a 307 or 308 preserves, or by GET", () => {
    for (const status of [301, 302, 303, 307, 308]) {
      assert.strictEqual(leads("/v4/x", { status }), `${api}/v4/x`)
      for (const method of ["POST", "PATCH", "DELETE"]) {
        const kept = status === 307 || status === 308
        assert.strictEqual(
          leads("/v4/x", { status, method }),
          kept ? `${api}/v4/x` : `${refused} ${api} acted`,
          `${status} ${method}`,
        )
      }
    }
  })
})

describe("a redirect is refused", () => {
  it("to a host that is no region of the public service", () => {
    for (const host of [
      "evil.example",
      "evilapi.tiledb.com",
      "evil-api.tiledb.com",
      "tiledb.com",
      "app.tiledb.com",
      "eu.api.tiledb.com.evil.example",
      "eu.api.tiledbxcom",
      "eu.apixtiledb.com",
      "api.tiledb.com.",
      "xn--eu-1ka.api.tiledb.com",
      "eu.xn--eu-1ka.api.tiledb.com",
      "-eu.api.tiledb.com",
      "eu-.api.tiledb.com",
      "e_u.api.tiledb.com",
      `${"a".repeat(64)}.api.tiledb.com`,
      "eu.api.tiledb.com:8443",
      "api.tiledb.com:8443",
    ]) {
      assert.strictEqual(leads(`https://${host}/v4/x`), `${refused} https://${host}`)
    }
  })

  it("to a region, or to the public service, from somewhere else", () => {
    const rules = { policy: policy(elsewhere), from: `${elsewhere}/v4` }
    assert.strictEqual(leads("https://eu.api.tiledb.com/v4/x", rules), `${refused} https://eu.api.tiledb.com`)
    assert.strictEqual(leads(`${api}/v4/x`, rules), `${refused} ${api}`)
  })

  it("to plain http from https, wherever it leads; not from http", () => {
    assert.strictEqual(leads("http://api.tiledb.com/v4/x"), "RedirectInsecure http://api.tiledb.com")
    const rules = policy(api, "http://127.0.0.1:8080", elsewhere)
    assert.strictEqual(leads("http://127.0.0.1:8080/x", { policy: rules }), "RedirectInsecure http://127.0.0.1:8080")
    const local = { policy: rules, from: "http://127.0.0.1:8080/v4" }
    assert.strictEqual(leads("http://127.0.0.1:8080/x", local), "http://127.0.0.1:8080/x")
    assert.strictEqual(leads(`${elsewhere}/x`, local), `${elsewhere}/x`)
  })

  it("by another scheme, and then nothing of it is told", () => {
    for (const location of [
      "ftp://api.tiledb.com/x",
      "javascript:alert(1)",
      "data:,x",
      "file:///x",
      "blob:https://api.tiledb.com/x",
    ]) {
      assert.strictEqual(leads(location), refused, location)
    }
  })

  it("with a username or password, an empty one too; an @ elsewhere is none", () => {
    for (const location of [
      "https://ada@api.tiledb.com/x",
      "https://:pw@api.tiledb.com/x",
      "https://ada:pw@api.tiledb.com/x",
      "https://@api.tiledb.com/x",
      "HTTPS://:@api.tiledb.com/x",
      "//@api.tiledb.com/x",
      "///@api.tiledb.com/x",
    ]) {
      assert.strictEqual(leads(location), `${refused} ${api}`, location)
    }
    const local = { policy: policy("http://127.0.0.1", elsewhere), from: "http://127.0.0.1/v4" }
    for (const location of [
      "https:ada@two.example.com/x",
      "https::pw@two.example.com/x",
      "https:ada:pw@two.example.com/x",
    ]) {
      assert.strictEqual(leads(location, local), `${refused} ${elsewhere}`, location)
    }
    for (const path of ["/@x", "/x?a=//@", "/x/https://@y", "/v4//@x"]) assert.strictEqual(leads(path), `${api}${path}`)
    assert.strictEqual(leads("moved/x://@y"), `${api}/v4/moved/x://@y`)
  })

  it("where it is no URL, or the parser would have to repair it", () => {
    for (const location of [
      "https://",
      "https://:443/x",
      "/a b",
      "/a\tb",
      "/a\n",
      "\\\\evil.example",
      "/a\\b",
      "/\u00fc",
      "/\u007f",
      " /x",
      "/x ",
    ]) {
      assert.strictEqual(leads(location), refused, JSON.stringify(location))
    }
  })

  it("and may have been obeyed already, by anything but GET, where the status does not keep the method", () => {
    for (const [status, method, acted] of [
      [301, "GET", ""],
      [303, "POST", " acted"],
      [302, "DELETE", " acted"],
      [307, "POST", ""],
      [308, "DELETE", ""],
    ] as const) {
      assert.strictEqual(leads("https://evil.example/", { status, method }), `${refused} https://evil.example${acted}`)
      assert.strictEqual(leads("\n", { status, method }), `${refused}${acted}`)
    }
  })
})

describe("a redirect to a page to sign in at", () => {
  const detailOf = (location: string, more: { readonly method?: string; readonly allowed?: string } = {}) => {
    const { allowed, method = "POST" } = more
    const from = `${api}/v4/users`
    const rules = allowed === undefined ? policy(api) : policy(api, allowed)
    const decision = decide(rules, { method, status: 302, location, from, visited: [from] })
    return decision._tag === "Refuse" ? decision.detail : decision._tag
  }

  it("is known by its host or path, for every method, whether its origin is allowed or not", () => {
    for (const location of [
      "https://login.example-access.com/cdn-cgi/access/login?kid=1",
      "https://login.example.com/?next=/v4",
      "https://accounts.example.com/o/oauth2/v2/auth?client_id=1",
      "https://login.example.com/tenant/oauth2/authorize",
      "https://example.okta.example/app/tiledb/sso/saml",
      "https://sso.example.com/realms/x/protocol/openid-connect/auth",
      "https://authenticate.example.com/.pomerium/sign_in",
      "https://auth.example.com/",
      "https://example.com/users/Sign-In",
      "/oauth2/start?rd=%2Fv4",
    ]) {
      assert.strictEqual(detailOf(location), "SIGN_IN_PAGE", location)
      assert.strictEqual(detailOf(location, { method: "DELETE" }), "SIGN_IN_PAGE", location)
      const { origin } = new URL(location, api)
      assert.strictEqual(detailOf(location, { allowed: origin }), "SIGN_IN_PAGE", location)
      assert.strictEqual(detailOf(location, { method: "GET" }), origin === api ? "Follow" : "SIGN_IN_PAGE", location)
    }
  })

  it("is no other page", () => {
    for (const location of [
      "https://eu.example.com/v4/users",
      "https://authors.example.com/",
      "https://example.com/logins",
      "https://example.com/v4?next=/login",
      "https://blogin.example.com/",
    ]) {
      assert.isUndefined(detailOf(location), location)
    }
  })
})

describe("redirects end", () => {
  const visited = (count: number) => Array.from({ length: count }, (_, index) => `${api}/v4/${index}`)

  it("where one was visited before", () => {
    assert.strictEqual(leads("/v4/1#again", { visited: visited(3) }), `RedirectLoop ${api}`)
    assert.strictEqual(leads("/v4/users"), `RedirectLoop ${api}`)
  })

  it("after the fifth", () => {
    assert.strictEqual(leads("/v4/x", { visited: visited(5) }), `${api}/v4/x`)
    assert.strictEqual(leads("/v4/x", { visited: visited(6) }), `RedirectLimit ${api}`)
  })
})
