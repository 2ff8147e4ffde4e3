import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { type Operation, Operations } from "@effect-tiledb/schema"

const read = (path: string) => Fs.readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

describe("README", () => {
  it("has at most 130 lines", () => {
    assert.isAtMost(read("README.md").split("\n").length - 1, 130)
  })

  for (const file of ["main.ts", "register.ts", "register.test.ts"].map((name) => `examples/quick-start/${name}`)) {
    it(`shows ${file} as it is`, () => {
      assert.include(read("README.md"), `<!-- ${file} -->\n\`\`\`ts\n${read(file)}\`\`\`\n`)
    })
  }

  it("has the table of operations", () => {
    const section = read("README.md").split("## Operations\n")[1]?.split("\n## ")[0] ?? ""
    const table = Array.from(section.matchAll(/^\| (`.*) \|$/gm)).flatMap(([, row = ""]) => {
      const [names = "", returns = "", ...cells] = row.split("|").map((cell) => cell.trim())
      const results = returns.split(", ")
      return names.split(", ").map((name, at) => [name.slice(1, -1), results[at] ?? results[0], ...cells])
    })
    const successes: Readonly<Record<string, string>> = {
      createUser: "`User`",
      getUser: "`User`",
      getSelfUser: "`UserSelf`",
    }
    const rows: ReadonlyArray<Operation> = Object.values(Operations)
    assert.deepStrictEqual(
      table.toSorted(),
      rows
        .map(({ credential, idempotent, name }) => [
          name,
          successes[name] ?? "nothing",
          credential === "session" ? "the client's" : "token sent by e-mail",
          idempotent ? "yes" : "no",
        ])
        .toSorted(),
    )
    const [, program = ""] = read("packages/client/README.md").split("## Operations\n")
    for (const { name } of rows) assert.match(program, new RegExp(`users\\.${name}\\b`))
  })
})
