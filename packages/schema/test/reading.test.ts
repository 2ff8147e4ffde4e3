import { assert, describe, it } from "@effect/vitest"
import {
  decodeResponse,
  ErrorResponse,
  User,
  UserSelf,
  UserSelfResponse,
  WorkspaceUser,
  WorkspaceUsersListResponse,
} from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { seedOf } from "../../client/test/support/exhaustive.js"
import { answers, type Documented, requests } from "./documented.js"

const fixed = (numRuns: number) => ({ fastCheck: { seed: seedOf(4), numRuns } })

/** The paths that a failed decode names, as `a.b.0`. */
const refusedPaths = (schema: Schema.Schema.AnyNoContext, wire: unknown): ReadonlyArray<string> =>
  Either.match(Schema.decodeUnknownEither(schema, { errors: "all" })(wire), {
    onLeft: (error) => [
      ...new Set(ParseResult.ArrayFormatter.formatErrorSync(error).map((issue) => issue.path.join("."))),
    ],
    onRight: () => [],
  })

const without = (wire: Readonly<Record<string, unknown>>, keys: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(wire).filter(([key]) => !keys.includes(key)))

const each = (table: Readonly<Record<string, Documented>>, body: (name: string, documented: Documented) => void) => {
  for (const [name, documented] of Object.entries(table)) body(name, documented)
}

describe("what the service may leave out", () => {
  each(answers, (name, { newer, optional, required, schema, wire }) => {
    const extra = [...optional, ...newer]
    const decode = Schema.decodeUnknownSync(schema)

    it(`${name}: optional properties may be missing or null, and are then absent`, () => {
      const bare = without(wire, extra)
      const nulls = { ...bare, ...Object.fromEntries(extra.map((key) => [key, null])) }
      for (const read of [decode(bare), decode(nulls)]) {
        assert.sameMembers(Object.keys(read), [...required])
        assert.deepStrictEqual(Schema.encodeSync(schema)(read), bare)
      }
    })

    it(`${name}: a property sent is a property read`, () => {
      assert.sameMembers(Object.keys(decode(wire)), [...required, ...extra])
    })

    it(`${name}: a missing, null or wrong required property is refused by its path`, () => {
      for (const key of required) {
        assert.deepStrictEqual(refusedPaths(schema, without(wire, [key])), [key])
        assert.deepStrictEqual(refusedPaths(schema, { ...wire, [key]: null }), [key])
        assert.deepStrictEqual(refusedPaths(schema, { ...wire, [key]: true }), [key])
      }
    })

    it(`${name}: a wrong optional property is refused by its path`, () => {
      for (const key of extra) assert.deepStrictEqual(refusedPaths(schema, { ...wire, [key]: 42 }), [key])
    })
  })

  it("the path leads all the way in", () => {
    const wire = JSON.parse(JSON.stringify(answers.UserSelfResponse.wire))
    delete wire.data.workspaces[0].self.role
    wire.data.user.updated_at = "yesterday"
    assert.deepStrictEqual(refusedPaths(UserSelfResponse, wire), [
      "data.user.updated_at",
      "data.workspaces.0.self.role",
    ])
  })

  it("what is no object at all is refused", () => {
    for (const documented of Object.values<Documented>(answers)) {
      for (const wire of [null, undefined, "", 0, "<html>", []]) {
        assert.deepStrictEqual(refusedPaths(documented.schema, wire), [""])
      }
    }
  })

  it("a user without workspaces", () => {
    const { workspaces } = Schema.decodeUnknownSync(UserSelf)({ ...answers.UserSelf.wire, workspaces: [] })
    assert.deepStrictEqual(workspaces, [])
  })

  it("an error without validation_error, and one whose code looks like no HTTP status", () => {
    const wire = { code: 2147483648, message: "", request_id: "" }
    assert.deepStrictEqual(Schema.decodeUnknownSync(ErrorResponse)(wire), wire)
    assert.deepStrictEqual(Schema.decodeUnknownSync(ErrorResponse)({ ...wire, validation_error: null }), wire)
  })
})

describe("what the service may add", () => {
  each({ ...answers, ...requests }, (name, { newer, optional, required, schema, wire }) => {
    const known = [...required, ...optional, ...newer]
    const encode = Schema.encodeSync(schema)
    const decode = Schema.decodeUnknownSync(schema)

    it.prop(
      `${name}: unknown properties change nothing`,
      [FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue())],
      ([unknown]) => {
        const read = decode({ ...without(unknown as Record<string, unknown>, known), ...wire })
        assert.deepStrictEqual(encode(read), wire)
        assert.sameMembers(Object.keys(read), known)
      },
      fixed(50),
    )

    it(`${name}: __proto__, constructor and prototype change nothing`, () => {
      const evil = `"__proto__":{"polluted":true,"toString":1},"constructor":{"prototype":{"polluted":true}},"prototype":1`
      const read = decode(JSON.parse(`{${evil},${JSON.stringify(wire).slice(1)}`))
      assert.deepStrictEqual(encode(read), wire)
      assert.strictEqual(Object.getPrototypeOf(read), Object.getPrototypeOf(decode(wire)))
      assert.notProperty(read, "polluted")
      assert.notProperty({}, "polluted")
    })

    it(`${name}: nothing is read out of __proto__`, () => {
      const hidden = JSON.parse(`{"__proto__":${JSON.stringify(wire)}}`)
      assert.deepStrictEqual(refusedPaths(schema, hidden), [...required])
    })
  })

  it.prop(
    "a role not heard of is read as it is",
    [FastCheck.oneof(FastCheck.string(), FastCheck.constantFrom("viewer", "OWNER", "", "__proto__"))],
    ([role]) => {
      assert.strictEqual(Schema.decodeUnknownSync(User)({ ...answers.User.wire, role }).role, role)
      assert.strictEqual(Schema.decodeUnknownSync(WorkspaceUser)({ ...answers.WorkspaceUser.wire, role }).role, role)
    },
    fixed(100),
  )

  it("a page is read with whatever its members lack, and with roles not heard of", () => {
    const wire = answers.WorkspaceUser.wire
    const { email: _, ...silent } = wire
    const read = decodeResponse(WorkspaceUsersListResponse)({
      data: [silent, { ...wire, email: null, role: "viewer" }, null, { user_id: "usr_1" }],
    })
    const { issues, value } = Either.getOrThrow(read)
    assert.deepStrictEqual(
      value.items.map(({ email, role, user_id }) => [user_id, email, role]),
      [
        [wire.user_id, "", "admin"],
        [wire.user_id, "", "viewer"],
        ["usr_1", "", ""],
      ],
    )
    assert.includeMembers(
      issues.map(({ path }) => path),
      ["data[0].email", "data[1].email", "data[2]", "data[3].role"],
    )
  })

  it("the fields of newer revisions are read", () => {
    const user = Schema.decodeUnknownSync(User)(answers.User.wire)
    const member = Schema.decodeUnknownSync(WorkspaceUser)(answers.WorkspaceUser.wire)
    assert.strictEqual(user.deleted_at?.epochMillis, Date.UTC(2026, 1, 2, 12))
    assert.strictEqual(member.deleted_at?.epochMillis, Date.UTC(2026, 1, 2, 12))
    assert.strictEqual(member.username, "ada")
  })
})

describe("times", () => {
  const read = (created_at: unknown, updated_at: unknown = created_at) =>
    Schema.decodeUnknownSync(User)({ ...answers.User.wire, created_at, updated_at })

  const two = (n: number) => String(n).padStart(2, "0")

  it.prop(
    "Z or an offset, and 0 to 9 fraction digits of which three count",
    [
      FastCheck.integer({ min: -62_000_000_000, max: 4_000_000_000 }),
      FastCheck.string({ unit: FastCheck.constantFrom(..."0123456789"), maxLength: 9 }),
      FastCheck.option(FastCheck.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })),
      FastCheck.boolean(),
    ],
    ([seconds, fraction, offset, lower]) => {
      const minutes = Math.abs(offset ?? 0)
      const zone =
        offset === null ? "Z" : `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
      const local = new Date((seconds + (offset ?? 0) * 60) * 1000).toISOString().slice(0, 19)
      const text = `${local}${fraction === "" ? "" : `.${fraction}`}${zone}`
      const user = read(lower ? text.toLowerCase() : text)
      const expected = seconds * 1000 + Number(fraction.padEnd(3, "0").slice(0, 3))
      assert.strictEqual(user.created_at.epochMillis, expected, text)
      assert.strictEqual(user.updated_at?.epochMillis, expected, text)
      assert.isTrue(DateTime.isUtc(user.created_at))
    },
    fixed(500),
  )

  it("Go's zero time, however it is written, is an absent optional time", () => {
    for (const zero of [
      "0001-01-01T00:00:00Z",
      "0001-01-01T00:00:00.000Z",
      "0001-01-01T00:00:00.000000000Z",
      "0001-01-01T00:00:00+00:00",
      "0001-01-01T02:00:00+02:00",
      "0000-12-31T19:00:00-05:00",
    ]) {
      const wire = { ...answers.User.wire, updated_at: zero, deleted_at: zero }
      const user = Schema.decodeUnknownSync(User)(wire)
      assert.notProperty(user, "updated_at")
      assert.notProperty(user, "deleted_at")
    }
    assert.property(read("2026-01-31T12:00:00Z", "0001-01-01T00:00:01Z"), "updated_at")
  })

  it("Go's zero time is no reason to refuse a required time", () => {
    assert.strictEqual(DateTime.formatIso(read("0001-01-01T00:00:00Z").created_at), "0001-01-01T00:00:00.000Z")
  })

  it("29 February in the years that have one", () => {
    for (const text of ["2024-02-29T00:00:00.000Z", "2000-02-29T23:59:59.999Z", "0004-02-29T12:00:00.000Z"]) {
      assert.strictEqual(DateTime.formatIso(read(text).created_at), text)
    }
  })

  it("a leap second is the second that follows, as POSIX counts", () => {
    for (const [text, expected] of [
      ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
      ["2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250Z"],
      ["2016-12-31T15:59:60-08:00", "2017-01-01T00:00:00.000Z"],
      ["2015-07-01T05:29:60+05:30", "2015-07-01T00:00:00.000Z"],
    ] as const) {
      assert.strictEqual(DateTime.formatIso(read(text).created_at), expected)
    }
  })

  it("is written in UTC with milliseconds", () => {
    const user = read("2026-01-31T14:00:00.123456789+02:00")
    assert.strictEqual(Schema.encodeSync(User)(user).created_at, "2026-01-31T12:00:00.123Z")
  })

  it("anything else is refused by its path", () => {
    for (const text of [
      "",
      "yesterday",
      "2026-01-31",
      "2026-01-31T12:00:00",
      "2026-01-31 12:00:00Z",
      "2026-01-31T12:00Z",
      "2026-01-31T12:00:00.Z",
      "2026-01-31T12:00:00.1234567890Z",
      "2026-01-31T12:00:00+0200",
      "2026-01-31T12:00:00+02",
      "2026-13-01T12:00:00Z",
      "2026-01-32T12:00:00Z",
      "2026-01-31T25:00:00Z",
      "2026-01-31T12:60:00Z",
      // Days and hours that do not exist are not moved to ones that do.
      "2025-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "2026-02-30T00:00:00Z",
      "2026-04-31T12:00:00+02:00",
      "2026-00-01T12:00:00Z",
      "2026-01-00T12:00:00Z",
      "2026-01-31T24:00:00Z",
      "2026-01-31T12:00:00+24:00",
      "2026-01-31T12:00:00+02:60",
      // Leap seconds are inserted at the end of a month, in UTC.
      "2026-01-31T12:00:60Z",
      "2026-01-30T23:59:60Z",
      "2016-12-31T23:59:60+01:00",
      "2016-12-31T23:59:61Z",
      "2026-01-31T12:00:00+25:00",
      "2026-01-31T12:00:00Z\n",
      " 2026-01-31T12:00:00Z",
      "２０２６-01-31T12:00:00Z",
      "0001-01-01",
      1769860800000,
    ]) {
      assert.deepStrictEqual(refusedPaths(User, { ...answers.User.wire, created_at: text }), ["created_at"])
      assert.deepStrictEqual(refusedPaths(User, { ...answers.User.wire, updated_at: text }), ["updated_at"])
    }
  })
})
