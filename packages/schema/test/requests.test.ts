import { assert, describe, it } from "@effect/vitest"
import { ChangePasswordRequest, UserCreateRequest, UserUpdateRequest } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Documented, requests } from "./documented.js"

const each = (body: (name: string, documented: Documented) => void) => {
  for (const [name, documented] of Object.entries<Documented>(requests)) body(name, documented)
}

const issues = (schema: Schema.Schema.AnyNoContext, request: unknown) =>
  Schema.encodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(request).pipe(
    Either.flip,
    Either.map((error) => ParseResult.ArrayFormatter.formatErrorSync(error)),
    Either.getOrElse(() => []),
  )

/** A request as a caller holds it: secrets are Redacted. */
const held = ({ schema, wire }: Documented): Record<string, unknown> => Schema.decodeUnknownSync(schema)(wire)

describe("given and not given", () => {
  it("what is not given is not on the wire", () => {
    const encode = Schema.encodeSync(UserUpdateRequest)
    assert.strictEqual(JSON.stringify(encode({})), "{}")
    assert.strictEqual(JSON.stringify(encode({ timezone: "UTC" })), `{"timezone":"UTC"}`)
    assert.strictEqual(
      JSON.stringify(
        Schema.encodeSync(UserCreateRequest)({
          email: "ada@example.com",
          username: "ada",
          password: Redacted.make("correct horse"),
        }),
      ),
      `{"email":"ada@example.com","username":"ada","password":"correct horse"}`,
    )
  })

  it.prop(
    "exactly the properties of the request are on the wire, with their values",
    [UserUpdateRequest],
    ([request]) => {
      assert.deepStrictEqual(Object.entries(Schema.encodeSync(UserUpdateRequest)(request)), Object.entries(request))
    },
    { fastCheck: { seed: 5, numRuns: 300 } },
  )

  it("an empty string is a value like any other", () => {
    const empty = { display_name: "", email: "", timezone: "", image: "" }
    assert.deepStrictEqual(Schema.encodeSync(UserUpdateRequest)(empty), empty)
    assert.deepStrictEqual(
      Schema.encodeSync(ChangePasswordRequest)({
        current_password: Redacted.make(""),
        new_password: Redacted.make(""),
      }),
      { current_password: "", new_password: "" },
    )
  })

  each((name, documented) => {
    it(`${name}: undefined, null and numbers are refused by their path`, () => {
      for (const key of [...documented.required, ...documented.optional]) {
        for (const value of [undefined, null, 42]) {
          const request = { ...held(documented), [key]: value }
          assert.deepStrictEqual(
            issues(documented.schema, request).map((issue) => issue.path),
            [[key]],
          )
        }
      }
    })

    it(`${name}: a required property that is missing is named`, () => {
      for (const key of documented.required) {
        const { [key]: _, ...rest } = held(documented)
        assert.deepStrictEqual(issues(documented.schema, rest), [
          { _tag: "Missing", path: [key], message: "is missing" },
        ])
      }
    })

    it.prop(
      `${name}: an unknown property is named`,
      [FastCheck.string(), FastCheck.jsonValue()],
      ([suffix, value]) => {
        const key = `x${suffix}`
        const found = issues(documented.schema, { ...held(documented), [key]: value })
        assert.deepStrictEqual(
          found.map((issue) => [issue._tag, issue.path]),
          [["Unexpected", [key]]],
        )
      },
      { fastCheck: { seed: 6, numRuns: 50 } },
    )
  })

  it("a misspelt property is answered with the right ones, and without its value", () => {
    const [issue] = issues(UserUpdateRequest, { displayName: "canary-5d1f" })
    assert.strictEqual(issue?.message, 'is unexpected, expected: "display_name" | "email" | "timezone" | "image"')
  })
})
