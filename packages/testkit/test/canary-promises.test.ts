// SECURITY.md names the tests that hold its promises: they had better be there.
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const text = readFileSync(`${root}SECURITY.md`, "utf8")

/** A row's last cell: the files, each with the titles that are quoted after it. */
const rows = text.split("\n").filter((line) => line.startsWith("|") && line.includes(".test.ts"))

describe("SECURITY.md", () => {
  it("has a test for each of its promises", () => {
    const promises = text.split("\n").filter((line) => /^\| (?!promise|---)/.test(line))
    assert.isAbove(promises.length, 20)
    assert.deepStrictEqual(promises, rows)
  })

  it("names files that exist, and titles that are in them", () => {
    for (const row of rows) {
      const cell = row.split("|").at(-2) ?? ""
      const files = Array.from(cell.matchAll(/`(client|testkit)\/([\w.-]+\.test\.ts)`/g), ([, name, file]) => {
        const path = `packages/${name}/test/${file}`
        assert.isTrue(existsSync(root + path), path)
        return readFileSync(root + path, "utf8")
      })
      assert.isNotEmpty(files, row)
      const world = readFileSync(`${root}packages/testkit/test/canaryWorld.ts`, "utf8")
      for (const [, title = ""] of cell.matchAll(/"([^"]+)"/g)) assert.include([...files, world].join(), title)
    }
  })

  it("says how to report", () => assert.match(text, /privately, through this repository's security advisories/))
})
