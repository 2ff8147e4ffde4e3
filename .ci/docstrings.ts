/**
 * Fails when something public has no docstring: an export of a public module, or a property of one (of an interface, a
 * class, a schema's type or an inline type, the options of a function included). What counts is what an editor shows on
 * hover. `tsx .ci/docstrings.ts [root]`; tried on planted omissions by .ci/docstrings-test.
 */
import { existsSync, readdirSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = resolve(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))))
const packages = join(root, "packages")
const sources = readdirSync(packages)
  .map((name) => join(packages, name, "src"))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)))
  .filter((file) => file.endsWith(".ts"))
const isInternal = (file: string) => file.split(sep).includes("internal")

const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), undefined, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"))
  },
})
const program = ts.createProgram(sources, config?.options ?? {})
const checker = program.getTypeChecker()

const missing = new Map<string, string>() // place → name: what is reached on two ways is told once
const counts = { modules: 0, exports: 0, properties: 0 }
const seen = new Set<string>()

const place = (node: ts.Node) => {
  const file = node.getSourceFile()
  return `${relative(root, file.fileName)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}
const isOurs = (node: ts.Node) => node.getSourceFile().fileName.startsWith(packages + sep)
const isHidden = (symbol: ts.Symbol) => symbol.getJsDocTags(checker).some(({ name }) => name === "internal")
const isDocumented = (symbol: ts.Symbol) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().length > 0

const look = (symbol: ts.Symbol, name: string, kind: "exports" | "properties") => {
  const at = symbol.declarations?.find(isOurs)
  if (at === undefined) return
  const key = `${place(at)} ${kind === "exports" ? name : symbol.name}`
  if (!seen.has(key)) {
    seen.add(key)
    counts[kind]++
  }
  if (!isDocumented(symbol) && !missing.has(key)) missing.set(key, name)
}

/** `_tag` is the name of the case, symbols are for the runtime, `#names` are private: none is looked up by hovering. */
const explainsItself = (symbol: ts.Symbol) => symbol.name === "_tag" || /^(__|#)/.test(symbol.name)

const properties = (type: ts.Type, name: string) => {
  for (const part of type.isUnion() ? type.types : [type]) {
    for (const property of checker.getPropertiesOfType(part)) {
      const at = property.declarations?.find(isOurs)
      if (at === undefined || explainsItself(property) || isHidden(property)) continue
      if (ts.getCombinedModifierFlags(at as ts.Declaration) & ts.ModifierFlags.Private) continue
      look(property, `${name}.${property.name}`, "properties")
    }
  }
}

/** Types that are written where they are used: the options of a function, the part of a property. */
const inlineTypes = (node: ts.Node, name: string): void => {
  if (ts.isBlock(node)) return
  // What a conditional type matches against is a pattern, not something that a caller writes or reads.
  if (ts.isConditionalTypeNode(node)) {
    for (const part of [node.checkType, node.trueType, node.falseType]) inlineTypes(part, name)
    return
  }
  if (ts.isTypeLiteralNode(node)) properties(checker.getTypeAtLocation(node), name)
  // An initializer's own text is the implementation, but for a function's signature.
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
    for (const part of [...node.parameters, ...(node.type === undefined ? [] : [node.type])]) inlineTypes(part, name)
    return
  }
  ts.forEachChild(node, (child) => inlineTypes(child, name))
}

const exported = (symbol: ts.Symbol, name: string) => {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const declarations = (target.declarations ?? []).filter(isOurs)
  if (declarations.length === 0 || isHidden(target)) return
  if (declarations.some(ts.isSourceFile)) return // `export * as`: the module is looked at by itself
  look(target, name, "exports")
  for (const declaration of declarations) {
    if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
      properties(checker.getTypeAtLocation(declaration), name)
      inlineTypes(declaration, name)
    } else if (ts.isClassDeclaration(declaration)) {
      properties(checker.getDeclaredTypeOfSymbol(target), name)
      properties(checker.getTypeOfSymbol(target), name)
    } else if (ts.isVariableDeclaration(declaration)) {
      properties(checker.getTypeOfSymbol(target), name)
      const signature = declaration.type ?? declaration.initializer
      if (signature !== undefined) inlineTypes(signature, name)
    } else if (ts.isFunctionDeclaration(declaration)) {
      inlineTypes(declaration, name)
    }
  }
}

for (const file of sources.filter((file) => !isInternal(relative(packages, file)))) {
  const source = program.getSourceFile(file)
  const module = source && checker.getSymbolAtLocation(source)
  if (source === undefined || module === undefined) continue
  counts.modules++
  const name = relative(packages, file).replace(`${sep}src${sep}`, "/").replace(/\.ts$/, "")
  // Types first, so that a property is called by the type that has it and not by a value of that type.
  const isValue = (symbol: ts.Symbol) => Number((symbol.flags & ts.SymbolFlags.Variable) !== 0)
  for (const symbol of checker.getExportsOfModule(module).toSorted((one, other) => isValue(one) - isValue(other))) {
    exported(symbol, `${name}: ${symbol.name}`)
  }
}

const told = [...missing].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }))
for (const [at, name] of told) console.log(`${at.split(" ")[0]} ${name} has no docstring`)
const { modules, exports, properties: fields } = counts
console.log(
  `${exports} exports and ${fields} properties of ${modules} public modules; ${missing.size} have no docstring`,
)
process.exitCode = missing.size > 0 || exports === 0 || fields === 0 ? 1 : 0
