/**
 * Runs one of the measurements as plain JavaScript: what tsx makes of a file on the fly carries helpers (every function
 * is named at run time) that would be measured along with it. Only this repository's own sources are compiled in.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const [name = "call", ...args] = process.argv.slice(2)
const outdir = fileURLToPath(new URL("../bench-results/build/", import.meta.url))

await build({
  entryPoints: [name, "contestant", "server", "listServer"].map((entry) =>
    fileURLToPath(new URL(`${entry}.ts`, import.meta.url)),
  ),
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["effect", "@effect/platform", "@effect/platform-node", "axios", "openapi-fetch", "undici", "esbuild"],
  logLevel: "warning",
})

// Where bytes are counted, V8 compiles nothing, and collects nothing meanwhile.
const counted = ["--expose-gc", "--no-opt", "--min-semi-space-size=256", "--max-semi-space-size=256"]
const execArgv = name === "gates" ? counted : name === "lists" ? ["--expose-gc"] : []
const [code] = await once(fork(`${outdir}${name}.mjs`, args, { execArgv }), "exit")
process.exit(typeof code === "number" ? code : 1)
