import { assert, describe, it } from "@effect/vitest"
import {
  ChangePasswordRequest,
  decodeResponse,
  encodeRequest,
  User,
  UserCreateRequest,
  UserUpdateRequest,
} from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { answers, type Documented, requests } from "./documented.js"

const each = (body: (name: string, documented: Documented) => void) => {
  for (const [name, documented] of Object.entries<Documented>(requests)) body(name, documented)
}

const issues = (schema: Schema.Schema.AnyNoContext, request: unknown) =>
  encodeRequest(schema)(request).pipe(
    Either.flip,
    Either.map((issue) => ParseResult.ArrayFormatter.formatIssueSync(issue)),
    Either.getOrElse(() => []),
  )

const body = <A, I>(schema: Schema.Schema<A, I>, request: unknown): I =>
  Either.getOrThrowWith(encodeRequest(schema)(request), (issue) => ParseResult.parseError(issue))

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
      const given = Object.entries(request).filter(([, value]) => value !== undefined)
      assert.deepStrictEqual(Object.entries(Schema.encodeSync(UserUpdateRequest)(request)), given)
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
    it(`${name}: undefined is not given, and left out`, () => {
      for (const key of documented.optional) {
        const { [key]: _, ...rest } = documented.wire
        const encoded = body(documented.schema, { ...held(documented), [key]: undefined })
        assert.deepStrictEqual(Object.entries(encoded), Object.entries(rest))
      }
    })

    it(`${name}: null, numbers, and undefined where something is required, are refused by their path`, () => {
      for (const key of [...documented.required, ...documented.optional]) {
        for (const value of documented.required.includes(key) ? [undefined, null, 42] : [null, 42]) {
          const request = { ...held(documented), [key]: value }
          const paths = issues(documented.schema, request).map(({ path }) => path.join())
          assert.deepStrictEqual([...new Set(paths)], [key])
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

describe("a copy of a user with changes", () => {
  const user = Schema.decodeUnknownSync(User)(answers.User.wire)

  it("is what can be updated of it", () => {
    assert.deepStrictEqual(body(UserUpdateRequest, { ...user, display_name: "Countess" }), {
      display_name: "Countess",
      email: "ada@example.com",
      timezone: "Europe/Athens",
    })
    const { id: _, ...rest } = user
    assert.deepStrictEqual(body(UserUpdateRequest, { ...rest, image: "data:," }), {
      display_name: "Ada",
      email: "ada@example.com",
      timezone: "Europe/Athens",
      image: "data:,",
    })
    assert.deepStrictEqual(body(UserUpdateRequest, user), body(UserUpdateRequest, { ...user }))
  })

  it("does not erase what the answer did not have", () => {
    const answer = { id: answers.User.wire.id, display_name: "", username: "ada", email: null }
    const { value } = Either.getOrThrow(decodeResponse(User)(answer))
    // Of the two empty texts only the service's own is sent.
    assert.deepStrictEqual(body(UserUpdateRequest, { ...value }), { display_name: "" })
    assert.deepStrictEqual(body(UserUpdateRequest, { ...value, timezone: "UTC" }), {
      display_name: "",
      timezone: "UTC",
    })
  })

  it("has no other properties, and is no excuse for a request that is none", () => {
    const paths = (request: unknown) => issues(UserUpdateRequest, request).map(({ path }) => path.join("."))
    assert.deepStrictEqual(paths({ ...user, displayName: "Countess" }), ["displayName"])
    assert.deepStrictEqual(paths({ ...user, password: "correct horse" }), ["password"])
    // Dropping it would be a change that never happens.
    assert.deepStrictEqual(paths({ role: "admin" }), ["role"])
    assert.deepStrictEqual(paths({ display_name: "Ada", username: "ada" }), ["username"])
    assert.deepStrictEqual(
      issues(UserCreateRequest, { ...held(requests.UserCreateRequest), id: user.id }).map(({ path }) => path),
      [["id"]],
    )
  })
})
