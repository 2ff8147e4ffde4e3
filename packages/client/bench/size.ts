/**
 * How large a browser program is with this client, next to the same by hand on HttpClient and Schema: bundled and minified by
 * esbuild, then gzip. The page that the documentation prints (`examples/src/page.ts`), and a program that reads one user: with
 * `TileDBClient.layerFetch`, and with `TileDBClient.layer` over the platform's `FetchHttpClient`. `--check` fails when a ratio
 * is over its budget.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build, type Plugin } from "esbuild"

const names = ["pageRatio", "pageBriefRatio", "sizeRatio", "sizeRatioOverFetchHttpClient"] as const
const budget: Readonly<Record<(typeof names)[number], number>> = JSON.parse(
  readFileSync(new URL("budget.json", import.meta.url), "utf8"),
)

/** Leaves modules out: what they export is there, and does nothing. For bundles that are measured and not run. */
const without = (modules: RegExp): Plugin => ({
  name: "without",
  setup: ({ onLoad }) =>
    onLoad({ filter: modules }, ({ path }) => {
      const names = readFileSync(path, "utf8").matchAll(/^export (?:const|class|function) (\w+)/gm)
      return { contents: Array.from(names, ([, name]) => `export const ${name} = () => {}`).join("\n") }
    }),
})

/** The page with the client of `BriefErrors`. */
const briefErrors: Plugin = {
  name: "briefErrors",
  setup: ({ onResolve }) =>
    onResolve({ filter: /client\/TileDBClient$/ }, () => ({
      path: fileURLToPath(new URL("../src/BriefErrors.ts", import.meta.url)),
      sideEffects: false,
    })),
}

const bundle = async (name: string, folder = "size", plugins: Array<Plugin> = []) => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${folder}/${name}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    metafile: true,
    logLevel: "warning",
    plugins,
  })
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  return {
    gzip: outputFiles.reduce((size, file) => size + gzipSync(file.contents, { level: 9 }).byteLength, 0),
    modules: inputs.map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput })),
  }
}

const sum = (modules: ReadonlyArray<{ readonly bytes: number }>) =>
  modules.reduce((total, { bytes }) => total + bytes, 0)

const pageByHand = await bundle("pageByHand")
const page = await bundle("page", "../../../examples/src")
const pageBrief = await bundle("page", "../../../examples/src", [briefErrors])
const byHand = await bundle("byHand")
const ours = await bundle("ours")
const overFetchHttpClient = await bundle("overFetchHttpClient")
const ratios = {
  pageRatio: page.gzip / pageByHand.gzip,
  pageBriefRatio: pageBrief.gzip / pageByHand.gzip,
  sizeRatio: ours.gzip / byHand.gzip,
  sizeRatioOverFetchHttpClient: overFetchHttpClient.gzip / byHand.gzip,
}

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`
const told = (name: keyof typeof ratios) => `ratio ${ratios[name].toFixed(3)}, budget ${budget[name]}`
console.log("Minified, gzip. The page that the documentation prints:")
console.log(`by hand, HttpClient + Schema ${kB(pageByHand.gzip)}`)
console.log(`examples/src/page.ts         ${kB(page.gzip)}   ${told("pageRatio")}`)
console.log(`the same, BriefErrors        ${kB(pageBrief.gzip)}   ${told("pageBriefRatio")}`)
const promises = [
  ["texts of errors", /failure\/messages\.ts$/],
  ["encoded secrets", /secrets\/(redact|secretText)\.ts$/],
  ["other nine's schemas", /schema\/src\/(Requests|ScopedToken)\.ts$/],
  ["all three", /(failure\/messages|secrets\/(redact|secretText)|schema\/src\/(Requests|ScopedToken))\.ts$/],
] as const
for (const [what, modules] of promises) {
  const { gzip } = await bundle("page", "../../../examples/src", [without(modules)])
  console.log(`  without ${what.padEnd(20)} ${kB(gzip)}   ratio ${(gzip / pageByHand.gzip).toFixed(3)}`)
}
console.log("A program that reads a user:")
console.log(`by hand, HttpClient + Schema ${kB(byHand.gzip)}`)
console.log(`TileDBClient.layerFetch      ${kB(ours.gzip)}   ${told("sizeRatio")}`)
console.log(`layer over FetchHttpClient   ${kB(overFetchHttpClient.gzip)}   ${told("sizeRatioOverFetchHttpClient")}`)

// What only `layerFetch` needs stays out of every other bundle.
const strays = overFetchHttpClient.modules.filter(
  ({ bytes, path }) => bytes > 0 && /internal\/http\/(fetch\/|boundedResponse)/.test(path),
)
if (strays.length > 0) {
  console.error(`A bundle without layerFetch holds ${strays.map(({ path }) => path).join(", ")}`)
  process.exitCode = 1
}

const added = ours.modules.filter(({ path }) => !byHand.modules.some((other) => other.path === path))
const own = added.filter(({ path }) => !path.includes("node_modules"))
const others = own.filter(({ path }) => /schema\/src\/(Requests|UserSelf|ScopedToken)\.ts$/.test(path))
console.log(`our own code in it           ${kB(sum(own))}   minified, before gzip`)
console.log(`the other nine's schemas     ${kB(sum(others))}`)
console.log(`modules of effect and platform that it adds, before gzip:`)
for (const { bytes, path } of added
  .filter((module) => !own.includes(module))
  .sort((a, b) => b.bytes - a.bytes)
  .slice(0, 12)) {
  console.log(`  ${kB(bytes)}  ${path.replace(/.*node_modules\//, "")}`)
}

const results = new URL("../bench-results/", import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(
  new URL("size.json", results),
  JSON.stringify(
    {
      date: new Date().toISOString(),
      pageByHand: pageByHand.gzip,
      page: page.gzip,
      byHand: byHand.gzip,
      ours: ours.gzip,
      ...ratios,
    },
    null,
    2,
  ),
)
const over = names.filter((name) => ratios[name] > budget[name])
if (process.argv.includes("--check") && over.length > 0) {
  console.error(`The bundle is over its budget: ${over.map((name) => `${name} is ${told(name)}`).join("; ")}.`)
  process.exit(1)
}
