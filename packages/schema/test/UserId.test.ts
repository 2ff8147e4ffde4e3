import { assert, describe, it } from "@effect/vitest"
import { User, UserId, WorkspaceUser } from "@effect-tiledb/schema"
import { GivenUserId } from "@effect-tiledb/schema/UserId"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { answers } from "./documented.js"

const accepts = (text: unknown): boolean => Either.isRight(Schema.decodeUnknownEither(UserId)(text))

const alphabet = "0123456789abcdefghijklmnopqrstuv"

const unreserved = new Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

/** What is taken, spelled out a second time without a pattern. */
const isTaken = (text: string): boolean => {
  const made = (characters: string, from: ReadonlySet<string>) => [...characters].every((char) => from.has(char))
  if (text.startsWith("usr_")) return text.length > 4 && made(text.slice(4), unreserved)
  const opaque = new Set([...unreserved].filter((char) => !"._~".includes(char)))
  return text.length >= 16 && made(text, opaque) && /[0-9]/.test(text)
}

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
      assert.strictEqual(accepts(text), isTaken(text))
    },
    { fastCheck: { seed: 2, numRuns: 2000 } },
  )

  it.prop(
    "whatever is taken is exactly one path segment, and stays what it is",
    [
      FastCheck.oneof(
        FastCheck.string({ unit: FastCheck.constantFrom(...unreserved, ..."/?#%\\:;@ \n\0é"), maxLength: 40 }),
        FastCheck.string({ unit: FastCheck.constantFrom(...unreserved), minLength: 16, maxLength: 40 }),
      ).chain((text) => FastCheck.constantFrom(text, `usr_${text}`)),
    ],
    ([text]) => {
      if (!accepts(text)) return
      assert.strictEqual(encodeURIComponent(text), text)
      assert.strictEqual(new URL(`https://host/v4/users/${text}`).pathname, `/v4/users/${text}`)
    },
    { fastCheck: { seed: 3, numRuns: 2000 } },
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
    "a prefix in upper case": "USR_9m4e2mr0ui3e8a215n4g",
    "an e-mail address": "ada@example.com",
    "an e-mail address after the prefix": "usr_ada@example.com",
    "a username": "ada",
    "a longer username": "ada.lovelace-countess",
    "a username with a number": "ada_lovelace_1815",
    "a workspace's id": "ws_9m4e2mr0ui3e8a215n4g",
    "a picture's id": "img_9m4e2mr0ui3e8a215n4g",
  })) {
    it(`refuses ${why}`, () => {
      assert.isFalse(accepts(text))
      assert.throws(() => UserId.make(text))
    })
  }

  for (const [why, text] of Object.entries({
    "another length": "usr_9m4e2mr0",
    "upper case after the prefix": "usr_9M4E2MR0UI3E8A215N4G",
    "letters after v": "usr_zzzz",
    "a UUID": "0190f5c6-7b1e-7cc2-a8b5-0c5a6b7d8e9f",
    "a ULID": "01J9ZQ3VY3K8W5T2N4M6P7R8S9",
  })) {
    it(`takes ${why}: the service's ids are its own`, () => {
      assert.strictEqual<string>(UserId.make(text), text)
    })
  }

  it("says what is there by mistake", () => {
    const said = (text: string) => String(Schema.decodeUnknownEither(UserId)(text).pipe(Either.flip, Either.getOrThrow))
    assert.include(said("self"), "call getSelfUser")
    assert.include(said("ada@example.com"), "looks like an e-mail address")
    assert.include(said("ada.lovelace"), "looks like a username")
    assert.include(said("USR_9m4e2mr0ui3e8a215n4g"), "in lower case")
    assert.include(said("ws_9m4e2mr0ui3e8a215n4g"), "of a workspace or a picture")
    for (const text of ["ada@example.com", "ada.lovelace", "../../etc"]) assert.notInclude(said(text), text)
    assert.throws(() => UserId.make("ada@example.com"), /looks like an e-mail address/)
  })

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

  it("is any text but the empty one where an answer gives it, and may be nobody's where that is documented", () => {
    for (const id of ["self", "..", "1", "ada@example.com", "usr_9M"]) {
      assert.strictEqual<string>(Schema.decodeUnknownSync(User)({ ...answers.User.wire, id }).id, id)
      const member = { ...answers.WorkspaceUser.wire, user_id: id }
      assert.strictEqual<string>(Schema.decodeUnknownSync(WorkspaceUser)(member).user_id, id)
    }
    assert.throws(() => Schema.decodeUnknownSync(User)({ ...answers.User.wire, id: "" }), /\["id"\]/)
    const nobody = { ...answers.WorkspaceUser.wire, user_id: "" }
    assert.strictEqual<string>(Schema.decodeUnknownSync(WorkspaceUser)(nobody).user_id, "")
  })

  it("of any form that the service may have given is one in a path, but not what can be no id", () => {
    const inPath = Schema.is(GivenUserId)
    const given = ["u1", "42", "ada", "a.b", "...a", "usr_..", "self1", "usr", "USR", "0190f5c6-7b1e-7cc2-a8b5", good]
    assert.deepStrictEqual(given.filter(inPath), given)
    const others = [
      "",
      ".",
      "..",
      "....",
      "self",
      "usr_",
      "USR_1",
      "ws_1",
      "img_1",
      "tiledb_1",
      "a@b",
      "a/b",
      "a\\b",
      "a b",
    ]
    for (const id of [...others, "a%2fb", "a?b", "a#b", "a;b", "a\n", "\na", "a\0", "\ud800", "é", null, 1, {}]) {
      assert.isFalse(inPath(id), String(id))
    }
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (id) => !accepts(id) || inPath(id)),
      { seed: 4 },
    )
  })
})
