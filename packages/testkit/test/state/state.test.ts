import { assert, describe, it } from "@effect/vitest"
import { User, UserId, WorkspaceId } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import { Random } from "../../src/internal/state/random.js"
import type { Account, Grant, Membership, Workspace } from "../../src/internal/state/rows.js"
import { State } from "../../src/internal/state/state.js"

const idOf = (number: number): UserId => UserId.make(`usr_${String(number).padStart(20, "0")}`)

const account = (
  number: number,
  username: string,
  more: Partial<Account> & { readonly email?: string } = {},
): Account => ({
  user: new User({
    id: idOf(number),
    username,
    email: more.email ?? `${username}@example.com`,
    display_name: username,
    role: "member",
    timezone: "UTC",
    created_at: DateTime.unsafeMake(0),
  }),
  password: "p",
  passwordVersion: more.passwordVersion ?? 0,
})

const ada = account(1, "Ada")
const bob = account(2, "bob")

const world = () => {
  const state = new State(new Random(1))
  state.put(ada)
  state.put(bob)
  return state
}

describe("a user is found", () => {
  it("by id, and by username or address in any case", () => {
    const state = world()
    assert.strictEqual(state.tables.accounts.size, 2)
    assert.deepStrictEqual([...state.tables.accounts.values()], [ada, bob])
    assert.strictEqual(state.byId(ada.user.id), ada)
    assert.isUndefined(state.byId("ada"))
    for (const name of ["Ada", "ada", "ADA"]) assert.strictEqual(state.byUsername(name), ada)
    for (const email of ["Ada@example.com", "ada@EXAMPLE.com"]) assert.strictEqual(state.byEmail(email), ada)
    for (const name of ["aDA", "adA@example.com"]) assert.strictEqual(state.byUsernameOrEmail(name), ada)
    assert.isUndefined(state.byUsername("ada@example.com"))
    assert.isUndefined(state.byEmail("ada"))
    assert.isUndefined(state.byUsernameOrEmail("eve"))
  })

  it("by API key or bearer token, each in its place, until it is forgotten", () => {
    const state = world()
    state.tables.apiKeys.set("key", ada.user.id)
    state.tables.bearers.set("bearer", ada.user.id)
    assert.strictEqual(state.byApiKey("key"), ada)
    assert.strictEqual(state.byBearer("bearer"), ada)
    assert.isUndefined(state.byApiKey("bearer"))
    assert.isUndefined(state.byBearer("key"))
    state.forget("key")
    assert.isUndefined(state.byApiKey("key"))
    assert.strictEqual(state.byBearer("bearer"), ada)
    state.forget("bearer")
    assert.isUndefined(state.byBearer("bearer"))
  })

  it("no more once deleted, by whatever led there, and leaves no index behind", () => {
    const state = world()
    state.tables.apiKeys.set("key", ada.user.id)
    state.remove(ada)
    assert.strictEqual(state.tables.accounts.size, 1)
    assert.isUndefined(state.byId(ada.user.id))
    assert.isUndefined(state.byUsernameOrEmail("ada"))
    assert.isUndefined(state.byUsernameOrEmail("ada@example.com"))
    assert.isUndefined(state.byApiKey("key"))
    assert.deepStrictEqual([...state.snapshot.usernames.keys()], ["bob"])
    assert.deepStrictEqual([...state.snapshot.emails.keys()], ["bob@example.com"])
  })

  it("by a new address and not by the old one, whose case does not matter", () => {
    const state = world()
    const moved = account(1, "Ada", { email: "new@example.com" })
    state.put(moved)
    assert.strictEqual(state.byEmail("new@example.com"), moved)
    assert.isUndefined(state.byEmail("ada@example.com"))
    const louder = account(1, "Ada", { email: "NEW@example.com" })
    state.put(louder)
    assert.strictEqual(state.byEmail("new@example.com"), louder)
    assert.strictEqual(state.tables.accounts.size, 2)
    assert.deepStrictEqual([...state.snapshot.emails.keys()], ["bob@example.com", "new@example.com"])
  })

  it("in the same place of the order after an update that leaves the address", () => {
    const state = world()
    state.put({ ...ada, passwordVersion: 1 })
    assert.deepStrictEqual([...state.snapshot.emails.keys()], ["ada@example.com", "bob@example.com"])
  })
})

describe("a scoped token", () => {
  const give = (state: State, token: string, scope: Grant["scope"]) =>
    state.tables.grants.set(token, {
      token,
      userId: ada.user.id,
      scope,
      email: ada.user.email,
      passwordVersion: 0,
      expiresAt: 100,
    })

  it("opens its user's account for its own purpose, before it expires, as often as it is used", () => {
    const state = world()
    give(state, "c", "confirm_email")
    give(state, "r", "password_reset")
    for (let use = 0; use < 2; use++) {
      assert.strictEqual(state.granted("c", "confirm_email", 99), ada)
      assert.strictEqual(state.granted("r", "password_reset", 99), ada)
    }
    assert.isUndefined(state.granted("c", "password_reset", 0))
    assert.isUndefined(state.granted("r", "confirm_email", 0))
    assert.isUndefined(state.granted("other", "confirm_email", 0))
    assert.strictEqual(state.granted("c", "confirm_email", 0), ada, "the wrong purpose has not spent it")
    state.tables.grants.delete("c")
    assert.isUndefined(state.granted("c", "confirm_email", 0))
  })

  it("is dead from its end on, for good", () => {
    const state = world()
    give(state, "c", "confirm_email")
    assert.isUndefined(state.granted("c", "confirm_email", 100))
    assert.isUndefined(state.granted("c", "confirm_email", 0), "even if time goes back")
    assert.strictEqual(state.snapshot.grants.size, 0)
  })

  it("to confirm an address is dead with another address, and not with another password", () => {
    const state = world()
    give(state, "c", "confirm_email")
    const changed = account(1, "Ada", { passwordVersion: 1 })
    state.put(changed)
    assert.strictEqual(state.granted("c", "confirm_email", 0), changed)
    state.put(account(1, "Ada", { email: "new@example.com" }))
    assert.isUndefined(state.granted("c", "confirm_email", 0))
  })

  it("to reset a password is dead with another password, and not with another address", () => {
    const state = world()
    give(state, "r", "password_reset")
    const moved = account(1, "Ada", { email: "new@example.com" })
    state.put(moved)
    assert.strictEqual(state.granted("r", "password_reset", 0), moved)
    state.put(account(1, "Ada", { passwordVersion: 1 }))
    assert.isUndefined(state.granted("r", "password_reset", 0))
  })

  it("is dead with its user", () => {
    const state = world()
    give(state, "c", "confirm_email")
    state.remove(ada)
    assert.isUndefined(state.granted("c", "confirm_email", 0))
  })
})

describe("workspaces", () => {
  const workspace = (name: string, roles?: Workspace["roles"]): Workspace => ({
    id: WorkspaceId.make(`ws_${name}`),
    name,
    founder: ada.user,
    createdAt: DateTime.unsafeMake(0),
    ...(roles === undefined ? {} : { roles }),
  })
  const everybodys = workspace("all")
  const engines = workspace("engines", new Map([[ada.user.id, "owner"]]))
  const poems = workspace(
    "poems",
    new Map([
      [ada.user.id, "member"],
      [bob.user.id, "owner"],
    ]),
  )

  it("of a user are everybody's and those that name the user, in their order", () => {
    const state = world()
    assert.deepStrictEqual([state.workspaces, state.workspacesOf(ada.user)], [[], []])
    state.workspaces = [engines, everybodys, poems]
    assert.deepStrictEqual(state.workspaces, [engines, everybodys, poems])
    assert.deepStrictEqual(state.workspacesOf(ada.user), [engines, everybodys, poems])
    assert.deepStrictEqual(state.workspacesOf(bob.user), [everybodys, poems])
    assert.deepStrictEqual(state.workspacesOf(account(9, "nobody").user), [everybodys])
  })

  const joined = (seconds: number, more: Partial<Membership> = {}): Membership => ({
    role: "member",
    addedBy: ada.user.id,
    createdAt: DateTime.unsafeMake(seconds * 1000),
    ...more,
  })
  const names = (state: State, workspace: Workspace) =>
    state.members(state.workspace(workspace.id) ?? workspace, true).map(({ username }) => username)

  it("are found by id or by name, and an id comes first", () => {
    const state = world()
    const odd = { ...poems, id: WorkspaceId.make("ws_odd"), name: "ws_engines" }
    state.workspaces = [odd, engines, poems]
    assert.strictEqual(state.workspace("ws_engines"), engines)
    assert.strictEqual(state.workspace("poems"), poems)
    assert.isUndefined(state.workspace("Poems"))
  })

  it("list who belongs to them, or did, in the order in which they joined", () => {
    const state = world()
    state.workspaces = [engines, everybodys]
    state.put(account(3, "cleo"))
    assert.deepStrictEqual(names(state, everybodys), ["Ada", "bob", "cleo"])
    assert.deepStrictEqual(names(state, engines), ["Ada"])
    const left = joined(2, { deletedAt: DateTime.unsafeMake(9000) })
    const later = state.changeMembers(engines, [
      [bob.user.id, left],
      [idOf(3), joined(1)],
    ])
    assert.deepStrictEqual(state.workspaces, [later, everybodys])
    assert.deepStrictEqual(names(state, engines), ["Ada", "cleo", "bob"])
    assert.deepStrictEqual(
      state.members(later, true).map(({ deleted_at }) => deleted_at),
      [undefined, undefined, left.deletedAt],
    )
    assert.deepStrictEqual(
      state.members(later).map(({ username }) => username),
      ["Ada", "cleo"],
    )
    assert.deepStrictEqual(
      state.workspacesOf(bob.user).map(({ name }) => name),
      ["all"],
    )
    const everybody = state.members(everybodys)
    assert.strictEqual(state.members(everybodys), everybody)
    state.remove(ada)
    assert.deepStrictEqual(names(state, everybodys), ["bob", "cleo"])
    assert.deepStrictEqual(names(state, engines), ["cleo", "bob"])
  })

  it("know nobody who comes later with the id of somebody who was deleted", () => {
    const state = world()
    state.workspaces = [poems, { ...engines, changes: new Map([[bob.user.id, joined(1)]]) }]
    state.remove(ada)
    state.remove(bob)
    state.put(ada)
    state.put(bob)
    assert.deepStrictEqual([names(state, poems), names(state, engines)], [[], []])
  })

  it("that are replaced leave nothing behind", () => {
    const state = world()
    state.workspaces = [engines, poems]
    state.workspaces = [engines]
    assert.deepStrictEqual(state.workspacesOf(ada.user), [engines])
    assert.deepStrictEqual(state.workspacesOf(bob.user), [])
  })

  it("come back with a snapshot", () => {
    const state = world()
    state.workspaces = [engines]
    const before = state.snapshot
    state.workspaces = [poems]
    state.restore(before)
    assert.deepStrictEqual(state.workspacesOf(ada.user), [engines])
    assert.deepStrictEqual(state.workspacesOf(bob.user), [])
  })
})

it("a snapshot holds all there is, whatever happens afterwards, and may be restored more than once", () => {
  const state = world()
  state.tables.apiKeys.set("key", ada.user.id)
  state.tables.bearers.set("bearer", ada.user.id)
  state.tables.grants.set("c", {
    token: "c",
    userId: ada.user.id,
    scope: "confirm_email",
    email: "Ada@example.com",
    passwordVersion: 0,
    expiresAt: 9,
  })
  const before = state.snapshot
  const next = state.random.id("usr")
  for (let round = 0; round < 2; round++) {
    state.remove(ada)
    state.put(account(3, "eve"))
    state.tables.apiKeys.set("other", bob.user.id)
    state.tables.bearers.set("other", bob.user.id)
    state.forget("key")
    state.forget("bearer")
    state.tables.grants.delete("c")
    state.tables.grants.set("d", {
      token: "d",
      userId: bob.user.id,
      scope: "confirm_email",
      email: bob.user.email,
      passwordVersion: 0,
      expiresAt: 9,
    })
    state.restore(before)
    assert.deepStrictEqual([...state.tables.accounts.values()], [ada, bob])
    assert.strictEqual(state.byUsername("ada"), ada)
    assert.strictEqual(state.byEmail("ada@example.com"), ada)
    assert.strictEqual(state.byApiKey("key"), ada)
    assert.strictEqual(state.byBearer("bearer"), ada)
    assert.strictEqual(state.granted("c", "confirm_email", 0), ada)
    assert.isUndefined(state.byUsername("eve"))
    assert.isUndefined(state.byEmail("eve@example.com"))
    assert.isUndefined(state.byApiKey("other"))
    assert.isUndefined(state.byBearer("other"))
    assert.isUndefined(state.granted("d", "confirm_email", 0))
    assert.strictEqual(state.random.id("usr"), next)
  }
})
