import * as nodeAssert from "node:assert"
import { assert, describe, expect, it } from "@effect/vitest"
import {
  decodeResponse,
  missingFields,
  User,
  UserCreateResponse,
  UserGetResponse,
  UserSelf,
  UserSelfResponse,
  unknownFields,
  WorkspaceUser,
} from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { seedOf } from "../../client/test/support/exhaustive.js"
import { answers, type Documented, schemas } from "./documented.js"
import { readingTable } from "./readingTable.js"

const { wire: user } = answers.User
const { wire: workspace } = answers.UserSelfWorkspace

const read = <A, I>(schema: Schema.Schema<A, I>, json: unknown) =>
  Either.getOrThrowWith(decodeResponse(schema)(json), (issues) => new Error(JSON.stringify(issues)))

const paths = <A, I>(schema: Schema.Schema<A, I>, json: unknown, options?: { readonly strict: boolean }) =>
  Either.match(decodeResponse(schema, options)(json), {
    onLeft: (issues) => issues.map(({ path }) => path),
    onRight: ({ issues }) => issues.map(({ path }) => path),
  })

const self = (workspaces: unknown) => ({ data: { user, workspaces } })

describe("an answer as it is documented", () => {
  for (const [name, { schema, wire }] of Object.entries<Documented>(answers)) {
    it(`${name} is read as its schema decodes it, strictly or not`, () => {
      const value = Schema.decodeUnknownSync(schema)(wire)
      assert.deepStrictEqual(decodeResponse(schema)(wire), Either.right({ value, issues: [] }))
      assert.deepStrictEqual(decodeResponse(schema, { strict: true })(wire), Either.right({ value, issues: [] }))
    })
  }

  for (const name of Object.keys(answers)) {
    const schema = schemas[name] ?? assert.fail(name)
    const encode = Schema.encodeSync(schema)
    const decode = Schema.decodeUnknownSync(schema)
    const strictly = decodeResponse(schema, { strict: true })
    it.prop(
      `${name}: whatever its values`,
      [schema],
      ([value]) => {
        const json = JSON.parse(JSON.stringify(encode(value)))
        assert.deepStrictEqual(strictly(json), Either.right({ value: decode(json), issues: [] }))
      },
      { fastCheck: { seed: seedOf(11), numRuns: name.startsWith("UserSelf") ? 30 : 100 } },
    )
  }
})

describe("an answer that is not as documented", () => {
  it("every model × every property × five forms: reading.md", async () => {
    await expect(readingTable()).toMatchFileSnapshot("../reading.md")
  })

  it("createUser: a new user's id is not lost over another property, whatever its own form", () => {
    for (const id of ["usr_short", "0190f5c6-7b1e-7cc2-a8b5-0c5a6b7d8e9f", "USR 1", "1", "self"]) {
      const { value } = read(UserCreateResponse, { data: { ...user, id, timezone: null, created_at: "" } })
      assert.strictEqual(value.data.id, id)
      assert.strictEqual(value.data.timezone, "")
      assert.strictEqual(value.data.username, "ada")
    }
    assert.instanceOf(read(UserCreateResponse, { data: { id: "usr_1" } }).value.data, User)
  })

  it("a user without an id is no user", () => {
    for (const id of [undefined, null, "", 42, {}]) {
      assert.include(paths(UserCreateResponse, { data: { ...user, id } }), "data.id")
      assert.isTrue(Either.isLeft(decodeResponse(UserCreateResponse)({ data: { ...user, id } })))
    }
    for (const json of [null, undefined, [], "", 0, {}, { data: null }, { data: [] }, { user }]) {
      assert.isTrue(Either.isLeft(decodeResponse(UserCreateResponse)(json)))
    }
  })

  it("getSelfUser: what a workspace or its creator lacks costs nothing else", () => {
    for (const workspaces of [undefined, null, "", [], [null]]) {
      assert.deepStrictEqual(read(UserSelfResponse, self(workspaces)).value.data.workspaces, [])
    }
    const one = (changes: object) => {
      const [only, ...more] = read(UserSelfResponse, self([{ ...workspace, ...changes }])).value.data.workspaces
      assert.deepStrictEqual(more, [])
      return only ?? assert.fail("the workspace is lost")
    }
    for (const created_by of [undefined, null, "", {}, { user_id: "" }, { user_id: null }]) {
      const { created_by: creator, name, self } = one({ created_by })
      assert.instanceOf(creator, WorkspaceUser)
      assert.strictEqual(creator.user_id, "")
      assert.strictEqual(creator.role, "")
      assert.strictEqual(name, "engines")
      assert.strictEqual(self.role, "admin")
    }
    const member = answers.WorkspaceUser.wire
    assert.strictEqual(one({ created_by: { ...member, user_id: "system" } }).created_by.user_id, "system")
    assert.strictEqual(one({ created_by: { ...member, user_id: "" } }).created_by.email, "ada@example.com")
    assert.strictEqual(one({ self: { ...member, added_by: null } }).self.added_by, "")
    assert.notProperty(one({ updated_at: "" }), "updated_at")
    assert.deepStrictEqual(paths(UserSelfResponse, self([{ ...workspace, updated_at: "" }, null])), [
      "data.workspaces[0].updated_at",
      "data.workspaces[1]",
    ])
  })

  it("what is malformed and not optional fails, by path: it is something that nobody has foreseen", () => {
    for (const [changes, path] of [
      [{ email: 1 }, "data.email"],
      [{ role: { name: "owner" } }, "data.role"],
      [{ created_at: "2025-02-29T00:00:00Z" }, "data.created_at"],
      [{ created_at: "2026-01-31T24:00:00Z" }, "data.created_at"],
      [{ created_at: "yesterday" }, "data.created_at"],
    ] as const) {
      assert.isTrue(Either.isLeft(decodeResponse(UserCreateResponse)({ data: { ...user, ...changes } })))
      assert.deepStrictEqual(paths(UserCreateResponse, { data: { ...user, ...changes } }), [path])
    }
    const member = { ...answers.WorkspaceUser.wire, email: 1 }
    for (const [workspaces, path] of [
      ["none", "data.workspaces"],
      [[1], "data.workspaces[0]"],
      [[{ ...workspace, created_by: "system" }], "data.workspaces[0].created_by"],
      [[{ ...workspace, self: member }], "data.workspaces[0].self.email"],
    ] as const) {
      assert.isTrue(Either.isLeft(decodeResponse(UserSelfResponse)(self(workspaces))))
      assert.deepStrictEqual(paths(UserSelfResponse, self(workspaces)), [path])
    }
  })

  it("is told by path, with what should be there and never with what is", () => {
    const secret = "canary-41ac"
    const { issues } = read(UserCreateResponse, {
      data: { ...user, timezone: null, updated_at: secret, image_id: { secret }, is_valid_email: secret },
    })
    assert.deepStrictEqual(issues, [
      { path: "data.image_id", message: "should be a string" },
      { path: "data.is_valid_email", message: "should be true or false" },
      { path: "data.timezone", message: "should be a string" },
      { path: "data.updated_at", message: "should be an RFC 3339 time such as 2026-01-31T12:00:00Z" },
    ])
    const { display_name: _, ...nameless } = user
    assert.deepStrictEqual(read(User, nameless).issues, [{ path: "display_name", message: "is missing" }])
  })

  it("of an answer with a million things wrong twenty are told", () => {
    const { issues, value } = read(UserSelfResponse, self(Array.from({ length: 100_000 }, () => null)))
    assert.deepStrictEqual(value.data.workspaces, [])
    assert.strictEqual(issues.length, 20)
  })

  it("what is missing is told first, however much else is wrong", () => {
    const wrong = { workspace_id: "ws_1", name: "n", created_at: "2026-01-31T12:00:00Z", image_id: 1 }
    const { user: _, ...without } = self([]).data
    const json = { data: { ...without, workspaces: Array.from({ length: 25 }, () => wrong) } }
    const issues = Either.getOrThrow(Either.flip(decodeResponse(UserSelfResponse)(json)))
    assert.strictEqual(issues.length, 20)
    assert.deepStrictEqual(issues[0], { path: "data.user", message: "is missing" })
  })

  it("a key may be empty, or look like an index", () => {
    const json = { data: { ...user, "": 1, "[0]": 1 } }
    const issues = Either.getOrThrow(Either.flip(decodeResponse(UserGetResponse, { strict: true })(json)))
    assert.deepStrictEqual(
      issues.map(({ path }) => path),
      ["data.", "data.[0]"],
    )
  })

  it("a property that is undefined is not there", () => {
    const { issues, value } = Either.getOrThrow(
      decodeResponse(User, { strict: true })({ ...user, updated_at: undefined }),
    )
    assert.deepStrictEqual(issues, [])
    assert.notProperty(value, "updated_at")
  })

  it("what a script has given to all objects is not in the response", () => {
    const { display_name: _, ...nameless } = user
    const planted = { display_name: "planted", plan: "team" }
    try {
      Object.assign(Object.prototype, planted)
      const { value } = read(User, nameless)
      assert.strictEqual(value.display_name, "")
      assert.deepStrictEqual(missingFields(value), ["display_name"])
      assert.deepStrictEqual(Object.keys(unknownFields(value)), [])
    } finally {
      for (const name of Object.keys(planted)) Reflect.deleteProperty(Object.prototype, name)
    }
  })

  it("a time is what DateTime makes of the same instant", () => {
    const { created_at } = read(User, { ...user, created_at: "2026-01-31T12:00:00.5+02:00" }).value
    const made = DateTime.unsafeMake("2026-01-31T10:00:00.500Z")
    assert.isTrue(DateTime.isDateTime(created_at) && DateTime.isUtc(created_at))
    nodeAssert.deepStrictEqual(created_at, made)
    assert.deepStrictEqual(created_at, made)
    assert.isTrue(Equal.equals(created_at, made))
    assert.strictEqual(Hash.hash(created_at), Hash.hash(made))
    assert.strictEqual(String(created_at), String(made))
    assert.strictEqual(JSON.stringify(created_at), JSON.stringify(made))
    assert.deepStrictEqual(DateTime.toParts(created_at), DateTime.toParts(made))
    assert.isTrue(Equal.equals(DateTime.add(created_at, { months: 1 }), DateTime.add(made, { months: 1 })))
    assert.strictEqual(
      DateTime.formatIsoZoned(DateTime.unsafeSetZoneNamed(created_at, "Europe/Athens")),
      "2026-01-31T12:00:00.500+02:00[Europe/Athens]",
    )
    assert.isTrue(Schema.is(Schema.DateTimeUtcFromSelf)(created_at))
  })

  it("a property that holds a zero value for want of another says so, also in a copy", () => {
    const { value } = read(User, { ...user, timezone: null, created_at: "" })
    assert.deepStrictEqual(missingFields(value), ["timezone", "created_at"])
    assert.deepStrictEqual(missingFields({ ...value, timezone: "UTC" }), ["timezone", "created_at"])
    assert.strictEqual(DateTime.formatIso(value.created_at), "0001-01-01T00:00:00.000Z")
    assert.deepStrictEqual(missingFields(read(User, user).value), [])
    assert.deepStrictEqual(Schema.encodeSync(User)(value).timezone, "")
    assert.sameMembers(Object.keys(value), Object.keys(user))
  })
})

describe("what this version does not know", () => {
  it("is kept beside the entity that has it, at any depth, and changes nothing", () => {
    const { issues, value } = read(UserSelfResponse, {
      data: { user: { ...user, plan: { seats: 3 } }, workspaces: [{ ...workspace, region: "eu" }], quota: 1 },
      page: 2,
    })
    assert.deepStrictEqual(issues, [])
    assert.deepStrictEqual(unknownFields(value), { page: 2 })
    assert.deepStrictEqual(unknownFields(value.data), { quota: 1 })
    assert.deepStrictEqual(unknownFields(value.data.user), { plan: { seats: 3 } })
    assert.deepStrictEqual(value.data.workspaces.map(unknownFields), [{ region: "eu" }])
    assert.isTrue(Equal.equals(value.data.user, read(User, user).value))
    assert.deepStrictEqual(Object.keys(value.data.user), Object.keys(user))
    assert.deepStrictEqual(unknownFields(read(User, user).value), {})
  })

  it.prop(
    "whatever its name and value",
    [FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue())],
    ([more]) => {
      const unknown = Object.fromEntries(Object.entries(more).filter(([key]) => !Object.hasOwn(User.fields, key)))
      const { issues, value } = read(User, { ...unknown, ...user })
      assert.deepStrictEqual(issues, [])
      assert.deepStrictEqual(value, Schema.decodeUnknownSync(User)(user))
      assert.deepStrictEqual(unknownFields(value), unknown)
    },
    { fastCheck: { seed: seedOf(12), numRuns: 200 } },
  )

  it("is refused where reading is strict, by name", () => {
    assert.deepStrictEqual(paths(User, { ...user, plan: 1 }, { strict: true }), ["plan"])
    assert.deepStrictEqual(paths(User, { ...user, role: "viewer" }, { strict: true }), [])
  })

  it("cannot reach a prototype, and nothing is read out of one", () => {
    const evil = `{"__proto__":{"polluted":true,"email":"eve@example.com"},"constructor":1,"id":"usr_1"}`
    const { value } = read(User, JSON.parse(evil))
    assert.instanceOf(value, User)
    assert.strictEqual(value.email, "")
    assert.notProperty(value, "polluted")
    assert.notProperty({}, "polluted")
    assert.deepStrictEqual(Object.keys(unknownFields(value)), ["__proto__", "constructor"])
  })
})

describe("by a schema of somebody else's", () => {
  const schema = Schema.Struct({ data: Schema.Array(Schema.Struct({ id: Schema.Int })) })

  it("an answer is read as that schema decodes it, and told by path without values", () => {
    assert.deepStrictEqual(read(schema, { data: [{ id: 1 }] }).value, { data: [{ id: 1 }] })
    const issues = Either.flip(decodeResponse(schema)({ data: [{ id: "canary" }, {}] }))
    assert.deepStrictEqual(Either.getOrThrow(issues), [
      { path: "data[0].id", message: "is not as documented" },
      { path: "data[1].id", message: "is missing" },
    ])
    assert.deepStrictEqual(paths(schema, { data: [], page: 1 }, { strict: true }), ["page"])
  })
})

describe("entities", () => {
  it("are equal when what they hold is, lists included", () => {
    const one = read(UserSelfResponse, self([workspace])).value.data
    const other = read(UserSelfResponse, self([workspace])).value.data
    const changed = read(UserSelfResponse, self([{ ...workspace, name: "pistons" }])).value.data
    assert.isTrue(Equal.equals(one, other))
    assert.strictEqual(Hash.hash(one), Hash.hash(other))
    assert.isFalse(Equal.equals(one, changed))
    assert.isFalse(Equal.equals(one, read(UserSelfResponse, self([])).value.data))
    assert.isTrue(Equal.equals(one, new UserSelf({ user: other.user, workspaces: other.workspaces })))
    assert.isFalse(Equal.equals(one, one.user))
    // A plain object of the shape is one for the type.
    const plain: UserSelf = { user: one.user, workspaces: [] }
    assert.isTrue(Equal.equals(new UserSelf(plain), new UserSelf(plain)))
  })
})
