import { assert, describe, it } from "@effect/vitest"
import * as Charset from "../../src/internal/http/charset.js"

const bytes = (text: string) => new TextEncoder().encode(text)

describe("the text of a body", () => {
  const e = Uint8Array.of(0xe9)
  const text = (body: Uint8Array, contentType?: string) => {
    const found = Charset.textOf(body, contentType)
    return found instanceof Charset.NotInCharset ? found : { text: found }
  }

  it("is UTF-8, unless the content type names another charset that is known", () => {
    for (const type of [
      undefined,
      "",
      "application/json",
      "text/plain; charset=utf-8",
      "text/plain; charset=UTF-8",
      "x; charset=klingon",
    ]) {
      assert.deepStrictEqual(text(bytes("\u00e9\u20ac"), type), { text: "\u00e9\u20ac" }, type)
    }
    for (const type of [
      "text/plain;charset=latin1",
      "text/plain; charset=ISO-8859-1",
      'text/plain; a=b; Charset = "latin1"; c=d',
      "text/plain;  charset  =  latin1;c=d",
      "text/plain; charset=latin1 ",
    ]) {
      assert.deepStrictEqual(text(e, type), { text: "\u00e9" }, type)
    }
    assert.deepStrictEqual(text(Uint8Array.of(0x41, 0), "text/plain; charset=utf-16le"), { text: "A" })
  })

  it("has no byte order mark", () => {
    assert.deepStrictEqual(text(bytes("\ufeff{}")), { text: "{}" })
  })

  it("that does not fit its charset is named by it, and as readable as can be", () => {
    assert.deepStrictEqual(text(e), new Charset.NotInCharset("utf-8", "\ufffd"))
    assert.deepStrictEqual(text(e, "text/plain; charset=klingon"), new Charset.NotInCharset("utf-8", "\ufffd"))
    const latin = new Uint8Array([0x61, 0xff])
    assert.deepStrictEqual(text(latin, "text/plain; charset=euc-jp"), new Charset.NotInCharset("euc-jp", "a\ufffd"))
  })

  it("of an error is read as far as it can be, whatever it is", () => {
    assert.strictEqual(Charset.textAsFarAsReadable(e, undefined), "\ufffd")
    assert.strictEqual(Charset.textAsFarAsReadable(e, "text/plain; charset=latin1"), "\u00e9")
    assert.strictEqual(Charset.textAsFarAsReadable(e, "text/plain; charset=klingon"), "\ufffd")
  })
})
