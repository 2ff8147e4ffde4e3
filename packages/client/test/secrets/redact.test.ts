// What the service says, in an error: kept, but with no secret of the call and nothing that a terminal would obey.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { cleaner } from "../../src/internal/secrets/redact.js"
import { makeUsers } from "../support/users.js"

const seeded = { seed: 20260131, numRuns: 1000 }

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

  /** Puts something between all characters. */
  const spread = (text: string, between: string) => Array.from(text).join(between)

  const respelled: Record<string, (text: string) => string> = {
    "with zero-width spaces": (text) => spread(text, "\u200b"),
    "with zero-width joiners": (text) => spread(text, "\u200d"),
    "with zero-width non-joiners": (text) => spread(text, "\u200c"),
    "with soft hyphens": (text) => spread(text, "\u00ad"),
    "with word joiners": (text) => spread(text, "\u2060"),
    "with byte order marks": (text) => spread(text, "\ufeff"),
    "with combining grapheme joiners": (text) => spread(text, "\u034f"),
    "with variation selectors": (text) => spread(text, "\ufe0f"),
    "with variation selectors beyond the BMP": (text) => spread(text, "\u{e0100}"),
    "with tags": (text) => spread(text, "\u{e0061}"),
    "with Hangul fillers": (text) => spread(text, "\u3164"),
    "with Mongolian vowel separators": (text) => spread(text, "\u180e"),
    "with bidirectional marks": (text) => spread(text, "\u200e"),
    "with control characters": (text) => spread(text, "\u0001"),
    "with several of them": (text) => spread(text, "\u200b\u00ad\u{e0020}\u034f"),
    "with soft hyphens by name": (text) => spread(text, "&shy;"),
    "with zero-width joiners by number": (text) => spread(text, "&#8205;"),
    "with zero-width spaces in JSON": (text) => spread(text, "\\u200b"),
    "with zero-width spaces, percent-encoded": (text) => encodeURIComponent(spread(text, "\u200b")),
    "in NFC": (text) => text.normalize("NFC"),
    "in NFD": (text) => text.normalize("NFD"),
    "in NFKC": (text) => text.normalize("NFKC"),
    "in NFKD": (text) => text.normalize("NFKD"),
    "in full width": (text) => text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
    "in mathematical letters": (text) =>
      text.replace(/[a-z]/g, (char) => String.fromCodePoint(0x1d41a + char.charCodeAt(0) - 97)),
    "in NFD, with soft hyphens": (text) => spread(text.normalize("NFD"), "\u00ad"),
    "in base64 of NFD": (text) => base64(text.normalize("NFD")),
    "in base64 of NFC": (text) => base64(text.normalize("NFC")),
    "in base64 in full width": (text) =>
      base64(text).replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
    "in base64, by lines": (text) => base64(text).replace(/.{4}/g, "$&\r\n"),
    "in base64 with zero-width spaces": (text) => spread(base64(text), "\u200b"),
  }
  for (const secret of ["tiledb_0123456789abcdefghij", "p\u00e4ssw\u00f6rd\ufb01\u212b\u1e69x", "e\u0323\u0307toile"]) {
    for (const [how, respell] of Object.entries(respelled)) {
      it(`${secret} ${how}`, () => {
        const same = (text: string) => text.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}|\p{Cc}/gu, "")
        const out = clean(`You said ${respell(secret)}, and it is wrong`, [secret])
        assert.match(out, /^You said .*<redacted>.*, and it is wrong$/)
        const left = same(out).toLowerCase()
        assert.notInclude(left, same(secret).toLowerCase())
        assert.isAtMost(out.replace(/<redacted>/g, "").length, "You said , and it is wrong".length + 8, out)
      })
    }
  }

  it("in another normalisation form than it was sent in, with its marks in another order", () => {
    assert.strictEqual(clean("it was q\u0323\u0307uiet", ["q\u0307\u0323uiet"]), "it was <redacted>")
    assert.strictEqual(clean("it was \u1112\u1161\u11ab\uae00\u1161", ["\ud55c\uae00\u1161"]), "it was <redacted>")
  })

  it("with control characters in it is not recognised less once they are gone", () => {
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

  it("cut short, or without its marks, is still hidden", () => {
    const key = "tiledb_0123456789abcdefghij"
    assert.strictEqual(clean("bad key tiledb_0123456789abc…", [key]), "bad key tiledb_<redacted>…")
    assert.strictEqual(clean("bad key 0123456789abcdefghij", [key]), "bad key <redacted>")
  })

  it("of one to three characters is hidden as a word, and leaves other words alone", () => {
    assert.strictEqual(clean('the password "abc" is no abcdef', ["abc"]), 'the password "<redacted>" is no abcdef')
    assert.strictEqual(clean(`the password ${base64("abc")} is short`, ["abc"]), "the password <redacted> is short")
    assert.strictEqual(clean("a user is a user", ["a"]), "<redacted> user is <redacted> user")
  })

  it("of no characters, or of white space only, hides nothing", () => {
    assert.strictEqual(clean("nothing to hide here", ["", " ", "\t", "\0"]), "nothing to hide here")
  })

  it("of any size", () => {
    const huge = "0123456789".repeat(100_000)
    assert.strictEqual(clean(`${huge} was wrong`, [huge], 100_000), "<redacted> was wrong")
    assert.strictEqual(clean(base64(huge), [huge], 100_000), "<redacted>")
  })

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
      { ...seeded, numRuns: 5000 },
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
    it(`costs in proportion to what is looked at, and no more: ${what}`, () => {
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
      assert.deepInclude(error, { serviceMessage: expected, request_id: expected, code: 7 })
      assert.deepStrictEqual(error.validation_error, { fields: [{ field: expected, message: expected }] })
      const long = "words ".repeat(500)
      const many = Array.from({ length: 120 }, () => ({ field: long, message: long }))
      const capped = yield* ask(JSON.stringify({ message: long, request_id: long, validation_error: { fields: many } }))
      assert.strictEqual(capped.serviceMessage?.length, 1000)
      assert.strictEqual(capped.request_id?.length, 200)
      assert.strictEqual(capped.validation_error?.fields.length, 100)
      assert.strictEqual(capped.validation_error?.fields[0]?.field.length, 200)
      assert.strictEqual(capped.validation_error?.fields[0]?.message.length, 1000)
    }),
  )

  it.effect("a megabyte of a hundred fields is soon done, whatever the secret", () =>
    Effect.gen(function* () {
      const field = `${"-".repeat(1023)}x`.repeat(5)
      const fields = Array.from({ length: 100 }, () => ({ field, message: field }))
      const before = process.cpuUsage()
      const error = yield* ask(JSON.stringify({ validation_error: { fields } }), "-".repeat(1024))
      assert.strictEqual(error.validation_error?.fields.length, 100)
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
      for (const body of fc.sample(json, { ...seeded, numRuns: 500 })) {
        const error = yield* ask(body)
        const texts = [
          error.message,
          error.request_id ?? "",
          ...(error.validation_error?.fields ?? []).flatMap(Object.values),
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
        for (const field of error.validation_error?.fields ?? []) {
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
