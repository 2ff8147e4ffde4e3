import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const read = (path: string) => Fs.readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

describe("README", () => {
  for (const file of [
    "examples/quick-start/invite.ts",
    "examples/quick-start/main.ts",
    "examples/quick-start/invite.test.ts",
  ]) {
    it(`shows ${file} as it is`, () => {
      assert.include(read("README.md"), `<!-- ${file} -->\n\`\`\`ts\n${read(file)}\`\`\`\n`)
    })
    it(`${file} is about 30 lines`, () => {
      assert.isAtMost(read(file).split("\n").length, 40)
    })
  }
})
