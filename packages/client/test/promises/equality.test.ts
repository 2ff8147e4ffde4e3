import { createRequire } from "node:module"
import { stripVTControlCharacters } from "node:util"
import { addEqualityTesters, assert, describe, expect, it } from "@effect/vitest"
import { Users } from "@effect-tiledb/client"
import * as Schemas from "@effect-tiledb/schema"
import { Arbitraries, Fixtures, TestUsers } from "@effect-tiledb/testkit"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"

/** What vitest makes of a failed assertion before it prints it. */
const reporter = createRequire(createRequire(import.meta.url).resolve("vitest/package.json")).resolve(
  "@vitest/utils/error",
)

// The one line that makes `toEqual` compare as Effect does.
addEqualityTesters()

const models = {
  User: [Schemas.User, Arbitraries.User, "created_at"],
  WorkspaceUser: [Schemas.WorkspaceUser, Arbitraries.WorkspaceUser, "created_at"],
  UserSelfWorkspace: [Schemas.UserSelfWorkspace, Arbitraries.UserSelfWorkspace, "created_at"],
  UserSelf: [Schemas.UserSelf, Arbitraries.UserSelf, "user"],
} as const

const reread = (value: unknown): void => {
  if (DateTime.isDateTime(value)) DateTime.toParts(value)
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(reread)
}

describe("toEqual", () => {
  for (const [name, [schema, arbitrary, field]] of Object.entries(models)) {
    it(`takes two equal values of ${name} for equal, and sees a field that differs`, () => {
      const decode = Schema.decodeUnknownSync(schema as Schema.Schema<unknown, unknown>)
      const [first, second] = FastCheck.sample(arbitrary.wire, { numRuns: 2, seed: 1 })
      const [one, other] = [decode(first), decode(first)]
      // Reading the parts of a time fills a cache inside it, which is no difference.
      reread(one)
      expect(one).toEqual(other)
      expect(() => expect(one).toEqual(decode({ ...Object(first), [field]: Object(second)[field] }))).toThrow()
    })
  }

  it.effect("shows what differs, by field", () =>
    Effect.gen(function* () {
      const { user, workspaces } = yield* Effect.flatMap(Users.Users, (users) => users.getSelfUser)
      const other = new Schemas.UserSelf({ user: new Schemas.User({ ...user, timezone: "Asia/Tokyo" }), workspaces })
      const { error } = yield* Effect.flip(
        Effect.try(() => expect(new Schemas.UserSelf({ user, workspaces })).toEqual(other)),
      )
      const { processError } = yield* Effect.promise(() => import(reporter))
      // As the runner prints it, without the colours.
      const lines = stripVTControlCharacters(processError(error).diff)
        .split("\n")
        .filter((line) => /^[+-] {2}/.test(line))
      assert.deepStrictEqual(lines, ['-     "timezone": "Asia/Tokyo",', '+     "timezone": "UTC",'])
    }).pipe(Effect.provide(TestUsers.layer({ users: [Fixtures.user("ada")] }))),
  )
})
