/**
 * What type-checking a file that uses all ten methods costs, in instantiations, over a file that only imports the same
 * modules. Against the built declarations, as users have them. `--check` fails when it is over the budget.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { install, installed } from "./install.js"

const budget: { readonly typeInstantiations: number } = JSON.parse(
  readFileSync(new URL("budget.json", import.meta.url), "utf8"),
)

install()

const instantiations = (name: string): number => {
  // Next to the installed packages, so that these are what its imports mean.
  const file = fileURLToPath(new URL(`${name}.ts`, installed))
  cpSync(new URL(`types/${name}.ts`, import.meta.url), file)
  const program = ts.createProgram([file], {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  })
  const problems = ts.getPreEmitDiagnostics(program, program.getSourceFile(file))
  if (problems.length > 0) {
    throw new Error(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (_) => _,
        getCurrentDirectory: () => "/",
        getNewLine: () => "\n",
      }),
    )
  }
  return program.getInstantiationCount()
}

const baseline = instantiations("baseline")
const all = instantiations("allTen")
const used = all - baseline

console.log(`Type instantiations of a file that uses all ten methods (TypeScript ${ts.version})`)
console.log(`imports only  ${String(baseline).padStart(8)}`)
console.log(`all ten       ${String(all).padStart(8)}`)
console.log(`difference    ${String(used).padStart(8)}   budget ${budget.typeInstantiations}`)

const results = new URL("../bench-results/", import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(
  new URL("types.json", results),
  JSON.stringify({ date: new Date().toISOString(), typescript: ts.version, baseline, all, used }, null, 2),
)
if (process.argv.includes("--check") && used > budget.typeInstantiations) {
  console.error(`${used} instantiations; the budget is ${budget.typeInstantiations}.`)
  process.exit(1)
}
