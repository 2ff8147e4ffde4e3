/** Builds the packages and lays them out as if they had been installed from a registry, next to this package's own dependencies. */
import { execFileSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const packages = new URL("../../", import.meta.url)

/** Where a file can import `@effect-tiledb/client` as its users do. */
export const installed = new URL("../bench-results/installed/", import.meta.url)

const tsc = fileURLToPath(import.meta.resolve("typescript/bin/tsc"))

export const install = (): void => {
  rmSync(installed, { recursive: true, force: true })
  for (const name of ["schema", "client"]) {
    const from = new URL(`${name}/`, packages)
    const to = new URL(`node_modules/@effect-tiledb/${name}/`, installed)
    execFileSync(
      process.execPath,
      [tsc, "-p", "tsconfig.build.json", "--outDir", fileURLToPath(new URL("dist/", to))],
      {
        cwd: from,
        stdio: "inherit",
      },
    )
    const manifest = JSON.parse(readFileSync(new URL("package.json", from), "utf8"))
    const { exports } = manifest.publishConfig
    writeFileSync(new URL("package.json", to), JSON.stringify({ ...manifest, exports }, null, 2))
  }
  writeFileSync(new URL("package.json", installed), JSON.stringify({ type: "module", private: true }))
}
