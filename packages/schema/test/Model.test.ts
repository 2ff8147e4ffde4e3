import { assert, describe, it } from "@effect/vitest"
import { decodeResponse, encodeRequest, Model, missingFields, unknownFields } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as JSONSchema from "effect/JSONSchema"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

// A model of another group of the API, made of public parts.
const fields = {
  key_id: Model.id(Schema.String.pipe(Schema.brand("KeyId"))),
  name: Model.text("The name"),
  owner: Model.userIdOrNone("Whose it is"),
  api_key: Model.secret("The key"),
  uses: Model.integer("How often it was used"),
  left: Model.optional(Model.integer("How often it may be used")),
  open: Model.flag("Whether it is open"),
  note: Model.optional(Model.text("A note")),
  ends_at: Model.optionalTime("When it ends"),
}
class Key extends Schema.Class<Key>("Key")(
  Model.schemas(fields),
  Model.annotations("Key", "A key", (): Model.Reader<object> => readKey),
) {}
const readKey = Model.reader(fields, Key)

const One = Model.response("OneKey", "A key", Key)
const List = Model.listResponse("Keys", "Keys", Key)
const Page = Model.page("KeyPage", "Keys, in pages", Key)

const wire = {
  key_id: "1",
  name: "ci",
  owner: "",
  api_key: "tiledb_secret",
  uses: 3,
  left: 4,
  open: true,
  note: "n",
  ends_at: "2026-01-31T12:00:00.000Z",
}
const pagination_metadata = { page: 1, per_page: 20, total_pages: 1, total_items: 2 }

const read = <A, I>(schema: Schema.Schema<A, I>, json: unknown, strict = false) =>
  decodeResponse(schema, { strict })(json)
const value = <A, I>(schema: Schema.Schema<A, I>, json: unknown) =>
  Either.getOrThrowWith(read(schema, json), (issues) => new Error(JSON.stringify(issues))).value
const paths = <A, I>(schema: Schema.Schema<A, I>, json: unknown) =>
  Either.match(read(schema, json), {
    onLeft: (issues) => issues.map(({ path }) => path),
    onRight: ({ issues }) => issues.map(({ path }) => path),
  })

describe("a model", () => {
  it("is read as its schema decodes it, strictly or not", () => {
    for (const [schema, json] of [
      [One, { data: wire }],
      [List, { data: [wire, wire] }],
      [Page, { data: [wire], pagination_metadata }],
      [Page, { data: [] }],
    ] as ReadonlyArray<readonly [Schema.Schema<unknown>, unknown]>) {
      const decoded = Schema.decodeUnknownSync(schema)(json)
      assert.deepStrictEqual<unknown>(read(schema, json), Either.right({ value: decoded, issues: [] }))
      assert.deepStrictEqual<unknown>(read(schema, json, true), Either.right({ value: decoded, issues: [] }))
      assert.deepStrictEqual(Schema.encodeUnknownSync(schema)(decoded), json)
    }
  })

  it("has the zero value of each property that is missing, and none without its id", () => {
    const { data } = value(One, { data: { key_id: "1", api_key: null, plan: "team" } })
    assert.strictEqual(Redacted.value(data.api_key), "")
    assert.deepInclude(data, { name: "", owner: "" as never, uses: 0, open: false })
    for (const absent of ["left", "note", "ends_at"]) assert.notProperty(data, absent)
    assert.deepStrictEqual(missingFields(data), ["name", "owner", "api_key", "uses", "open"])
    assert.deepStrictEqual(unknownFields(data), { plan: "team" })
    for (const key_id of ["", null, 7]) assert.include(paths(One, { data: { ...wire, key_id } }), "data.key_id")
  })

  it("has whole numbers and secrets, and drops an optional one that is neither", () => {
    for (const uses of [1.5, "3", true]) assert.isTrue(Either.isLeft(read(One, { data: { ...wire, uses } })))
    assert.isTrue(Either.isLeft(read(One, { data: { ...wire, api_key: 7 } })))
    assert.notProperty(value(One, { data: { ...wire, left: "4" } }).data, "left")
    const { data } = value(One, { data: wire })
    assert.strictEqual(Redacted.value(data.api_key), "tiledb_secret")
    assert.notInclude(JSON.stringify(data) + String(data), "tiledb_secret")
    assert.isTrue(Equal.equals(data, value(One, { data: wire }).data))
  })
})

describe("a list", () => {
  it("is read as its elements are: one without a name does not fail it, null is dropped", () => {
    const { data } = value(List, { data: [{ ...wire, name: null }, null, wire] })
    assert.deepStrictEqual(
      data.map(({ name }) => name),
      ["", "ci"],
    )
    assert.deepStrictEqual(paths(List, { data: [{ ...wire, name: null }, null] }), ["data[0].name", "data[1]"])
    assert.isTrue(Either.isLeft(read(List, { data: [{ ...wire, key_id: 7 }] })))
  })

  it("is empty for null, and no response without data", () => {
    for (const schema of [List, Page] as ReadonlyArray<Schema.Schema<unknown>>) {
      assert.deepStrictEqual(paths(schema, { data: null }), ["data"])
      assert.isTrue(Either.isRight(read(schema, { data: null })))
      assert.isTrue(Either.isLeft(read(schema, { data: null }, true)))
      for (const json of [{}, { data: {} }, { data: "" }, []]) assert.isTrue(Either.isLeft(read(schema, json)))
    }
  })
})

describe("a page", () => {
  it("keeps its metadata, if it has all of it", () => {
    const page = value(Page, { data: [wire], pagination_metadata })
    assert.deepStrictEqual({ ...page.pagination }, pagination_metadata)
    assert.strictEqual(page.items.length, 1)
    for (const metadata of [undefined, null, {}, { ...pagination_metadata, total_items: null }, { page: "1" }]) {
      assert.notProperty(value(Page, { data: [wire], pagination_metadata: metadata }), "pagination")
    }
  })

  it("is described as it is on the wire", () => {
    assert.deepStrictEqual(JSON.parse(JSON.stringify(JSONSchema.make(Page))).$defs.TileDBKeyPage.required, ["data"])
  })
})

describe("a request that is a list", () => {
  const request = Schema.Array(Schema.Struct({ name: Schema.String, note: Schema.optional(Schema.String) }))

  it("is encoded without what is undefined", () => {
    assert.deepStrictEqual(encodeRequest(request)([{ name: "a", note: undefined }]), Either.right([{ name: "a" }]))
    assert.isTrue(Either.isLeft(encodeRequest(request)([{ name: undefined }])))
  })
})
