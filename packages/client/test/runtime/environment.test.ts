import { assert, describe, it } from "@effect/vitest"
import manifest from "@effect-tiledb/client/package.json" with { type: "json" }
import { ownHeaders, version } from "../../src/internal/runtime/environment.js"

describe("User-Agent", () => {
  it("names the version in package.json", () => {
    assert.strictEqual(version, manifest.version)
    assert.strictEqual(ownHeaders()["user-agent"], `effect-tiledb/${manifest.version}`)
  })
})
