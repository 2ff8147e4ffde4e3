import { assert, describe, it } from "@effect/vitest"
import { ErrorResponse, User, UserSelfWorkspace, WorkspaceUser } from "@effect-tiledb/schema"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import { answers, type Documented, requests, schemas } from "./documented.js"

const throughTheWire = <A, I>(schema: Schema.Schema<A, I>, value: A): A =>
  Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(Schema.encodeSync(schema)(value))))

describe("every schema round-trips through JSON text", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    // What is `undefined` in a request is left out of the wire, which is the same.
    const same = (one: unknown, other: unknown) =>
      Schema.equivalence(schema)(one, other) || JSON.stringify(encode(one)) === JSON.stringify(encode(other))
    const encode = Schema.encodeSync(schema)
    it.prop(
      name,
      [schema],
      ([value]) => {
        assert.isTrue(same(throughTheWire(schema, value), value))
      },
      { fastCheck: { seed: 20260131, numRuns: name.startsWith("UserSelf") ? 100 : 300 } },
    )
  }
})

describe("entities have value equality", () => {
  for (const schema of [User, WorkspaceUser, UserSelfWorkspace]) {
    it.prop(
      schema.identifier,
      [schema as Schema.Schema.AnyNoContext],
      ([value]) => {
        const copy = throughTheWire(schema as Schema.Schema.AnyNoContext, value)
        assert.notStrictEqual(copy, value)
        assert.isTrue(Equal.equals(copy, value))
        assert.strictEqual(JSON.stringify(copy), JSON.stringify(value))
      },
      { fastCheck: { seed: 7, numRuns: 100 } },
    )
  }

  it("and differ when one property does", () => {
    const decode = Schema.decodeUnknownSync(User)
    const wire = answers.User.wire
    assert.isFalse(Equal.equals(decode(wire), decode({ ...wire, role: "member" })))
    assert.isFalse(Equal.equals(decode(wire), decode({ ...wire, updated_at: null })))
  })
})

describe("a documented value keeps its wire form", () => {
  for (const [name, { schema, wire }] of Object.entries<Documented>({ ...answers, ...requests })) {
    it(name, () => {
      assert.deepStrictEqual(Schema.encodeSync(schema)(Schema.decodeUnknownSync(schema)(wire)), wire)
    })
  }
})

it("code is an integer, never a fraction", () => {
  const wire = { code: 1.5, message: "", request_id: "" }
  assert.strictEqual(Schema.decodeUnknownEither(ErrorResponse)(wire)._tag, "Left")
})
