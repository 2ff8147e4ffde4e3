/**
 * The public API under a gate: `packages/<name>/api.report.md` holds every export of every public module with its type, as
 * the built declarations have it, and the internal types that it names. A report that is not up to date fails. So does an
 * export that was removed or changed since the last release (`api.released.md`) unless a pending changeset of the package
 * names it (`Users.Options`), with a bump that is large enough: major, or minor below 1.0, for what can break a caller.
 *
 * `pnpm api` checks, `pnpm api:update` writes the reports, `--released` makes them the released ones (after
 * `changeset version`). Needs `pnpm build`. Tried on planted changes by .ci/api-test.ts.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import ts from "typescript"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: "boolean" }, released: { type: "boolean" } },
})
const root = resolve(positionals[0] ?? join(dirname(fileURLToPath(import.meta.url)), ".."))
const printer = ts.createPrinter({ removeComments: true })

/** A report: the text of each export by `Module.Name`. */
type Report = ReadonlyMap<string, string>

const read = (folder: string): Report => {
  const dist = join(folder, "dist")
  if (!existsSync(dist)) throw new Error(`${relative(root, dist)} is not there: run pnpm build first`)
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"))
  const isPublic = (file: string) => !file.split("/").includes("internal")
  const program = ts.createProgram(
    files.map((file) => join(dist, file)),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, noLib: true, noResolve: true, types: [] }, // other packages are named, not read
  )
  const checker = program.getTypeChecker()
  const moduleOf = (node: ts.Node) => relative(dist, node.getSourceFile().fileName).replace(/\.d\.ts$/, "")
  const isOurs = (node: ts.Node) => node.getSourceFile().fileName.startsWith(`${dist}/`)
  const resolved = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const statement = (node: ts.Declaration): ts.Node =>
    ts.isVariableDeclaration(node) ? node.parent.parent : ts.isSourceFile(node) ? node : node

  const report = new Map<string, string>()
  const todo: Array<ts.Node> = []
  const text = (symbol: ts.Symbol) =>
    (symbol.declarations ?? [])
      .filter(isOurs)
      .map((declaration) => {
        const node = statement(declaration)
        todo.push(node)
        return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
      })
      .join("\n")

  for (const file of files.filter(isPublic).sort()) {
    const source = program.getSourceFile(join(dist, file))
    const module = source && checker.getSymbolAtLocation(source)
    if (source === undefined || module === undefined) continue
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = resolved(symbol)
      const home = target.declarations?.find(isOurs)
      const name = `${moduleOf(source)}.${symbol.name}`
      if (home === undefined) report.set(name, `export { ${symbol.name} } // of another package`)
      else if (ts.isSourceFile(home)) report.set(name, `export * as ${symbol.name} from "./${moduleOf(home)}.js"`)
      else if (moduleOf(home) !== moduleOf(source) && isPublic(`${moduleOf(home)}.d.ts`)) {
        report.set(name, `export { ${symbol.name} } from "./${moduleOf(home)}.js"`)
      } else report.set(name, text(target))
    }
  }
  // What the exports name without its being exported is part of their types.
  const seen = new Set<ts.Node>()
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    const visit = (child: ts.Node): void => {
      if (ts.isIdentifier(child)) {
        const symbol = checker.getSymbolAtLocation(child)
        const target = symbol && resolved(symbol)
        const home = target?.declarations?.find((one) => isOurs(one) && one.parent !== undefined)
        const top = home && statement(home)
        if (target !== undefined && top?.parent !== undefined && ts.isSourceFile(top.parent)) {
          const name = `${moduleOf(top)}.${target.name}`
          if (!report.has(name)) report.set(name, text(target))
        }
      }
      ts.forEachChild(child, visit)
    }
    visit(node)
  }
  return report
}

const print = (name: string, report: Report) =>
  `# ${name}: every export and its type\n\nWritten by \`pnpm api:update\`; see .ci/api.ts.\n${[...report]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, type]) => `\n### ${key}\n\n\`\`\`ts\n${type}\n\`\`\`\n`)
    .join("")}`

const parse = (text: string): Report =>
  new Map([...text.matchAll(/^### (\S+)\n\n```ts\n([\s\S]*?)\n```$/gm)].map(([, key, type]) => [key ?? "", type ?? ""]))

/** Whether callers of the old can use the new: only optional properties came in, and nothing went. */
const isAddition = (before: string, after: string) => {
  const lines = after.split("\n")
  let at = 0
  for (const line of before.split("\n")) {
    const found = lines.indexOf(line, at)
    if (found < 0 || lines.slice(at, found).some((added) => !/^\s+(readonly )?\w+\?:.*;$/.test(added))) return false
    at = found + 1
  }
  return at === lines.length
}

const changesets = () => {
  const folder = join(root, ".changeset")
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.endsWith(".md") && file !== "README.md")
    : []
  return files.map((file) => readFileSync(join(folder, file), "utf8"))
}

const problems: Array<string> = []
let exports = 0
for (const name of readdirSync(join(root, "packages")).sort()) {
  const folder = join(root, "packages", name)
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const path = join(folder, "api.report.md")
  const releasedPath = join(folder, "api.released.md")
  const now = read(folder)
  const text = print(manifest.name, now)
  exports += now.size
  if (values.update || values.released) writeFileSync(path, text)
  if (values.released) writeFileSync(releasedPath, text)

  const committed = existsSync(path) ? readFileSync(path, "utf8") : ""
  if (committed !== text) {
    const old = parse(committed)
    const differ = new Set([...old.keys(), ...now.keys()].filter((key) => old.get(key) !== now.get(key)))
    problems.push(`packages/${name}/api.report.md is not up to date (${[...differ].join(", ")}): run pnpm api:update`)
  }
  const released = parse(existsSync(releasedPath) ? readFileSync(releasedPath, "utf8") : "")
  const pending = changesets().flatMap((changeset) => {
    const bump = changeset.match(new RegExp(`^["']?${manifest.name}["']?: (major|minor|patch)$`, "m"))?.[1]
    return bump === undefined ? [] : [{ bump, changeset }]
  })
  const breaking = manifest.version.startsWith("0.") ? ["minor", "major"] : ["major"]
  for (const [key, before] of released) {
    const after = now.get(key)
    if (after === before) continue
    const enough = after !== undefined && isAddition(before, after) ? ["minor", "major"] : breaking
    const said = pending.some(({ bump, changeset }) => enough.includes(bump) && changeset.includes(`\`${key}\``))
    if (said) continue
    const what = after === undefined ? "removed" : "changed"
    problems.push(
      `${manifest.name}: \`${key}\` is ${what}, and no changeset with a bump of ${enough.join(" or ")} names it`,
    )
  }
  const added = [...now.keys()].filter((key) => !released.has(key))
  if (added.length > 0 && pending.length === 0) {
    problems.push(`${manifest.name}: ${added.join(", ")} came in, and there is no changeset for the package`)
  }
}
if (exports === 0) problems.push("no export was found")
for (const problem of problems) console.log(problem)
console.log(`public API: ${exports} exports and the types they name; ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
