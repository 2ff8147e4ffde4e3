import { assert, describe, it } from "@effect/vitest"
import { Deployment, Fixtures, Mailbox, TestHttpClient } from "@effect-tiledb/testkit"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { basic, bearer, fieldsOf, idOf, key, newestToken, ownerKey, type Raw, readError, send } from "../support/raw.js"

const people = [
  Fixtures.user("ada", { role: "admin" }),
  Fixtures.user("bob"),
  Fixtures.user("cleo"),
  Fixtures.user("olga", { role: "owner" }),
]

const deployment = (options: Deployment.Options = {}) =>
  Effect.provide(TestHttpClient.layer({ users: people, ...options }))

const ada = { username: "eve", email: "eve@example.com", password: "secret" }

describe("credentials", () => {
  it.effect("an API key, Basic and a bearer token all work, one at a time", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const bob = yield* idOf("bob")
      const all = [
        key(yield* d.issueApiKey(bob)),
        bearer(yield* d.issueBearer(bob)),
        basic("bob"),
        basic("BOB", Fixtures.password("bob")),
      ]
      for (const headers of all) {
        const answer = yield* send("GET", "/users/self", { headers })
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(JSON.parse(answer.text).data.user.id, bob)
        assert.strictEqual(JSON.parse(answer.text).data.workspaces.length, 1)
      }
    }).pipe(deployment()),
  )

  it.effect("none, wrong or unreadable ones are 401; open operations take none, but not a wrong one", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const wrong: ReadonlyArray<Record<string, string>> = [
        key(Redacted.make("tiledb_wrong")),
        key(Redacted.make("")),
        key(yield* d.issueBearer(d.ownerId)),
        bearer(d.apiKey),
        basic("bob", Redacted.make("wrong")),
        basic("nobody"),
        { authorization: "" },
        { authorization: "Basic" },
        { authorization: "Basic ***" },
        { authorization: `Basic ${btoa("bob")}` },
        { authorization: `Basic ${btoa("\xff\xfe:x")}` },
        { authorization: "Digest username=bob" },
      ]
      assert.strictEqual((yield* send("GET", "/users/self")).status, 401)
      for (const headers of wrong) {
        assert.strictEqual((yield* send("GET", "/users/self", { headers })).status, 401, JSON.stringify(headers))
        assert.strictEqual((yield* send("POST", "/users", { headers, json: ada })).status, 401)
      }
      const name = { json: { username_or_email: "bob" } }
      assert.strictEqual((yield* send("POST", "/users", { json: ada })).status, 201)
      assert.strictEqual((yield* send("POST", "/actions/users/request_password_reset", name)).status, 204)
      assert.strictEqual((yield* send("POST", "/actions/users/request_email_confirmation", name)).status, 204)
    }).pipe(deployment()),
  )

  it.effect("of several schemes on one request the API key or scoped token counts", () =>
    Effect.gen(function* () {
      const headers = { ...(yield* ownerKey), ...basic("bob") }
      const self = yield* send("GET", "/users/self", { headers })
      assert.deepInclude(JSON.parse(self.text).data.user, { username: "owner" })
      const wrong = { ...key(Redacted.make("tiledb_wrong")), ...basic("bob") }
      assert.strictEqual((yield* send("GET", "/users/self", { headers: wrong })).status, 401)
      const token = yield* newestTokenAfterReset("bob")
      const reset = { headers: { ...key(token), ...basic("bob") }, json: { new_password: "new" } }
      assert.strictEqual((yield* send("POST", "/actions/users/reset_password", reset)).status, 204)
    }).pipe(deployment()),
  )

  it.effect("a user name may hold anything UTF-8, and a password colons", () =>
    Effect.gen(function* () {
      const json = { username: "zoë ☃", email: "z@example.com", password: "a:b:ü" }
      assert.strictEqual((yield* send("POST", "/users", { json })).status, 201)
      const headers = basic("zoë ☃", Redacted.make("a:b:ü"))
      assert.strictEqual((yield* send("GET", "/users/self", { headers })).status, 200)
    }).pipe(deployment()),
  )
})

const newestTokenAfterReset = (username: string) =>
  Effect.zipRight(
    send("POST", "/actions/users/request_password_reset", { json: { username_or_email: username } }),
    newestToken(username, "password_reset"),
  )

describe("scoped tokens", () => {
  it.effect("work once, for their own operation, and are nobody's session", () =>
    Effect.gen(function* () {
      yield* send("POST", "/users", { json: ada })
      const confirm = yield* newestToken("eve", "confirm_email")
      const reset = yield* newestTokenAfterReset("eve")
      const json = { new_password: "new" }
      const confirming = (headers: Raw["headers"]) =>
        send("POST", "/actions/users/confirm_email", { headers: headers ?? {} })
      const resetting = (headers: Raw["headers"]) =>
        send("POST", "/actions/users/reset_password", { headers: headers ?? {}, json })
      // Not a session, not the other's scope, not in another header.
      for (const token of [confirm, reset]) {
        assert.strictEqual((yield* send("GET", "/users/self", { headers: key(token) })).status, 401)
        assert.strictEqual((yield* send("GET", "/users/self", { headers: bearer(token) })).status, 401)
      }
      assert.strictEqual((yield* confirming(key(reset))).status, 401)
      assert.strictEqual((yield* resetting(key(confirm))).status, 401)
      assert.strictEqual((yield* confirming(bearer(confirm))).status, 401)
      assert.strictEqual((yield* confirming({})).status, 401)
      // No session opens them either.
      for (const headers of [yield* ownerKey, basic("eve", Redacted.make("secret"))]) {
        assert.strictEqual((yield* confirming(headers)).status, 401)
        assert.strictEqual((yield* resetting(headers)).status, 401)
      }
      assert.strictEqual((yield* confirming(key(confirm))).status, 204)
      assert.strictEqual((yield* confirming(key(confirm))).status, 401)
      assert.strictEqual((yield* resetting(key(reset))).status, 204)
      assert.strictEqual((yield* resetting(key(reset))).status, 401)
      const self = yield* send("GET", "/users/self", { headers: basic("eve", Redacted.make("new")) })
      assert.strictEqual(JSON.parse(self.text).data.user.is_valid_email, true)
      assert.strictEqual(
        (yield* send("GET", "/users/self", { headers: basic("eve", Redacted.make("secret")) })).status,
        401,
      )
    }).pipe(deployment()),
  )

  it.effect("a refused reset does not use the token up", () =>
    Effect.gen(function* () {
      const headers = key(yield* newestTokenAfterReset("bob"))
      const refused = yield* send("POST", "/actions/users/reset_password", { headers, json: { new_password: "" } })
      assert.deepStrictEqual([refused.status, fieldsOf(refused)], [400, ["new_password"]])
      const json = { new_password: "new" }
      assert.strictEqual((yield* send("POST", "/actions/users/reset_password", { headers, json })).status, 204)
    }).pipe(deployment()),
  )

  it.effect("expire by the Clock, to the millisecond", () =>
    Effect.gen(function* () {
      yield* send("POST", "/users", { json: ada })
      const confirm = key(yield* newestToken("eve", "confirm_email"))
      const reset = key(yield* newestTokenAfterReset("eve"))
      yield* TestClock.adjust(Duration.subtract(Duration.hours(1), Duration.millis(1)))
      const bad = { headers: reset, json: { new_password: 1 } }
      assert.strictEqual((yield* send("POST", "/actions/users/reset_password", bad)).status, 400)
      yield* TestClock.adjust(1)
      const good = { headers: reset, json: { new_password: "new" } }
      assert.strictEqual((yield* send("POST", "/actions/users/reset_password", good)).status, 401)
      yield* TestClock.adjust(Duration.subtract(Duration.hours(23), Duration.millis(1)))
      assert.strictEqual((yield* send("POST", "/actions/users/confirm_email", { headers: confirm })).status, 204)
      const second = key(
        yield* Effect.zipRight(
          send("POST", "/actions/users/request_email_confirmation", { json: { username_or_email: "EVE@example.com" } }),
          newestToken("eve", "confirm_email"),
        ),
      )
      yield* TestClock.adjust("24 hours")
      assert.strictEqual((yield* send("POST", "/actions/users/confirm_email", { headers: second })).status, 401)
    }).pipe(deployment()),
  )

  it.effect("a change of password kills reset tokens, a change of address kills confirmation tokens", () =>
    Effect.gen(function* () {
      const bob = yield* idOf("bob")
      const reset = key(yield* newestTokenAfterReset("bob"))
      const json = { current_password: "pw-bob", new_password: "next" }
      assert.strictEqual(
        (yield* send("POST", "/actions/users/change_password", { headers: basic("bob"), json })).status,
        204,
      )
      const dead = { headers: reset, json: { new_password: "new" } }
      assert.strictEqual((yield* send("POST", "/actions/users/reset_password", dead)).status, 401)
      const two = [key(yield* newestTokenAfterReset("bob")), key(yield* newestTokenAfterReset("bob"))]
      const [first, second] = yield* Effect.forEach(two, (headers) =>
        send("POST", "/actions/users/reset_password", { headers, json: { new_password: "again" } }),
      )
      assert.deepStrictEqual([first?.status, second?.status], [204, 401])
      const headers = yield* ownerKey
      yield* send("PATCH", `/users/${bob}`, { headers, json: { email: "b2@example.com" } })
      const old = key(yield* newestToken("b2@example.com", "confirm_email"))
      yield* send("PATCH", `/users/${bob}`, { headers, json: { email: "b3@example.com" } })
      assert.strictEqual((yield* send("POST", "/actions/users/confirm_email", { headers: old })).status, 401)
      const fresh = key(yield* newestToken("b3@example.com", "confirm_email"))
      assert.strictEqual((yield* send("POST", "/actions/users/confirm_email", { headers: fresh })).status, 204)
    }).pipe(deployment()),
  )
})

describe("bad input", () => {
  it.effect("a 400 lists all the fields that are wrong", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
        [{}, ["email", "username", "password"]],
        [{ username: null, email: "", password: 1, timezone: {} }, ["email", "username", "password", "timezone"]],
        [{ ...ada, image: [], display_name: true }, ["display_name", "image"]],
        [{ ...ada, image: null, display_name: null, timezone: null, shoe_size: 42 }, []],
      ]
      for (const [json, fields] of cases) {
        const answer = yield* send("POST", "/users", { json })
        assert.strictEqual(answer.status, fields.length === 0 ? 201 : 400)
        if (fields.length > 0) assert.deepStrictEqual(fieldsOf(answer), fields)
      }
    }).pipe(deployment()),
  )

  it.effect("the current password is checked along with the new one", () =>
    Effect.gen(function* () {
      const change = (json: unknown) => send("POST", "/actions/users/change_password", { headers: basic("bob"), json })
      assert.deepStrictEqual(fieldsOf(yield* change({ current_password: "wrong", new_password: "x" })), [
        "current_password",
      ])
      const both = yield* change({ current_password: "wrong", new_password: null })
      assert.deepStrictEqual(fieldsOf(both).toSorted(), ["current_password", "new_password"])
      assert.strictEqual((yield* send("GET", "/users/self", { headers: basic("bob") })).status, 200)
    }).pipe(deployment()),
  )

  it.effect("nothing named __proto__ has a say", () =>
    Effect.gen(function* () {
      const evil = `{"__proto__":{"username":"x","email":"x","password":"x","role":"owner"},"constructor":{"prototype":{"polluted":1}}}`
      const answer = yield* send("POST", "/users", { body: evil })
      assert.deepStrictEqual(fieldsOf(answer), ["email", "username", "password"])
      const headers = basic("bob")
      const bob = yield* idOf("bob")
      const before = yield* send("GET", `/users/${bob}`, { headers })
      yield* send("PATCH", `/users/${bob}`, {
        headers,
        body: `{"__proto__":{"display_name":"x"},"role":"owner","id":"y"}`,
      })
      const after = yield* send("GET", `/users/${bob}`, { headers })
      assert.strictEqual(after.text, before.text)
      assert.notProperty({}, "polluted")
      assert.notProperty({}, "role")
    }).pipe(deployment()),
  )

  it.effect("a taken username or address is a 409 that says which, whatever the case", () =>
    Effect.gen(function* () {
      const post = (json: unknown) => send("POST", "/users", { json })
      const both = yield* post({ ...ada, username: "BOB", email: "Cleo@Example.com" })
      assert.deepStrictEqual([both.status, fieldsOf(both)], [409, ["username", "email"]])
      assert.deepStrictEqual(fieldsOf(yield* post({ ...ada, username: "bob" })), ["username"])
      const bob = yield* idOf("bob")
      const headers = basic("bob")
      const moved = yield* send("PATCH", `/users/${bob}`, { headers, json: { email: "CLEO@example.com" } })
      assert.deepStrictEqual([moved.status, fieldsOf(moved)], [409, ["email"]])
      const same = yield* send("PATCH", `/users/${bob}`, { headers, json: { email: "BOB@example.com" } })
      assert.strictEqual(same.status, 204)
      const empty = yield* send("PATCH", `/users/${bob}`, { headers, json: { email: "" } })
      assert.deepStrictEqual([empty.status, fieldsOf(empty)], [400, ["email"]])
    }).pipe(deployment()),
  )

  it.effect("each error has a request id of its own, and a code that is not the status", () =>
    Effect.gen(function* () {
      const errors = yield* Effect.replicateEffect(Effect.map(send("GET", "/users/self"), readError), 20)
      assert.strictEqual(new Set(errors.map(({ request_id }) => request_id)).size, 20)
      assert.deepStrictEqual(Array.from(new Set(errors.map(({ code }) => code))), [10301])
    }).pipe(deployment()),
  )
})

describe("the life of a user", () => {
  it.effect("times come from the Clock and ids have the documented form", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-01-31T12:00:00Z"))
      const created = JSON.parse(
        (yield* send("POST", "/users", { json: { ...ada, image: "data:image/png;base64,AA==" } })).text,
      ).data
      assert.match(created.id, /^usr_[0-9a-v]{20}$/)
      assert.match(created.image_id, /^img_[0-9a-v]{20}$/)
      assert.deepStrictEqual(
        [
          created.created_at,
          created.updated_at,
          created.role,
          created.is_valid_email,
          created.display_name,
          created.timezone,
        ],
        ["2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z", "member", false, "eve", "UTC"],
      )
      yield* TestClock.adjust("1 hour")
      const headers = basic("eve", Redacted.make("secret"))
      const json = { display_name: "", timezone: "Europe/Athens", email: null, image: "data:image/png;base64,BB==" }
      const updated = yield* send("PATCH", `/users/${created.id}`, { headers, json })
      assert.deepStrictEqual([updated.status, updated.text], [204, ""])
      const read = JSON.parse((yield* send("GET", `/users/${created.id}`, { headers })).text).data
      assert.notStrictEqual(read.image_id, created.image_id)
      assert.deepStrictEqual(
        [read.created_at, read.updated_at, read.display_name, read.timezone, read.email],
        ["2026-01-31T12:00:00.000Z", "2026-01-31T13:00:00.000Z", "", "Europe/Athens", "eve@example.com"],
      )
    }).pipe(deployment()),
  )

  it.effect("deleting frees the names and kills credentials and tokens", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const bob = yield* idOf("bob")
      const credentials = [key(yield* d.issueApiKey(bob)), bearer(yield* d.issueBearer(bob)), basic("bob")]
      const reset = key(yield* newestTokenAfterReset("bob"))
      assert.strictEqual((yield* send("DELETE", `/users/${bob}`, { headers: basic("bob") })).status, 204)
      for (const headers of credentials) {
        assert.strictEqual((yield* send("GET", "/users/self", { headers })).status, 401)
      }
      const dead = { headers: reset, json: { new_password: "new" } }
      assert.strictEqual((yield* send("POST", "/actions/users/reset_password", dead)).status, 401)
      const headers = yield* ownerKey
      for (const method of ["GET", "PATCH", "DELETE"] as const) {
        assert.strictEqual((yield* send(method, `/users/${bob}`, { headers, json: {} })).status, 404)
      }
      const again = yield* send("POST", "/users", { json: { ...ada, username: "bob", email: "bob@example.com" } })
      assert.strictEqual(again.status, 201)
      assert.notStrictEqual(JSON.parse(again.text).data.id, bob)
      assert.strictEqual((yield* send("GET", "/users/self", { headers: credentials[0] ?? {} })).status, 401)
    }).pipe(deployment()),
  )

  it.effect("an id of any other form is 404, self included", () =>
    Effect.gen(function* () {
      const headers = yield* ownerKey
      for (const id of [
        "usr_",
        "usr_00000000000000000000",
        "%2e%2e",
        "self%2f",
        "ws_00000000000000000000",
        "%",
        "constructor",
      ]) {
        assert.strictEqual((yield* send("GET", `/users/${id}`, { headers })).status, 404, id)
      }
      for (const method of ["PATCH", "DELETE"] as const) {
        assert.strictEqual((yield* send(method, "/users/self", { headers, json: {} })).status, 404)
      }
    }).pipe(deployment()),
  )

  it.effect("requestPasswordReset says nothing about who exists; requestEmailConfirmation does", () =>
    Effect.gen(function* () {
      const ask = (action: string, name: string) =>
        send("POST", `/actions/users/${action}`, { json: { username_or_email: name } })
      const [known, unknown] = [
        yield* ask("request_password_reset", "bob"),
        yield* ask("request_password_reset", "nobody"),
      ]
      assert.deepStrictEqual([known.status, known.text], [204, ""])
      assert.deepStrictEqual(unknown, known)
      assert.strictEqual((yield* ask("request_email_confirmation", "nobody")).status, 404)
      assert.strictEqual(yield* Mailbox.count({ kind: "password_reset" }), 1)
    }).pipe(deployment()),
  )
})

describe("roles", () => {
  // Who may do it to whom: self, an admin to a member, a member to a member, an admin to an owner, an owner to an owner.
  const expected = [
    ["bob", "bob", 204],
    ["ada", "bob", 204],
    ["bob", "cleo", 403],
    ["ada", "olga", 403],
    ["olga", "owner", 204],
    ["bob", "owner", 403],
  ] as const

  for (const [who, whom, status] of expected) {
    it.effect(`${who} may ${status === 204 ? "" : "not "}update and delete ${whom}, and read`, () =>
      Effect.gen(function* () {
        const headers = basic(who)
        const path = `/users/${yield* idOf(whom)}`
        assert.strictEqual((yield* send("GET", path, { headers })).status, 200)
        assert.strictEqual((yield* send("PATCH", path, { headers, json: { timezone: "x" } })).status, status)
        assert.strictEqual((yield* send("DELETE", path, { headers })).status, status)
        assert.strictEqual(Option.isSome(yield* (yield* Deployment.Deployment).user(whom)), status === 403)
      }).pipe(deployment()),
    )
  }
})

describe("policy", () => {
  it.effect("a minimum length for passwords", () =>
    Effect.gen(function* () {
      const short = yield* send("POST", "/users", { json: { ...ada, password: "1234567" } })
      assert.deepStrictEqual([short.status, fieldsOf(short)], [400, ["password"]])
      assert.strictEqual((yield* send("POST", "/users", { json: { ...ada, password: "12345678" } })).status, 201)
      const change = { headers: basic("bob"), json: { current_password: "wrong", new_password: "short" } }
      const changed = yield* send("POST", "/actions/users/change_password", change)
      assert.deepStrictEqual(fieldsOf(changed), ["current_password", "new_password"])
    }).pipe(deployment({ policy: { minimumPasswordLength: 8 } })),
  )

  const addresses = ["nope", "@", "eve@", "@example.com", "eve @example.com", "eve@exa mple.com", "a@b@c"]
  const register = (email: string, index: number) =>
    send("POST", "/users", { json: { username: `user${index}`, email, password: "secret" } })

  it.effect("checkEmail: an address is name@host", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const move = (email: string) => send("PATCH", `/users/${d.ownerId}`, { headers: key(d.apiKey), json: { email } })
      for (const [index, email] of addresses.entries()) {
        for (const answer of [yield* register(email, index), yield* move(email)]) {
          assert.deepStrictEqual([answer.status, fieldsOf(answer)], [400, ["email"]], email)
        }
      }
      assert.deepStrictEqual(fieldsOf(yield* move("")), ["email"])
      assert.strictEqual((yield* register("eve@localhost", 0)).status, 201)
      assert.strictEqual((yield* move("owner+1@example.com")).status, 204)
      const long = `${"a".repeat(200_000)}@${"@".repeat(200_000)}`
      assert.strictEqual((yield* register(long, 1)).status, 400)
    }).pipe(deployment()),
  )

  it.effect("checkEmail: false takes any text", () =>
    Effect.forEach(addresses, (email, index) =>
      Effect.map(register(email, index), ({ status }) => assert.strictEqual(status, 201)),
    ).pipe(deployment({ policy: { checkEmail: false } })),
  )

  it.effect("login only once the address is confirmed; asking for the e-mail always", () =>
    Effect.gen(function* () {
      yield* send("POST", "/users", { json: ada })
      const headers = basic("eve", Redacted.make("secret"))
      assert.strictEqual((yield* send("GET", "/users/self", { headers })).status, 403)
      assert.strictEqual((yield* send("GET", "/users/self", { headers: basic("eve") })).status, 401)
      const again = { headers, json: { username_or_email: "eve" } }
      assert.strictEqual((yield* send("POST", "/actions/users/request_email_confirmation", again)).status, 204)
      const token = key(yield* newestToken("eve", "confirm_email"))
      yield* send("POST", "/actions/users/confirm_email", { headers: token })
      assert.strictEqual((yield* send("GET", "/users/self", { headers })).status, 200)
    }).pipe(deployment({ policy: { loginNeedsConfirmation: true } })),
  )

  it.effect("only admins create and read users", () =>
    Effect.gen(function* () {
      const create = (headers: Record<string, string>) => send("POST", "/users", { headers, json: ada })
      assert.strictEqual((yield* create({})).status, 401)
      assert.strictEqual((yield* create(basic("bob"))).status, 403)
      assert.strictEqual((yield* create(basic("ada"))).status, 201)
      const cleo = `/users/${yield* idOf("cleo")}`
      const readers = [
        ["bob", 403],
        ["cleo", 200],
        ["ada", 200],
        ["olga", 200],
      ] as const
      for (const [who, status] of readers) {
        assert.strictEqual((yield* send("GET", cleo, { headers: basic(who) })).status, status)
      }
    }).pipe(deployment({ policy: { createUser: "admins", readUsers: "admins" } })),
  )

  it.effect("silence about unknown users, other lifetimes, another time zone", () =>
    Effect.gen(function* () {
      const nobody = { json: { username_or_email: "nobody" } }
      assert.strictEqual((yield* send("POST", "/actions/users/request_email_confirmation", nobody)).status, 204)
      const created = yield* send("POST", "/users", { json: ada })
      assert.strictEqual(JSON.parse(created.text).data.timezone, "Europe/Athens")
      const headers = key(yield* newestToken("eve", "confirm_email"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* send("POST", "/actions/users/confirm_email", { headers })).status, 401)
    }).pipe(
      deployment({
        policy: {
          confirmationForUnknown: 204,
          tokenLifetime: { confirm_email: "1 minute" },
          defaultTimezone: "Europe/Athens",
        },
      }),
    ),
  )
})
