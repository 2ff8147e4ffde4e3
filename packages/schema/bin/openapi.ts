// Writes openapi.json at the root of the repo; with --check, only says whether it is what would be written.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as OpenApi from "@effect-tiledb/schema/OpenApi"

const file = fileURLToPath(new URL("../../../openapi.json", import.meta.url))
const text = `${JSON.stringify(OpenApi.make(), null, 2)}\n`

if (!process.argv.includes("--check")) writeFileSync(file, text)
else if (readFileSync(file, "utf8") !== text) {
  process.stderr.write("openapi.json is not what the schemas say: run pnpm openapi\n")
  process.exitCode = 1
}
