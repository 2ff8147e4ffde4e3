import { assert, describe, it } from "@effect/vitest"
import { Operations, TokensOperations } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { fieldsOf, read, readQuery, redact } from "../../src/internal/api/requestBody.js"

const create = Operations.createUser
const given = { username: "ada", email: "ada@example.com", password: "correct horse" }

const errors = (body: Record<string, unknown>, row: Parameters<typeof read>[0] = create) =>
  read(row, body).errors.map(({ field, message }) => `${field} ${message}`)

describe("the service reads of a request", () => {
  it("the documented fields, and no others", () => {
    const body = { ...given, timezone: "UTC", role: "owner", other: {} }
    assert.deepStrictEqual(read(create, body), { values: { ...given, timezone: "UTC" }, errors: [] })
    assert.deepStrictEqual(read(Operations.getUser, { user_id: "x", undefined: "x" }), { values: {}, errors: [] })
  })

  it("each required field that is there: null is absent, and so is what is not the body's own", () => {
    const required = ["username is required", "email is required", "password is required"].toSorted()
    assert.deepStrictEqual(errors({}).toSorted(), required)
    assert.deepStrictEqual(errors({ username: null, email: undefined, password: null }).toSorted(), required)
    assert.deepStrictEqual(errors(Object.create(given)).toSorted(), required)
    assert.deepStrictEqual(errors({ ...given, display_name: null }), [])
  })

  it("text, which may be empty only where it is not required", () => {
    assert.deepStrictEqual(errors({ ...given, username: 1, timezone: {} }), [
      "username must be a string",
      "timezone must be a string",
    ])
    assert.deepStrictEqual(errors({ ...given, username: "" }), ["username must not be empty"])
    assert.deepStrictEqual(read(create, { ...given, display_name: "" }), {
      values: { ...given, display_name: "" },
      errors: [],
    })
    assert.deepStrictEqual(read(create, { ...given, email: 1 }).values, { username: "ada", password: "correct horse" })
  })

  it("nothing that is named like a part of every object", () => {
    const { values } = read(create, JSON.parse('{"__proto__":{"username":"eve"},"constructor":"x"}'))
    assert.deepStrictEqual(values, {})
  })
})

describe("the journal shows of a request", () => {
  const shown = (body: unknown, row: Parameters<typeof redact>[0] = create) =>
    redact(row, body, (secret) => [secret]).input

  it("the documented fields as they were given, the passwords hidden", () => {
    assert.deepStrictEqual(shown({ ...given, timezone: null, email: 5, other: "x" }), {
      username: "ada",
      email: 5,
      password: ["correct horse"],
      timezone: null,
    })
    assert.deepStrictEqual(shown({ current_password: "a", new_password: "b" }, Operations.changePassword), {
      current_password: ["a"],
      new_password: ["b"],
    })
  })

  it("what is the body's own", () => {
    assert.deepStrictEqual(shown(Object.create(given)), {})
  })

  it("nothing of what is no object, or of an operation that takes none", () => {
    for (const body of [null, undefined, "password", 1]) assert.deepStrictEqual(shown(body), {})
    assert.deepStrictEqual(shown(given, Operations.getUser), undefined)
  })

  it("each element of a list", () => {
    const secret = Schema.Redacted(Schema.String)
    const request = Schema.Array(Schema.Struct({ name: Schema.String, key: Schema.optional(secret) }))
    const { input, items } = redact({ ...create, request }, [{ name: "a", key: "k", more: 1 }, 7], (_) => [_])
    assert.deepStrictEqual([input, items], [undefined, [{ name: "a", key: ["k"] }, {}]])
  })

  it("no secret, however deep it is, and of a record only what is documented", () => {
    class Part extends Schema.Class<Part>("Part")({ pin: Schema.Redacted(Schema.String), size: Schema.Number }) {}
    interface Tree {
      readonly leaf?: Schema.Schema.Type<typeof secret>
      readonly branches?: ReadonlyArray<Tree>
    }
    const secret = Schema.Redacted(Schema.String)
    const tree: Schema.Schema<Tree, { readonly leaf?: string }> = Schema.Struct({
      leaf: Schema.optionalWith(secret, { exact: true }),
      branches: Schema.optionalWith(Schema.Array(Schema.suspend(() => tree)), { exact: true }),
    })
    const request = Schema.Struct({
      name: Schema.NonEmptyString,
      size: Schema.NumberFromString,
      login: Schema.Struct({ user: Schema.String, password: secret }).pipe(Schema.filter(() => true)),
      either: Schema.NullOr(Schema.Union(Schema.Struct({ key: secret }), Schema.Struct({ text: Schema.String }))),
      keys: Schema.Array(secret),
      pair: Schema.Tuple(Schema.String, secret),
      byName: Schema.Record({ key: Schema.String, value: Schema.Struct({ token: secret, more: Schema.Unknown }) }),
      part: Part,
      tree,
      free: Schema.Unknown,
    })
    const body = {
      name: "n",
      size: "1",
      login: { user: "u", password: "s", other: "s" },
      either: { key: "s", text: "t", other: "s" },
      keys: ["s", "s"],
      pair: ["a", "s"],
      byName: { x: { token: "s", more: { a: [1] } }, y: 7 },
      part: { pin: "s", size: 1, other: "s" },
      tree: { leaf: "s", branches: [{ leaf: "s" }, { branches: [{ leaf: "s", other: "s" }] }] },
      free: [{ a: 1 }, { b: { c: 2 } }],
      other: "s",
    }
    const row = { ...create, request }
    assert.deepStrictEqual(shown(body, row), {
      name: "n",
      size: "1",
      login: { user: "u", password: ["s"] },
      either: { key: ["s"], text: "t" },
      keys: [["s"], ["s"]],
      // Which element has the secret is not looked at.
      pair: [["a"], ["s"]],
      byName: { x: { token: ["s"], more: { a: [1] } }, y: 7 },
      part: { pin: ["s"], size: 1 },
      tree: { leaf: ["s"], branches: [{ leaf: ["s"] }, { branches: [{ leaf: ["s"] }] }] },
      free: [{ a: 1 }, { b: { c: 2 } }],
    })
    const { input, items } = redact({ ...create, request: Schema.Array(request) }, [body], (_) => [_])
    assert.deepStrictEqual([input, items], [undefined, [shown(body, row)]])
    assert.deepStrictEqual(shown({ either: null, login: null }, row), { either: null, login: null })
  })

  it("times, which are no secrets", () => {
    const row = TokensOperations.createToken
    const body = { scope: "*", expires_at: "2030-01-01T00:00:00Z", workspace_id: "ws_1" }
    assert.deepStrictEqual(shown(body, row), body)
  })

  it("nothing of a list where a record is documented, and no elements where there is no list", () => {
    assert.deepStrictEqual(shown(["correct horse"]), {})
    const row = { ...create, request: Schema.Array(Schema.Struct({ name: Schema.String })) }
    assert.deepStrictEqual(
      redact(row, { name: "a" }, () => 0),
      { input: undefined, items: [] },
    )
    assert.deepStrictEqual(
      redact(undefined, given, () => 0),
      { input: undefined, items: undefined },
    )
  })
})

describe("a query", () => {
  const schema = Schema.Struct({
    page: Schema.optional(Schema.Int),
    search: Schema.optional(Schema.String),
    deep: Schema.optional(Schema.Boolean),
    either: Schema.optional(Schema.Union(Schema.Number, Schema.Literal("all"))),
    size: Schema.optional(Schema.NumberFromString),
  })
  const decode = Schema.decodeUnknownEither(schema, { errors: "all" })
  const table: ReadonlyArray<readonly [query: string, values: unknown]> = [
    ["", {}],
    ["page=2&search=2&deep=true", { page: 2, search: "2", deep: true }],
    ["deep=false", { deep: false }],
    ["either=all", { either: "all" }],
    ["either=1.5", { either: 1.5 }],
    ["size=7", { size: 7 }],
    ["search=a%20b&other=1", { search: "a b" }],
    ["search=", { search: "" }],
  ]
  for (const [query, values] of table) {
    it(`is decoded: ${query}`, () =>
      assert.deepStrictEqual(decode(readQuery(schema, query)), Either.right(values) as never))
  }

  const wrong: ReadonlyArray<readonly [query: string, fields: ReadonlyArray<string>]> = [
    ["page=two&either=none", ["page", "either"]],
    ["page=", ["page"]],
    ["page=%20", ["page"]],
    ["either=", ["either"]],
    ["page=1.5", ["page"]],
  ]
  for (const [query, fields] of wrong) {
    it(`is refused by its fields: ${query}`, () => {
      const refused = decode(readQuery(schema, query))
      assert(Either.isLeft(refused))
      assert.deepStrictEqual(
        fieldsOf(refused.left.issue),
        fields.map((field) => ({ field, message: "is not valid" })),
      )
    })
  }

  it("may be of any schema", () => {
    const any = Schema.Record({ key: Schema.String, value: Schema.String })
    for (const schema of [any, Schema.Unknown]) {
      assert.deepStrictEqual(readQuery(schema, "a=1"), { a: "1" })
    }
    const named = Schema.Struct({ name: Schema.String, list: Schema.Array(Schema.Struct({ a: Schema.String })) })
    const refused = Schema.decodeUnknownEither(named, { errors: "all" })({ list: [{}, { a: 1 }] })
    assert(Either.isLeft(refused))
    assert.deepStrictEqual(fieldsOf(refused.left.issue), [
      { field: "name", message: "is required" },
      { field: "list.0.a", message: "is required" },
      { field: "list.1.a", message: "is not valid" },
    ])
  })
})
