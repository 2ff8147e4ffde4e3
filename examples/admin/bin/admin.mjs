// `pnpm admin …`: installs what the tool needs on first use, and runs it in this process.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { register } from "tsx/esm/api"

const here = fileURLToPath(new URL("..", import.meta.url))
const installed = `${here}node_modules/.pnpm/lock.yaml`
const fresh = () => {
  try {
    const tail = (path) => readFileSync(path, "utf8").split("\npackages:")[1]
    return tail(installed) === tail(`${here}pnpm-lock.yaml`)
  } catch {
    return false
  }
}
if (!existsSync(installed) || !fresh()) {
  process.stderr.write("Installing what the administrator's tool needs (once) …\n")
  const pnpm = process.env.npm_execpath ?? "pnpm"
  const [command, ...before] = /\.c?js$/.test(pnpm) ? [process.execPath, pnpm] : [pnpm]
  const { status } = spawnSync(command, [...before, "install", "--frozen-lockfile", "--reporter=silent"], {
    cwd: here,
    stdio: ["ignore", 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
}
// pnpm changes to the folder of package.json; the files are named from where the command was given.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
register()
await import(new URL("../src/main.ts", import.meta.url).href)
