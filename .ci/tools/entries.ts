/**
 * Gives each built package its entries: what its `exports` lead to. An entry re-exports a public module of `dist`, after it
 * has imported what says which effect fits. All imports of a program are linked before any of it runs, so with Effect 4,
 * where modules are missing, only the error of the linker is seen: it names the module that is missing, and the path of the
 * file that asked for it. So the first import of each entry is of a module that Effect 4 does not have, and the folder of the
 * entries is named for what fits. Anything else is said by guard.ts. Part of `pnpm build`;
 * `tsx .ci/tools/entries.ts [folders of built packages]`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, "../..")

const given = process.argv.slice(2)
const packages =
  given.length > 0 ? given : readdirSync(join(root, "packages")).map((name) => join(root, "packages", name))
for (const folder of packages) {
  const dist = join(folder, "dist")
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const lowest = String(manifest.peerDependencies.effect).replace("^", "")
  const [, entries] = /^\.\/dist\/([^/]+)\//.exec(manifest.publishConfig.exports["."].default) ?? []
  if (entries === undefined || !entries.includes(`effect-${lowest.replace(/\.\d+$/, "")}-`)) {
    throw new Error(`${manifest.name}: exports do not lead to a folder that names effect ${lowest}: ${entries}`)
  }
  mkdirSync(join(dist, entries, "internal"), { recursive: true })
  const constants = `const PACKAGE = ${JSON.stringify(manifest.name)}, LOWEST = ${JSON.stringify(lowest)}\n`
  const { outputText } = ts.transpileModule(readFileSync(join(here, "guard.ts"), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  writeFileSync(join(dist, entries, "internal/guard.js"), constants + outputText)
  const modules = readdirSync(dist).filter((name) => name.endsWith(".js"))
  if (modules.length === 0) throw new Error(`${manifest.name} is not built`)
  for (const name of modules) {
    const entry = `// ${manifest.name} needs effect ${lowest} or a later 3.x, which has this module:
import "effect/Either"
import "./internal/guard.js"
export * from "../${name}"
`
    writeFileSync(join(dist, entries, name), entry)
  }
  console.log(`${manifest.name}: ${modules.length} entries in dist/${entries}`)
}
