import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { type Operation, Operations } from "@effect-tiledb/schema"

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

  it("has a table of operations that says what the operations table says", () => {
    const [, section = ""] = read("README.md").split("## Operations\n")
    const table = Array.from(section.matchAll(/^\| `(\w+)` (.*)\|$/gm), ([, name = "", cells = ""]) => [
      name,
      ...cells
        .split("|")
        .slice(1)
        .map((cell) => cell.trim()),
    ])
    const successes: Readonly<Record<string, string>> = {
      createUser: "`User`",
      getUser: "`User`",
      getSelfUser: "`UserSelf`",
    }
    const rows: ReadonlyArray<Operation> = Object.values(Operations)
    assert.deepStrictEqual(
      table.slice(0, rows.length),
      rows.map(({ credential, idempotent, name, notFound }) => [
        name,
        successes[name] ?? "nothing",
        notFound ? "`NotFound`" : "",
        credential === "session" ? "session" : "scoped token",
        idempotent ? "yes" : "no",
      ]),
    )
    for (const { name } of rows) assert.match(section, new RegExp(`users\\.${name}\\b`))
  })
})
