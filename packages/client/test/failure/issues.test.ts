// What is wrong with a value, in words that a caller can act on: where, and what should be there; never what is there.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { fromParseIssue } from "../../src/internal/failure/issues.js"

const issuesOf = <A, I>(schema: Schema.Schema<A, I>, value: unknown) => {
  const result = ParseResult.decodeUnknownEither(schema)(value, { errors: "all", onExcessProperty: "error" })
  return Either.isLeft(result) ? fromParseIssue(result.left) : []
}

const told = <A, I>(schema: Schema.Schema<A, I>, value: unknown) =>
  issuesOf(schema, value).map(({ message, path }) => `${path}: ${message}`)

const Id = Schema.String.pipe(Schema.pattern(/^x/, { description: "an id such as x1" }))
const Fields = Schema.Struct({ z: Schema.optional(Schema.String) })
const Bare = Schema.String.pipe(Schema.filter((text) => text.length < 3))
const Own = Schema.String.pipe(Schema.filter((text) => text !== "self" || "is yourself"))

describe("what should be there", () => {
  for (const [schema, value, expected] of [
    [Schema.String, 1, "a string"],
    [Schema.Number, "1", "a number"],
    [Schema.Boolean, 1, "true or false"],
    [Schema.Struct({ a: Schema.String }), "hunter2", "an object"],
    [Schema.Array(Schema.String), "hunter2", "a list"],
    [Schema.Literal("a"), "hunter2", '"a"'],
    [Schema.Literal("a", "b"), "hunter2", '"a" or "b"'],
    [Schema.Union(Schema.String, Schema.Number, Schema.Undefined), true, "a string or a number"],
    [Schema.Union(Schema.String, Id), 1, "a string"],
    [Schema.Union(Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })), 1, "an object"],
    [Schema.NumberFromString, 1, "a string"],
    [Schema.Union(Schema.NumberFromString, Schema.Boolean), {}, "a string or true or false"],
    [Id, 1, "a string"],
    [Id, "hunter2", "an id such as x1"],
    [Schema.Trim.pipe(Schema.compose(Id)), "hunter2", "an id such as x1"],
    [Schema.RedactedFromSelf(Schema.String), "hunter2", "text inside Redacted: Redacted.make(…)"],
    [Schema.DateFromSelf, "hunter2", "DateFromSelf"],
  ] as ReadonlyArray<readonly [Schema.Schema.AnyNoContext, unknown, string]>) {
    it(expected, () => assert.deepStrictEqual(told(schema, value), [`: should be ${expected}`]))
  }

  it("is told by a schema's own words, where it has some", () => {
    assert.deepStrictEqual(told(Own, "self"), [": is yourself"])
    assert.deepStrictEqual(told(Own.pipe(Schema.maxLength(9)), "self"), [": is yourself"])
    assert.match(told(Bare, "hunter2").join(), /^: should be \{ string \| filter \}$/)
  })

  it("is a field, or none", () => {
    const User = Schema.Struct({ id: Id, name: Schema.String })
    assert.deepStrictEqual(told(User, { id: "x1" }), ["name: is missing"])
    const unexpected = "is not a known field; use one of: id, name"
    assert.deepStrictEqual(told(User, { id: "x1", name: "a", nick: "hunter2" }), [`nick: ${unexpected}`])
    const Renamed = User.pipe(Schema.rename({ name: "username" }))
    assert.deepStrictEqual(told(Renamed, { id: "x1", name: "a", nick: "hunter2" }), [`nick: ${unexpected}`])
    assert.deepStrictEqual(told(Schema.Tuple(Schema.String), ["a", "hunter2"]), [
      "[1]: is not a known field; use one of: ",
    ])
  })

  it("cannot be waited for", () => {
    const Later = Schema.transformOrFail(Schema.String, Schema.String, {
      decode: (text) => Effect.delay(Effect.succeed(text), 1),
      encode: ParseResult.succeed,
    })
    assert.deepStrictEqual(told(Later, "hunter2"), [": cannot be read synchronously"])
  })
})

describe("where", () => {
  it("is told by a path of fields and indices", () => {
    const Teams = Schema.Struct({ teams: Schema.Array(Schema.Struct({ members: Schema.Array(Id) })) })
    assert.deepStrictEqual(told(Teams, { teams: [{ members: ["x1", 2] }, { members: [3] }, "hunter2"] }), [
      "teams[0].members[1]: should be a string",
      "teams[1].members[0]: should be a string",
      "teams[2]: should be an object",
    ])
    assert.deepStrictEqual(told(Schema.Array(Id), [1]), ["[0]: should be a string"])
  })

  it("has no name in it that may be a value in the wrong place", () => {
    const names = (name: string | symbol) => issuesOf(Schema.Struct({ a: Fields }), { a: { [name]: 1 } })[0]?.path
    for (const name of ["b", "B_9.c-d", "n".repeat(64)]) assert.strictEqual(names(name), `a.${name}`)
    for (const name of ["two words", "", "e@x.y", "n".repeat(65), "\u00fc", "a\nb", Symbol("hunter2")]) {
      assert.strictEqual(names(name), "a.a field with an unusual name", String(name))
    }
    const first = issuesOf(Fields, { "hunter 2": 1 })[0]?.path
    assert.strictEqual(first, "a field with an unusual name")
  })
})

it("twenty issues are enough", () => {
  assert.strictEqual(
    issuesOf(
      Schema.Array(Schema.String),
      Array.from({ length: 30 }, () => 1),
    ).length,
    20,
  )
})
