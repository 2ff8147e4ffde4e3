import { assert, describe, it } from "@effect/vitest"
import {
  Invitation,
  InvitationId,
  InvitationWorkspace,
  InvitingUser,
  UserId,
  WorkspaceId,
  WorkspaceUser,
} from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import { isMeant, type Listing } from "../src/people/Directory.js"
import { mayBeInUse } from "../src/people/Look.js"
import {
  type Action,
  compare,
  decide,
  fingerprint,
  mostRemovals,
  offboardingOf,
  type Plan,
  planOf,
  refusals,
  removals,
} from "../src/people/Plan.js"

const idOf = (name: string) => UserId.make(`usr_${name.replaceAll(/[^0-9a-v]/g, "").padEnd(20, "0")}`)
const created_at = DateTime.unsafeMake("2026-01-02T03:04:05Z")

const person = (name: string, role = "member", email = `${name}@example.com`): WorkspaceUser =>
  new WorkspaceUser({ user_id: idOf(name), username: name, display_name: name, email, role, added_by: "", created_at })

const invitation = (name: string, role = "member"): Invitation =>
  new Invitation({
    invitation_id: InvitationId.make(`inv_${name}`),
    invitee_email: `${name}@example.com`,
    created_by: new InvitingUser({ user_id: idOf("boss"), display_name: "", email: "", workspace_role: "owner" }),
    created_at,
    workspace_invitation: new InvitationWorkspace({
      workspace_id: WorkspaceId.make("ws_1"),
      name: "main",
      prospective_role: role,
    }),
  })

const boss = person("boss", "owner")

/** The caller, who is an owner, and others. */
const listing = (others: ReadonlyArray<WorkspaceUser>, invited: ReadonlyArray<Invitation> = []): Listing => ({
  caller: boss.user_id,
  members: [boss, ...others],
  invited,
})

const line = (name: string, role = "member") => ({ email: `${name}@example.com`, role })
const bossLine = line("boss", "owner")
const wishes = { remove: true, privileged: false }
const told = ({ action, email }: Action) => `${action} ${email.split("@")[0]}`

describe("who is meant", () => {
  const people = [person("ada"), person("adam"), person("Zoé", "member", "Zoe@example.com")]
  const meant = (who: string) => people.filter((one) => isMeant(who, one)).map(({ username }) => username)

  it("an id, a username or an address, the whole of it, in any case", () => {
    assert.deepStrictEqual(meant("ada"), ["ada"])
    assert.deepStrictEqual(meant(idOf("adam")), ["adam"])
    assert.deepStrictEqual(meant("ADA@Example.com"), ["ada"])
    assert.deepStrictEqual(meant("Zoe\u0301"), ["Zoé"])
    for (const part of ["ad", "ada@", "example.com", "usr_", ""]) assert.deepStrictEqual(meant(part), [], part)
  })

  it("an empty address is nobody's", () => {
    assert.isFalse(isMeant("", person("ada", "member", "")))
  })

  it("an address that is another one's username is not one person", () => {
    const other = person("bob@example.com", "member", "x@example.com")
    for (const one of [person("bob"), other]) assert.isTrue(isMeant("bob@example.com", one))
  })
})

describe("a file against a listing", () => {
  const differences = (file: ReadonlyArray<{ email: string; role: string }>, now: Listing) =>
    compare(file, now).map(({ action, extra = false, text }) => [action === undefined ? text : told(action), extra])

  it("who is missing, has another role, or is not in the file", () => {
    const now = listing([person("ada"), person("bob")], [invitation("cleo")])
    const file = [bossLine, line("ADA", "admin"), line("dan")]
    assert.deepStrictEqual(differences(file, now), [
      ["role ada", false],
      ["invite dan", false],
      ["remove bob", true],
      ["revoke cleo", true],
    ])
  })

  it("who is invited is there; with another role that is said, and nothing is done", () => {
    const now = listing([], [invitation("ada"), invitation("bob", "admin")])
    const [first, ...others] = differences([bossLine, line("Ada"), line("bob")], now)
    assert.match(String(first), /bob@example.com: is invited as admin, should be member/)
    assert.deepStrictEqual(others, [])
  })

  it("nobody is matched by an address that is empty or double", () => {
    const now = listing([
      person("a1", "member", "a@example.com"),
      person("a2", "member", "A@example.com"),
      person("x", "member", ""),
    ])
    const { actions, notes } = planOf([bossLine, line("a", "admin")], now, { ...wishes, privileged: true })
    assert.deepStrictEqual(actions, [])
    assert.match(notes.join("\n"), /several have this address[\s\S]*cannot be compared without an address/)
  })
})

describe("what a plan may do", () => {
  const planned = (file: ReadonlyArray<{ email: string; role: string }>, now: Listing, more = {}) =>
    planOf(file, now, { ...wishes, ...more })

  it("removes nobody unless that is wished", () => {
    const now = listing([person("ada")], [invitation("bob")])
    assert.deepStrictEqual(planned([bossLine], now).actions.map(told), ["remove ada", "revoke bob"])
    const kept = planned([bossLine], now, { remove: false })
    assert.deepStrictEqual([kept.actions, kept.left], [[], 2])
  })

  it("never removes or changes the caller", () => {
    const now = listing([person("second", "owner")])
    const others = [line("second", "owner")]
    for (const file of [others, [...others, line("boss", "member")]]) {
      const { actions, notes } = planned(file, now, { privileged: true })
      assert.deepStrictEqual(actions, [])
      assert.match(notes.join(), /your own account, which is never changed/)
    }
  })

  it("never leaves a workspace without an owner, whoever calls", () => {
    const now = { ...listing([person("second", "owner"), person("cal", "admin")]), caller: idOf("cal") }
    const calls = line("cal", "admin")
    for (const file of [[calls], [calls, line("boss", "admin"), line("second")]]) {
      const { actions, notes } = planned(file, now, { privileged: true })
      assert.deepStrictEqual(actions, [])
      assert.match(notes.join(), /without an owner/)
    }
    const { actions } = planned([calls, line("second", "owner")], now, { privileged: true })
    assert.deepStrictEqual(actions.map(told), ["remove boss"])
    assert.deepStrictEqual(
      actions.map((_) => "keeps" in _ && _.keeps),
      [[idOf("second")]],
      "it is read again who stays",
    )
  })

  it("changes and removes those above members only with a flag, and roles that it does not know", () => {
    const now = listing([person("ada", "admin"), person("bob", "owner"), person("eve", "auditor")])
    const file = [bossLine, line("ada")]
    assert.deepStrictEqual(planned(file, now).actions, [])
    assert.strictEqual(planned(file, now).notes.filter((_) => _.includes("--privileged")).length, 3)
    const { actions } = planned(file, now, { privileged: true })
    assert.deepStrictEqual(actions.map(told), ["role ada", "remove bob", "remove eve"])
  })

  it("counts people, not steps, and against the complete listing", () => {
    const many = Array.from({ length: 59 }, (_, n) => person(`p${n}`))
    assert.strictEqual(mostRemovals(listing(many), null), 6)
    assert.strictEqual(mostRemovals(listing([]), null), 3)
    assert.strictEqual(mostRemovals(listing(many), 0), 0)
    const steps = offboardingOf([person("ada")], [invitation("ada"), invitation("bob")], true)
    assert.deepStrictEqual(steps.map(told), ["revoke bob", "revoke ada", "remove ada", "delete-account ada"])
    const { actions } = planned(
      [bossLine],
      listing([person("ada"), person("cleo")], [invitation("bob"), invitation("bob")]),
    )
    assert.strictEqual(removals(actions), 3)
  })
})

describe("offboarding", () => {
  const now = listing([person("ada"), person("second", "owner")])
  const reasons = (people: ReadonlyArray<WorkspaceUser>, privileged: boolean) =>
    decide(offboardingOf(people, [], false), now, privileged).notes.join("\n")

  it("is the same: never oneself, never the last owner, those above members with a flag", () => {
    assert.strictEqual(reasons([person("ada")], false), "")
    assert.match(reasons([boss], true), /your own account/)
    assert.match(reasons([person("second", "owner")], false), /only with --privileged/)
    assert.strictEqual(reasons([person("second", "owner")], true), "")
    const calls = { ...now, caller: idOf("ada") }
    const both = offboardingOf([boss, person("second", "owner")], [], false)
    assert.match(decide(both, calls, true).notes.join(), /without an owner/)
  })
})

describe("what speaks against a plan", () => {
  const now = listing([person("ada"), person("bob"), person("cleo")], [invitation("dan")])
  const here = "https://here/v4"
  const made = (
    file = [bossLine, line("ada", "admin"), line("bob"), line("dan"), line("eve")],
    remove = true,
  ): Plan => ({
    version: 1,
    base_url: here,
    workspace_id: "ws_1",
    caller: boss.user_id,
    made_at: "2026-01-09T12:00:00Z",
    fingerprint: fingerprint(now),
    remove,
    max_removals: null,
    privileged: false,
    ...planOf(file, now, { remove, privileged: false }),
  })
  const against = (plan: Plan, then: Listing = now) =>
    refusals(plan, then, here, Date.parse("2026-01-10T00:00:00Z")).join("\n")

  it("nothing, where everything is as it was", () => {
    assert.strictEqual(against(made()), "")
    assert.deepStrictEqual(made().actions.map(told), ["role ada", "invite eve", "remove cleo"])
  })

  it("another deployment, and another caller", () => {
    assert.match(against({ ...made(), base_url: "https://there/v4" }), /it is for https:\/\/there/)
    assert.match(against(made(), { ...now, caller: idOf("bob") }), /it was made by/)
  })

  it("its age: a day, and no time to come", () => {
    for (const [made_at, good] of [
      ["2026-01-09T00:00:01Z", true],
      ["2026-01-08T23:59:59Z", false],
      ["2026-01-10T00:04:59Z", true],
      ["2026-01-10T00:06:00Z", false],
      ["yesterday", false],
    ] as const) {
      assert.strictEqual(against({ ...made(), made_at }) === "", good, made_at)
    }
  })

  it("any change, if it removes", () => {
    for (const then of [
      listing([...now.members.slice(1), person("new")], now.invited),
      listing(now.members.slice(1, 3), now.invited),
      listing(now.members.slice(1), []),
      listing([person("ada"), person("bob", "admin"), person("cleo")], now.invited),
      listing([person("ada"), person("bob", "member", "b@example.com"), person("cleo")], now.invited),
    ]) {
      assert.match(against(made(), then), /the workspace has changed since/)
      assert.match(against({ ...made(), remove: false }, then), /the workspace has changed since/)
    }
    const nobody = made(
      [...now.members, { email: "dan@example.com", role: "member" }].map(({ email, role }) => ({ email, role })),
    )
    assert.deepStrictEqual(nobody.actions, [], "it was made with --remove, and found nobody")
    const joined = listing([...now.members.slice(1), person("new")], now.invited)
    assert.match(against(nobody, joined), /the workspace has changed since/)
  })

  it("a change of whom it is about, if it does not remove; others may come and go", () => {
    const plan = made(undefined, false)
    const then = (ada: WorkspaceUser, bob: WorkspaceUser, more: ReadonlyArray<WorkspaceUser>, invited = now.invited) =>
      against(plan, listing([ada, bob, ...more], invited))
    assert.strictEqual(then(person("ada"), person("bob"), [person("new")]), "")
    assert.match(then(person("ada", "owner"), person("bob"), []), /change the role of ada.*has changed since/)
    assert.match(then(person("ada", "member", "a@example.com"), person("bob"), []), /has changed since/)
    const returned = new WorkspaceUser({ ...person("ada"), created_at: DateTime.add(created_at, { days: 1 }) })
    assert.match(then(returned, person("bob"), []), /change the role of ada.*has changed since/)
    assert.match(then(person("ada"), person("bob", "admin"), []), /bob.*should be member/)
    assert.match(then(person("ada"), person("bob"), [person("eve")]), /invite eve.*has changed since/)
    assert.match(then(person("ada"), person("bob"), [], [...now.invited, invitation("eve")]), /invite eve/)
    assert.match(then(person("ada"), person("bob"), [], []), /dan.*is not there/)
  })

  it("what was written into it by hand", () => {
    const was = { id: boss.user_id, role: "owner", since: DateTime.formatIso(created_at) }
    const remove = (who: WorkspaceUser): Action => {
      return { action: "remove", email: who.email, role: "", was: { ...was, id: who.user_id, role: who.role } }
    }
    assert.match(against({ ...made(), actions: [remove(boss)] }), /your own account/)
    const gone = listing([person("ada")])
    const { actions } = planOf([bossLine, line("ada")], listing([person("ada")], [invitation("dan")]), wishes)
    assert.match(against({ ...made(), fingerprint: fingerprint(gone), same: [], actions }, gone), /revoke.*has changed/)
    const admin = listing([person("ada", "admin")])
    assert.match(
      against(
        { ...made(), fingerprint: fingerprint(admin), same: [], actions: [remove(person("ada", "admin"))] },
        admin,
      ),
      /^cannot remove ada.*only with --privileged$/,
    )
    const four = ["ada", "bob", "cleo", "dan"].map((name) => person(name))
    const most = listing(four)
    const plan = { ...made(), fingerprint: fingerprint(most), same: [], actions: four.map(remove) }
    assert.strictEqual(against(plan, most), "it removes 4, at most 3 without --max-removals")
    assert.strictEqual(against({ ...plan, max_removals: 4 }, most), "")
  })
})

describe("the key in use", () => {
  it("is told from others by what a listing has of it, and what may be it counts", () => {
    const own = "tiledb_abcdefghij"
    assert.isTrue(mayBeInUse(own, own))
    for (const part of ["tiledb_", "tiledb_…", "tiledb_abc***", ""]) assert.isTrue(mayBeInUse(own, part), part)
    assert.isFalse(mayBeInUse(own, "tiledb_zzz"))
    assert.isFalse(mayBeInUse("", own), "a password has no key")
    assert.isTrue(mayBeInUse(undefined, own), "what cannot be looked at may be any")
  })
})
