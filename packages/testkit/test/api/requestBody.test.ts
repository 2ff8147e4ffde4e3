import { assert, describe, it } from "@effect/vitest"
import { Operations } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"
import { read, redact } from "../../src/internal/api/requestBody.js"

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
})
