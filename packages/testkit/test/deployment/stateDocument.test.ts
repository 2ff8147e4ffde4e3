import { assert, describe, it } from "@effect/vitest"
import { Credentials, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, Journal, Mailbox, TestHttpClient, TestUsers } from "@effect-tiledb/testkit"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inFull } from "../../../client/test/support/exhaustive.js"
import { basic, idOf, key, newestToken, send } from "../support/raw.js"

const password = Redacted.make("secret")
const eve = { username: "eve", email: "eve@example.com", password }

const now = "2026-01-31T12:00:00Z"
const rule: Faults.Rule = { fault: Faults.status(503), operation: "deleteUser", optional: true }
const options: Deployment.Options = { users: [Fixtures.user("ada", { role: "admin" })], now, faults: [rule] }

const nowIs = Effect.flatMap(Deployment.Deployment, (d) => Effect.map(d.now, DateTime.formatIso))

describe("a deployment that is changed from outside", () => {
  it.effect("takes further users, and changes of what the API lets nobody change", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const added = yield* d.add({ username: "bob", role: "owner", apiKey: Redacted.make("tiledb_bob") })
      assert.include(added, { username: "bob", role: "owner", email: "bob@example.com" })
      const asBob = yield* TestUsers.make({ credentials: Credentials.apiKey(Redacted.make("tiledb_bob")) })
      assert.strictEqual((yield* asBob.getSelfUser).user.id, added.id)
      const changed = yield* d.change("bob@example.com", {
        role: "member",
        confirmed: false,
        display_name: "Bob",
        email: "bob@example.org",
        timezone: "Europe/Rome",
        password: Redacted.make("new"),
      })
      assert.include(changed, { role: "member", is_valid_email: false, display_name: "Bob", timezone: "Europe/Rome" })
      const withPassword = yield* TestUsers.make({ credentials: Credentials.basic("bob", Redacted.make("new")) })
      assert.strictEqual((yield* withPassword.getSelfUser).user.email, "bob@example.org")
      assert.isTrue(Option.isNone(yield* d.user("bob@example.com")))
      assert.include(String(yield* Effect.flip(d.add({ username: "BOB" }))), "BOB has another user's username")
      assert.include(
        String(yield* Effect.flip(d.change("ada", { email: "Bob@example.org" }))),
        "Bob@example.org belongs to bob",
      )
      assert.include(String(yield* Effect.flip(d.change("zoe", {}))), "There is no user zoe")
    }).pipe(Effect.provide(TestUsers.layer(options))),
  )

  it.effect("has a time that can be moved, by which tokens expire", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const d = yield* Deployment.Deployment
      yield* users.requestPasswordReset({ username_or_email: "ada" })
      const { token } = yield* Mailbox.take({ to: "ada" })
      yield* d.advance("61 minutes")
      assert.strictEqual(yield* nowIs, "2026-01-31T13:01:00.000Z")
      assert.include(yield* Effect.flip(users.resetPassword(token, { new_password: password })), { status: 401 })
      yield* d.setTime("2030-01-01T00:00:00Z")
      assert.strictEqual(yield* nowIs, "2030-01-01T00:00:00.000Z")
      const created = yield* users.createUser(eve)
      assert.strictEqual(DateTime.formatIso(created.created_at), "2030-01-01T00:00:00.000Z")
    }).pipe(Effect.provide(TestUsers.layer(options))),
  )

  it.effect("is what it was at the start after a reset, and goes on the same way", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const d = yield* Deployment.Deployment
      const round = Effect.gen(function* () {
        const created = yield* users.createUser(eve)
        yield* users.deleteUser(d.ownerId).pipe(Effect.ignore)
        yield* d.advance("1 day")
        return [created, (yield* Mailbox.take({ to: "eve" })).token, yield* d.issueApiKey(created.id)] as const
      })
      const first = yield* round
      // @effect-diagnostics-next-line floatingEffect:off - what install returns would remove the rule
      yield* (yield* Faults.Faults).install({ fault: Faults.reset(), optional: true })
      yield* d.reset
      assert.strictEqual(yield* d.size, 2)
      assert.deepStrictEqual(yield* Journal.entries(), [])
      assert.deepStrictEqual(yield* (yield* Faults.Faults).rules, [rule])
      assert.strictEqual(yield* nowIs, "2026-01-31T12:00:00.000Z")
      assert.deepStrictEqual(yield* round, first)
    }).pipe(Effect.provide(TestUsers.layer(options))),
  )
})

describe("a deployment as JSON", () => {
  it.effect(
    "is the same deployment elsewhere: users, credentials, tokens, e-mails, workspaces, time and randomness",
    () =>
      Effect.gen(function* () {
        const workspaces = [{ name: "red", owner: "ada", members: ["owner"] }]
        const saved = yield* Effect.gen(function* () {
          const d = yield* Deployment.Deployment
          const created = yield* (yield* Users.Users).createUser(eve)
          const key = yield* d.issueApiKey(created.id)
          yield* d.advance("2 hours")
          const json = JSON.parse(JSON.stringify(yield* d.exportState))
          const next = yield* (yield* Users.Users).createUser({ ...eve, username: "fay", email: "fay@example.com" })
          return { json, created, key, next, owner: [d.ownerId, d.apiKey, d.bearer] }
        }).pipe(Effect.provide(TestUsers.layer({ ...options, workspaces })))
        yield* Effect.gen(function* () {
          const d = yield* Deployment.Deployment
          yield* d.importState(saved.json)
          assert.deepStrictEqual([d.ownerId, d.apiKey, d.bearer], saved.owner)
          assert.strictEqual(yield* nowIs, "2026-01-31T14:00:00.000Z")
          const asEve = yield* TestUsers.make({ credentials: Credentials.apiKey(saved.key) })
          assert.deepStrictEqual((yield* asEve.getSelfUser).user, saved.created)
          const asAda = yield* TestUsers.make({ credentials: Credentials.basic("ada", Fixtures.password("ada")) })
          assert.deepStrictEqual(
            (yield* asAda.getSelfUser).workspaces.map(({ name, self }) => [name, self.role]),
            [["red", "owner"]],
          )
          yield* asEve.confirmEmail((yield* Mailbox.take({ to: "eve" })).token)
          const owner = yield* TestUsers.make({ credentials: Credentials.bearer(d.bearer) })
          assert.deepStrictEqual(
            yield* owner.createUser({ ...eve, username: "fay", email: "fay@example.com" }),
            saved.next,
          )
          // A reset goes back to what was imported.
          yield* d.reset
          assert.strictEqual(yield* d.size, 3)
        }).pipe(Effect.provide(TestUsers.layer({ seed: 7, now })))
      }),
  )

  it.effect("has memberships, invitations and tokens, and a later snapshot of it has them too", () =>
    Effect.gen(function* () {
      const headers = basic("ada")
      const list = [{ invitee_email: "zoe@example.com" }]
      const look = Effect.gen(function* () {
        const paths = ["workspaceusers/red", "invitations/admin/red", "tokens?type=api"]
        const parts = yield* Effect.forEach(paths, (path) => send("GET", `/${path}`, { headers }))
        return parts.map(({ text }) => text)
      })
      const d = yield* Deployment.Deployment
      const start = yield* look
      yield* send("POST", "/invitations/admin/red", { headers, json: list })
      const token = { name: "ci", scope: "*", workspace_id: "ws_red" }
      const { data } = JSON.parse((yield* send("POST", "/tokens", { headers, json: token })).text)
      const cem = yield* idOf("cem")
      yield* send("DELETE", `/workspaceusers/red/${cem}`, { headers })
      const [before, json, snapshot] = [yield* look, yield* d.exportState, yield* d.snapshot]
      assert.deepInclude(json, { version: 2 })
      assert.deepStrictEqual(
        start.map((text, index) => text === before[index]),
        [false, false, false],
      )
      for (const restore of [d.importState(JSON.parse(JSON.stringify(json))), d.restore(snapshot)]) {
        yield* d.reset
        yield* send("POST", "/tokens", { headers, json: token })
        yield* restore
        assert.deepStrictEqual(yield* look, before)
        const self = yield* send("GET", "/users/self", { headers: key(Redacted.make(data.api_key)) })
        assert.strictEqual(self.status, 200)
      }
      yield* d.answerInvitation(yield* newestToken("zoe@example.com", "invitation"), "reject")
    }).pipe(
      Effect.provide(
        TestHttpClient.layer({
          users: [Fixtures.user("ada"), Fixtures.user("cem")],
          workspaces: [{ name: "red", id: "ws_red", owner: "ada", members: ["cem"] }],
        }),
      ),
    ),
  )

  it.effect("of version 1, which had none of these, is read as it was", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const { invitations, tokens, version, ...rest } = JSON.parse(JSON.stringify(yield* d.exportState))
      assert.deepStrictEqual([invitations, tokens, version], [[], [], 2])
      yield* d.importState({ ...rest, version: 1 })
      const headers = basic("ada")
      const answer = yield* send("GET", "/workspaceusers/red", { headers })
      assert.strictEqual(JSON.parse(answer.text).pagination_metadata.total_items, 2)
      assert.strictEqual(JSON.parse((yield* send("GET", "/tokens?type=api", { headers })).text).data.length, 0)
      const { version: after } = yield* d.exportState
      assert.strictEqual(after, 2)
    }).pipe(
      Effect.provide(
        TestHttpClient.layer({
          users: [Fixtures.user("ada")],
          workspaces: [{ name: "red", owner: "ada", members: ["owner"] }],
        }),
      ),
    ),
  )

  it.effect("that is wrong changes nothing, and the error names the place", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const json = JSON.parse(JSON.stringify(yield* d.exportState))
      const problem = (
        change: (json: { version: number; users: Array<{ user: { created_at: unknown } }> }) => void,
      ) => {
        const copy = structuredClone(json)
        change(copy)
        return Effect.map(Effect.flip(d.importState(copy)), ({ message }) => message)
      }
      const broken = problem((json) => {
        if (json.users[1] !== undefined) json.users[1].user.created_at = "yesterday"
      })
      assert.match(yield* broken, /\["users"\]\s*[\s\S]*\[1\]\s*[\s\S]*\["created_at"\]/)
      const later = problem((json) => {
        json.version = 3
      })
      assert.match(yield* later, /\["version"\][\s\S]*Expected [\s\S]*actual 3/)
      assert.strictEqual(yield* d.size, 2)
    }).pipe(Effect.provide(TestUsers.layer(options))),
  )

  it.effect("that contradicts itself is refused, and the error names the place", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const headers = basic("ada")
      const to = { workspace_id: "ws_red", prospective_role: "member" }
      const list = [{ invitee_email: "zoe@example.com", workspace_invitation: to }]
      yield* send("POST", "/invitations/admin/red", { headers, json: list })
      yield* send("POST", "/workspaceusers/red", { headers, json: [{ user_id: yield* idOf("cem"), role: "member" }] })
      yield* send("POST", "/tokens", { headers, json: { name: "ci", scope: "*", workspace_id: "ws_red" } })
      const good = yield* d.exportState
      const { invitations, tokens } = JSON.parse(JSON.stringify(good))
      const [[invitation], [token]] = [invitations, tokens]
      const nobody = "usr_00000000000000000000"
      const cases: ReadonlyArray<readonly [path: ReadonlyArray<string | number>, value: unknown, problem: string]> = [
        [["users", 2, "user", "username"], "ADA", "the username of no other user"],
        [["users", 2, "user", "email"], "Ada@Example.com", "the email of no other user"],
        [["users", 2, "user", "id"], d.ownerId, "the id of no other user"],
        [["workspaces", 1, "id"], "ws_red", "the id of no other workspace"],
        [["workspaces", 0, "roles", nobody], "member", "the id of a user"],
        [["workspaces", 0, "changes", nobody], { role: "member", addedBy: nobody, createdAt: now }, "the id of a user"],
        [["invitations", 0, "invitation", "workspace_invitation", "workspace_id"], "ws_none", "the id of a workspace"],
        [["invitations", 1], invitation, "the id of no other invitation"],
        [["tokens", 0, "token", "workspace_id"], "ws_none", "the id of a workspace"],
        [["tokens", 1], token, "the id of no other token"],
      ]
      const before = yield* d.users
      for (const [path, value, problem] of cases) {
        const json = structuredClone(good)
        const holder = path.slice(0, -1).reduce<object>((inside, key) => Reflect.get(inside, key), json)
        Reflect.set(holder, path.at(-1) ?? "", value)
        const { message } = yield* Effect.flip(d.importState(json))
        const place = path.map((key) => `[${JSON.stringify(key)}]`).join("")
        assert.include(message, place)
        assert.include(message, `Expected ${problem}`)
      }
      assert.deepStrictEqual(yield* d.users, before)
      yield* d.importState(structuredClone(good))
    }).pipe(
      Effect.provide(
        TestHttpClient.layer({
          users: [Fixtures.user("ada"), Fixtures.user("cem")],
          workspaces: [
            { name: "red", id: "ws_red", owner: "ada" },
            { name: "blue", id: "ws_blue", owner: "cem" },
          ],
        }),
      ),
    ),
  )

  it.effect("of deployments whose members were deleted is taken: memberships go with the user", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      for (const name of ["ada", "cem"]) {
        yield* send("DELETE", `/users/${yield* idOf(name)}`, { headers: key(d.apiKey) })
      }
      yield* d.importState(yield* d.exportState)
      assert.strictEqual(yield* d.size, 1)
    }).pipe(
      Effect.provide(
        TestHttpClient.layer({
          users: [Fixtures.user("ada"), Fixtures.user("cem")],
          workspaces: [{ name: "red", owner: "ada", members: ["cem"] }],
        }),
      ),
    ),
  )
})

const many = inFull(100_000, 20_000)

describe(`a deployment of ${many} users`, () => {
  it.live(
    "is kept and read within seconds",
    () =>
      Effect.gen(function* () {
        const d = yield* Deployment.Deployment
        const before = process.cpuUsage()
        const json = JSON.parse(JSON.stringify(yield* d.exportState))
        yield* d.importState(json)
        // Of the processor: the machine may be busy with something else.
        const { system, user } = process.cpuUsage(before)
        assert.isBelow((user + system) / 1e6, 10)
        assert.strictEqual(yield* d.size, many + 1)
      }).pipe(Effect.provide(Deployment.layer({ users: Fixtures.users(many) }))),
    120_000,
  )
})

describe("Faults.answer with a function", () => {
  it.effect("answers what it makes of the request, or leaves it to the service", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const seen: Array<Faults.FaultRequest> = []
      const only = Faults.answer((request) => {
        seen.push(request)
        if (request.input?.username !== "eve") return undefined
        return {
          status: 409,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ code: 1, message: `no ${request.input.username} here`, request_id: "r" }),
        }
      })
      const fay = { ...eve, username: "fay", email: "fay@example.com" }
      yield* Effect.gen(function* () {
        assert.include(yield* Effect.flip(users.createUser(eve)), { status: 409, code: 1 })
        assert.strictEqual((yield* users.createUser(fay)).username, "fay")
      }).pipe(Faults.withFaults({ fault: only, operation: "createUser" }))
      assert.strictEqual((yield* users.createUser(eve)).username, "eve")
      const [request] = seen
      assert.include(request, { operation: "createUser", method: "POST", target: "/v4/users" })
      assert.strictEqual(request?.headers["content-type"], "application/json")
      assert.notInclude(JSON.stringify(request), "secret")
      assert.notProperty(request?.headers, "x-tiledb-rest-api-key")
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("once, and after the service has acted", () =>
    Effect.gen(function* () {
      const users = yield* Users.Users
      const lost = Faults.answer(() => ({ status: 502 }), { when: "after" })
      yield* Faults.inject({ fault: lost, nth: 1 })
      assert.include(yield* Effect.flip(users.createUser(eve)), { status: 502 })
      assert.include(yield* Effect.flip(users.createUser(eve)), { status: 409 })
    }).pipe(Effect.scoped, Effect.provide(TestUsers.layer())),
  )
})

describe("TestUsers.runWithTime", () => {
  it.effect("lets waits before retries pass at once, and tells the time that went by", () =>
    Effect.gen(function* () {
      const start = performance.now()
      const users = yield* Users.Users
      const rule = {
        fault: Faults.status(503, { retryAfter: "10 seconds" }),
        operation: "getSelfUser",
        nth: [1, 2],
      } as const
      const [elapsed, self] = yield* users.getSelfUser.pipe(
        Faults.withFaults(rule),
        Effect.timed,
        TestUsers.runWithTime,
      )
      assert.strictEqual(self.user.username, "owner")
      assert.strictEqual(Duration.toMillis(elapsed), 20_000)
      assert.isBelow(performance.now() - start, 5_000)
    }).pipe(Effect.provide(TestUsers.asOwner())),
  )

  it.effect("moves to the nearest moment: a timeout does not pass a shorter wait by", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const wait = (millis: number) =>
        Effect.zipRight(
          Effect.sleep(millis),
          Effect.sync(() => order.push(String(millis))),
        )
      const all = Effect.all([wait(3000), Effect.zipRight(wait(1000), wait(500)), wait(2000)], { concurrency: 3 })
      yield* TestUsers.runWithTime(Effect.timeout(all, "1 hour"))
      assert.deepStrictEqual(order, ["1000", "500", "2000", "3000"])
      assert.deepStrictEqual(
        yield* Effect.exit(TestUsers.runWithTime(Effect.fail("no"))),
        yield* Effect.exit(Effect.fail("no")),
      )
    }),
  )

  it.live("only runs the effect where time passes by itself", () =>
    Effect.map(TestUsers.runWithTime(Effect.succeed(1)), (one) => assert.strictEqual(one, 1)),
  )
})
