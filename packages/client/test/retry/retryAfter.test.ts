import * as Headers from "@effect/platform/Headers"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { parseRetryAfter } from "../../src/internal/retry/retryAfter.js"

const now = Date.parse("2026-01-31T12:00:00Z")
const read = (retryAfter: string | undefined, date?: string, secrets: ReadonlyArray<string> = []) =>
  parseRetryAfter(
    Headers.fromInput({ "retry-after": retryAfter, date }),
    now,
    secrets.map((secret) => Redacted.make(secret)),
  )

const year = 365 * 24 * 60 * 60 * 1000

const table: ReadonlyArray<readonly [string | undefined, number | undefined]> = [
  [undefined, undefined],
  ["", undefined],
  ["  ", undefined],
  ["0", 0],
  ["7", 7000],
  [" 7 ", 7000],
  ["007", 7000],
  ["31536000", year],
  ["31536001", year],
  ["999999999", year],
  ["1000000000", 0],
  ["9".repeat(100), year],
  ["9".repeat(101), undefined],
  ["-1", undefined],
  ["+1", undefined],
  ["1.5", undefined],
  ["1e9", undefined],
  ["0x10", undefined],
  ["7s", undefined],
  ["s7", undefined],
  ["NaN", undefined],
  ["2026", 2_026_000],
  ["Sat, 31 Jan 2026 12:00:07 GMT", 7000],
  ["Saturday, 31-Jan-26 12:00:07 GMT", 7000],
  ["Sat Jan 31 12:00:07 2026", 7000],
  ["Sat, 31 Jan 2026 12:00:07", 7000],
  ["Mon, 02 Feb 2026 12:00:00 GMT", 2 * 24 * 60 * 60 * 1000],
  ["Sat, 31 Jan 2026 11:59:59 GMT", 0],
  ["Fri, 31 Dec 9999 23:59:59 GMT", year],
  ["Sat, 99 Foo 2026 12:00:07 GMT", undefined],
  ["Sat, 31 Jan 2026 12:00:07 +0000", undefined],
  ["Sat, 31 Jan 2026 12:00:07 GMT.", undefined],
  ["x Sat, 31 Jan 2026 12:00:07 GMT", undefined],
  ["2026-01-31T12:00:07Z", undefined],
  ["31 Jan 2026 12:00:07 GMT", undefined],
  ["soon", undefined],
  [String(now / 1000 + 7), 7000],
  [String(now / 1000 - 7), 0],
  [String(now + 7000), 7000],
  [String(now - 7000), 0],
  ["999999999999", year],
  ["1000000000000", 0],
]

describe("Retry-After", () => {
  it("as an epoch second is compared with the response's own date", () => {
    assert.strictEqual(read(String(now / 1000 + 3607), "Sat, 31 Jan 2026 13:00:00 GMT"), 7000)
  })

  for (const [text, millis] of table) {
    it(text === undefined ? "left out" : `"${text.slice(0, 40)}"`, () => {
      assert.strictEqual(read(text), millis)
    })
  }

  for (const day of ["Sun, 01 Feb", "Mon, 02 Feb", "Tue, 03 Feb", "Wed, 04 Feb", "Thu, 05 Feb", "Fri, 06 Feb"]) {
    it(`names ${day}`, () => {
      assert.isAbove(read(`${day} 2026 12:00:00 GMT`) ?? Number.NaN, 0)
    })
  }

  it("is compared with the answer's own Date, whatever our clock says", () => {
    const date = "Sat, 31 Jan 2026 11:00:00 GMT"
    assert.strictEqual(read("Sat, 31 Jan 2026 11:00:07 GMT", date), 7000)
    assert.strictEqual(read("Sat, 31 Jan 2026 11:00:07 GMT", ` ${date} `), 7000)
    assert.strictEqual(read("Sat, 31 Jan 2026 12:00:07 GMT", "today"), 7000)
    assert.strictEqual(read("7", date), 7000)
  })

  it("that is a secret of the call is nothing, and not shown as a number", () => {
    assert.isUndefined(read("20260131", undefined, ["20260131"]))
    assert.isUndefined(read("Sat, 31 Jan 2026 12:00:07 GMT", undefined, ["31 Jan 2026"]))
    assert.strictEqual(read("20260131", undefined, ["correct horse"]), 20_260_131_000)
  })
})
