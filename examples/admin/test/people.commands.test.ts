import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { TileDBClient, Tokens } from "@effect-tiledb/client"
import { Deployment, Faults, TestUsers } from "@effect-tiledb/testkit"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { layer, World } from "./harness.js"

const people = ["ada", "bob", "cleo", "dan", "eve", "finn"]
const users = people.map((username) => ({ username }))
const many = Array.from({ length: 200 }, (_, n) => ({ username: `user-${n}` }))
const seeded = (people: object = {}, more: Deployment.Options = {}) =>
  layer({ users, ...more, policy: { people } } as Deployment.Options)

const run = (...args: ReadonlyArray<string>) => Effect.flatMap(World, ({ admin }) => admin(...args))
const read = (name: string) => Effect.map(World, ({ folder }) => readFileSync(join(folder, name), "utf8"))
const there = (name: string) => Effect.map(World, ({ folder }) => existsSync(join(folder, name)))
const names = Effect.map(World, ({ folder }) => readdirSync(folder).filter((name) => !name.startsWith("people")))
const write = (name: string, text: string) => Effect.map(World, ({ write }) => write(name, text))

/** A file with everybody's line as it is, but for some. */
const file = (lines: Readonly<Record<string, string | undefined>> = {}) => {
  const as: Record<string, string | undefined> = {
    owner: "owner",
    ...Object.fromEntries(people.map((_) => [_, "member"])),
    ...lines,
  }
  const rows = Object.entries(as).flatMap(([name, role]) => (role === undefined ? [] : [`${name}@example.com,${role}`]))
  return write("people.csv", ["email,role", ...rows, ""].join("\n"))
}

/** The calls that change something, in their order: `deleteWorkspaceUser ada`. */
const changes = Effect.gen(function* () {
  const { deployment, journal } = yield* World
  const all = yield* journal.entries()
  const by = new Map((yield* deployment.users).map(({ id, username }) => [id as string, username]))
  return all.flatMap(({ method, operation, userId }) =>
    method === "GET" ? [] : [`${operation}${userId === undefined ? "" : ` ${by.get(userId) ?? userId}`}`],
  )
})

const roles = Effect.gen(function* () {
  const { stdout } = yield* run("list", "--format", "json")
  const all: ReadonlyArray<{ readonly username: string; readonly role: string }> = JSON.parse(stdout)
  return Object.fromEntries(all.map(({ role, username }) => [username, role]))
})

describe("list", () => {
  it.scopedLive("all members, sorted by id, cells that are no formulas; what audit, plan and delete take", () =>
    Effect.gen(function* () {
      const { deployment } = yield* World
      yield* deployment.change("bob", { display_name: "=1+1", email: "+bob@example.com" })
      yield* deployment.change("cleo", { display_name: "\uff1dHYPERLINK" })
      const { code, stderr, stdout } = yield* run("list")
      assert.strictEqual(code, 0, stderr)
      const [head, ...lines] = stdout.trimEnd().split("\n")
      assert.strictEqual(head, "workspace,id,username,email,display_name,role,added_by,created_at")
      assert.strictEqual(lines.length, 7)
      const ids = lines.map((line) => line.split(",")[1] ?? "")
      assert.deepStrictEqual(ids, [...ids].sort())
      assert.match(stdout, /,bob,'\+bob@example.com,'=1\+1,member,/)
      assert.match(stdout, /,'\uff1dHYPERLINK,/)
      assert.match(stderr, /7 members of main, 0 of them without an address.*no workspace of yours are not seen/)
      assert.strictEqual((yield* run("list", "-o", "people.csv")).code, 0)
      assert.strictEqual(yield* read("people.csv"), `\ufeff${stdout}`)
      assert.match((yield* run("audit", "people.csv")).stderr, /differ in 0 places/)
      assert.strictEqual((yield* run("delete", "people.csv", "--dry-run")).code, 1, "oneself is in it")
    }).pipe(Effect.provide(seeded())),
  )

  for (const [why, policy] of [
    ["without metadata", { metadata: "absent" }],
    ["while people come and go", { churn: 1, greatestPage: 20 }],
  ] as const) {
    it.scopedLive(`exit code 3 and no file ${why}; one that is there stays as it is`, () =>
      Effect.gen(function* () {
        const first = yield* run("list", "-o", "out.csv")
        assert.strictEqual(first.code, 3, first.stdout)
        assert.match(first.stderr, /could not be read completely/)
        assert.deepStrictEqual(yield* names, [])
        yield* write("out.csv", "before")
        assert.deepStrictEqual((yield* run("list", "-o", "out.csv")).stdout, "")
        assert.strictEqual(yield* read("out.csv"), "before")
      }).pipe(Effect.provide(seeded(policy, { users: many }))),
    )
  }

  it.scopedLive("says how many addresses are empty, and who has left", () =>
    Effect.gen(function* () {
      const { deployment, start } = yield* World
      const ada = yield* Effect.flatten(deployment.user("ada"))
      const key = Redacted.value(yield* deployment.issueApiKey(ada.id))
      yield* run("offboard", "dan", "--yes")
      const { ended } = start(["list", "--role", "member"], { TILEDB_REST_TOKEN: key })
      const { code, stderr, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 0, stderr)
      assert.notInclude(stdout, "@")
      assert.match(stderr, /5 members of main, 5 of them without an address[\s\S]*1 have left and are not listed/)
    }).pipe(Effect.provide(seeded({ maySeeAddresses: "admin", removedMembers: "listed" }))),
  )

  it.scopedLive("refuses a workspace that is not one's own, and a place that cannot be written", () =>
    Effect.gen(function* () {
      const elsewhere = yield* run("list", "--workspace", "theirs")
      assert.deepStrictEqual([elsewhere.code, elsewhere.stdout], [2, ""])
      assert.match(elsewhere.stderr, /theirs is not one of your workspaces: main \(ws_/)
      assert.strictEqual((yield* run("list", "-o", "no/such/folder.csv")).code, 2)
      const king = yield* run("list", "--role", "king")
      assert.deepStrictEqual([king.code, king.stdout], [2, ""])
    }).pipe(Effect.provide(seeded())),
  )
})

describe("find", () => {
  for (const search of ["substring", "whole", "ignored"] as const) {
    it.scopedLive(`the whole of an address, a name or an id, whatever search does (${search})`, () =>
      Effect.gen(function* () {
        const { deployment } = yield* World
        const { id } = yield* Effect.flatten(deployment.user("ada"))
        for (const who of ["ADA@example.com", "ada", id]) {
          const { code, stdout } = yield* run("find", who)
          assert.deepStrictEqual([code, stdout.split("\n").length], [0, 3], who)
          assert.include(stdout, id)
        }
        const nobody = yield* run("find", "ada@")
        assert.deepStrictEqual([nobody.code, nobody.stdout], [1, ""])
        assert.match(nobody.stderr, /None of 7 members is ada@, 0 of them without an address/)
      }).pipe(Effect.provide(seeded({ search }))),
    )
  }

  it.scopedLive("says nobody only after a complete listing", () =>
    Effect.gen(function* () {
      const { faults } = yield* World
      // The search finds nobody, and the listing has no metadata.
      yield* faults.install({
        operation: "Workspaces.listWorkspaceUsers",
        fault: Faults.answer(({ target }) =>
          !target.includes("search=") ? { status: 200, body: JSON.stringify({ data: [] }) } : undefined,
        ),
      })
      const { code, stderr } = yield* run("find", "zoe@example.com")
      assert.strictEqual(code, 3)
      assert.match(stderr, /could not be read completely/)
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("lists those who are meant, if they are several", () =>
    Effect.gen(function* () {
      const { deployment } = yield* World
      yield* deployment.add({ username: "bob@example.com", email: "other@example.com" })
      const { code, stderr, stdout } = yield* run("find", "bob@example.com")
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(stderr, /is not one person:\n {2}bob.* <.*\n {2}bob.* <.* in main/)
    }).pipe(Effect.provide(seeded())),
  )
})

describe("audit", () => {
  it.scopedLive("exit code 0 same, 1 differs, 2 for the file, 3 not read; changes nothing", () =>
    Effect.gen(function* () {
      yield* file()
      assert.strictEqual((yield* run("audit", "people.csv")).code, 0)
      yield* file({ ada: "admin", bob: undefined, zoe: "member" })
      const { code, stdout } = yield* run("audit", "people.csv")
      assert.strictEqual(code, 1)
      assert.match(stdout, /^ada.*should be admin\nzoe.*is not there.*\nbob.*is not in the file\n$/)
      const asIs = Object.keys(yield* roles).map((name) => `${name},${name}@example.com,Member,IT\n`)
      yield* write("people.csv", `Name,E-Mail,Role,Department\n${asIs.join("").replace("com,Member", "com,owner")}`)
      const others = yield* run("audit", "people.csv")
      assert.match(others.stderr, /people.csv \(7 people\) differ/, "columns of others do no harm")
      for (const [text, issue] of [
        ["email,role\nada@example.com,boss", /line 2.*must be owner, admin or member/],
        ["email,role\na@x.com,member\nA@x.com,admin", /line 3.*is the same as in line 2/],
        ["email,role\n,member", /line 2.*must not be empty/],
        ["email\nada@example.com", /missing column role/],
      ] as const) {
        yield* write("people.csv", text)
        const bad = yield* run("audit", "people.csv")
        assert.strictEqual(bad.code, 2, text)
        assert.match(bad.stderr, issue)
      }
      yield* file()
      const { faults } = yield* World
      yield* faults.install({ operation: "Invitations.listInvitations", fault: Faults.html(503) })
      assert.strictEqual((yield* run("audit", "people.csv")).code, 3)
      assert.deepStrictEqual(yield* changes, [])
    }).pipe(Effect.provide(seeded())),
  )
})

describe("plan and apply", () => {
  it.scopedLive("writes down target, caller, time and states; carries out; once", () =>
    Effect.gen(function* () {
      const { deployment, env } = yield* World
      yield* file({ ada: "admin", bob: undefined, zoe: "member" })
      const planned = yield* run("plan", "people.csv", "-o", "plan.json", "--remove")
      assert.strictEqual(planned.code, 0, planned.stderr)
      assert.deepStrictEqual(yield* changes, [], "a plan does nothing")
      const plan = JSON.parse(yield* read("plan.json"))
      assert.strictEqual(plan.base_url, env.TILEDB_REST_HOST)
      assert.strictEqual(plan.caller, deployment.ownerId)
      assert.match(plan.workspace_id, /^ws_/)
      assert.isAtMost(Math.abs(Date.now() - Date.parse(plan.made_at)), 60_000)
      assert.match(plan.fingerprint, /^[0-9a-f]{64}$/)
      assert.strictEqual(plan.actions.length, 3)
      const applied = yield* run("apply", "plan.json")
      assert.strictEqual(applied.code, 0, applied.stderr)
      assert.strictEqual((yield* run("audit", "people.csv")).code, 0)
      const done = yield* changes
      assert.strictEqual(done.length, 3)
      const again = yield* run("apply", "plan.json")
      assert.strictEqual(again.code, 0)
      assert.match(again.stderr, /nothing is done twice/)
      assert.deepStrictEqual(yield* changes, done)
      assert.notInclude(yield* read("plan.json"), env.TILEDB_REST_TOKEN ?? "?")
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive(
    "a file that names nobody removes nobody; the limit is of the complete listing; no plan is written",
    () =>
      Effect.gen(function* () {
        yield* write("people.csv", "email,role\n")
        const empty = yield* run("plan", "people.csv", "-o", "plan.json", "--remove", "--max-removals", "100")
        assert.deepStrictEqual([empty.code, yield* there("plan.json")], [2, false])
        assert.match(empty.stderr, /names nobody never removes everybody/)
        yield* file({ ada: undefined, bob: undefined, cleo: undefined, dan: undefined })
        const four = yield* run("plan", "people.csv", "-o", "plan.json", "--remove")
        assert.deepStrictEqual([four.code, yield* there("plan.json")], [2, false])
        assert.match(four.stderr, /4 of 7 would be removed, at most 3 without --max-removals/)
        const more = ["plan", "people.csv", "-o", "plan.json", "--remove", "--max-removals", "4"]
        assert.strictEqual((yield* run(...more)).code, 0)
        yield* file()
        const over = yield* run("plan", "people.csv", "-o", "people.csv")
        assert.strictEqual(over.code, 2, "the file of people is no place for the plan")
        assert.match(yield* read("people.csv"), /^email,role/)
      }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("a large plan is summed up on the screen, and whole in the file", () =>
    Effect.gen(function* () {
      const newcomers = Array.from({ length: 300 }, (_, n) => [`new-${n}`, "member"])
      yield* file({ ada: "admin", bob: "admin", ...Object.fromEntries(newcomers) })
      const { code, stderr } = yield* run("plan", "people.csv", "-o", "plan.json")
      assert.strictEqual(code, 0, stderr)
      const lines = stderr.trimEnd().split("\n")
      assert.match(lines[0] ?? "", /^To do in main of \S+: role: 2, invite: 300$/)
      assert.strictEqual(lines[21], "  … and 282 more")
      assert.strictEqual(lines.length, 23)
      assert.strictEqual(JSON.parse(yield* read("plan.json")).actions.length, 302)
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("what is not going to be as the file says is in the plan, and in the report", () =>
    Effect.gen(function* () {
      yield* file({ owner: "member", ada: "Admin" })
      const planned = yield* run("plan", "people.csv", "-o", "plan.json")
      assert.match(planned.stderr, /Is not going to be as the file says:\n.*your own account, which is never changed/)
      const { code, stdout } = yield* run("apply", "plan.json", "--format", "json")
      assert.strictEqual(code, 1)
      const rows: ReadonlyArray<{ state: string; reason: string }> = JSON.parse(stdout).rows
      assert.deepStrictEqual(
        rows.map(({ state }) => state),
        ["done", "invalid"],
      )
      assert.match(rows[1]?.reason ?? "", /your own account/)
      assert.deepInclude(yield* roles, { owner: "owner", ada: "admin" })
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("refuses another caller, another deployment, an old plan, and what has changed; nothing is sent", () =>
    Effect.gen(function* () {
      const { deployment, start } = yield* World
      yield* file({ ada: "admin", bob: undefined })
      yield* run("plan", "people.csv", "-o", "plan.json", "--remove")
      const text = yield* read("plan.json")
      const refused = (what: RegExp, result: { readonly code: number | null; readonly stderr: string }) => {
        assert.strictEqual(result.code, 2, result.stderr)
        assert.match(result.stderr, what)
      }
      yield* deployment.change("cleo", { role: "owner" })
      refused(/the workspace has changed since/, yield* run("apply", "plan.json"))
      yield* deployment.change("cleo", { role: "member" })
      const other = yield* deployment.add({ username: "second", role: "owner" })
      const key = Redacted.value(yield* deployment.issueApiKey(other.id))
      const { ended } = start(["apply", "plan.json"], { TILEDB_REST_TOKEN: key })
      refused(/it was made by usr_.*, not by usr_/, yield* Effect.promise(() => ended))
      const made = (changes: object) => write("plan.json", JSON.stringify({ ...JSON.parse(text), ...changes }))
      const old = new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString()
      yield* made({ made_at: old })
      refused(/is good for a day/, yield* run("apply", "plan.json"))
      yield* made({ base_url: "https://elsewhere/v4" })
      refused(/it is for https:\/\/elsewhere/, yield* run("apply", "plan.json"))
      yield* made({ same: Array.from({ length: 80 }, (_, n) => ({ email: `gone-${n}@example.com`, role: "member" })) })
      refused(/gone-4\d@[\s\S]*\n {2}… and 3\d more\nNothing was sent/, yield* run("apply", "plan.json"))
      yield* made({ actions: [{ action: "explode" }] })
      refused(/is not a plan/, yield* run("apply", "plan.json"))
      refused(/There is no file paln\.json/, yield* run("apply", "paln.json"))
      refused(/is a folder/, yield* run("apply", "."))
      refused(/stdin is a pipe/, yield* run("apply", "/dev/stdin"))
      assert.deepStrictEqual(yield* changes, [])
      assert.isFalse(yield* there("plan.json.run.sqlite"), "what is refused leaves nothing")
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("reads a member again just before; one who has changed by then is left alone", () =>
    Effect.gen(function* () {
      const { faults } = yield* World
      yield* file({ ada: "admin", bob: undefined })
      yield* run("plan", "people.csv", "-o", "plan.json", "--remove")
      yield* faults.install({ operation: "Workspaces.getWorkspaceUser", fault: Faults.merge({ role: "owner" }) })
      const { code, stdout } = yield* run("apply", "plan.json")
      assert.strictEqual(code, 1, stdout)
      assert.match(stdout, /2 failed/)
      assert.match(stdout, /the member has changed since/)
      assert.deepStrictEqual(yield* changes, [])
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("an invitation whose response is lost is found out about, and never sent twice", () =>
    Effect.gen(function* () {
      const { faults } = yield* World
      yield* faults.install({ operation: "Invitations.createInvitations", nth: 1, fault: Faults.reset("after") })
      yield* faults.install({ operation: "Invitations.createInvitations", nth: 2, fault: Faults.reset("before") })
      yield* file({ yan: "member", zoe: "member" })
      yield* run("plan", "people.csv", "-o", "plan.json")
      const { code, stdout } = yield* run("apply", "plan.json", "--concurrency", "1")
      assert.strictEqual(code, 1)
      assert.match(stdout, /1 done[\s\S]*1 unknown[\s\S]*no invitation is listed/)
      assert.strictEqual((yield* changes).length, 2)
      yield* run("resume", "plan.json")
      assert.strictEqual((yield* changes).length, 2, "what has no evidence is not sent again")
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive(
    "an invitation whose response is lost, and the service away when it is looked for: not sent twice",
    () =>
      Effect.gen(function* () {
        const { faults, journal } = yield* World
        yield* file({ zoe: "member" })
        yield* run("plan", "people.csv", "-o", "plan.json")
        yield* faults.install({ operation: "Invitations.createInvitations", nth: 1, fault: Faults.reset("after") })
        // Not the first one, which looks whether the plan still fits.
        const nth = Array.from({ length: 100 }, (_, n) => n + 2)
        yield* faults.install({ operation: "Invitations.listInvitations", nth, fault: Faults.reset("before") })
        const { code, stdout } = yield* run("apply", "plan.json", "--format", "json")
        assert.deepStrictEqual([code, JSON.parse(stdout).rows[0].state], [1, "unknown"], stdout)
        yield* faults.clear
        assert.strictEqual((yield* run("resume", "plan.json")).code, 0)
        assert.strictEqual((yield* journal.entries("Invitations.createInvitations")).length, 1)
      }).pipe(Effect.provide(seeded())),
  )
})

describe("offboard", () => {
  it.scopedLive("invitations, membership, account: in this order, and the account only with the flag", () =>
    Effect.gen(function* () {
      const { deployment } = yield* World
      yield* file({ zoe: "member" })
      yield* run("plan", "people.csv", "-o", "plan.json")
      yield* run("apply", "plan.json")
      yield* deployment.add({ username: "zoe", email: "zoe@example.com" })
      const before = yield* changes
      const dry = yield* run("offboard", "zoe@example.com", "bob", "--delete-account", "--dry-run")
      assert.strictEqual(dry.code, 0, dry.stderr)
      const unasked = yield* run("offboard", "bob")
      assert.strictEqual(unasked.code, 2)
      assert.match(unasked.stderr, /give --yes/)
      assert.deepStrictEqual(yield* changes, before)
      assert.deepStrictEqual(
        (yield* names).filter((name) => name.startsWith("offboard")),
        [],
        "nothing is left behind",
      )
      const { code, stderr } = yield* run("offboard", "zoe@example.com", "--delete-account", "--yes")
      assert.strictEqual(code, 0, stderr)
      assert.match(stderr, /Cannot be done by anybody: revoking their API tokens/)
      const three = (yield* changes).slice(before.length).map((_) => _.split(" ")[0])
      assert.deepStrictEqual(three, ["Invitations.revokeInvitation", "Workspaces.deleteWorkspaceUser", "deleteUser"])
      assert.strictEqual((yield* run("offboard", "BOB@example.com", "--yes")).code, 0)
      assert.isTrue((yield* deployment.user("bob"))._tag === "Some", "the account stays")
      assert.notProperty(yield* roles, "bob")
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("never oneself, those above members with a flag, nobody who is not one person; all or nobody", () =>
    Effect.gen(function* () {
      const { deployment } = yield* World
      yield* deployment.change("eve", { role: "admin" })
      yield* deployment.add({ username: "bob@example.com", email: "other@example.com" })
      for (const [who, why] of [
        ["owner", /your own account, which is never changed/],
        ["eve", /only with --privileged/],
        ["bob@example.com", /is not one person: .*; .*/],
        ["nobody@example.com", /is no member, and is not invited/],
        ["ad", /is no member/],
      ] as const) {
        const { code, stderr } = yield* run("offboard", "ada", who, "--yes")
        assert.strictEqual(code, 2, who)
        assert.match(stderr, why)
      }
      yield* write("leavers.csv", "username,email\nada,bob@example.com\n")
      const mixed = yield* run("offboard", "leavers.csv", "--yes")
      assert.strictEqual(mixed.code, 2)
      assert.match(mixed.stderr, /leavers.csv: line 2: is not one person/)
      assert.deepStrictEqual(yield* changes, [])
      assert.strictEqual((yield* run("offboard", "eve", "--yes", "--privileged")).code, 0)
    }).pipe(Effect.provide(seeded({ lastOwner: "free", oneself: "anybody" }))),
  )

  it.scopedLive("no account is deleted whose membership has not ended: refused, or not known", () =>
    Effect.gen(function* () {
      const { deployment, faults } = yield* World
      const out = ["--delete-account", "--yes", "--format", "json"]
      yield* faults.install({ operation: "Workspaces.deleteWorkspaceUser", fault: Faults.status(403) })
      const refused = yield* run("offboard", "ada", ...out)
      assert.deepStrictEqual([refused.code, JSON.parse(refused.stdout).counts.failed], [1, 2], refused.stderr)
      assert.match(refused.stdout, /is a member still/)
      yield* faults.clear
      yield* faults.install({ operation: "Workspaces.deleteWorkspaceUser", fault: Faults.html(404) })
      const away = yield* run("offboard", "bob", ...out)
      assert.deepStrictEqual([away.code, JSON.parse(away.stdout).counts.failed], [3, 0], away.stderr)
      assert.strictEqual(yield* deployment.size, people.length + 1)
      assert.notMatch((yield* changes).join(), /deleteUser/)
    }).pipe(Effect.provide(seeded())),
  )

  it.scopedLive("a file of leavers, with the state beside it; who comes back is taken out again", () =>
    Effect.gen(function* () {
      yield* write("leavers.csv", "Username\nada\nbob\n")
      assert.strictEqual((yield* run("offboard", "leavers.csv", "--yes")).code, 0)
      assert.isTrue(yield* there("leavers.csv.run.sqlite"))
      const gone = yield* run("offboard", "leavers.csv", "--yes")
      assert.strictEqual(gone.code, 2)
      assert.match(gone.stderr, /line 2: is no member/)
    }).pipe(Effect.provide(seeded())),
  )
})

describe("tokens", () => {
  /** Two tokens of the owner: one for a year, and one for a day. */
  const created = Effect.gen(function* () {
    const { deployment } = yield* World
    const client = yield* Effect.provideService(TestUsers.makeClient(), Deployment.Deployment, deployment)
    const tokens = yield* Effect.provideService(Tokens.make, TileDBClient.TileDBClient, client)
    const now = yield* DateTime.now
    return yield* Effect.forEach(Object.entries({ long: 365, short: 1 }), ([name, days]) =>
      tokens.createToken({ name, scope: "*", expires_at: DateTime.add(now, { days }) }),
    )
  })

  it.scopedLive("without keys; exit code 1 if one ends within the time; revokes, but the one in use with a flag", () =>
    Effect.gen(function* () {
      const { start } = yield* World
      const made = yield* created
      const listed = yield* run("tokens", "--format", "json")
      assert.strictEqual(listed.code, 0, listed.stderr)
      const all: ReadonlyArray<{ readonly id: string; readonly name: string }> = JSON.parse(listed.stdout)
      assert.deepStrictEqual(all.map(({ name }) => name).sort(), ["long", "short"])
      for (const format of ["table", "csv", "json"]) {
        const { stderr, stdout } = yield* run("tokens", "--format", format)
        for (const { api_key } of made) assert.notInclude(stdout + stderr, Redacted.value(api_key))
      }
      assert.strictEqual((yield* run("tokens", "--expiring", "14d")).code, 1)
      assert.strictEqual((yield* run("tokens", "--expiring", "1h")).code, 0)
      assert.strictEqual((yield* run("tokens", "--expiring", "soon")).code, 2)
      const [long, short] = ["long", "short"].map((name) => all.find((one) => one.name === name)?.id ?? "")
      const own = Redacted.value(made[0]?.api_key ?? Redacted.make(""))
      const asLong = (...args: ReadonlyArray<string>) =>
        Effect.promise(() => start(args, { TILEDB_REST_TOKEN: own }).ended)
      const inUse = yield* asLong("tokens", "revoke", long ?? "")
      assert.strictEqual(inUse.code, 2)
      assert.match(inUse.stderr, /only with --even-in-use/)
      assert.strictEqual((yield* asLong("tokens", "revoke", short ?? "")).code, 0)
      assert.strictEqual((yield* asLong("tokens", "revoke", "nothing")).code, 2)
      assert.strictEqual((yield* asLong("tokens", "revoke", long ?? "", "--even-in-use")).code, 0)
      assert.strictEqual(JSON.parse((yield* run("tokens", "--format", "json")).stdout).length, 0)
    }).pipe(Effect.provide(seeded())),
  )
})
