/**
 * Compiles and runs the code of every Markdown file, and of every `@example` in the docstrings.
 *
 * - `ts`: compiled on its own, in strict mode, and run: a block with tests by vitest, any other as a module; where it exports an
 *   effect called `program`, that runs with the real client over a deployment in memory, and has to give what a comment
 *   `// gives …` in it says. Below `<!-- compiled only: reason -->` it is not run. A block below `<!-- examples/… -->` is that
 *   file, which the tests of the examples run, and below `<!-- part of examples/… -->` a part of it.
 * - `sh`: below `<!-- run by FILE -->` each command stands in that file of CI; below `<!-- not run: reason -->` nothing is
 *   required; the README's others are executed by quick-start.ts.
 * - `console`: a session, executed by the test of its own file.
 * - `json` is parsed; `text` and `mermaid` are no programs. Anything else, and a block without a word, is refused.
 *
 * `tsx .ci/scripts/code-blocks.ts [files]`; `--update` puts the blocks that are files into the README.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")
const folder = join(root, "examples/.docs")
const read = (file: string) => readFileSync(join(root, file), "utf8")
const list = (pattern: string) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", pattern], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)))

/** The tests that execute the `console` sessions of a file. */
const sessions: Readonly<Record<string, string>> = {
  "packages/testkit/README.md": "packages/testkit/test/cli/readme.test.ts",
  "docs/recipes/failing-call.md": "examples/e2e/examples.test.ts",
  "examples/README.md": "examples/e2e/examples.test.ts",
  "examples/admin/README.md": "examples/admin/test/readme.test.ts",
}

if (process.argv[2] === "--update") {
  const blocks = /<!-- (examples\/\S+) -->\n```ts\n[\s\S]*?```\n/g
  const filled = (_: string, file: string) => `<!-- ${file} -->\n\`\`\`ts\n${read(file)}\`\`\`\n`
  writeFileSync(join(root, "README.md"), read("README.md").replace(blocks, filled))
  process.exit()
}

const problems: Array<string> = []
interface Block {
  readonly place: string
  readonly name: string
  readonly code: string
  readonly runs: boolean
  readonly isTest: boolean
}
const programs: Array<Block> = []
const program = (place: string, code: string, runs: boolean) => {
  const isTest = /^(it|describe|layer|for \(.*\) it)\b/m.test(code)
  programs.push({ place, name: place.replace(/\W/g, "-"), code, runs, isTest })
}

/** What is wrong with a block that is no program of ours, if anything is. */
const wrong = (file: string, language: string, code: string, mark: string): string | undefined => {
  switch (language) {
    case "text":
    case "mermaid":
      return
    case "json":
      try {
        JSON.parse(code)
        return
      } catch (error) {
        return String(error)
      }
    case "console": {
      const test = sessions[file]
      return test !== undefined && read(test).includes("console") ? undefined : "no test executes this session"
    }
    case "sh": {
      const by = /^run by (\S+)/.exec(mark)?.[1]
      if (by === undefined) {
        const known = file === "README.md" || /^not run: \S/.test(mark)
        return known ? undefined : "write <!-- run by FILE --> or <!-- not run: reason --> above"
      }
      const script = existsSync(join(root, by)) ? read(by) : ""
      const commands = code.split("\n").map((line) => line.replace(/ *#.*/, ""))
      const missing = commands.filter((command) => !script.includes(command))
      return missing.length === 0 ? undefined : `${by} does not run "${missing.join(", ")}"`
    }
    default:
      return `"${language}" is no language of ours (ts, sh, console, json, text, mermaid)`
  }
}

const markdown = (file: string) => {
  const lines = read(file).split("\n")
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ""
    const place = `${file}:${at + 1}`
    const [, indent = "", language] = /^( *)```(\w*)$/.exec(line) ?? []
    if (language === undefined) {
      if (/^ *(`{3}|~~~)/.test(line)) problems.push(`${place}: a fence that is not understood: ${line}`)
      continue
    }
    const end = lines.findIndex((other, index) => index > at && other === `${indent}\`\`\``)
    const code = lines.slice(at + 1, end).join("\n")
    const above = lines.slice(0, at).findLast((line) => line.trim() !== "") ?? ""
    const mark = /^<!-- (.*) -->$/.exec(above.trim())?.[1] ?? ""
    if (language !== "ts") {
      const problem = wrong(file, language, code, mark)
      if (problem !== undefined) problems.push(`${place}: ${problem}`)
    } else {
      const [, part, file] = /^(part of )?(examples\/\S+\.ts)$/.exec(mark) ?? []
      if (file === undefined) program(place, code, !/^compiled only: \S/.test(mark))
      else if (part === undefined ? `${code}\n` !== read(file) : !read(file).includes(`${code}\n`))
        problems.push(`${place}: is not ${mark}`)
    }
    at = end < 0 ? lines.length : end
  }
}

/** Every `@example` is a block, up to the next tag. */
const docstrings = (file: string) => {
  const text = read(file)
  for (const comment of text.matchAll(/\/\*\*\n([\s\S]*?)\*\//g)) {
    const first = text.slice(0, comment.index).split("\n").length
    const lines = (comment[1] ?? "").split("\n").map((line) => line.replace(/^ *\* ?/, ""))
    lines.forEach((line, at) => {
      if (line.trim() !== "@example") return
      const end = lines.findIndex((next, index) => index > at && /^@\w/.test(next))
      program(`${file}:${first + at + 1}`, lines.slice(at + 1, end < 0 ? undefined : end).join("\n"), true)
    })
  }
}

const given = process.argv.slice(2)
const files = given.length > 0 ? given : list("*.md").filter((file) => !file.endsWith("/api.report.md"))
files.forEach(markdown)
if (given.length === 0) list("packages/*/src/*.ts").forEach(docstrings)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

for (const { code, isTest, name } of programs) write(`${name}${isTest ? ".test" : ""}.ts`, `${code}\nexport {}\n`)
const plain = programs.filter(({ isTest, runs }) => runs && !isTest)
const rows = plain.map(({ code, name, place }) => {
  const gives = /^ *\/\/ gives (.*)$/m.exec(code)?.[1]
  return `  [${JSON.stringify(place)}, () => import("./${name}.js"), ${gives === undefined ? "undefined" : `() => (${gives})`}],`
})
write(
  "programs.test.ts",
  `import { assert, it } from "@effect/vitest"
import { Credentials, Invitations, TileDBClient, Tokens, Users, Workspaces } from "@effect-tiledb/client"
import { Deployment, TestHttpClient } from "@effect-tiledb/testkit"
import { Effect, Layer } from "effect"

const services = Layer.mergeAll(Users.layer, Workspaces.layer, Invitations.layer, Tokens.layer)
const asOwner = Layer.unwrapEffect(
  Effect.map(Deployment.Deployment, ({ apiKey }) =>
    Layer.provide(services, TileDBClient.layer({ credentials: Credentials.apiKey(apiKey), workspace: "main" })),
  ),
)
type Program = Effect.Effect<unknown, unknown, Layer.Layer.Success<typeof world>>
const world = Layer.provideMerge(asOwner, TestHttpClient.layer())
const rows: ReadonlyArray<readonly [string, () => Promise<{ readonly program?: unknown }>, (() => unknown) | undefined]> = [
${rows.join("\n")}
]
for (const [place, load, gives] of rows) {
  it.live(place, () =>
    Effect.gen(function* () {
      const { program } = yield* Effect.promise(load)
      if (program === undefined && gives !== undefined) assert.fail("it gives something, and exports no program")
      if (program === undefined) return
      const value = yield* Effect.provide(program as Program, world)
      if (gives !== undefined) assert.deepStrictEqual(JSON.parse(JSON.stringify(value)), gives())
    }),
  )
}
`,
)
const compilerOptions = { noEmit: true, types: ["node"], noUnusedLocals: false }
write("tsconfig.json", JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["./*.ts"] }))
write("vitest.config.ts", "export default { test: { include: ['*.test.ts'], testTimeout: 60000 } }\n")

/** Runs a tool over the blocks; in what it says, the places in the documents stand for those in its own files. */
const check = (tool: string, ...args: ReadonlyArray<string>) => {
  const options = { cwd: root, encoding: "utf8", timeout: 300_000, env: { ...process.env, NO_COLOR: "1" } } as const
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin", tool), args, options)
  if (status === 0) return
  const said = (text: string, { name, place }: Block) =>
    text.replaceAll(new RegExp(`[^\\s(]*\\b${name}(\\.test)?\\.ts`, "g"), place)
  problems.push(programs.reduce(said, stdout + stderr).trimEnd())
}
if (programs.length > 0) check("tsc", "-p", "examples/.docs")
if (plain.length > 0) check("vitest", "run", "--root", folder, "--config", join(folder, "vitest.config.ts"), "--silent")

for (const problem of problems) console.log(problem)
const tests = programs.filter(({ isTest }) => isTest).length
console.log(
  `${files.length} Markdown files: ${programs.length} blocks compiled, ${plain.length} run, and ${tests} as tests`,
)
process.exit(problems.length > 0 || programs.length === 0 ? 1 : 0)
