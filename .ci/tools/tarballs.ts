/**
 * What must hold of each packed tarball: ESM with declarations and maps that lead to sources in it, `internal` blocked, the
 * fields that npm shows, provenance asked for; READMEs and docstrings name no file that is not in it; and publint and
 * @arethetypeswrong/cli find nothing. `tsx .ci/tools/tarballs.ts <folder>`; tried on planted faults by tarballs-test.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const bin = join(dirname(fileURLToPath(import.meta.url)), "node_modules/.bin")
const folder = resolve(process.argv[2] ?? "release")
const work = mkdtempSync(join(tmpdir(), "tarballs-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))
const problems: Array<string> = []
let count = 0

for (const file of readdirSync(folder).filter((name) => name.endsWith(".tgz"))) {
  count++
  const problem = (what: string) => problems.push(`${file}: ${what}`)
  const root = join(work, file)
  execFileSync("bash", ["-c", 'mkdir "$1" && tar -xzf "$0" -C "$1" --strip-components=1', join(folder, file), root])
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  const has = new Set(files)
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

  for (const field of ["description", "keywords", "homepage", "bugs", "repository", "license", "engines", "exports"]) {
    if (manifest[field] === undefined) problem(`package.json has no ${field}`)
  }
  if (manifest.type !== "module") problem("it is not ESM")
  if (manifest.sideEffects !== false) problem("sideEffects is not false: bundlers keep what nobody uses")
  if (manifest.exports?.["./internal/*"] !== null) problem("internal modules can be imported")
  if (manifest.publishConfig?.provenance !== true) problem("publishConfig does not ask for provenance")
  for (const scripts of ["preinstall", "install", "postinstall"]) {
    if (manifest.scripts?.[scripts] !== undefined) problem(`it runs a script at ${scripts}`)
  }
  if (/"(workspace|catalog|file|link):/.test(JSON.stringify(manifest))) problem("a range is one of the workspace's own")
  for (const name of ["README.md", "LICENSE"]) if (!has.has(name)) problem(`${name} is missing`)
  for (const name of files) {
    if (!/^(dist\/|src\/|bin\/|(README|CHANGELOG)\.md$|LICENSE$|package\.json$)/.test(name))
      problem(`${name} does not belong in it`)
  }

  const entry = String(manifest.exports?.["./*"]?.default).replace("*.js", "").replace("./", "")
  const built = files.filter((name) => /^dist\/.*\.js$/.test(name) && !name.startsWith(entry))
  if (built.length === 0) problem("nothing is built")
  for (const name of built) {
    for (const other of [".d.ts", ".d.ts.map", ".js.map"]) {
      if (!has.has(name.replace(/\.js$/, other))) problem(`${name} has no ${other}`)
    }
  }
  for (const name of files.filter((name) => /^dist\/.*\.map$/.test(name))) {
    for (const source of JSON.parse(readFileSync(join(root, name), "utf8")).sources) {
      if (!existsSync(resolve(root, dirname(name), source))) problem(`${name} leads to ${source}, which is not in it`)
    }
  }

  // What its texts name: relative links, and files by their names.
  for (const name of files.filter((name) => /^README\.md$|^src\/.*\.ts$/.test(name))) {
    const text = readFileSync(join(root, name), "utf8")
    const prose =
      name === "README.md" ? text : [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([comment]) => comment).join("\n")
    const links = [...prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link ?? "")
    const files = /(?<![\w:/.-])((?:\.{0,2}\/)?(?:[\w-]+\/)*[\w-]+\.(?:md|json|ts))\b/g
    // A name without a folder is a file of the reader's, but for Markdown and what the sources of the API are called.
    const named = [...prose.matchAll(files)]
      .map(([, path]) => path ?? "")
      .filter((path) => /[^/]\/|\.md$|\.test\.ts$|^(models|operations)\.json$/.test(path))
    for (const path of new Set([...links, ...named])) {
      if (
        path === "package.json" ||
        path === "tsconfig.json" ||
        path.startsWith("/") ||
        has.has(path.replace(/^\.\//, ""))
      )
        continue
      problem(`${name} names ${path}, which is not in it`)
    }
  }

  // What the exports lead to says which effect fits; see entries.ts.
  const modules = built.filter((name) => /^dist\/[^/]+\.js$/.test(name) && name !== "dist/index.js")
  for (const name of [...modules, "dist/index.js"]) {
    const path = name.replace("dist/", entry)
    const text = has.has(path) ? readFileSync(join(root, path), "utf8") : ""
    if (!text.includes('import "effect/Either"\nimport "./internal/guard.js"\n')) {
      problem(`${path} does not say which effect fits before it leads to ${name}`)
    }
  }
  if (!has.has(`${entry}internal/guard.js`)) problem(`${entry}internal/guard.js is missing`)
  const entrypoints = modules.map((name) => name.replace(/^dist\/(.*)\.js$/, "$1"))
  const tool = (command: string, args: ReadonlyArray<string>) => {
    const { status, stdout, stderr } = spawnSync(join(bin, command), [...args], { encoding: "utf8", timeout: 120_000 })
    if (status !== 0) problem(`${command}:\n${stdout}${stderr}`)
  }
  tool("publint", ["--strict", join(folder, file)])
  tool("attw", [
    join(folder, file),
    "--profile",
    "esm-only",
    "--format",
    "ascii",
    "--include-entrypoints",
    ...entrypoints,
  ])
}
if (count === 0) problems.push(`there is no tarball in ${folder}`)
for (const problem of problems) console.log(problem)
console.log(`${count} tarballs looked at, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
