// Starts the server mode as the process that it is.
import { type ChildProcess, spawn } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { buildSync } from "esbuild"

export interface Line {
  readonly baseUrl: string
  readonly apiKey: string
  readonly mailboxUrl: string
  readonly userId: string
  readonly bearer: string
  readonly openApiUrl: string
  readonly controlUrl: string
  readonly controlToken: string
}

export interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  readonly errors: () => string
  readonly exit: Effect.Effect<number | null>
}

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The server mode's source, to run with tsx. */
export const source = here("src/internal/cli/main.ts")

const folder = mkdtempSync(join(tmpdir(), "testkit-"))
process.once("exit", () => rmSync(folder, { recursive: true }))

/** The server mode in one file, which starts in a fifth of the time that tsx takes. */
export const script = join(folder, "src/internal/cli/main.mjs")
copyFileSync(here("package.json"), join(folder, "package.json"))
buildSync({
  entryPoints: [source],
  outfile: script,
  bundle: true,
  platform: "node",
  format: "esm",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' },
})

/** A process, with what it writes. */
export const launch = (command: string, args: ReadonlyArray<string>, cwd?: string): Run => {
  const child = spawn(command, args, { stdio: "pipe", cwd })
  let output = ""
  let errors = ""
  child.stdout.on("data", (chunk) => {
    output += chunk
  })
  child.stderr.on("data", (chunk) => {
    errors += chunk
  })
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve))
  return { child, output: () => output, errors: () => errors, exit: Effect.promise(() => exit) }
}

export const start = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => launch(process.execPath, [script, "serve", ...args])),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL")),
  )

export const firstLine = ({ child, output }: Run) =>
  Effect.async<Line>((resume) => {
    const look = () => {
      if (output().includes("\n")) resume(Effect.sync(() => JSON.parse(output())))
    }
    child.stdout?.on("data", look)
    look()
  })
