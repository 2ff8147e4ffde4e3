import { assert, it } from "@effect/vitest"
import { expiryOf } from "../../src/internal/secrets/jwt.js"

const claims = (json: unknown) =>
  Buffer.from(typeof json === "string" ? json : JSON.stringify(json)).toString("base64url")

it("the exp of a JWT is in milliseconds, whatever else it claims", () => {
  for (const [token, expiry] of [
    [`e30.${claims({ exp: 1767225600 })}.x`, 1_767_225_600_000],
    [`e30.${claims({ exp: 0.5, sub: "??>>~~" })}.`, 500],
    [`.${claims({ exp: 0 })}.x`, 0],
    [`e30.${claims({ exp: 1, sub: "\u00ff\u00fe\u00ff?>?>" })}.x`, 1000],
  ] as const) {
    assert.strictEqual(expiryOf(token), expiry, token)
  }
  // Both characters in which the alphabet of a JWT differs occur more than once.
  const payload = claims('{"exp":2,"sub":"?~?~??>>?~>"}')
  assert.match(payload, /-.*-|_.*_/)
  assert.strictEqual(expiryOf(`e30.${payload}.x`), 2000)
})

it("any other text has none", () => {
  const { exp, ...none }: { readonly exp: number; readonly sub: string } = { exp: 1, sub: "ada" }
  for (const token of [
    "",
    "tiledb_0123456789",
    claims({ exp }),
    `e30.${claims({ exp })}`,
    `e30.${claims({ exp })}.x.y`,
    `e30.${claims(none)}.x`,
    `e30.${claims({ exp: "1" })}.x`,
    `e30.${claims('{"exp":1e999}')}.x`,
    `e30.${claims("null")}.x`,
    `e30.${claims("1")}.x`,
    `e30.${claims('"exp"')}.x`,
    `e30.${claims("{")}.x`,
    "e30.%%%.x",
    "a.b.c",
  ]) {
    assert.isUndefined(expiryOf(token), token)
  }
})
