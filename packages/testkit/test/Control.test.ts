import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, Group, Mailbox, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const layer = Layer.mergeAll(Control.layer(), TestUsers.layerDeployment(), FetchHttpClient.layer).pipe(
  Layer.provideMerge(Deployment.layer({ users: [Fixtures.user("ada")], now: "2026-01-31T12:00:00Z" })),
)

const pings = Group.make({
  operations: {
    ping: {
      ...{ name: "ping", group: "Pings", method: "POST", path: "/pings", pathParameters: {} },
      ...{ success: null, successStatus: 204, notFound: false },
    },
  },
  state: null,
  handlers: { ping: () => undefined },
})

const vault = Group.make({
  operations: {
    fill: {
      ...{ name: "fill", group: "Vaults", method: "POST", path: "/vaults", successStatus: 204 },
      request: Schema.Array(
        Schema.Struct({
          name: Schema.String,
          login: Schema.Struct({ user: Schema.String, pin: Schema.Redacted(Schema.String) }),
        }),
      ),
    },
  },
  state: null,
  handlers: { fill: () => undefined },
})

const client = Effect.flatMap(Control.Control, Control.client)
const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("secret") }

describe("control, by its typed client", () => {
  it.live("does to users what Deployment does, and says why not", () =>
    Effect.gen(function* () {
      const { deployment, users } = yield* client
      const added = yield* users.add({
        payload: { username: "bob", role: "admin", apiKey: Redacted.make("tiledb_bob") },
      })
      assert.include(added, { username: "bob", role: "admin" })
      assert.deepStrictEqual(
        (yield* users.list({ urlParams: {} })).map(({ username }) => username),
        ["owner", "ada", "bob"],
      )
      assert.lengthOf(yield* users.list({ urlParams: { offset: 1, limit: 1 } }), 1)
      const changed = yield* users.change({ path: { who: "bob" }, payload: { role: "member", confirmed: false } })
      assert.include(changed, { role: "member", is_valid_email: false })
      const { apiKey } = yield* users.issueApiKey({ path: { who: "bob@example.com" } })
      const { bearer } = yield* users.issueBearer({ path: { who: added.id } })
      for (const credentials of [
        Credentials.apiKey(Redacted.make(apiKey)),
        Credentials.bearer(Redacted.make(bearer)),
      ]) {
        assert.strictEqual((yield* (yield* TestUsers.make({ credentials })).getSelfUser).user.id, added.id)
      }
      assert.include(yield* Effect.flip(users.get({ path: { who: "zoe" } })), { _tag: "ControlNotFound" })
      const again = yield* Effect.flip(users.add({ payload: { username: "bob" } }))
      assert.include(again, { _tag: "ControlRefused" })
      assert.include(String(again), "bob has another user's username, email")
      const status = yield* deployment.status()
      assert.include(status, { users: 3 })
      assert.strictEqual(status.apiKey, Redacted.value((yield* Deployment.Deployment).apiKey))
      yield* deployment.reset()
      assert.include(yield* deployment.status(), { users: 2 })
    }).pipe(Effect.provide(layer)),
  )

  it.live("takes fault rules for the operations of any group, and refuses those that no group has", () =>
    Effect.gen(function* () {
      const { faults } = yield* client
      const fault = { _tag: "Status", status: 503 } as const
      yield* faults.add({ payload: { fault, operation: ["getUser", "Pings.ping"] } })
      const refused = yield* Effect.flip(faults.add({ payload: { fault, operation: "Pings.pong" } }))
      assert.include(String(refused), "operation must be one of")
      assert.lengthOf(yield* (yield* Faults.Faults).rules, 1)
    }).pipe(
      Effect.provide(
        Layer.merge(Control.layer(), FetchHttpClient.layer).pipe(
          Layer.provideMerge(Deployment.layer({ groups: [pings] })),
        ),
      ),
    ),
  )

  it.live("puts faults in and takes them out, and tells what they met", () =>
    Effect.gen(function* () {
      const { deployment, faults, journal } = yield* client
      const users = yield* Users.Users
      const { id } = yield* faults.add({
        payload: { fault: { _tag: "Status", status: 503 }, operation: "getSelfUser" },
      })
      assert.include(yield* Effect.flip(users.getSelfUser), { status: 503 })
      const [rule] = yield* faults.list()
      assert.deepInclude(rule, { id, calls: 1, struck: 1 })
      yield* faults.remove({ path: { id } })
      yield* users.getSelfUser
      assert.include(yield* Effect.flip(faults.remove({ path: { id } })), { _tag: "ControlNotFound" })
      const expected = [
        { operation: "getSelfUser", outcome: 503 },
        { operation: "getSelfUser", outcome: 200 },
      ]
      // Over the wire a fault's status is its outcome by the name of the fault.
      const diff = yield* journal.diff({
        payload: [{ operation: "getSelfUser", outcome: "Answer" }, ...expected.slice(1)],
      })
      assert.deepStrictEqual(diff, { same: true })
      const other = yield* journal.diff({ payload: [{ operation: "deleteUser" }] })
      assert.isFalse(other.same)
      assert.include(other.diff, "- 1. deleteUser")
      const lines = (yield* journal.entries({ urlParams: {} })).trimEnd().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => JSON.parse(line).outcome.status),
        [503, 200],
      )
      yield* faults.add({ payload: { fault: [{ _tag: "Delay", duration: Duration.millis(1) }, { _tag: "Reset" }] } })
      yield* deployment.reset()
      assert.deepStrictEqual(yield* faults.list(), [])
    }).pipe(Effect.provide(layer)),
  )

  it.live("compares passwords by value and never shows them", () =>
    Effect.gen(function* () {
      const { journal } = yield* client
      yield* (yield* Users.Users).createUser(eve)
      const call = (password: string) => ({
        payload: [{ operation: "createUser", input: { username: "eve", password } }],
      })
      assert.isTrue((yield* journal.diff(call("secret"))).same)
      const { diff } = yield* journal.diff(call("other-secret"))
      assert.include(diff, "differs in input.password")
      assert.notInclude(diff, "secret")
      assert.notInclude(yield* journal.entries({ urlParams: {} }), "secret")
    }).pipe(Effect.provide(layer)),
  )

  it.live("compares the secrets of any group by value, however deep they are, and never shows them", () =>
    Effect.gen(function* () {
      const { journal } = yield* client
      const { baseUrl } = yield* TestServer.TestServer
      const { apiKey } = yield* Deployment.Deployment
      const body = (pin: string) => [{ name: "red", login: { user: "ada", pin } }]
      const headers = { "x-tiledb-rest-api-key": Redacted.value(apiKey), "content-type": "application/json" }
      yield* Effect.promise(() =>
        fetch(`${baseUrl}/vaults`, { method: "POST", headers, body: JSON.stringify(body("secret")) }),
      )
      const call = (items: ReadonlyArray<Record<string, unknown>>) =>
        journal.diff({ payload: [{ operation: "Vaults.fill", items, outcome: 204 }] })
      assert.deepStrictEqual(yield* call(body("secret")), { same: true })
      const { diff } = yield* call(body("other-secret"))
      assert.include(diff, 'login: {"user":"ada","pin":"<redacted>"}')
      assert.include(diff, "differs in items[0].login")
      assert.notInclude(diff, "secret")
      const misspelt = yield* call([{ login: { ...body("secret")[0]?.login, nmae: "x" } }])
      assert.include(misspelt.diff, '"nmae":"x"')
      assert.notInclude(yield* journal.entries({ urlParams: {} }), "secret")
    }).pipe(
      Effect.provide(
        Layer.mergeAll(Control.layer(), TestServer.layerDeployment(), FetchHttpClient.layer).pipe(
          Layer.provideMerge(Deployment.layer({ groups: [vault] })),
        ),
      ),
    ),
  )

  it.live("knows the groups about people: their faults, their calls, their e-mails, and who answers those", () =>
    Effect.gen(function* () {
      const { faults, journal, mailbox } = yield* client
      const { baseUrl } = yield* TestServer.TestServer
      const { apiKey } = yield* Deployment.Deployment
      const headers = { "x-tiledb-rest-api-key": Redacted.value(apiKey), "content-type": "application/json" }
      const ask = (method: string, path: string, body?: unknown) =>
        Effect.promise(async () => {
          const response = await fetch(`${baseUrl}${path}`, { method, headers, body: JSON.stringify(body) })
          const text = await response.text()
          return text === "" ? response.status : JSON.parse(text)
        })
      const list = [{ invitee_email: "ada@example.com" }, { invitee_email: "zoe@example.com" }]
      assert.strictEqual(yield* ask("POST", "/invitations/admin/red", list), 201)
      const { token } = yield* mailbox.take({ payload: { to: "ada", kind: "invitation" } })
      yield* mailbox.answerInvitation({ payload: { token, answer: "accept" } })
      const again = yield* Effect.flip(mailbox.answerInvitation({ payload: { token, answer: "reject" } }))
      assert.include(again, { _tag: "ControlNotFound" })
      const { data } = yield* ask("GET", "/workspaceusers/red?search=ada")
      assert.deepInclude(data[0], { username: "ada", role: "member" })
      const fault = { _tag: "Merge", fields: { role: "hat" } } as const
      const { id } = yield* faults.add({ payload: { fault, operation: "Workspaces.listWorkspaceUsers" } })
      assert.deepStrictEqual((yield* ask("GET", "/workspaceusers/red")).data[1].role, "hat")
      yield* faults.remove({ path: { id } })
      const diff = yield* journal.diff({
        payload: [
          { operation: "Invitations.createInvitations", items: list, outcome: 201 },
          { operation: "Workspaces.listWorkspaceUsers", query: { search: "ada" } },
          { operation: "Workspaces.listWorkspaceUsers" },
        ],
      })
      assert.deepStrictEqual(diff, { same: true })
    }).pipe(
      Effect.provide(
        Layer.mergeAll(Control.layer(), TestServer.layerDeployment(), FetchHttpClient.layer).pipe(
          Layer.provideMerge(
            Deployment.layer({ users: [Fixtures.user("ada")], workspaces: [{ name: "red", owner: "owner" }] }),
          ),
        ),
      ),
    ),
  )

  it.live("moves the clock, takes e-mails, and goes back to snapshots and states", () =>
    Effect.gen(function* () {
      const { clock, deployment, mailbox, snapshots } = yield* client
      const users = yield* Users.Users
      const { id } = yield* snapshots.take()
      const state = yield* deployment.exportState()
      yield* users.createUser(eve)
      assert.lengthOf(yield* mailbox.list({ urlParams: { to: "eve" } }), 1)
      const { token } = yield* mailbox.take({ payload: { to: "eve", kind: "confirm_email" } })
      yield* users.confirmEmail(Redacted.make(token))
      const none = yield* Effect.flip(mailbox.take({ payload: { to: "eve", timeout: Duration.millis(10) } }))
      assert.include(none, { _tag: "ControlNotFound" })
      yield* users.requestPasswordReset({ username_or_email: "eve" })
      const { now } = yield* clock.advance({ payload: { duration: Duration.days(1) } })
      assert.match(DateTime.formatIso(now), /^2026-02-01T12:00/)
      const [mail] = yield* mailbox.list({ urlParams: {} })
      const late = users.resetPassword(Redacted.make(mail?.token ?? ""), { new_password: Redacted.make("p") })
      assert.include(yield* Effect.flip(late), { status: 401 })
      yield* clock.set({ payload: { now: DateTime.unsafeMake("2030-01-01T00:00:00Z") } })
      assert.match(DateTime.formatIso((yield* clock.now()).now), /^2030-01-01T00:00/)
      for (const far of [1e300, 8.64e15]) {
        const duration = Duration.millis(far)
        assert.include(yield* Effect.flip(clock.advance({ payload: { duration } })), { _tag: "ControlRefused" })
      }
      const far = DateTime.unsafeMake("+275760-09-13T00:00:00Z")
      assert.include(yield* Effect.flip(clock.set({ payload: { now: far } })), { _tag: "ControlRefused" })
      yield* snapshots.restore({ path: { id } })
      assert.include(yield* deployment.status(), { users: 2 })
      yield* users.createUser(eve)
      yield* deployment.importState({ payload: state })
      assert.include(yield* deployment.status(), { users: 2 })
      assert.match(DateTime.formatIso((yield* clock.now()).now), /^2026-01-31T12:00/)
      const wrong = yield* Effect.flip(deployment.importState({ payload: { ...state, users: [{}] } }))
      assert.include(String(wrong), "users[0].user: is missing")
      yield* mailbox.clear()
      assert.strictEqual(yield* Mailbox.count(), 0)
    }).pipe(Effect.provide(layer)),
  )
})

describe("control, by whoever should not", () => {
  const ask = (path: string, init: RequestInit = {}) =>
    Effect.flatMap(Control.Control, ({ url }) => Effect.promise(() => fetch(`${url}${path}`, init)))

  it.live("requires its token on every path", () =>
    Effect.gen(function* () {
      const { token } = yield* Control.Control
      const { apiKey } = yield* Deployment.Deployment
      const wrong = [undefined, "", `${Redacted.value(token)}x`, Redacted.value(token).slice(1), Redacted.value(apiKey)]
      for (const given of wrong) {
        const headers: Record<string, string> = given === undefined ? {} : { authorization: `Bearer ${given}` }
        assert.strictEqual((yield* ask("/deployment/reset", { method: "POST", headers })).status, 401)
      }
      const headers = { authorization: `Bearer ${Redacted.value(token)}` }
      assert.strictEqual((yield* ask("/deployment", { headers })).status, 200)
    }).pipe(Effect.provide(layer)),
  )

  it.live("accepts nothing that a page can send, even with the token, and refuses misspelt fields", () =>
    Effect.gen(function* () {
      const { token } = yield* Control.Control
      const authorization = `Bearer ${Redacted.value(token)}`
      const page: ReadonlyArray<Record<string, string>> = [
        { origin: "https://evil.example" },
        { origin: "null" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
      ]
      for (const headers of page) {
        for (const method of ["GET", "POST", "OPTIONS"]) {
          const answer = yield* ask("/deployment", { method, headers: { ...headers, authorization } })
          assert.strictEqual(answer.status, 403)
          assert.isEmpty(Array.from(answer.headers.keys()).filter((name) => name.startsWith("access-control-")))
        }
      }
      const misspelt = { method: "POST", headers: { authorization, "content-type": "application/json" } }
      const answer = yield* ask("/users", { ...misspelt, body: JSON.stringify({ username: "bob", rol: "admin" }) })
      assert.strictEqual(answer.status, 400)
      assert.include(yield* Effect.promise(() => answer.text()), '"path":["rol"]')
      for (const fault of [
        { _tag: "Answer", status: 200, headers: { "a b": "c" } },
        { _tag: "Answer", status: 200, headers: { a: "b\r\nc: d" } },
        { _tag: "Redirect", location: "https://example.com\r\na: b" },
      ]) {
        assert.strictEqual((yield* ask("/faults", { ...misspelt, body: JSON.stringify({ fault }) })).status, 400)
      }
      const document = yield* ask("/openapi.json", { headers: { authorization } })
      const { openapi, paths } = JSON.parse(yield* Effect.promise(() => document.text()))
      assert.match(openapi, /^3\.1/)
      assert.isAbove(Object.keys(paths).length, 12)
    }).pipe(Effect.provide(layer)),
  )

  it.live("says what is wrong with a body that is no JSON, or nested deeper than anything", () =>
    Effect.gen(function* () {
      const { token } = yield* Control.Control
      const json = { "content-type": "application/json", authorization: `Bearer ${Redacted.value(token)}` }
      const deep = "[".repeat(100_000) + "]".repeat(100_000)
      const bodies = [
        ["", /actual null/],
        ["{", /body is not JSON/],
        ["[".repeat(100_000), /body is not JSON/],
        [deep, /body is nested too deep/],
        [`{"fault":{"_tag":"Merge","fields":{"a":${deep}}}}`, /body is nested too deep/],
        [`[{"operation":"getUser","input":{"a":${deep}}}]`, /body is nested too deep/],
        [`{"format":"effect-tiledb-testkit","version":2,"users":${deep}}`, /body is nested too deep/],
      ] as const
      const routes = ["POST /users", "POST /faults", "POST /journal/diff", "PUT /deployment/state", "PUT /clock"]
      for (const [method = "", path = ""] of routes.map((route) => route.split(" "))) {
        for (const [body, problem] of bodies) {
          const answer = yield* ask(path, { method, headers: json, body })
          const text = yield* Effect.promise(() => answer.text())
          assert.deepStrictEqual([path, answer.status], [path, 400])
          assert.match(text, problem)
        }
        assert.strictEqual((yield* ask(path, { method, body: deep })).status, 401)
      }
    }).pipe(Effect.provide(layer)),
  )

  it.live("names a port that is in use", () =>
    Effect.gen(function* () {
      const port = Number(new URL((yield* TestServer.TestServer).baseUrl).port)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Control.layer({ port }))))
      assert.include(error, { _tag: "ListenError", port })
    }).pipe(Effect.provide(TestServer.layer())),
  )
})
