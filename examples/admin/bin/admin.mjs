// `pnpm admin …`: installs and builds what the tool needs when it is used first, and runs it in this process.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const args = process.argv.slice(2)
// The engine is installed and built for who names a database.
const cluster =
  args[0] === "worker" ||
  args.some((arg) => /^--database-url(=|$)/.test(arg)) ||
  Boolean(process.env.TILEDB_ADMIN_DATABASE_URL)

const packages = (path) => readFileSync(path, "utf8").split("\npackages:")[1]
const installed = (folder) => {
  try {
    return packages(join(folder, "node_modules/.pnpm/lock.yaml")) === packages(join(folder, "pnpm-lock.yaml"))
  } catch {
    return false
  }
}
for (const folder of cluster ? [root, join(root, "cluster")] : [root]) {
  if (installed(folder)) continue
  process.stderr.write("Installing what the administrator's tool needs (once) …\n")
  const pnpm = process.env.npm_execpath ?? "pnpm"
  const [command, ...before] = /\.c?js$/.test(pnpm) ? [process.execPath, pnpm] : [pnpm]
  const { status } = spawnSync(command, [...before, "install", "--frozen-lockfile", "--reporter=silent"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** Names the sources as they are now: names, sizes and times of all files. */
const stamp = createHash("sha256")
const look = (folder) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules") look(path)
    } else {
      const { mtimeMs, size } = statSync(path)
      stamp.update(`${path} ${size} ${mtimeMs}\n`)
    }
  }
}
for (const folder of ["bin", "src", "../../packages/client/src", "../../packages/schema/src"]) look(join(root, folder))
if (cluster) look(join(root, "cluster"))
const built = join(root, "dist", `${cluster ? "cluster" : "embedded"}-${stamp.digest("hex").slice(0, 16)}`)
if (!existsSync(built)) {
  const { build } = await import("esbuild")
  const outdir = `${built}.${process.pid}`
  await build({
    entryPoints: { main: join(root, cluster ? "cluster/main.ts" : "src/main.ts") },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    outExtension: { ".js": ".mjs" },
    banner: { js: 'import{createRequire as _r}from"node:module";const require=_r(import.meta.url);' },
    logLevel: "error",
    plugins: [
      {
        // What finds a binary by its own place stays where it is.
        name: "native",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^(libsql|pg-native)$/ }, ({ importer, path }) => ({
            path: path === "libsql" ? createRequire(importer).resolve(path) : path,
            external: true,
          })),
      },
    ],
  })
  try {
    renameSync(outdir, built)
  } catch {
    // Another process was first.
    rmSync(outdir, { recursive: true })
  }
  // What was built from earlier sources, unless a process may still be loading it.
  const hour = 60 * 60 * 1000
  for (const name of readdirSync(join(root, "dist"))) {
    const other = join(root, "dist", name)
    if (statSync(other).mtimeMs < Date.now() - hour) rmSync(other, { recursive: true, force: true })
  }
}
// pnpm changes to the folder of package.json; the files are named from where the command was given.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
await import(join(built, "main.mjs"))
