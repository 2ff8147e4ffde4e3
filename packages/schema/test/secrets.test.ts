import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { decodeResponse, ScopedToken } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import * as Inspectable from "effect/Inspectable"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { answers, pages, requests } from "./documented.js"

const canary = "canary-7c41e0"

/** Everything that could end up in a log, as text. */
const printed = (value: unknown): string =>
  [
    String(value),
    `${value}`,
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(value),
    Inspectable.toStringUnknown(value),
    Cause.pretty(Cause.fail(value)),
    Cause.pretty(Cause.die(value)),
    ...(value instanceof Error ? [value.message, value.stack] : []),
  ].join("\n")

const secrets: ReadonlyArray<readonly [name: keyof typeof requests, key: string]> = [
  ["UserCreateRequest", "password"],
  ["ChangePasswordRequest", "current_password"],
  ["ChangePasswordRequest", "new_password"],
  ["ResetPasswordRequest", "new_password"],
]

describe("secrets", () => {
  it("the sinks of this test do print what is not secret", () => {
    for (const sink of [{ email: canary }, new Error(canary)]) assert.include(printed(sink), canary)
  })

  for (const [name, key] of secrets) {
    const schema: Schema.Schema.AnyNoContext = requests[name].schema
    const wire = { ...requests[name].wire, [key]: canary }
    const request = Schema.decodeUnknownSync(schema)(wire)

    it(`${name}.${key} is Redacted and never prints`, () => {
      assert.isTrue(Redacted.isRedacted(request[key]))
      assert.strictEqual(Redacted.value(request[key]), canary)
      assert.notInclude(printed(request), canary)
      assert.notInclude(printed(request[key]), canary)
      assert.strictEqual(Schema.encodeSync(schema)(request)[key], canary)
    })

    it(`${name}.${key}: the error of a failed encode does not print it`, () => {
      for (const broken of [
        { ...request, [key]: canary },
        { ...request, [key]: { canary } },
        { ...request, [key]: [canary] },
        { ...request, [key]: new Error(canary) },
        { ...request, [key]: Redacted.make({ canary }) },
        { ...request, [key]: Redacted.make([canary]) },
        { ...request, [canary.slice(0, 3)]: canary },
        { [key]: request[key], more: canary },
        { ...request, email: 1, username: 1, [key]: canary },
      ]) {
        const error = Schema.encodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(broken).pipe(
          Either.flip,
          Either.getOrThrow,
        )
        assert.notInclude(printed(error), canary)
      }
    })

    it(`${name}.${key}: the error of a failed decode does not print it`, () => {
      for (const broken of [{ ...wire, [key]: { canary } }, { ...wire, [key]: [canary] }, { [key]: [canary] }]) {
        const error = Schema.decodeUnknownEither(schema, { errors: "all" })(broken).pipe(Either.flip, Either.getOrThrow)
        assert.notInclude(printed(error), canary)
        assert.include(String(error), key)
      }
    })
  }

  for (const [name, key] of [
    ["APIToken", "api_key"],
    ["Invitation", "jwt"],
  ] as const) {
    it(`${name}.${key} is Redacted in whatever response it is, and never prints`, () => {
      const wire = { ...answers[name].wire, [key]: canary }
      const schema: Schema.Schema.AnyNoContext = answers[name].schema
      const listing = name === "APIToken" ? pages.TokenListResponse : pages.InvitationsListResponse
      const read = (schema: Schema.Schema.AnyNoContext, json: unknown) =>
        Either.getOrThrow(decodeResponse(schema)(json)).value
      const page = read(listing?.schema ?? assert.fail(), { data: [wire] })
      for (const one of [read(schema, wire), page.items[0]]) {
        assert.strictEqual(Redacted.value(one[key]), canary)
        assert.notInclude(printed(one), canary)
      }
      const refused = decodeResponse(schema, { strict: true })({ ...wire, [key]: { canary }, role: canary })
      assert.notInclude(printed(Either.getOrThrow(Either.flip(refused))), canary)
    })
  }

  it.prop(
    "ScopedToken holds any text and prints none",
    [FastCheck.string({ minLength: 12 })],
    ([text]) => {
      const token = Schema.decodeUnknownSync(ScopedToken)(text)
      assert.strictEqual(Redacted.value(token), text)
      assert.strictEqual(Schema.encodeSync(ScopedToken)(token), text)
      assert.strictEqual(String(token), "<redacted>")
      assert.strictEqual(JSON.stringify({ token }), `{"token":"<redacted>"}`)
      assert.notInclude(printed(token), text)
    },
    { fastCheck: { seed: 8, numRuns: 100 } },
  )

  it("the error of a refused ScopedToken does not print it", () => {
    for (const value of [canary, { canary }, Redacted.make({ canary })]) {
      const error = Schema.encodeUnknownEither(ScopedToken)(value).pipe(Either.flip, Either.getOrThrow)
      assert.notInclude(printed(error), canary)
    }
  })
})
