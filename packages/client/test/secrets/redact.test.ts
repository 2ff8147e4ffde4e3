// What the service says, in an error: kept, but with no secret of the call and nothing that a terminal would obey.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { cleaner } from "../../src/internal/secrets/redact.js"
import { runs, seedOf, underStryker } from "../support/exhaustive.js"
import { makeUsers } from "../support/users.js"

const seeded = { seed: seedOf(20260131), numRuns: runs(1000) }

const clean = (text: string, secrets: ReadonlyArray<string> = [], limit = 1000) =>
  cleaner(secrets.map((secret) => Redacted.make(secret)))(text, limit)

/** What neither a terminal nor a log should be given: controls, bidirectional and invisible characters, half characters. */
const unfit = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u

const base64 = (text: string) => Buffer.from(text).toString("base64")

const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  "upper case": (text) => text.toUpperCase(),
  JSON: (text) => JSON.stringify(text),
  "JSON in JSON": (text) => JSON.stringify(JSON.stringify(text)),
  "JSON as Go writes it": (text) =>
    JSON.stringify(text).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
  "JSON in ASCII": (text) =>
    JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "JSON with escaped slashes": (text) => JSON.stringify(text).replaceAll("/", "\\/"),
  encodeURIComponent: encodeURIComponent,
  encodeURI: encodeURI,
  "percent-encoding in lower case": (text) => encodeURIComponent(text).replace(/%../g, (byte) => byte.toLowerCase()),
  "percent-encoding of everything": (text) =>
    Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "percent-encoding twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "a form": (text) => new URLSearchParams([["field", text]]).toString(),
  HTML: (text) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`),
  "HTML by name": (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  "HTML in hexadecimal": (text) => text.replace(/[&<>"']/g, (char) => `&#x${char.charCodeAt(0).toString(16)};`),
  base64,
  "base64 unpadded": (text) => base64(text).replaceAll("=", ""),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  "base64 of user:pass": (text) => base64(`ada:${text}`),
  "base64 of u:pass": (text) => base64(`u:${text}`),
  "base64 of grace1:pass": (text) => base64(`grace1:${text}`),
  "base64 of JSON": (text) => base64(`{"password":"${text}"}`),
  "base64, percent-encoded": (text) => encodeURIComponent(base64(text)),
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
  "hexadecimal in upper case": (text) => Buffer.from(text).toString("hex").toUpperCase(),
  coloured: (text) => `${text.slice(0, 3)}\u001b[1;31m${text.slice(3)}\u001b[0m`,
  "with a link in the middle": (text) => `${text.slice(0, 3)}\u001b]8;;https://evil.example\u0007${text.slice(3)}`,
}

describe("a secret that comes back", () => {
  const secrets: Record<string, string> = {
    "an API key": "tiledb_0123456789abcdefghij",
    "a JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJlLXdpdGgtYnl0ZXM",
    "a password with marks": `hunter2 "<&>' /\\?+%=~`,
    "a password beyond ASCII": "p\u00e4ss w\u00f6rd \u043f\u0430\u0440 \u{1f425}",
    "a short one": "hunt",
    "what looks like an escape": "100%25&amp;\\u0041",
    "what looks like a pattern": ".*(a+)+$[x]^{2}|\\d",
    "white space in the middle": "two  words",
    "a password of digits": "12345678",
  }
  for (const [what, secret] of Object.entries(secrets)) {
    for (const [encoding, encode] of Object.entries(encodings)) {
      it(`${what} as ${encoding}`, () => {
        const written = encode(secret)
        for (const message of [written, `You said ${written}.`, `{"password":"${written}"}`, `${written}${written}`]) {
          const out = clean(message, ["another secret", secret])
          // Whatever its reader unwraps of it, the secret is not in there.
          for (let text = out, layer = 0; layer < 4; layer++) {
            assert.notInclude(text.toLowerCase(), secret.toLowerCase(), out)
            text = unwrapped(text)
          }
          for (const run of out.match(/[\w+/-]{4,}/g) ?? []) {
            for (const skip of [0, 1, 2, 3]) {
              assert.notInclude(Buffer.from(run.slice(skip), "base64").toString(), secret, out)
            }
          }
          assert.notInclude(Buffer.from(out.replace(/[^0-9a-f]/gi, ""), "hex").toString(), secret, out)
          if (encoding === "plain") assert.strictEqual(out, message.replaceAll(secret, "<redacted>"))
        }
      })
    }
  }

  const unwrapped = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll("+", " ").replace(/\\(["\\/])/g, "$1"))
    } catch {
      return text.replace(/\\(["\\/])/g, "$1")
    }
  }

  it("with control characters in it is recognised once they are gone", () => {
    for (const secret of ["hun\tter2", "hunter\u001b[0m2", "hun\u200bter2", "hunter2\ud800", "\u202ehunter2"]) {
      for (const text of [secret, JSON.stringify(secret), encodeURIComponent(secret.replace(/\ud800/, "\ufffd"))]) {
        assert.notMatch(clean(`no such password: ${text}`, [secret]), /hun.?ter|ter2/)
      }
    }
  })

  it("as the beginning of another is hidden with it", () => {
    assert.strictEqual(
      clean("was hunter2, is hunter2-and-more", ["hunter2", "hunter2-and-more"]),
      "was <redacted>, is <redacted>",
    )
    assert.strictEqual(
      clean("was hunter2, is hunter2-and-more", ["hunter2-and-more", "hunter2"]),
      "was <redacted>, is <redacted>",
    )
  })

  it("cut off is still hidden", () => {
    const key = "tiledb_0123456789abcdefghij"
    assert.strictEqual(clean("bad key tiledb_0123456789abc\u2026", [key]), "bad key <redacted>\u2026")
    assert.strictEqual(clean("bad key tiledb_01234567, says the proxy", [key]), "bad key <redacted> says the proxy")
    assert.strictEqual(clean("bad key tiledb_0\u2026", [key]), "bad key <redacted>\u2026")
    assert.strictEqual(clean("bad keys TileDB_01... and tiledb_012", [key]), "bad keys <redacted>... and <redacted>")
    assert.strictEqual(clean("tiledb_0\u2026", [key]), "<redacted>\u2026")
    assert.strictEqual(clean("bad key tiledb_\u2026", [key]), "bad key tiledb_\u2026")
    assert.strictEqual(clean("tiledb_0 is no key", [key]), "tiledb_0 is no key")
    for (const cut of ["correct-horse&amp;batt", "correct-horse%26batt", "correct-horse\\u0026batt"]) {
      assert.strictEqual(clean(`no ${cut}\u2026 here`, ["correct-horse&battery"]), "no <redacted>\u2026 here")
    }
    assert.strictEqual(clean(`${base64(key).slice(0, 16)}\u2026`, [key]), "<redacted>\u2026")
  })

  it("of one to three characters is hidden as a word, and leaves other words alone", () => {
    assert.strictEqual(clean('the password "abc" is no abcdef', ["abc"]), 'the password "<redacted>" is no abcdef')
    assert.strictEqual(clean("a user is a user", ["a"]), "<redacted> user is <redacted> user")
  })

  it("of no characters, or of white space only, hides nothing", () => {
    assert.strictEqual(clean("nothing to hide here", ["", " ", "\t", "\0"]), "nothing to hide here")
  })

  it("in hexadecimal is hidden with its control characters", () => {
    const secret = "hun\tter22"
    assert.strictEqual(clean(`no ${Buffer.from(secret).toString("hex")} here`, [secret]), "no <redacted> here")
  })

  it("that is long is hidden to its end, whatever is in it", () => {
    const secret = `${"0123456789".repeat(13)} "correct" <horse> ${"battery ".repeat(20)}staple`
    assert.strictEqual(clean(`no ${secret} here`, [secret], 10_000), "no <redacted> here")
  })

  it("escaped in more layers than anybody looks below is not shown, nor what is around it", () => {
    const secret = "100% & more"
    const escaped = (times: number): string => (times === 0 ? secret : encodeURIComponent(escaped(times - 1)))
    const text = (layers: number) => Array.from({ length: layers + 1 }, (_, times) => escaped(times)).join(" and ")
    assert.strictEqual(
      clean(text(4), [secret]),
      "<redacted> and <redacted> and <redacted> and <redacted> and <redacted>",
    )
    assert.strictEqual(clean(text(5), [secret]), "<redacted>")
  })

  it("of any size", () => {
    const huge = "0123456789".repeat(100_000)
    assert.strictEqual(clean(`${huge} was wrong`, [huge], 100_000), "<redacted> was wrong")
    assert.strictEqual(clean(base64(huge), [huge], 100_000), "<redacted>")
  })

  /** Escapes, as services and proxies write them, of what the sets name. */
  const escapes: ReadonlyArray<(text: string) => string> = [
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => JSON.stringify(text).slice(1, -1),
    (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
    (text) =>
      JSON.stringify(text)
        .slice(1, -1)
        .replace(/[<>&'+]/g, (_) => `\\u00${_.charCodeAt(0).toString(16)}`),
    (text) => encodeURIComponent(text),
    (text) => encodeURIComponent(text).replace(/%../g, (byte) => byte.toLowerCase()),
    (text) => encodeURI(text),
    (text) => new URLSearchParams([["", text]]).toString().slice(1),
    (text) => text.replace(/[&<>"']/g, (_) => `&#${_.charCodeAt(0)};`),
    (text) => text.replace(/[&<>"']/g, (_) => `&#x${_.charCodeAt(0).toString(16)};`),
    (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;"),
    base64,
    (text) => Buffer.from(text).toString("base64url"),
    (text) => base64(`ada:${text}`),
    (text) => Buffer.from(text).toString("hex"),
    (text) => Buffer.from(text).toString("hex").toUpperCase(),
  ]

  it("of any printable ASCII is hidden in each of the spellings, and in each of them escaped once more", () => {
    const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((_) => String.fromCharCode(_)) })
    const marks = fc.string({ unit: fc.constantFrom(..."\\%&;\"'/+<>u0041 x"), minLength: 4, maxLength: 16 })
    const secret = fc.oneof(printable, marks).filter((text) => text.trim().length >= 4 && !"<redacted>".includes(text))
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom((text: string) => text, JSON.stringify, encodeURIComponent),
        (secret, more) => {
          for (const escape of escapes) {
            const written = escape(secret)
            for (const [before, after] of [
              ["", ""],
              ['you said "', '" twice'],
            ] as const) {
              const out = clean(more(`${before}${written}${after}`), [secret], 10_000)
              assert.include(out, "<redacted>", written)
              // What depends on what is around it stays at either end of base64.
              const left = out.replaceAll("<redacted>", "\0").replace(/^.{0,8}\0.{0,8}$/, "")
              if (before === "") assert.strictEqual(left.replace(/[^\w]/g, ""), "", `${written} ${out}`)
            }
          }
        },
      ),
      { ...seeded, numRuns: runs(3000) },
    )
  }, 60_000)

  it("wherever it stands, however it is written", () => {
    const secret = fc.oneof(
      fc.string({ minLength: 4, unit: "grapheme" }),
      fc.stringMatching(/^[\x20-\x7e]{4,30}$/),
      fc.string({ minLength: 4, unit: fc.constantFrom("%", "2", "5", "\\", '"', "&", ";", "a", "+", " ", "=") }),
    )
    fc.assert(
      fc.property(
        secret.filter((text) => text.trim().length >= 4),
        fc.string(),
        fc.string(),
        fc.constantFrom("plain", "JSON", "encodeURIComponent", "base64", "base64url", "base64 of user:pass"),
        (secret, before, after, encoding) => {
          const written = (encodings[encoding] ?? assert.fail())(secret)
          const out = clean(`${before} ${written} ${after}`, [secret], 10_000)
          assert.isFalse(
            out.includes(secret) && !"<redacted>".includes(secret) && !(before + after).includes("<redacted>"),
            out,
          )
          // A few characters at either end of base64 depend on what is around it as well; all the others are gone.
          const middle = written.slice(6, -6)
          if (encoding.startsWith("base64") && middle.length > 4) assert.notInclude(out, middle, out)
        },
      ),
      seeded,
    )
  })
})

describe("what a terminal would obey", () => {
  const obeyed: Record<string, readonly [string, string]> = {
    colours: ["\u001b[31mred\u001b[0m", "red"],
    "the screen": ["\u001b[2J\u001b[1;1Hgone", "gone"],
    "C1 control sequences": ["\u009b31mred\u009b0m", "red"],
    "a title": ["\u001b]0;evil\u0007said", "said"],
    "a link": ["\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\", "click"],
    "an operating system command without an end": ["said\u001b]52;c;ZXZpbA==", "said"],
    "other escapes": ["\u001bcsaid\u001b(B\u001b7\u001b", "said"],
    "line breaks": ["one\r\ntwo\nthree\u2028four\u0085five", "one two three four five"],
    "a forged log line": ["no\n2026-01-31 level=ERROR all is well", "no 2026-01-31 level=ERROR all is well"],
    "backspaces and bells": ["no\b\b\u0007yes", "no yes"],
    NUL: ["a\0b", "a b"],
    "right to left": ["user\u202egnp.exe\u202c", "user gnp.exe"],
    isolates: ["\u2066a\u2069", "a"],
    "zero width": ["ad\u200bmin\ufeff\u2060", "ad min"],
    "half characters": ["a\ud83d b \udc25c", "a\ufffd b \ufffdc"],
  }
  for (const [what, [text, expected]] of Object.entries(obeyed)) {
    it(what, () => assert.strictEqual(clean(text), expected))
  }

  it("is gone from any text, and the text is no longer than it may be", () => {
    const piece = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "31m",
      "\u009b",
      "\u0007",
      "\\",
      "\u202e",
      "\n",
      "\ud83d",
      "\udc25",
      "x",
      "%1b",
      "\\u001b",
      "hunter2",
      "&#27;",
      "%1b%5b2J",
      "\u200b",
      "\t",
    )
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 60 }).map((parts) => parts.join("")),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const out = clean(text, ["hunter2", "hun\tter2"], limit)
        assert.notMatch(out, unfit)
        assert.isAtMost(out.length, limit)
      }),
      { ...seeded, numRuns: runs(5000) },
    )
  })

  it("ordinary words are left as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        fc.pre(!unfit.test(text) && text === text.trim())
        assert.strictEqual(clean(text, ["tiledb_0123456789abcdefghij"]), text)
      }),
      seeded,
    )
    assert.strictEqual(clean("100% of \\users &amp; co. said %41", ["hunter2"]), "100% of \\users &amp; co. said %41")
  })

  it("a megabyte of anything is soon done", () => {
    const secrets = ["hunter2 %25", "\\".repeat(40), "a".repeat(40), " x x x x"]
    for (const part of [
      "\\",
      "%25",
      "a",
      " ",
      " x",
      "&amp;",
      "\u001b[0",
      "\u009b",
      "=",
      "%",
      "\ud83d",
      "hunter2 ",
      "\u001b]",
    ]) {
      const text = part.repeat(1_000_000 / part.length)
      const before = process.cpuUsage()
      assert.isAtMost(clean(text, secrets).length, 1000)
      const { user } = process.cpuUsage(before)
      // Some milliseconds each; what grows with the square would take hours.
      assert.isBelow(user / 1e6, 5, part)
    }
  })
})

describe("a text of any size", () => {
  const dashes = "-".repeat(1024)
  const secrets = [dashes, "p\u00e4ssw\u00f6rd"]

  const cpu = (text: string, limit: number): number => {
    clean(text.slice(0, 1000), secrets, limit)
    const before = process.cpuUsage()
    clean(text, secrets, limit)
    return process.cpuUsage(before).user / 1000
  }

  const texts: Record<string, string> = {
    "a boundary of 1,024 dashes": `${"-".repeat(1023)}x`,
    "runs of dashes that are a little too short": `${"-".repeat(127)}x`,
    "letters with marks": "e\u0301",
    "marks without letters, out of order": "\u0301\u0316",
    "soft hyphens": "-\u00ad",
    "letters that fold to many": "\ufdfa",
  }
  for (const [what, part] of Object.entries(texts)) {
    it.skipIf(underStryker)(`costs in proportion to what is looked at, and no more: ${what}`, () => {
      const text = part.repeat(1_000_000 / part.length)
      // Milliseconds of CPU for a megabyte: 2 to 40 on an idle machine, where the whole of it was looked at 150 to 900.
      assert.isBelow(cpu(text, 1000), 250)
      const one = Math.max(20, cpu(text.slice(0, 250_000), 1e7))
      assert.isBelow(cpu(text, 1e7), 12 * one)
    })
  }

  it("is looked at as far as may be shown, and what the end has halved is not shown", () => {
    const secret = "correct-horse-battery-staple"
    for (let before = 32_000; before < 32_400; before++) {
      const out = clean(`\u001b[0m`.repeat(before / 4) + " ".repeat(before % 4) + secret.repeat(2), [secret])
      assert.notMatch(out.replaceAll("<redacted>", ""), /[a-z]{3}/)
    }
    assert.strictEqual(clean("word ".repeat(20_000), [secret]).length, 1000)
  })
})

type Case = readonly [what: string, text: string, expected: string, ...secrets: ReadonlyArray<string>]

const cases = (what: string, all: ReadonlyArray<Case>) =>
  describe(what, () => {
    for (const [how, text, expected, ...secrets] of all) {
      it(how, () => assert.strictEqual(clean(text, secrets), expected))
    }
  })

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
      ["of several bytes", "%41%c3%A4%41b%4", "A\u00e4Ab%4"],
      ["of no character", "%ff", "\ufffd"],
    ] as const
  ).map(
    ([what, text, expected]): Case => [
      `are taken off where there is a secret: percent-encoding ${what}`,
      `${text} %68unter2`,
      `${expected} <redacted>`,
      "hunter2",
    ],
  ),
  ...(
    [
      ["by number", "\\u0041\\u00E4\\u00e", "A\u00e4\\u00e"],
      ["of marks", "\\\\ \\\" \\' \\/ \\x", "\\ \" ' / \\x"],
      ["of white space", "a\\bb\\fc\\nd\\re\\tf", "a b c d e f"],
    ] as const
  ).map(
    ([what, text, expected]): Case => [
      `are taken off where there is a secret: JSON's ${what}`,
      `${text} \\u0068unter2`,
      `${expected} <redacted>`,
      "hunter2",
    ],
  ),
  ...(
    [
      [
        "by number",
        "&#65;&#228;&#x41;&#XE4;&#;&#x;&#12345678;&#x12345678;",
        "A\u00e4A\u00e4&#;&#x;&#12345678;&#x12345678;",
      ],
      ["by the largest number", "&#1114111;&#x10ffff;", "\u{10ffff}\u{10ffff}"],
      ["by a number that no character has", "&#1114112;&#x110000;", "&#1114112;&#x110000;"],
      ["of marks", "&lt;&gt;&quot;&apos;&AMP;&other;&nbsp;a", "<>\"'&&other; a"],
    ] as const
  ).map(
    ([what, text, expected]): Case => [
      `are taken off where there is a secret: HTML's ${what}`,
      `${text} &#104;unter2`,
      `${expected} <redacted>`,
      "hunter2",
    ],
  ),
])

describe("a secret that was escaped again and again by servers that quote each other", () => {
  const quoted: Readonly<Record<string, (text: string) => string>> = {
    "for a URL": encodeURIComponent,
    "as JSON": (text) => JSON.stringify(text).slice(1, -1).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"),
    "as HTML": (text) => text.replace(/[<&>]/g, (char) => `&#${char.charCodeAt(0)};`),
  }
  const secret = "hunter2 <&>\\"
  for (const [how, escape] of Object.entries(quoted)) {
    for (const [further, again] of Object.entries(quoted)) {
      it(`${how}, then ${further}, is hidden`, () => {
        assert.strictEqual(clean(`You said ${escape(secret)}`, [secret]), "You said <redacted>")
        // A backslash may be left that was put before the last one.
        assert.match(clean(`You said ${again(escape(secret))}`, [secret]), /^You said <redacted>\\?$/)
      })
    }
  }

  it("is hidden wherever it stands, in each way", () => {
    const text = Object.values(quoted)
      .map((escape) => escape(secret))
      .join(" and ")
    assert.strictEqual(clean(text, [secret]), "<redacted> and <redacted> and <redacted>")
  })

  it("takes the whole text with it where it is hidden in too many ways", () => {
    let text = "said"
    for (let layer = 0; layer < 12; layer++) text = encodeURIComponent(`${text} <hunter2>`)
    assert.notInclude(clean(text, ["<hunter2>"]), "hunter2")
  })
})

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
  ["once where two overlap", "a hunter2 and more b", "a <redacted> b", "hunter2 and", "r2 and more"],
  ["once where one is in the other", "a hunter2 and more b", "a <redacted> b", "hunter2 and more", "hunter2", "and"],
  ["wherever there is one of several", "a second b first c", "a <redacted> b <redacted> c", "first", "second"],
  ["and what was put there for it is left", "a redacted b", "a <redacted> b", "redacted"],
])

cases("a secret of up to three characters is hidden", [
  ["twice", "a b a", "<redacted> b <redacted>", "a"],
  ["with the space of a form", "a b+c d", "a <redacted> d", "b c"],
  ["and one of white space is not", "a - - b", "a - - b", " ", "", "\u0000", "\t"],
])

cases("a secret beyond ASCII is hidden", [
  [
    "and its neighbours are not",
    "\u00ab\u0434\u0435\u0440\u0435\u0432\u043e\u00bb",
    "\u00ab<redacted>\u00bb",
    "\u0434\u0435\u0440\u0435\u0432\u043e",
  ],
  ["in any case, and in base64", `P\u00c4SS ${base64("p\u00e4ss")}`, "<redacted> <redacted>", "p\u00e4ss"],
  ["where its letters have other lengths in lower case", "\u0130 HUNTER2 b", "\u0130 <redacted> b", "hunter2"],
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

describe("in the errors of the client", () => {
  const ask = (body: string, secret = "hunter2 and more") =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) =>
        Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(body, { status: 400 }))),
      )
      const users = yield* makeUsers({
        credentials: Credentials.apiKey(Redacted.make("tiledb_0123456789abcdefghij")),
        retryPolicy: RetryPolicy.none,
      }).pipe(Effect.provideService(HttpClient.HttpClient, client), Effect.scoped)
      const error = yield* Effect.flip(
        users.changePassword({ current_password: Redacted.make("12345678"), new_password: Redacted.make(secret) }),
      )
      return error._tag === "ApiError" ? error : assert.fail(error._tag)
    })

  it.effect("message, fields and request id are cleaned and capped", () =>
    Effect.gen(function* () {
      const said = "\u001b[31mno: hunter2 and more / tiledb_0123456789abcdefghij\n"
      const field = { field: said, message: said }
      const error = yield* ask(
        JSON.stringify({ code: 7, message: said, request_id: said, validation_error: { fields: [field] } }),
      )
      const expected = "no: <redacted> / <redacted>"
      assert.deepInclude(error, { serviceMessage: expected, requestId: expected, code: 7 })
      assert.deepStrictEqual(error.validationError, { fields: [{ field: expected, message: expected }] })
      const long = "words ".repeat(500)
      const many = Array.from({ length: 120 }, () => ({ field: long, message: long }))
      const capped = yield* ask(JSON.stringify({ message: long, request_id: long, validation_error: { fields: many } }))
      assert.strictEqual(capped.serviceMessage?.length, 1000)
      assert.strictEqual(capped.requestId?.length, 200)
      assert.strictEqual(capped.validationError?.fields.length, 100)
      assert.strictEqual(capped.validationError?.fields[0]?.field.length, 200)
      assert.strictEqual(capped.validationError?.fields[0]?.message.length, 1000)
    }),
  )

  it.effect.skipIf(underStryker)("a megabyte of a hundred fields is soon done, whatever the secret", () =>
    Effect.gen(function* () {
      const field = `${"-".repeat(1023)}x`.repeat(5)
      const fields = Array.from({ length: 100 }, () => ({ field, message: field }))
      const before = process.cpuUsage()
      const error = yield* ask(JSON.stringify({ validation_error: { fields } }), "-".repeat(1024))
      assert.strictEqual(error.validationError?.fields.length, 100)
      // Milliseconds of CPU: some 30 on an idle machine.
      assert.isBelow(process.cpuUsage(before).user / 1000, 400)
    }),
  )

  it.effect("a password of digits does not come back as the code", () =>
    Effect.gen(function* () {
      assert.isUndefined((yield* ask(JSON.stringify({ code: 12345678, message: "no" }))).code)
      assert.isUndefined((yield* ask(JSON.stringify({ code: -1234567890, message: "no" }))).code)
      assert.strictEqual((yield* ask(JSON.stringify({ code: 1234567, message: "no" }))).code, 1234567)
    }),
  )

  it.effect("whatever the body is, there is an error, and it is fit to print", () =>
    Effect.gen(function* () {
      const json = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.json(),
        fc
          .record(
            {
              code: fc.anything(),
              message: fc.anything(),
              request_id: fc.anything(),
              validation_error: fc.oneof(
                fc.anything(),
                fc.record({
                  fields: fc.oneof(
                    fc.anything(),
                    fc.array(fc.record({ field: fc.anything(), message: fc.anything() })),
                  ),
                }),
              ),
              __proto__: fc.anything(),
            },
            { requiredKeys: [] },
          )
          .map((body) => JSON.stringify(body, (_, value) => (typeof value === "bigint" ? String(value) : value)) ?? ""),
      )
      for (const body of fc.sample(json, { ...seeded, numRuns: runs(500) })) {
        const error = yield* ask(body)
        const texts = [
          error.message,
          error.requestId ?? "",
          ...(error.validationError?.fields ?? []).flatMap(Object.values),
        ]
        for (const text of texts) assert.notMatch(text, unfit)
        assert.notStrictEqual(error.message, "")
      }
    }),
  )

  it.effect("a body with __proto__ changes nothing", () =>
    Effect.gen(function* () {
      const pollution = '{"isAdmin":true,"message":"polluted","toString":1,"status":200,"_tag":"Success"}'
      for (const body of [
        `{"__proto__":${pollution},"constructor":{"prototype":${pollution}},"code":1,"message":"no"}`,
        `{"message":"no","validation_error":{"__proto__":${pollution},"fields":[{"__proto__":${pollution},"field":"f"}]}}`,
      ]) {
        const error = yield* ask(body)
        assert.deepInclude(error, { _tag: "ApiError", status: 400, serviceMessage: "no" })
        assert.notProperty(error, "isAdmin")
        assert.notProperty({}, "isAdmin")
        for (const field of error.validationError?.fields ?? []) {
          assert.deepStrictEqual(Object.getPrototypeOf(field), Object.prototype)
          assert.deepStrictEqual(field, { field: "f", message: "" })
        }
      }
      const user = `"id":"usr_9m4e2mr0ui3e8a215n4g","display_name":"","email":"","role":"member","username":"ada","timezone":"","created_at":"2026-01-31T12:00:00Z"`
      const client = HttpClient.make((request) =>
        Effect.sync(() =>
          HttpClientResponse.fromWeb(
            request,
            new Response(`{"__proto__":${pollution},"data":{"__proto__":${pollution},${user}}}`),
          ),
        ),
      )
      const users = yield* makeUsers({}).pipe(Effect.provideService(HttpClient.HttpClient, client), Effect.scoped)
      const created = yield* users.createUser({ email: "", username: "ada", password: Redacted.make("hunter2") })
      assert.strictEqual(created.username, "ada")
      assert.notProperty(created, "isAdmin")
      assert.notProperty({}, "isAdmin")
    }),
  )
})
