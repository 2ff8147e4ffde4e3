import { assert, it } from "@effect/vitest"
import { shownOrigin } from "../../src/internal/failure/shownOrigin.js"

it("an origin is shown that is loopback or of the base URL's domain", () => {
  const rows: ReadonlyArray<readonly [base: string, shown: ReadonlyArray<string>, hidden: ReadonlyArray<string>]> = [
    [
      "https://api.tiledb.com",
      ["https://api.tiledb.com:8443", "https://eu.api.tiledb.com", "http://tiledb.com", "http://127.0.0.1:1"],
      ["https://tiledb.com.evil.example", "https://nottiledb.com", "https://10.0.0.1", "https://xn--tledb-fsa.com"],
    ],
    [
      "http://10.0.0.1",
      ["http://10.0.0.1:81", "http://localhost", "http://[::1]:9"],
      ["http://11.0.0.1", "http://[fe80::1]"],
    ],
    ["http://10.0.0.12", ["http://127.0.0.10", "http://ab.localhost"], ["http://11.1.0.12", "http://evillocalhost"]],
    [
      "https://eu.1cloud.com",
      ["https://us.1cloud.com"],
      ["https://1cloud.org", "https://localhost.evil.example", "https://127.0.0.1.evil.example"],
    ],
    ["https://api.ab.com", [], ["https://api.a.bcom"]],
    ["http://server", ["http://server:81", "http://a.localhost"], ["http://other", "http://server.example"]],
  ]
  for (const [base, shown, hidden] of rows) {
    for (const origin of shown) assert.strictEqual(shownOrigin(origin, base), origin)
    for (const origin of hidden) assert.strictEqual(shownOrigin(origin, base), "another origin", origin)
  }
})
