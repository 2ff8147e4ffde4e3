import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export interface Started {
  readonly child: ChildProcess
  /** Fails unless the process ends with 0, or is killed by a signal. */
  readonly ended: Promise<void>
}

/** A deployment in a process of its own that answers after so many milliseconds, and a folder for files. */
export const start = async (latency: number, members = 0) => {
  const folder = mkdtempSync(join(tmpdir(), "admin-bench-"))
  const server = spawn(process.execPath, ["--import", "tsx", here("server.ts"), String(latency), String(members)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse(String((await lines.next()).value))
  const { apiKey, baseUrl }: { readonly apiKey: string; readonly baseUrl: string } = await next()
  const env = { PATH: process.env.PATH, HOME: folder, TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: apiKey }

  const node = (args: ReadonlyArray<string>, cwd: string): Started => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    child.stderr.on("data", (text) => {
      said += text
    })
    const ended = new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => (code === 0 || code === null ? resolve() : reject(new Error(said))))
    })
    return { child, ended }
  }

  return {
    /** How many users the deployment has. */
    size: async (): Promise<number> => {
      server.stdin.write("\n")
      return next()
    },
    admin: (...args: ReadonlyArray<string>) => node([here("../bin/admin.mjs"), ...args], folder),
    bare: (prefix: string, rows: number) =>
      node(["--import", "tsx", here("bare.ts"), baseUrl, prefix, String(rows)], here("..")),
    stream: () => node(["--import", "tsx", here("stream.ts"), baseUrl], here("..")),
    csv: (name: string, rows: number): string => {
      const users = Array.from({ length: rows }, (_, n) => `${name}-${n},${name}-${n}@example.com,password-${n}`)
      writeFileSync(join(folder, `${name}.csv`), ["username,email,password", ...users].join("\n"))
      return `${name}.csv`
    },
    stop: () => {
      server.kill()
      rmSync(folder, { recursive: true })
    },
  }
}

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Ends the process with 1 when a figure is not what it has to be, and `--check` was given. */
export const check = (what: string, holds: boolean): void => {
  console.log(`${holds ? "ok  " : "MISS"} ${what}`)
  if (!holds && process.argv.includes("--check")) process.exitCode = 1
}
