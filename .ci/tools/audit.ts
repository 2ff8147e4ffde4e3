/**
 * Holds the lock files to what we promise: every package with an integrity and from a registry, every licence one of those
 * below, and no known advisory in what the published packages run on. Advisories come from the registry in use, or, where
 * it does not answer, from advisories.json; the output says which. An advisory of a tool is told and does not fail.
 *
 * `tsx .ci/tools/audit.ts [root] [--advisories file]`; tried on planted lock files by .ci/tools/audit-test.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import semver from "semver"
import { parse } from "yaml"

const licences =
  /^(MIT|MIT-0|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Python-2\.0|Unlicense)$/

/** Tools whose licence was read by hand; none is in what we publish. */
const readByHand: Readonly<Record<string, string>> = {
  spawndamnit: "its LICENSE is the MIT licence; package.json only points to it",
  speakingurl: "its LICENSE is BSD-3-Clause; package.json says BSD",
  "spdx-exceptions": "CC-BY-3.0: a list of names",
  "caniuse-lite": "CC-BY-4.0: a table of browsers",
}

interface Advisory {
  readonly id: string
  readonly package: string
  readonly vulnerable: string
  readonly severity: string
}
interface Lock {
  readonly importers: Record<string, Record<string, Record<string, { readonly version: string }>>>
  readonly packages: Record<string, { readonly resolution: Record<string, string> }>
  readonly snapshots: Record<string, Record<string, Record<string, string>>>
}

const here = dirname(fileURLToPath(import.meta.url))
const { values, positionals } = parseArgs({ allowPositionals: true, options: { advisories: { type: "string" } } })
const root = resolve(positionals[0] ?? join(here, "../.."))
const problems: Array<string> = []

const readLock = (path: string): Lock => parse(readFileSync(path, "utf8"))
const nameOf = (key: string) => key.replace(/\(.*$/, "").replace(/(?<=.)@[^@]*$/, "")
const versionOf = (key: string) => key.replace(/\(.*$/, "").replace(/^.+@/, "")

const paths = [".", ".ci/tools", ".ci/runtimes", "examples/admin", "docs"]
  .map((folder) => join(root, folder, "pnpm-lock.yaml"))
  .filter(existsSync)
const locks = paths.map(readLock)
const workspace = locks[0]
if (workspace === undefined) throw new Error(`no pnpm-lock.yaml in ${root}`)

let locked = 0
for (const lock of locks) {
  for (const [key, { resolution }] of Object.entries(lock.packages)) {
    locked++
    if (!resolution.integrity?.startsWith("sha512-")) problems.push(`${key} has no sha512 integrity in the lock file`)
    const from = Object.keys(resolution).filter((name) => name !== "integrity")
    if (from.length > 0) problems.push(`${key} does not come from the registry by its name (${from.join(", ")})`)
  }
}
if (locked === 0) problems.push("the lock files hold no package")

/** What is installed with the published packages: their dependencies and peers, and the dependencies of these. */
const published = new Set<string>()
const reach = (key: string) => {
  if (published.has(key) || key.includes("@link:")) return
  published.add(key)
  const { dependencies = {}, optionalDependencies = {} } = workspace.snapshots[key] ?? {}
  for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies }))
    reach(`${name}@${version}`)
}
for (const name of readdirSync(join(root, "packages"))) {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(root, "packages", name, "package.json"), "utf8"),
  )
  const needed = new Set(Object.keys({ ...dependencies, ...peerDependencies }))
  for (const group of Object.values(workspace.importers[`packages/${name}`] ?? {})) {
    for (const [dependency, { version }] of Object.entries(group)) {
      if (needed.has(dependency)) reach(`${dependency}@${version}`)
    }
  }
}
if (published.size === 0) problems.push("nothing that the published packages run on was found in pnpm-lock.yaml")

const pnpm = (args: ReadonlyArray<string>, cwd: string) => {
  const { packageManager } = JSON.parse(readFileSync(join(here, "../../package.json"), "utf8"))
  const { stdout } = spawnSync("npx", ["-y", packageManager, ...args], { cwd, encoding: "utf8", timeout: 60_000 })
  try {
    return JSON.parse(stdout)
  } catch {
    return undefined // not an answer: an error page, or the time is up
  }
}

/** The registry's own advisories for what is locked, or nothing where it does not answer. */
const fromRegistry = (): ReadonlyArray<Advisory> | undefined => {
  const answers = paths.map((path) => pnpm(["audit", "--json"], dirname(path))?.advisories)
  if (answers.some((answer) => answer === undefined)) return undefined
  return answers.flatMap((advisories) =>
    Object.values<Record<string, string>>(advisories).map((one) => ({
      id: one.github_advisory_id ?? String(one.id),
      package: one.module_name ?? "",
      vulnerable: one.vulnerable_versions ?? "*",
      severity: one.severity ?? "unknown",
    })),
  )
}
const answered = values.advisories === undefined ? fromRegistry() : undefined
const list = values.advisories ?? join(here, "advisories.json")
const advisories: ReadonlyArray<Advisory> = answered ?? JSON.parse(readFileSync(list, "utf8")).advisories
console.log(
  answered === undefined
    ? `advisories: ${advisories.length} of ${values.advisories ?? "advisories.json"}; the registry in use does not answer an audit`
    : `advisories: the registry in use knows ${advisories.length} of what is locked`,
)
if (answered === undefined && advisories.length === 0) problems.push("the list of advisories is empty")
const everything = new Set(locks.flatMap((lock) => Object.keys(lock.snapshots)))
for (const { id, package: name, vulnerable, severity } of advisories) {
  for (const key of everything) {
    if (nameOf(key) !== name || !semver.satisfies(versionOf(key), vulnerable, { includePrerelease: true })) continue
    const what = `${id} (${severity}): ${key.replace(/\(.*$/, "")} is in ${vulnerable}`
    if (published.has(key)) problems.push(`${what}, and the published packages run on it`)
    else console.log(`told, not in what is published: ${what}`)
  }
}

let licensed = 0
if (positionals.length === 0) {
  for (const path of paths) {
    if (!existsSync(join(dirname(path), "node_modules"))) {
      console.log(`${relative(root, dirname(path))} is not installed: its licences are not looked at`)
      continue
    }
    const found: Record<string, ReadonlyArray<{ readonly name: string }>> = pnpm(
      ["licenses", "list", "--json"],
      dirname(path),
    ) ?? {}
    if ("error" in found) throw new Error(`pnpm licenses list: ${JSON.stringify(found.error)}`)
    for (const [licence, packages] of Object.entries(found)) {
      licensed += packages.length
      const allowed = licence
        .replace(/[()]/g, "")
        .split(" OR ")
        .some((one) => licences.test(one))
      const others = allowed ? [] : packages.filter(({ name }) => !(name in readByHand))
      if (others.length > 0) problems.push(`licence ${licence}: ${others.map(({ name }) => name).join(", ")}`)
    }
  }
  if (licensed === 0) problems.push("no licence was found: is everything installed?")
}

for (const problem of problems) console.log(`not so: ${problem}`)
console.log(`${locked} locked packages, ${published.size} of them in what is published, ${licensed} licences looked at`)
process.exitCode = problems.length > 0 ? 1 : 0
