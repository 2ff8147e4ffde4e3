/**
 * Plants a hole for each promise of SECURITY.md in a copy of the sources, one at a time, and shows which test fails for it.
 * Fails when a hole survives, when its place in the sources is gone, or when a promise has none.
 *
 * `tsx .ci/planted-holes.ts` plants all of them; further arguments name the ones to plant, by a part of the promise.
 */
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { type Hole, holes } from "./holes.js"

const root = Path.resolve(import.meta.dirname, "..")
const workers = 2
/** Milliseconds for the tests of one hole, which may make one hang, and for those of all of them. */
const patience = { hole: 120_000, all: 900_000 }

const promised = (Fs.readFileSync(Path.join(root, "SECURITY.md"), "utf8").split("## What is promised")[1] ?? "").split(
  "## What is not promised",
)[0]
const promises = (promised ?? "")
  .split(/\n(?=- |\n|#)/)
  .filter((part) => part.startsWith("- "))
  .map((part) => part.slice(2).replace(/\s+/g, " ").trim())

const problems: Array<string> = []
const without = promises.filter((promise) => !holes.some((hole) => promise.startsWith(hole.promise)))
for (const promise of without) problems.push(`no hole for: ${promise}`)
for (const hole of holes) {
  if (!promises.some((promise) => promise.startsWith(hole.promise))) problems.push(`no such promise: ${hole.promise}`)
  const found = Fs.readFileSync(Path.join(root, hole.file), "utf8").split(hole.find).length - 1
  if (found !== 1) problems.push(`its place is there ${found} times in ${hole.file}: ${hole.what}`)
}

const asked = process.argv.slice(2)
const planted = holes.filter(
  ({ promise, what }) => asked.length === 0 || asked.some((part) => promise.includes(part) || what.includes(part)),
)
if (planted.length === 0) problems.push("no hole is planted")

/** The sources with their tests, and what they need to run; the packages that were installed are linked to. */
const copyTo = (to: string): void => {
  const copied = [
    "package.json",
    "tsconfig.json",
    "tsconfig.base.json",
    "vitest.setup.ts",
    "vitest.workspace.ts",
    "README.md",
    "SECURITY.md",
  ]
  for (const name of copied) Fs.copyFileSync(Path.join(root, name), Path.join(to, name))
  for (const name of ["packages", "examples", "docs"]) {
    Fs.cpSync(Path.join(root, name), Path.join(to, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => !/[/\\](?:dist|coverage|\.vite)$/.test(from),
    })
  }
  const modules = Path.join(to, "node_modules")
  Fs.mkdirSync(modules)
  Fs.symlinkSync(Path.join(root, "node_modules", ".pnpm"), Path.join(modules, ".pnpm"))
  for (const name of Fs.readdirSync(Path.join(root, "node_modules"))) {
    if (name.startsWith(".")) continue
    Fs.cpSync(Path.join(root, "node_modules", name), Path.join(modules, name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
}

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly message: string
    readonly name: string
    readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly fullName: string }>
  }>
}

/** Runs the tests and gives the names of those that fail. */
const failing = (
  copy: string,
  { name, tests }: Pick<Hole, "name" | "tests">,
  millis: number,
): Promise<ReadonlyArray<string>> =>
  new Promise((resolve) => {
    const output = Path.join(copy, "report.json")
    Fs.rmSync(output, { force: true })
    const vitest = Path.join(root, "node_modules", "vitest", "vitest.mjs")
    const args = [
      "run",
      "--config",
      "vitest.workspace.ts",
      "--reporter=json",
      `--outputFile=${output}`,
      "--maxWorkers=1",
      "--minWorkers=1",
    ]
    const child = spawn(process.execPath, [vitest, ...args, ...tests, ...(name === undefined ? [] : ["-t", name])], {
      cwd: copy,
      stdio: "ignore",
      detached: true,
    })
    const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), millis)
    child.on("exit", (code) => {
      clearTimeout(timer)
      if (!Fs.existsSync(output)) {
        resolve([`the run ended with ${code ?? "SIGKILL"}, and without a report`])
        return
      }
      const report: Report = JSON.parse(Fs.readFileSync(output, "utf8"))
      const failed = report.testResults.flatMap(({ assertionResults, message, name: file }) => {
        const names = assertionResults
          .filter(({ status }) => status === "failed")
          .map(({ fullName }) => fullName.trim())
        return names.length === 0 && message !== "" ? [`${Path.basename(file)} cannot be run`] : names
      })
      resolve(failed)
    })
  })

const survived: Array<string> = []

const plant = async (copy: string, hole: Hole): Promise<void> => {
  const file = Path.join(copy, hole.file)
  const source = Fs.readFileSync(file, "utf8")
  // A function, so that the replacement is taken as it is.
  Fs.writeFileSync(
    file,
    source.replace(hole.find, () => hole.replace),
  )
  const began = Date.now()
  const failed = await failing(copy, hole, patience.hole)
  Fs.writeFileSync(file, source)
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  if (failed.length === 0 || failed.some((name) => name.includes("cannot be run"))) survived.push(hole.what)
  const [first = "SURVIVES", ...more] = failed
  console.log(`${hole.what} (${seconds} s)\n    ${first}${more.length === 0 ? "" : `, and ${more.length} more`}`)
}

if (problems.length === 0) {
  const began = Date.now()
  const copies = Array.from({ length: workers }, () => Fs.mkdtempSync(Path.join(Os.tmpdir(), "holes-")))
  try {
    for (const copy of copies) copyTo(copy)
    // What fails with nothing planted would be taken for a catch.
    const whole = planted.filter(({ name }) => name === undefined)
    const named = planted.filter(({ name }) => name !== undefined)
    const sound = await Promise.all(
      [whole, named].map((share, index) => {
        const tests = [...new Set(share.flatMap((hole) => hole.tests))]
        const name = share.some((hole) => hole.name === undefined) ? undefined : share.map((_) => _.name).join("|")
        return tests.length === 0 ? [] : failing(copies[index] ?? root, { tests, name }, patience.all)
      }),
    )
    for (const name of sound.flat()) problems.push(`fails with nothing planted: ${name}`)
    if (problems.length === 0) {
      const queue = [...planted]
      await Promise.all(
        copies.map(async (copy) => {
          for (let hole = queue.shift(); hole !== undefined; hole = queue.shift()) await plant(copy, hole)
        }),
      )
    }
  } finally {
    for (const copy of copies) Fs.rmSync(copy, { recursive: true, force: true })
  }
  if (problems.length === 0)
    console.log(`${planted.length} holes, ${survived.length} survive, ${Math.round((Date.now() - began) / 1000)} s`)
}
for (const what of survived) problems.push(`survives: ${what}`)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
