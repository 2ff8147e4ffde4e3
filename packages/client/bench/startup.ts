/**
 * How long importing the built client takes, next to importing the modules of effect and platform that it needs, one by
 * one. Each sample is a process of its own.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { install, installed } from "./install.js"
import { median } from "./median.js"

const rounds = 15

install()

/** What the files of the client and of the schema import from elsewhere, leaving out what only Node's transport needs. */
const needed = new Set<string>()
for (const name of ["client", "schema"]) {
  const dist = new URL(`node_modules/@effect-tiledb/${name}/dist/`, installed)
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js") || /(^|\/)[nN]ode[A-Z]/.test(file)) continue
    for (const [, module] of readFileSync(new URL(file, dist), "utf8").matchAll(
      /from "((?:effect|@effect\/platform)\/[^"]+)"/g,
    )) {
      if (module !== undefined) needed.add(module)
    }
  }
}

const contestants = {
  "effect and platform, by subpath": [...needed].sort(),
  "@effect-tiledb/client/Users": ["@effect-tiledb/client/Users"],
  "@effect-tiledb/client": ["@effect-tiledb/client"],
  "effect (the barrel)": ["effect"],
}

const samples = Object.entries(contestants).map(([name, modules]) => {
  const file = new URL(`${name.replaceAll(/\W+/g, "-")}.mjs`, installed)
  const imports = modules.map((module) => `await import(${JSON.stringify(module)})`).join("\n")
  writeFileSync(file, `const from = performance.now()\n${imports}\nconsole.log(performance.now() - from)\n`)
  return { name, file: fileURLToPath(file), millis: [] as Array<number> }
})

for (let round = -1; round < rounds; round++) {
  for (const sample of samples) {
    const millis = Number(execFileSync(process.execPath, [sample.file], { encoding: "utf8" }))
    if (round >= 0) sample.millis.push(millis)
  }
}

const unit = median(samples[0]?.millis ?? [])
const table = samples.map(({ millis, name }) => ({ name, millis: median(millis), ratio: median(millis) / unit }))
console.log(`Import in a fresh process, medians of ${rounds} interleaved rounds; ${needed.size} modules by subpath`)
for (const { millis, name, ratio } of table) {
  console.log(`${name.padEnd(34)}${millis.toFixed(0).padStart(6)} ms ${ratio.toFixed(2).padStart(6)}`)
}
const results = new URL("../bench-results/", import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(
  new URL("startup.json", results),
  JSON.stringify({ date: new Date().toISOString(), node: process.version, rounds, table }, null, 2),
)
