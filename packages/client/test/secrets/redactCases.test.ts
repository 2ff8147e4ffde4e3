// What is made of a text, case by case: the fast half of clean.test.ts, which has the properties and the matrices.
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { cleaner } from "../../src/internal/secrets/redact.js"

const clean = (text: string, secrets: ReadonlyArray<string> = [], limit = 1000) =>
  cleaner(secrets.map((secret) => Redacted.make(secret)))(text, limit)

type Case = readonly [what: string, text: string, expected: string, ...secrets: ReadonlyArray<string>]

const cases = (what: string, all: ReadonlyArray<Case>) =>
  describe(what, () => {
    for (const [how, text, expected, ...secrets] of all) {
      it(how, () => assert.strictEqual(clean(text, secrets), expected))
    }
  })

const base64 = (text: string) => Buffer.from(text).toString("base64")
const base64url = (text: string) => Buffer.from(text).toString("base64url")
const hex = (text: string) => Buffer.from(text).toString("hex")

cases("of what a terminal obeys there is left", [
  ["nothing of a colour", "a\u001b[31mb\u001b[mc\u001b[1;31md", "abcd"],
  ["nothing of a sequence with an intermediate character", "a\u001b[1 qb\u001b[!pc", "abc"],
  ["nothing of a C1 sequence", "a\u009b31mb\u009bmc", "abc"],
  ["nothing of a title that ends with a bell", "a\u001b]0;title\u0007b", "ab"],
  ["nothing of a link that ends with ST", "a\u001b]8;;https://there\u001b\\b\u001b]8;;\u001b\\c", "abc"],
  ["nothing of a C1 command that ends with a C1 ST", "a\u009d0;title\u009cb", "ab"],
  ["nothing of a command without an end", "a\u001b]52;c;eA==", "a"],
  ["nothing of a command that another sequence ends", "a\u001b]0;title\u001b[31mb", "ab"],
  ["nothing of other escapes", "a\u001bcb\u001b(Bc\u001b $#Bd\u001b7e", "abcde"],
  ["nothing of an escape before what is not its end", "a\u001b\u00e9b", "a\u00e9b"],
  ["a space for each run of control characters", "a\u0000\u0001b\nc\u202e\u2066d", "a b c d"],
  ["a mark for each half of a character", "a\ud83db\udc25c", "a\ufffdb\ufffdc"],
  ["whole characters", "a\u{1f425}b\u{1f425}\u{1f425}", "a\u{1f425}b\u{1f425}\u{1f425}"],
  ["no space at either end", "\n a b \n", "a b"],
])

cases("escapes", [
  ["stay where no secret is under them", "100% of %41 \\n &amp; \\u0041 &#65;", "100% of %41 \\n &amp; \\u0041 &#65;"],
  ...(
    [
      ["percent-encoding of several bytes", "%41%c3%A4%41b%4", "A\u00e4Ab%4"],
      ["percent-encoding of no character", "%ff", "\ufffd"],
      ["JSON's by number", "\\u0041\\u00E4\\u00e", "A\u00e4\\u00e"],
      ["JSON's of marks", "\\\\ \\\" \\' \\/ \\x", "\\ \" ' / \\x"],
      ["JSON's of white space", "a\\bb\\fc\\nd\\re\\tf", "a b c d e f"],
      [
        "HTML's by number",
        "&#65;&#228;&#x41;&#XE4;&#;&#x;&#12345678;&#x1234567;",
        "A\u00e4A\u00e4&#;&#x;&#12345678;&#x1234567;",
      ],
      ["HTML's by the largest number", "&#1114111;&#x10ffff;", "\u{10ffff}\u{10ffff}"],
      ["HTML's by a number that no character has", "&#1114112;&#x110000;", "\ufffd\ufffd"],
      ["HTML's of marks", "&lt;&gt;&quot;&apos;&AMP;&other;", "<>\"'&&other;"],
      ["HTML's of what is not seen", "a&nbsp;b&shy;c&zwj;d&zwnj;e", "a b\u00adc\u200dd\u200ce"],
    ] as const
  ).map(
    ([what, text, expected]): Case => [
      `are taken off where there is a secret: ${what}`,
      `${text} %68unter2`,
      `${expected} <redacted>`,
      "hunter2",
    ],
  ),
])

const layered = (text: string, times: number) => `%${"25".repeat(times - 1)}${hex(text.slice(0, 1))}${text.slice(1)}`

describe("a secret", () => {
  it("is found under four layers of escapes, and not under five", () => {
    for (let times = 1; times <= 4; times++) {
      assert.strictEqual(clean(`a ${layered("hunter2", times)}`, ["hunter2"]), "a <redacted>", `${times}`)
    }
    assert.strictEqual(clean(layered("hunter2", 5), ["hunter2"]), layered("hunter2", 5))
  })

  it("that looks like an escape is found without four layers of it, and not without five", () => {
    for (let times = 1; times <= 4; times++) {
      assert.strictEqual(clean("a hunter2", [layered("hunter2", times)]), "a <redacted>", `${times}`)
    }
    assert.strictEqual(clean("a hunter2", [layered("hunter2", 5)]), "a hunter2")
  })
})

const long = "ab-cd-".repeat(30)

cases("a secret is hidden", [
  ["as it is, and in any case", "a hunter2 and HUNTER2.", "a <redacted> and <redacted>.", "hunter2"],
  ["at both ends, and twice in a row", "hunter2hunter2 hunter2", "<redacted><redacted> <redacted>", "hunter2"],
  ["within a word when it has four characters", "a hunted one", "a <redacted>ed one", "hunt"],
  ["with what means something in a pattern", "a .*(b+)$[c]^{2}|\\d-/? is", "a <redacted> is", ".*(b+)$[c]^{2}|\\d-/?"],
  ["and nothing is that a pattern would match", "a hunt.r2 hunter2", "a <redacted> hunter2", "hunt.r2"],
  ["with the spaces and pluses of a form", "a b+c d+e", "a <redacted>", "b c+d e"],
  ["in hexadecimal, with what follows", `a ${hex("hunter2!")} b`, "a <redacted> b", "hunter2"],
  ["in base64 with marks", `a ${base64("\u{3ffff}>>>???")} b`, "a <redacted> b", "\u{3ffff}>>>???"],
  ["in base64url with marks", `a ${base64url("\u{3ffff}>>>???")} b`, "a <redacted> b", "\u{3ffff}>>>???"],
  ["in base64 after one byte", `a ${base64("uhunter2")} b`, "a dW<redacted> b", "hunter2"],
  ["in base64 after two bytes", `a ${base64("u:hunter2")} b`, "a dTp<redacted> b", "hunter2"],
  ["in base64 after three bytes, before some", `a ${base64("us:hunter2 and more")} b`, "a dXM6<redacted> b", "hunter2"],
  ["with an escape sequence in it", "a hun\u001b[31mter2 b", "a <redacted> b", "hunter2"],
  ["without the escape sequence that it has", "a hunter2 b", "a <redacted> b", "hun\u001b[31mter2"],
  [
    "by its words, where these have twelve characters",
    "a 0123456789ab b 0123456789 c",
    "a <redacted> b 0123456789 c",
    "#0123456789abc#",
  ],
  ["by its words, with all that follows them", "a 0123456789abXYZ b", "a <redacted> b", "#0123456789abc#"],
  [
    "by its first 128 characters, with as many as it has",
    `a ${long.slice(0, 128)}${"x".repeat(52)} b`,
    "a <redacted> b",
    long,
  ],
  ["by its first 128 characters, up to the end", `a \u00e9 ${long.slice(0, 140)}`, "a \u00e9 <redacted>", long],
  [
    "by a word of it, and no more than the word",
    `a 0123456789ab b c ${long}`,
    "a <redacted> b c <redacted>",
    `${long} 0123456789ab`,
    long,
  ],
  ["once where two overlap", "a hunter2 and more b", "a <redacted> b", "hunter2 and", "r2 and more"],
  ["once where one is in the other", "a hunter2 and more b", "a <redacted> b", "hunter2 and more", "hunter2", "and"],
  ["wherever there is one of several", "a second b first c", "a <redacted> b <redacted> c", "first", "second"],
  ["and what was put there for it is left", "a redacted b", "a <redacted> b", "redacted"],
])

cases("a secret of up to three characters is hidden", [
  ["as a word", 'the "abc" is no abcd, xabc or ABC', 'the "<redacted>" is no abcd, xabc or ABC', "abc"],
  ["twice", "a b a", "<redacted> b <redacted>", "a"],
  ["with the space of a form", "a b+c d", "a <redacted> d", "b c"],
  [
    "in base64 as a word",
    "a YQ== b YQ c YQx xYQ -YQ YQ/ b",
    "<redacted> <redacted> b <redacted> c YQx xYQ -YQ YQ/ b",
    "a",
  ],
  ["and one of white space is not", "a - - b", "a - - b", " ", "", "\u0000", "\t"],
])

cases("a secret that looks like an escape", [
  ["is hidden without it", "a ABCD b", "a <redacted> b", "%41BCD"],
  ["is not when that leaves three characters", "a ABC b", "a ABC b", "%41BC"],
])

cases("a secret beyond ASCII is hidden", [
  ["in another normalisation form", "a p\u00e4ss b pa\u0308ss c", "a <redacted> b <redacted> c", "p\u00e4ss"],
  ["with its marks in another order", "a q\u0307\u0323uiet b", "a <redacted> b", "q\u0323\u0307uiet"],
  ["with its marks in another order where it begins", "\u0307\u0323hunter2 b", "<redacted> b", "\u0323\u0307hunter2"],
  [
    "and its neighbours are not",
    "\u00ab\u0434\u0435\u0440\u0435\u0432\u043e\u00bb",
    "\u00ab<redacted>\u00bb",
    "\u0434\u0435\u0440\u0435\u0432\u043e",
  ],
  ["in full width", "\uff48\uff55\uff4e\uff54\uff45\uff52\uff12", "<redacted>", "hunter2"],
  [
    "with what is not seen between any two",
    "a h\u200bu\u00ad\u034fn\ufe0ft\u{e0061}e\u202er\u00012 b",
    "a <redacted> b",
    "hunter2",
  ],
  ["that has what is not seen", "a hunter2 b", "a <redacted> b", "hun\u200b\u00adter2"],
  ["with the mark that follows", "\u00e9 hunter2\u0308 b", "\u00e9 <redacted> b", "hunter2"],
  ["with the character that it begins in", "x\ufb01hunter2 b", "x<redacted> b", "ihunter2"],
  ["with the character that it ends in", "x hunter2\ufb01 b", "x <redacted> b", "hunter2f"],
  [
    "where it stands, after what is longer or shorter when compared",
    "\ufb03\u200b\u{1f425}\u00e9 x hunter2 y hunter2 z",
    "\ufb03 \u{1f425}\u00e9 x <redacted> y <redacted> z",
    "hunter2",
  ],
  ...["NFC", "NFD", "NFKC", "NFKD"].map(
    (form): Case => [
      `in base64 of ${form}`,
      `a ${base64("p\u00e4\ufb01\u1e69x".normalize(form))} b`,
      "a <redacted> b",
      "p\u00e4\ufb01\u1e69x",
    ],
  ),
  ["in base64 without what is not seen", `a ${base64("hunter2")} b`, "a <redacted> b", "hun\u200bter2"],
])

describe("a text", () => {
  it("is as long as it may be, at most", () => {
    assert.strictEqual(clean("0123456789", [], 10), "0123456789")
    assert.strictEqual(clean("0123456789a", [], 10), "012345678\u2026")
    assert.strictEqual(clean("01234567\u{1f425}a", [], 10), "01234567\u2026")
  })

  it("is looked at up to sixteen times what may be shown, and 16 KiB", () => {
    const looked = 16 * 10 + 16_384
    assert.strictEqual(clean(`${"\0".repeat(looked - 3)}end`, [], 10), "end")
    assert.strictEqual(clean(`${"\0".repeat(looked - 2)}end`, [], 10), "\u2026")
  })

  it("that was cut loses its last 4096 characters, which may be the beginning of a secret", () => {
    const looked = 16 * 5000 + 16_384
    const padded = (shown: number) => `${"\0".repeat(looked - shown)}${"x".repeat(shown + 1)}`
    assert.strictEqual(clean(padded(3000), [], 5000), "\u2026")
    // A space stands for all that is before.
    assert.strictEqual(clean(padded(4195), [], 5000), `${"x".repeat(99)}\u2026`)
  })
})

it("what is no secret hides nothing", () => {
  const wiped = Redacted.make("hunter2")
  Redacted.unsafeWipe(wiped)
  assert.strictEqual(cleaner([wiped])("a hunter2 b", 100), "a hunter2 b")
})
