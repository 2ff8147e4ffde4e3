import { assert, describe, it } from "@effect/vitest"
import { User, UserId, WorkspaceId, type WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import type { Workspace } from "../../src/internal/state/rows.js"
import { forget, memberOf, membershipOf, outranks, roleIn, viewOf } from "../../src/internal/state/workspace.js"

const time = DateTime.unsafeMake(1000)

/** Ids are as short as no schema allows: what is shown has been checked before. */
const user = (name: string, role: string, more: { readonly image_id?: string } = {}) =>
  new User(
    {
      id: UserId.make(name, true),
      username: name,
      email: `${name}@example.com`,
      display_name: name.toUpperCase(),
      role,
      timezone: "UTC",
      created_at: DateTime.unsafeMake(name.length),
      ...more,
    },
    true,
  )

const roles = ["owner", "admin", "member"] as const

// Their roles in the deployment are the reverse of those in the workspace.
const [olga, ada, bob] = [user("olga", "member"), user("ada", "admin"), user("bob", "owner")]
const eve = user("eve", "owner")

const everybodys: Workspace = {
  id: WorkspaceId.make("ws", true),
  name: "main",
  founder: olga,
  createdAt: time,
}

const own: Workspace = {
  ...everybodys,
  name: "engines",
  description: "They run",
  roles: new Map([
    [olga.id, "owner"],
    [ada.id, "admin"],
    [bob.id, "member"],
  ]),
}

describe("who outranks whom", () => {
  it("in everybody's workspace goes by the roles in the deployment", () => {
    for (const [above, role] of roles.entries()) {
      for (const [below, other] of roles.entries()) {
        assert.strictEqual(outranks(everybodys, user("a", role), user("b", other)), above < below, `${role} ${other}`)
      }
    }
  })

  it("in another goes by the roles there, and who has none is below admins and beside members", () => {
    const people = [olga, ada, bob, eve]
    const above = people.map((one) => people.filter((other) => outranks(own, one, other)))
    assert.deepStrictEqual(above, [[ada, bob, eve], [bob, eve], [], []])
  })
})

describe("a membership that changed after the start", () => {
  const joined = { role: "admin", addedBy: ada.id, createdAt: DateTime.unsafeMake(5) }
  const ended = { ...joined, deletedAt: DateTime.unsafeMake(6) }

  it("takes the place of the one at the start, also where all users belong", () => {
    for (const workspace of [own, everybodys]) {
      const now = { ...workspace, changes: new Map([[bob.id, joined]]) }
      assert.deepStrictEqual([roleIn(now, bob), roleIn(now, olga)], ["admin", roleIn(workspace, olga)])
      assert.deepInclude(memberOf(now, bob), { role: "admin", added_by: ada.id, created_at: joined.createdAt })
      assert.notProperty(memberOf(now, bob), "deleted_at")
      const later = { ...workspace, changes: new Map([[bob.id, ended]]) }
      assert.isUndefined(roleIn(later, bob))
      assert.strictEqual(membershipOf(later, bob), ended)
      assert.strictEqual(memberOf(later, bob).deleted_at, ended.deletedAt)
      assert.isFalse(outranks(later, bob, eve))
    }
  })

  it("is forgotten with the one at the start, and only those of that user", () => {
    const now = {
      ...own,
      changes: new Map([
        [bob.id, joined],
        [eve.id, joined],
      ]),
    }
    assert.strictEqual(forget(now, "nobody"), now)
    const later = forget(forget(now, eve.id), olga.id)
    assert.deepStrictEqual(
      [...(later.roles ?? [])],
      [
        [ada.id, "admin"],
        [bob.id, "member"],
      ],
    )
    assert.deepStrictEqual([...(later.changes ?? [])], [[bob.id, joined]])
    assert.deepStrictEqual(Object.keys(forget(own, ada.id)), Object.keys(own))
  })
})

describe("a user sees a workspace", () => {
  const shown = (one: User, role: string): Partial<WorkspaceUser> => ({
    user_id: one.id,
    username: one.username,
    display_name: one.display_name,
    email: one.email,
    role,
    added_by: olga.id,
    created_at: one.created_at,
  })

  it("with the own role, the founder and the description", () => {
    const view = viewOf(own, olga, ada)
    const { created_by, self, ...rest } = view
    assert.deepStrictEqual(
      { ...rest },
      {
        workspace_id: own.id,
        name: "engines",
        description: "They run",
        created_at: time,
        updated_at: time,
      },
    )
    assert.deepStrictEqual({ ...created_by }, shown(olga, "owner"))
    assert.deepStrictEqual({ ...self }, shown(ada, "admin"))
  })

  it("with the roles of the deployment where it is everybody's, and no description where there is none", () => {
    const view = viewOf(everybodys, olga, bob)
    assert.notProperty(view, "description")
    assert.deepStrictEqual([view.created_by.role, view.self.role], ["member", "owner"])
  })

  it("with the founder of today, or of the start if there is none any more", () => {
    const renamed = new User({ ...olga, display_name: "O" }, true)
    assert.strictEqual(viewOf(own, renamed, ada).created_by.display_name, "O")
    assert.strictEqual(viewOf(own, undefined, ada).created_by.display_name, "OLGA")
  })

  it("with the picture of who has one, and as a member without a role", () => {
    const view = viewOf(own, olga, user("fay", "admin", { image_id: "img_1" }))
    assert.deepStrictEqual({ ...view.self }, { ...shown(user("fay", "admin"), "member"), image_id: "img_1" })
    assert.notProperty(view.created_by, "image_id")
  })
})
