/** SECURITY.md against the tests that it names: every sentence of a promise has one, and it is where it says. */
import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../../../../", import.meta.url)
const folders: Readonly<Record<string, string>> = {
  client: "packages/client/test/",
  testkit: "packages/testkit/test/",
  examples: "examples/test/",
}

const document = Fs.readFileSync(new URL("SECURITY.md", root), "utf8")

const promised = (document.split("## What is promised")[1] ?? "").split("## What is not promised")[0]

const bullets = (promised ?? "")
  .split(/\n(?=- |\n|#)/)
  .filter((part) => part.startsWith("- "))
  .map((part) => part.slice(2).replace(/\s+/g, " ").trim())

/** The test files that a promise names, each with the names that follow it. */
const verifiedBy = (refs: string) =>
  refs.split(/(?=`(?:client|testkit|examples)\/)/).flatMap((part) => {
    const [, folder = "", file] = /^`(\w+)\/([^`]+)`/.exec(part) ?? []
    const names = Array.from(part.matchAll(/"([^"]+)"/g), ([, name = ""]) => name)
    return file === undefined ? [] : [{ file: `${folders[folder]}${file}`, names }]
  })

describe("SECURITY.md", () => {
  it("promises something", () => assert.isAtLeast(bullets.length, 30))

  it("says how to report", () => assert.match(document, /privately, through this repository's security advisories/))

  for (const bullet of bullets) {
    const [promise = "", refs = ""] = bullet.split(" _Verified by_ ")
    it(promise, () => {
      const verified = verifiedBy(refs)
      const names = verified.flatMap((_) => _.names)
      const sentences = promise.split(/(?<=[.?])\s+(?=[A-Z\d`])/)
      assert.isAtLeast(names.length, sentences.length, "a sentence without a test")
      for (const { file, names } of verified) {
        const text = Fs.readFileSync(new URL(file, root), "utf8")
        assert.isAtLeast(names.length, 1, file)
        for (const name of names) assert.include(text, name, file)
      }
    })
  }
})
