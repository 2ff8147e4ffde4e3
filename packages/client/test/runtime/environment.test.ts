import { assert, describe, it } from "@effect/vitest"
import manifest from "@effect-tiledb/client/package.json" with { type: "json" }
import { userAgent, version } from "../../src/internal/runtime/environment.js"

describe("User-Agent", () => {
  it("names the version in package.json", () => {
    assert.strictEqual(version, manifest.version)
    assert.deepStrictEqual(userAgent(), { "user-agent": `effect-tiledb/${manifest.version}` })
  })
})
