/**
 * The public API as a reviewer reads it: `packages/<name>/api.report.md` has every export of every public module with its
 * type, as the built declarations have it. What an export names without its being exported stands below the first that names
 * it, and no file of ours is named but public modules: moving an internal one changes no report.
 *
 * Fails when a report is not up to date (`pnpm api:update` writes it), and when one has changed since the last tag while the
 * version has not and no changeset waits. Needs `pnpm build`.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"

const root = join(import.meta.dirname, "../..")
const printer = ts.createPrinter({ removeComments: true })
const one = (text: string, other: string) => (text < other ? -1 : 1)

const report = (name: string, dist: string): string => {
  const modules = readdirSync(dist).filter((file) => file.endsWith(".d.ts"))
  if (modules.length === 0) throw new Error(`${name} is not built`)
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, noLib: true, types: [] }
  const host = ts.createCompilerHost(options)
  // Other packages are named, not read.
  const program = ts.createProgram({
    rootNames: modules.map((file) => join(dist, file)),
    options,
    host: { ...host, fileExists: (file) => file.startsWith(dist) && host.fileExists(file) },
  })
  const checker = program.getTypeChecker()
  const resolved = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const ours = (symbol: ts.Symbol) =>
    (symbol.declarations ?? []).filter((node) => node.getSourceFile().fileName.startsWith(dist))
  const exportsOf = (file: string) => {
    const source = program.getSourceFile(join(dist, file))
    const module = source && checker.getSymbolAtLocation(source)
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module)
    return symbols
      .map((symbol) => ({ name: symbol.name, target: resolved(symbol) }))
      .sort((a, b) => one(a.name, b.name))
  }

  // Where a symbol is public: in the module that declares it, or else in the first that exports it.
  const home = new Map<ts.Symbol, string>()
  for (const file of modules.toSorted(one)) {
    for (const { target } of exportsOf(file)) {
      const declared = ours(target)[0]?.getSourceFile().fileName === join(dist, file)
      if (declared || !home.has(target)) home.set(target, file)
    }
  }

  const texts: Array<string> = []
  for (const file of modules.toSorted(one)) {
    const seen = new Set<ts.Symbol>()
    const text = (symbol: ts.Symbol): ReadonlyArray<string> => {
      if (seen.has(symbol)) return []
      seen.add(symbol)
      const named: Array<ts.Symbol> = []
      const visit = (node: ts.Node): void => {
        const found = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined
        if (found !== undefined) named.push(resolved(found))
        ts.forEachChild(node, visit)
      }
      const own = ours(symbol).map((declaration) => {
        const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
        visit(node)
        const printed = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
        return printed.replace(/import\("\.[^"]*"\)\./g, "")
      })
      const topLevel = (other: ts.Symbol) =>
        ours(other).some((node) => {
          const parent = ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent
          return parent !== undefined && ts.isSourceFile(parent)
        })
      return [...own, ...named.filter((other) => !home.has(other) && topLevel(other)).flatMap(text)]
    }
    for (const { name, target } of exportsOf(file)) {
      const module = (path: string) => `"./${path.replace(/^.*\//, "").replace(/\.d\.ts$/, ".js")}"`
      const [declaration] = ours(target)
      const lines =
        declaration === undefined
          ? [`export { ${name} } // of another package`]
          : ts.isSourceFile(declaration)
            ? [`export * as ${name} from ${module(declaration.fileName)}`]
            : home.get(target) === file
              ? text(target)
              : [`export { ${name} } from ${module(home.get(target) ?? "")}`]
      texts.push(`\n### ${file.replace(/\.d\.ts$/, "")}.${name}\n\n\`\`\`ts\n${lines.join("\n")}\n\`\`\`\n`)
    }
  }
  return `# ${name}: every export and its type\n\nWritten by \`pnpm api:update\`.\n${texts.join("")}`
}

const git = (...args: ReadonlyArray<string>) => {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  } catch {
    return undefined // no tag, or no such file at it
  }
}
const tag = git("describe", "--tags", "--abbrev=0", "--match", "v*")
const waiting = readdirSync(join(root, ".changeset")).some((file) => file.endsWith(".md") && file !== "README.md")

const problems: Array<string> = []
for (const folder of readdirSync(join(root, "packages")).map((name) => `packages/${name}`)) {
  const path = `${folder}/api.report.md`
  const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
  const now = report(name, join(root, folder, "dist"))
  if (process.argv.includes("--update")) writeFileSync(join(root, path), now)
  else if (!existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== now)
    problems.push(`${path} is not up to date: run pnpm api:update`)
  const released = tag && git("show", `${tag}:${path}`)
  const before = tag && git("show", `${tag}:${folder}/package.json`)
  if (released && before && released !== now.trim() && JSON.parse(before).version === version && !waiting)
    problems.push(`${path} has changed since ${tag}: run pnpm changeset`)
}
for (const problem of problems) console.log(problem)
if (problems.length > 0) process.exit(1)
