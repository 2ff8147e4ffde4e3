import { assert, describe, it } from "@effect/vitest"
import { type Operation, UserId } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { prepare } from "../../src/internal/call/prepare.js"
import { make, personal, subjectOf } from "../../src/internal/failure/subject.js"

const invite: Operation = {
  name: "invite",
  group: "Invitations",
  method: "POST",
  path: "/invitations/{workspace}",
  pathParameters: { workspace: Schema.String },
  query: Schema.Struct({ search: Schema.optional(Schema.String) }),
  request: Schema.Array(
    Schema.Struct({ invitee: Schema.Struct({ email: Schema.String }), note: Schema.optional(Schema.String) }),
  ),
  subject: ["workspace", "invitation_id"],
  successStatus: 201,
}

const call = (workspace: string, search?: string) =>
  Either.getOrThrow(
    prepare(invite, {
      path: { workspace },
      query: { search },
      request: [
        { invitee: { email: "leaver@example.com" } },
        { invitee: { email: "b@c.d" }, note: "ask Eve <eve@x.y>" },
      ],
    }),
  )

describe("the subject of a call", () => {
  it("is what its row names, if it may be shown", () => {
    assert.deepStrictEqual(subjectOf(call("My Team")), { subject: { workspace: "My Team" } })
    assert.deepStrictEqual(subjectOf(call("team@x")), {})
    assert.deepStrictEqual(subjectOf(call("tiledb_key"), [Redacted.make("tiledb_key")]), {})
  })
})

describe("what a row names", () => {
  const values: Readonly<Record<string, unknown>> = {
    user_id: "usr_1",
    username: "ada",
    email: "ada@example.com",
    empty: "",
    number: 1,
  }
  const named = (subject: ReadonlyArray<string>, of = values) =>
    make({ ...invite, subject }, (name) => of[name], [Redacted.make("correct horse")])

  it("has its own field where it is a user's", () => {
    assert.deepStrictEqual(named(["user_id", "username", "email"]), {
      subject: { userId: "usr_1", username: "ada" },
      userId: UserId.make("usr_1", true),
      username: "ada",
      email: Redacted.make("ada@example.com"),
    })
    assert.deepStrictEqual(named(["username"]), { subject: { username: "ada" }, username: "ada" })
    assert.deepStrictEqual(named(["email"], { email: 1 }), {})
  })

  it("is nothing where it is no text, or names nothing", () => {
    assert.deepStrictEqual(named(["empty", "number", "other"]), {})
    assert.deepStrictEqual(named([]), {})
    const { subject, ...row } = invite
    const any = make(row, () => "value", [])
    assert.deepStrictEqual(any, {})
  })
})

describe("personal data", () => {
  it("is no more than that", () => {
    const body = Redacted.make({ a: null, b: 1, c: ["My Team", { d: "Eve <eve@x.y>" }], e: "@" })
    const found = personal({ ...call("My Team"), body }).map((one) => Redacted.value(one))
    assert.deepStrictEqual(found, ["Eve <eve@x.y>", "eve@x.y", "@"])
  })

  it("is every address of the body, also in lists and objects, of the query and of the path", () => {
    const found = personal(call("team@x", "some one@example.com")).map((one) => Redacted.value(one))
    for (const address of ["leaver@example.com", "b@c.d", "eve@x.y", "team@x", "some one@example.com"]) {
      assert.include(found, address)
    }
    assert.notInclude(found, "My Team")
  })
})
