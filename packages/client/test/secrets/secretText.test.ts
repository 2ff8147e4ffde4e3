// What may be sent as a secret, and why another text may not, without the text.
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import {
  base64,
  headerValueProblem,
  passwordProblem,
  textInside,
  usernameProblem,
} from "../../src/internal/secrets/secretText.js"

const notText = "must be text inside Redacted: Redacted.make(…)"
const white = "must not begin or end with white space"
const notAscii = "must be printable ASCII without spaces"
const control = "must not contain control characters"
const notUnicode = "must be well-formed Unicode"
const empty = "must not be empty"

const check = (
  problem: (value: unknown) => string | undefined,
  table: ReadonlyArray<readonly [value: unknown, problem: string | undefined]>,
) => {
  for (const [row, [value, expected]] of table.entries()) assert.strictEqual(problem(value), expected, `row ${row}`)
}

const wiped = () => {
  const secret = Redacted.make("gone")
  Redacted.unsafeWipe(secret)
  return secret
}

describe("a secret", () => {
  it("is the text inside Redacted, and nothing else", () => {
    assert.strictEqual(textInside(Redacted.make("text")), "text")
    for (const other of [undefined, null, "text", 1, {}, Redacted.make(1), wiped()])
      assert.isUndefined(textInside(other))
  })

  it("can be a header where it is printable ASCII without spaces", () => {
    check(headerValueProblem, [
      ["text", notText],
      [undefined, notText],
      [Redacted.make(1), notText],
      [wiped(), notText],
      [Redacted.make(""), empty],
      [Redacted.make(" "), white],
      [Redacted.make(" a"), white],
      [Redacted.make("a\n"), white],
      [Redacted.make("a b"), notAscii],
      [Redacted.make("a\nb"), notAscii],
      [Redacted.make("\u0007a"), notAscii],
      [Redacted.make("a\u007f"), notAscii],
      [Redacted.make("\u00fcber"), notAscii],
      [Redacted.make("\u00fc"), notAscii],
      [Redacted.make("!"), undefined],
      [Redacted.make("a~!"), undefined],
    ])
  })
})

describe("with HTTP Basic", () => {
  const texts: ReadonlyArray<readonly [string, string | undefined]> = [
    ["", empty],
    ["a\nb", control],
    ["\0", control],
    ["a\u001f", control],
    ["a\u007f", control],
    ["\ud800", notUnicode],
    ["a\ud83d b", notUnicode],
    ["\udc25b", notUnicode],
    ["\udc25\ud83d", notUnicode],
    ["p\u00e4ss w\u00f6rd ~", undefined],
    ["\u{1f425}", undefined],
  ]

  it("a password is any text without control characters", () => {
    check(
      passwordProblem,
      texts.map(([text, problem]) => [Redacted.make(text), problem]),
    )
    check(passwordProblem, [
      ["text", notText],
      [wiped(), notText],
      [Redacted.make("a:b"), undefined],
    ])
  })

  it("so is a username, but for a colon", () => {
    check(usernameProblem, texts)
    check(usernameProblem, [
      [undefined, "must be text"],
      [Redacted.make("ada"), "must be text"],
      ["a:b", "must not contain a colon, which HTTP Basic does not allow"],
    ])
  })
})

it("base64 has every byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  assert.strictEqual(base64(bytes), Buffer.from(bytes).toString("base64"))
})
