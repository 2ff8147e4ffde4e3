import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { cleaner } from "../../src/internal/secrets/redact.js"

const secret = "hunter2 <&>"
const clean = cleaner([Redacted.make(secret)])

const escapes: Readonly<Record<string, (text: string) => string>> = {
  "for a URL": encodeURIComponent,
  "as JSON": (text) => JSON.stringify(text).slice(1, -1).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"),
  "as HTML": (text) => text.replace(/[<&>]/g, (char) => `&#${char.charCodeAt(0)};`),
}

describe("a secret that was escaped again and again by servers that quote each other is hidden", () => {
  for (const [how, escape] of Object.entries(escapes)) {
    it(`${how}, four times`, () => {
      let written = secret
      for (let times = 0; times <= 4; times++) {
        assert.strictEqual(clean(`You said ${written}`, 1000), "You said <redacted>", `${times} times`)
        written = escape(written)
      }
    })
  }
})
