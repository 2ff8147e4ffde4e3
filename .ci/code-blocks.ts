/**
 * Compiles and runs the code of every Markdown file, and of every `@example` in the docstrings.
 *
 * - `ts`: compiled on its own, in strict mode, and run: a block with tests by vitest, any other as a module; where it exports an
 *   effect called `program`, that runs with the real client over a deployment in memory, and has to give what a comment
 *   `// gives …` in it says. Below `<!-- compiled only: reason -->` it is not run. A block below `<!-- examples/… -->` is that file, which the tests of the examples hold and run.
 * - `sh`: below `<!-- run by FILE -->` each command stands in that file of CI; in the README's first section
 *   .ci/tools/quick-start.ts executes it; below `<!-- not run: reason -->` it is counted.
 * - `console`: a session, executed by the test of its own file.
 * - `json` is parsed. `text` and `mermaid` are no programs and are counted. Anything else, and a block without a word, is refused.
 *
 * `tsx .ci/code-blocks.ts [files]`; tried on planted faults by .ci/code-blocks-test.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const folder = join(root, "examples/.docs")
const list = (...patterns: ReadonlyArray<string>) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...patterns], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)))
const read = (file: string) => readFileSync(join(root, file), "utf8")

/** The tests that execute the `console` sessions of a file. */
const sessions: Readonly<Record<string, string>> = {
  "packages/testkit/README.md": "packages/testkit/test/readme.test.ts",
  "examples/README.md": "examples/e2e/examples.test.ts",
  "examples/admin/README.md": "examples/admin/test/readme.test.ts",
}
const quickStart = "## From an empty folder to a passing test"

const problems: Array<string> = []
const counts: Record<string, number> = {}
const count = (what: string) => {
  counts[what] = (counts[what] ?? 0) + 1
}

interface Block {
  readonly place: string
  readonly name: string
  readonly code: string
  readonly runs: boolean
}
const programs: Array<Block> = []

const mark = (lines: ReadonlyArray<string>, at: number) => {
  const above = lines.slice(0, at).findLast((line) => line.trim() !== "") ?? ""
  return /^<!-- (.*) -->$/.exec(above.trim())?.[1] ?? ""
}

const shell = (file: string, place: string, code: string, marked: string, section: string) => {
  const [, by] = /^run by (\S+)/.exec(marked) ?? []
  if (by !== undefined) {
    const script = existsSync(join(root, by)) ? read(by) : ""
    const commands = code.split("\n").map((line) => line.replace(/ *#.*/, ""))
    for (const command of commands.filter((line) => line.trim() !== "")) {
      if (!script.includes(command)) problems.push(`${place}: ${by} does not run "${command}"`)
    }
    count("shell blocks that CI runs")
  } else if (file === "README.md" && section === quickStart) count("shell blocks that the quick start runs")
  else if (/^not run: \S/.test(marked)) count("shell blocks that are marked as not run")
  else
    problems.push(`${place}: nothing runs these commands; write <!-- run by FILE --> or <!-- not run: reason --> above`)
}

const markdown = (file: string) => {
  const lines = read(file).split("\n")
  let section = ""
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ""
    if (line.startsWith("## ")) section = line
    const [, indent = "", language] = /^( *)```(\w*)$/.exec(line) ?? []
    if (language === undefined) {
      if (/^ *(`{3}|~~~)/.test(line)) problems.push(`${file}:${at + 1}: a fence that is not understood: ${line}`)
      continue
    }
    const end = lines.findIndex((other, index) => index > at && other === `${indent}\`\`\``)
    const place = `${file}:${at + 1}`
    const code = lines.slice(at + 1, end).join("\n")
    const marked = mark(lines, at)
    if (language === "ts") {
      if (/^examples\/\S+\.ts$/.test(marked)) {
        if (`${code}\n` !== read(marked)) problems.push(`${place}: is not ${marked}`)
        count("files of the examples")
      } else {
        const runs = !/^compiled only: \S/.test(marked)
        programs.push({ place, name: place.replace(/\W/g, "-"), code, runs })
        if (!runs) count("blocks that are compiled only")
      }
    } else if (language === "sh") shell(file, place, code, marked, section)
    else if (language === "console") {
      const test = sessions[file]
      if (test === undefined || !read(test).includes("console"))
        problems.push(`${place}: no test executes this session`)
      count("sessions that tests execute")
    } else if (language === "json") {
      try {
        JSON.parse(code)
        count("JSON documents")
      } catch (error) {
        problems.push(`${place}: ${error}`)
      }
    } else if (language === "text" || language === "mermaid") count("blocks that are no programs")
    else problems.push(`${place}: "${language}" is no language of ours (ts, sh, console, json, text, mermaid)`)
    at = end < 0 ? lines.length : end
  }
}

/** Every `@example` is a block, up to the next tag. */
const docstrings = (file: string) => {
  for (const comment of read(file).matchAll(/\/\*\*\n([\s\S]*?)\*\//g)) {
    const first = read(file).slice(0, comment.index).split("\n").length
    const lines = (comment[1] ?? "").split("\n").map((line) => line.replace(/^ *\* ?/, ""))
    lines.forEach((line, at) => {
      if (line.trim() !== "@example") return
      const end = lines.findIndex((next, index) => index > at && /^@\w/.test(next))
      const place = `${file}:${first + at + 1}`
      const code = lines.slice(at + 1, end < 0 ? undefined : end).join("\n")
      programs.push({ place, name: place.replace(/\W/g, "-"), code, runs: true })
      count("examples in docstrings")
    })
  }
}

/** What the reports of the public API show is compiled by its own gate, .ci/api.ts. */
const isReport = (file: string) => /\/api\.(report|released)\.md$/.test(file)

const given = process.argv.slice(2)
const files = given.length > 0 ? given : list("*.md").filter((file) => !isReport(file))
for (const file of files) markdown(file)
if (given.length === 0) for (const file of list("packages/*/src/*.ts")) docstrings(file)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

const isTest = ({ code }: Block) => /^(it|describe|layer|for \(.*\) it)\b/m.test(code)
const plain = programs.filter((block) => block.runs && !isTest(block))
for (const block of programs) {
  writeFileSync(join(folder, `${block.name}${isTest(block) ? ".test" : ""}.ts`), `${block.code}\nexport {}\n`)
}
const row = ({ code, name, place }: Block) => {
  const gives = /^ *\/\/ gives (.*)$/m.exec(code)?.[1]
  return `  [${JSON.stringify(place)}, () => import("./${name}.js"), ${gives === undefined ? "undefined" : `() => (${gives})`}],`
}
writeFileSync(
  join(folder, "programs.test.ts"),
  `import { assert, it } from "@effect/vitest"
import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
import { Deployment, TestHttpClient } from "@effect-tiledb/testkit"
import { Effect, Layer } from "effect"

const asOwner = Layer.unwrapEffect(
  Effect.map(Deployment.Deployment, ({ apiKey }) =>
    Layer.provide(Users.layer, TileDBClient.layer({ credentials: Credentials.apiKey(apiKey) })),
  ),
)
type Program = Effect.Effect<unknown, unknown, Layer.Layer.Success<typeof world>>
const world = Layer.provideMerge(asOwner, TestHttpClient.layer())
const rows: ReadonlyArray<readonly [string, () => Promise<{ readonly program?: unknown }>, (() => unknown) | undefined]> = [
${plain.map(row).join("\n")}
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
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: { noEmit: true, types: ["node"], noUnusedLocals: false },
    include: ["./*.ts"],
  }),
)
writeFileSync(
  join(folder, "vitest.config.ts"),
  "export default { test: { include: ['*.test.ts'], testTimeout: 60000 } }\n",
)

/** Runs a tool over the blocks; in what it says, the places in the documents stand for those in its own files. */
const check = (tool: string, args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin", tool), args, {
    cwd: root,
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, NO_COLOR: "1" },
  })
  if (status === 0) return stdout
  let said = stdout + stderr
  for (const { name, place } of programs)
    said = said.replaceAll(new RegExp(`[^\\s(]*\\b${name}(\\.test)?\\.ts`, "g"), place)
  problems.push(said.trimEnd())
  return said
}
const { length: compiled } = programs
if (compiled > 0) {
  check("tsc", ["-p", "examples/.docs"])
  if (programs.some((block) => block.runs))
    check("vitest", ["run", "--root", "examples/.docs", "--config", join(folder, "vitest.config.ts"), "--silent"])
}

for (const problem of problems) console.log(problem)
console.log(
  `${files.length} Markdown files: ${compiled} blocks compiled, ${plain.length} run as modules or programs and ${programs.filter(isTest).length} as tests`,
)
for (const [what, number] of Object.entries(counts)) console.log(`  ${number} ${what}`)
process.exit(problems.length > 0 || compiled === 0 ? 1 : 0)
