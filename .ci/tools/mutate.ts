/**
 * Mutation testing of the modules that decide, with Stryker: each change it can think of has to fail a test. A module fails
 * with a score below 92 %, with a survivor that mutate.json does not list with a reason, and with one that is listed and
 * does not survive.
 *
 * `pnpm mutate [module…] [--changed] [--at-once n]`: these modules, those that differ from main, or all of them. Tried on
 * planted faults by .ci/tools/mutate-test; see docs/mutation.md.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

interface Survivor {
  /** The line that is changed. */
  readonly line: string
  /** What is changed to what, as it is printed. */
  readonly change: string
  /** Why no test can, or should, notice. */
  readonly reason: string
}
interface Module {
  readonly source: string | ReadonlyArray<string>
  /** The tests that are to notice: few and fast. */
  readonly tests: ReadonlyArray<string>
  readonly survivors: ReadonlyArray<Survivor>
}
interface Position {
  readonly line: number
  readonly column: number
}
interface Mutant {
  readonly mutatorName: string
  readonly replacement: string
  readonly status: "Killed" | "Timeout" | "Survived" | "NoCoverage" | "Ignored" | "CompileError" | "RuntimeError"
  readonly location: { readonly start: Position; readonly end: Position }
}
interface Report {
  readonly files: Record<string, { readonly source: string; readonly mutants: ReadonlyArray<Mutant> }>
}
interface Result {
  readonly counted: number
  readonly detected: number
  readonly problems: ReadonlyArray<string>
}

const least = 92

const sourcesOf = ({ source }: Module): ReadonlyArray<string> => (typeof source === "string" ? [source] : source)

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, "../..")
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: "boolean", default: false },
    "at-once": { type: "string", default: String(Math.min(availableParallelism(), 4)) },
    modules: { type: "string", default: join(here, "mutate.json") },
  },
})
const modules: Readonly<Record<string, Module>> = JSON.parse(readFileSync(values.modules, "utf8"))

const git = (...args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { status, stderr, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" })
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`)
  return stdout.split("\n").filter((line) => line !== "")
}

const chosen = (): ReadonlyArray<string> => {
  const unknown = positionals.filter((name) => modules[name] === undefined)
  if (unknown.length > 0)
    throw new Error(`no module ${unknown.join(", ")}; there are ${Object.keys(modules).join(", ")}`)
  const names = positionals.length > 0 ? positionals : Object.keys(modules)
  if (!values.changed) return names
  const [base = "main"] = git("merge-base", "HEAD", "main")
  const changed = new Set([...git("diff", "--name-only", base), ...git("ls-files", "--others", "--exclude-standard")])
  return names.filter((name) => {
    const module = modules[name]
    return module !== undefined && [...sourcesOf(module), ...module.tests].some((path) => changed.has(path))
  })
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim()

const longest = 100

/** What is changed to what; of long texts the part that differs, and a little around it. */
const difference = (from: string, to: string): string => {
  const least = Math.min(from.length, to.length)
  let [before, after] = [0, 0]
  if (Math.max(from.length, to.length) > longest) {
    while (before < least && from[before] === to[before]) before++
    while (after < least - before && from.at(-1 - after) === to.at(-1 - after)) after++
  }
  const part = (text: string): string => {
    const shown = text.slice(Math.max(0, before - 20), text.length - Math.max(0, after - 20))
    const cut = shown.length <= longest ? shown : `${shown.slice(0, longest)}…`
    return `${before > 20 ? "…" : ""}${cut}${after > 20 ? "…" : ""}`
  }
  return `${part(from)} → ${part(to)}`
}

const describe = (source: string, { location: { end, start }, replacement }: Mutant): Omit<Survivor, "reason"> => {
  const lines = source.split("\n")
  const changed = lines.slice(start.line - 1, end.line)
  changed.push((changed.pop() ?? "").slice(0, end.column - 1))
  changed[0] = (changed[0] ?? "").slice(start.column - 1)
  return {
    line: (lines[start.line - 1] ?? "").trim(),
    change: difference(oneLine(changed.join("\n")), oneLine(replacement)),
  }
}

/** What is to be said of a module by Stryker's report of it. */
const judge = (module: Module, report: Report): Result => {
  const { survivors } = module
  const problems: Array<string> = []
  const found = sourcesOf(module).flatMap((path) => {
    const file = report.files[path]
    if (file === undefined || file.mutants.length === 0) problems.push(`nothing could be changed in ${path}`)
    return file === undefined ? [] : file.mutants.map((mutant) => ({ path, source: file.source, mutant }))
  })
  const count = (...statuses: ReadonlyArray<Mutant["status"]>) =>
    found.filter(({ mutant }) => statuses.includes(mutant.status)).length
  const detected = count("Killed", "Timeout")
  const counted = detected + count("Survived", "NoCoverage")
  if (count("Ignored") > 0) problems.push("something in it is ignored by a comment: list it with its reason instead")
  if (detected < (counted * least) / 100) problems.push(`fewer than ${least} % of the changes fail a test`)
  const unmet = new Set(survivors)
  for (const { mutant, path, source } of found) {
    if (mutant.status !== "Survived" && mutant.status !== "NoCoverage") continue
    const survivor = describe(source, mutant)
    const listed = survivors.find(({ change, line }) => change === survivor.change && line === survivor.line)
    if (listed !== undefined) unmet.delete(listed)
    else {
      const where = `${path}:${mutant.location.start.line}:${mutant.location.start.column}`
      problems.push(`${where} no test fails with ${mutant.mutatorName}\n    ${JSON.stringify(survivor)}`)
    }
  }
  for (const { change, line } of unmet) problems.push(`listed, and a test fails with it: ${change}, in ${line}`)
  for (const { change, reason } of survivors)
    if (reason.trim() === "") problems.push(`listed without a reason: ${change}`)
  return { counted, detected, problems }
}

const stryker = join(here, "node_modules/@stryker-mutator")
const folder = mkdtempSync(join(tmpdir(), "mutate-"))

const run = async (name: string, module: Module): Promise<Result> => {
  const missing = [...sourcesOf(module), ...module.tests].filter((path) => !existsSync(join(root, path)))
  if (missing.length > 0) return { counted: 0, detected: 0, problems: [`there is no ${missing.join(", ")}`] }
  const fileName = join(folder, `${name}.json`)
  const configuration = join(folder, `${name}.configuration.json`)
  writeFileSync(
    configuration,
    JSON.stringify({
      plugins: [join(stryker, "vitest-runner/dist/src/index.js")],
      testRunner: "vitest",
      vitest: { configFile: "vitest.mutate.ts", related: false },
      mutate: sourcesOf(module),
      coverageAnalysis: "perTest",
      concurrency: 1,
      timeoutMS: 10_000,
      reporters: ["json"],
      jsonReporter: { fileName },
      disableTypeChecks: false,
      // vitest would take the workspace for the configuration.
      ignorePatterns: ["vitest.workspace.ts", ".ci", "docs", "examples", "release", "**/dist"],
      allowConsoleColors: false,
      logLevel: "warn",
    }),
  )
  const output: Array<string> = []
  const code = await new Promise((resolve) => {
    const child = spawn(join(here, "node_modules/.bin/stryker"), ["run", configuration], {
      cwd: root,
      // Where a time that is read as local is not the same as one in GMT.
      env: { ...process.env, TZ: "Asia/Tokyo", MUTATE_TESTS: module.tests.join(",") },
    })
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(String(chunk)))
    child.on("close", resolve)
  })
  if (code !== 0 || !existsSync(fileName)) {
    return { counted: 0, detected: 0, problems: [`Stryker ended with ${code}:\n${output.join("").trim()}`] }
  }
  return judge(module, JSON.parse(readFileSync(fileName, "utf8")))
}

const percent = ({ counted, detected }: Pick<Result, "counted" | "detected">): string =>
  (counted === 0 ? 0 : Math.floor((detected * 1000) / counted) / 10).toFixed(1)

const names = chosen()
if (names.length === 0) console.log(values.changed ? "no module differs from main" : "no module is named")
const left = [...names]
const total = { counted: 0, detected: 0 }
let failed = names.length === 0 && !values.changed
const worker = async (): Promise<void> => {
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const module = modules[name]
    if (module === undefined) continue
    const start = performance.now()
    const result = await run(name, module)
    total.counted += result.counted
    total.detected += result.detected
    const time = `${Math.round((performance.now() - start) / 1000)} s`
    console.log(`${name.padEnd(16)}${percent(result).padStart(6)} %  ${result.detected} of ${result.counted}  ${time}`)
    for (const problem of result.problems) console.log(`  ${problem}`)
    failed ||= result.problems.length > 0
  }
}
try {
  await Promise.all(Array.from({ length: Number(values["at-once"]) }, worker))
} finally {
  rmSync(folder, { recursive: true })
}
console.log(`${"all".padEnd(16)}${percent(total).padStart(6)} %  ${total.detected} of ${total.counted}`)
if (failed) process.exitCode = 1
