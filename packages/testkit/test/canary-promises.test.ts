// SECURITY.md names the tests that hold its promises: they had better be there.
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const text = readFileSync(`${root}SECURITY.md`, "utf8")

/** The promises, each a point of a list, under the headings of "What is promised". */
const promises = text
  .slice(text.indexOf("## What is promised"), text.indexOf("## What is not"))
  .split(/^(?:- |#+ .*)/m)
  .slice(2)
  .filter((point) => point.trim() !== "")

describe("SECURITY.md", () => {
  it("has a test for each of its promises, by the name of its file and perhaps its title", () => {
    assert.isAbove(promises.length, 20)
    const world = readFileSync(`${root}packages/testkit/test/canaryWorld.ts`, "utf8")
    for (const promise of promises) {
      const [, holders = ""] = promise.replace(/\s+/g, " ").split("_Held by_")
      const files = Array.from(holders.matchAll(/`(client|testkit)\/([\w.-]+\.ts)`/g), ([, name, file]) => {
        const path = `packages/${name}/test/${file}`
        assert.isTrue(existsSync(root + path), path)
        return readFileSync(root + path, "utf8")
      })
      assert.isNotEmpty(files, promise)
      for (const [, title = ""] of holders.matchAll(/"([^"]+)"/g)) assert.include([...files, world].join(), title)
    }
  })

  it("says how to report", () => assert.match(text, /privately, through this repository's security advisories/))
})
