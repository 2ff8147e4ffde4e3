import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { defaults, switches } from "../../src/internal/api/peoplePolicy.js"
import { firstLine, launch, start } from "../support/serverMode.js"

const readme = Fs.readFileSync(new URL("../../README.md", import.meta.url), "utf8")

interface Step {
  readonly command: string
  readonly output: string
}

/** The commands of the README's terminal sessions, in order, with what they are said to print. */
const steps: ReadonlyArray<Step> = Array.from(readme.matchAll(/```console\n([\s\S]*?)```/g)).flatMap(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const lines = text.split("\n")
      const last = lines.findIndex((line) => !line.endsWith("\\"))
      return { command: lines.slice(0, last + 1).join("\n"), output: lines.slice(last + 1).join("\n") }
    }),
)

/** The README has the time and port of its day, and a line's end where curl prints none. */
const timeless = (text: string) =>
  text
    .trimEnd()
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replace(/mailbox\/[\w-]+/g, "mailbox/<secret>")
    .replace(/("controlToken":")[\w-]+/g, "$1<secret>")

describe("README", () => {
  it.scopedLive(
    "its terminal sessions go as it says",
    () =>
      Effect.gen(function* () {
        const [serve, ...session] = steps
        assert.match(serve?.command ?? "", /^npx @effect-tiledb\/testkit serve --port 8181 --seed 1$/)
        const server = yield* start("--seed", "1")
        const line = yield* firstLine(server)
        assert.strictEqual(timeless(server.output()), timeless(serve?.output ?? ""))
        const end = "--end of output--"
        const script = session.map(({ command }) => `${command}\nprintf '%s' '${end}'`).join("\n")
        // The README has the addresses of its day.
        const told = JSON.parse(serve?.output ?? "") as Readonly<Record<string, string>>
        const now = Object.entries(line).reduce(
          (text, [key, value]) => text.replaceAll(told[key] ?? key, value),
          script,
        )
        const shell = launch("bash", ["-c", now])
        assert.strictEqual(yield* shell.exit, 0, shell.errors())
        const outputs = shell.output().split(end)
        const actual = session.map(({ command }, index) => ({ command, output: timeless(outputs[index] ?? "") }))
        assert.deepStrictEqual(
          actual,
          session.map(({ command, output }) => ({ command, output: timeless(output) })),
        )
        assert.isAbove(session.length, 10)
      }),
    30_000,
  )

  it.scopedLive("the configuration file of the recipe is served", () =>
    Effect.gen(function* () {
      const recipe = Fs.readFileSync(new URL("../../../../docs/recipes/other-languages.md", import.meta.url), "utf8")
      const [, config = ""] = /```json\n([\s\S]*?)```/.exec(recipe) ?? []
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "testkit-config-"))),
        (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true })),
      )
      Fs.writeFileSync(join(folder, "testkit.json"), config)
      const { baseUrl } = yield* firstLine(yield* start("--config", join(folder, "testkit.json")))
      const status = (path: string) =>
        Effect.promise(async () => {
          const headers = { authorization: `Basic ${btoa("ada:correct horse")}` }
          return (await fetch(baseUrl + path, { headers })).status
        })
      assert.deepStrictEqual(
        [yield* status("/workspaceusers/engines"), yield* status("/workspaceusers/engines")],
        [503, 200],
      )
    }),
  )

  it("names every policy, fault and option that there is, and no other", () => {
    const source = (file: string) =>
      Fs.readFileSync(fileURLToPath(new URL(`../../src/${file}.ts`, import.meta.url)), "utf8")
    const policies = /export interface Policy \{([\s\S]*?)\n\}/.exec(source("internal/api/policy"))?.[1] ?? ""
    const names = Array.from(policies.matchAll(/^ {2}readonly (\w+):/gm), ([, name]) => name)
    const told = Array.from(readme.matchAll(/^\| `(\w+)` +\| ([^|]*?) *\| [^|]*\|$/gm), ([, name, values]) => [
      name,
      values,
    ])
    assert.deepStrictEqual(
      told.map(([name]) => name).filter((name) => !Object.hasOwn(defaults, name ?? "")),
      names,
    )
    const values = Object.entries(defaults).map(([name, value]) => {
      const literals = Object.entries(switches).find(([other]) => other === name)?.[1].literals ?? [value]
      return [name, literals.map((literal) => JSON.stringify(literal)).join(", ")]
    })
    const documented = told.filter(([name]) => Object.hasOwn(defaults, name ?? ""))
    assert.deepStrictEqual(documented.toSorted(), values.toSorted())
    const faults = Array.from(
      source("Faults").matchAll(/^export const (\w+)(?:(?!^export )[\s\S])*?: Fault (?:=|=>)/gm),
      ([, name]) => name,
    )
    for (const fault of faults) assert.include(readme, `\`${fault}`)
    assert.isAbove(faults.length, 10)
  })
})
