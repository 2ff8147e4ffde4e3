import { assert, describe, it } from "@effect/vitest"
import { User, UserId, WorkspaceUser } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { answers } from "./documented.js"

const accepts = (text: unknown): boolean => Either.isRight(Schema.decodeUnknownEither(UserId)(text))

const alphabet = "0123456789abcdefghijklmnopqrstuv"

/** The documented form, spelled out a second time without a pattern. */
const isDocumented = (text: string): boolean =>
  text.length === 24 && text.startsWith("usr_") && [...text.slice(4)].every((char) => alphabet.includes(char))

const suffix = FastCheck.string({ unit: FastCheck.constantFrom(...alphabet), minLength: 20, maxLength: 20 })

describe("UserId", () => {
  it.prop(
    "accepts the documented form, unchanged",
    [suffix],
    ([rest]) => {
      const text = `usr_${rest}`
      assert.strictEqual(Schema.decodeUnknownSync(UserId)(text), text)
      assert.strictEqual(encodeURIComponent(text), text)
      assert.strictEqual(new URL(`https://host/v4/users/${text}`).pathname, `/v4/users/${text}`)
    },
    { fastCheck: { seed: 1, numRuns: 300 } },
  )

  it.prop(
    "refuses every other string",
    [
      FastCheck.oneof(
        FastCheck.string({ unit: "binary" }),
        FastCheck.webUrl(),
        FastCheck.string({ unit: FastCheck.constantFrom(..."usr_./%2e\\?#\n0v"), maxLength: 30 }),
        // One character of a good id replaced, removed or added.
        FastCheck.tuple(
          suffix,
          FastCheck.nat(23),
          FastCheck.nat(1),
          FastCheck.string({ unit: "binary", maxLength: 2 }),
        ).map(([rest, at, removed, added]) => {
          const good = `usr_${rest}`
          return good.slice(0, at) + added + good.slice(at + removed)
        }),
      ),
    ],
    ([text]) => {
      assert.strictEqual(accepts(text), isDocumented(text))
    },
    { fastCheck: { seed: 2, numRuns: 2000 } },
  )

  it.prop(
    "refuses a good id with anything before or after it",
    [suffix, FastCheck.string({ unit: "binary", minLength: 1 })],
    ([rest, more]) => {
      assert.isFalse(accepts(`usr_${rest}${more}`))
      assert.isFalse(accepts(`${more}usr_${rest}`))
    },
    { fastCheck: { seed: 3, numRuns: 300 } },
  )

  const good = "usr_9m4e2mr0ui3e8a215n4g"
  for (const [why, text] of Object.entries({
    "the current user's own path": "self",
    "the parent": "..",
    "an encoded parent": "%2e%2e",
    nothing: "",
    "the prefix alone": "usr_",
    "a newline after it": `${good}\n`,
    "a newline before it": `\n${good}`,
    "a second line": `${good}\n${good}`,
    "a NUL after it": `${good}\0`,
    "a space after it": `${good} `,
    "a slash after it": `${good}/`,
    "a query after it": `${good}?a=b`,
    "a fragment after it": `${good}#a`,
    "full-width digits": "usr_９m4e2mr0ui3e8a215n4g",
    "Arabic digits": "usr_٩m4e2mr0ui3e8a215n4g",
    "a Cyrillic letter": "usr_9m4e2mr0ui3e8а215n4g",
    "upper case": "usr_9M4E2MR0UI3E8A215N4G",
    "a letter after v": "usr_9m4e2mr0ui3e8a215n4w",
    "one too short": good.slice(0, -1),
    "one too long": `${good}0`,
    "a workspace's id": "ws_9m4e2mr0ui3e8a215n4g",
    "a picture's id": "img_9m4e2mr0ui3e8a215n4g",
  })) {
    it(`refuses ${why}`, () => {
      assert.isFalse(accepts(text))
      assert.throws(() => UserId.make(text))
    })
  }

  it("refuses what is no string", () => {
    for (const value of [null, undefined, 0, {}, [good], { toString: () => good }, new String(good)]) {
      assert.isFalse(accepts(value))
    }
  })

  it("says what it wants, and not what it got", () => {
    const message = String(Schema.decodeUnknownEither(UserId)("tiledb_secret").pipe(Either.flip, Either.getOrThrow))
    assert.include(message, "usr_9m4e2mr0ui3e8a215n4g")
    assert.notInclude(message, "tiledb_secret")
  })

  it("is checked where a model holds it", () => {
    const user = { ...answers.User.wire, id: "self" }
    const member = { ...answers.WorkspaceUser.wire, user_id: ".." }
    assert.throws(() => Schema.decodeUnknownSync(User)(user), /usr_9m4e2mr0ui3e8a215n4g/)
    assert.throws(() => Schema.decodeUnknownSync(WorkspaceUser)(member), /usr_9m4e2mr0ui3e8a215n4g/)
  })
})
