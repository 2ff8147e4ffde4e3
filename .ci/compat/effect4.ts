/**
 * The application on Effect 4 (examples/effect-4): installed in an empty folder as its lock file says, with the packed
 * tarballs, then compiled, tested and measured on Node 22. With `--update` it resolves again, and writes the lock file.
 * `tsx .ci/compat/effect4.ts <folder of tarballs> [--update]`; needs `pnpm --dir .ci/compat install`.
 */
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join, resolve } from "node:path"
import { serve } from "../scripts/registry.js"

const here = import.meta.dirname
const example = join(here, "../../examples/effect-4")
const update = process.argv[3] === "--update"
const work = mkdtempSync(join(tmpdir(), "effect-4-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))
const { packageManager: pnpm } = JSON.parse(readFileSync(join(here, "../../package.json"), "utf8"))

const run = (command: string, ...args: ReadonlyArray<string>) =>
  new Promise<void>((done, fail) => {
    console.log(`$ ${[command, ...args].join(" ").replaceAll(work, "…")}`)
    const env = { ...process.env, PATH: `${join(here, "node_modules/node-22/bin")}${delimiter}${process.env.PATH}` }
    const child = spawn(command, [...args], { cwd: work, env, stdio: ["ignore", "inherit", "inherit"] })
    child.once("error", fail)
    child.once("exit", (code) => (code === 0 ? done() : fail(new Error(`${command} ended with ${code}`))))
  })

/** The lock file with other integrities of our packages, which differ with each build, and without addresses. */
const locked = (file: string, integrities: Readonly<Record<string, string>>) =>
  Object.entries(integrities).reduce(
    (text, [name, integrity]) =>
      text.replace(new RegExp(`('${name}@[^']*':\\s+resolution: \\{integrity: )[^},]*`), `$1${integrity}`),
    readFileSync(file, "utf8").replaceAll(/, tarball: [^}]*/g, ""),
  )

cpSync(example, work, { recursive: true, filter: (path) => !path.includes("node_modules") })
const registry = await serve(resolve(process.argv[2] ?? "release"))
try {
  const lockfile = join(work, "pnpm-lock.yaml")
  if (!update) writeFileSync(lockfile, locked(lockfile, registry.integrities))
  await run(
    ...(["npx", "-y", pnpm, "install", "--registry", registry.url] as const),
    `--${update ? "no-" : ""}frozen-lockfile`,
  )
  const none = Object.fromEntries(Object.keys(registry.integrities).map((name) => [name, "sha512-of-the-tarball"]))
  if (update) writeFileSync(join(example, "pnpm-lock.yaml"), locked(lockfile, none))
  for (const script of ["check", "test", "bench"]) await run("npm", "run", "--silent", script)
} finally {
  registry.close()
}
