import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const debian = "/usr/lib/postgresql"

/** Debian keeps the server's programs by version, off the path. */
const programs = (): string => {
  const [version] = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  if (version === undefined)
    throw new Error("PostgreSQL is needed: apt-get install postgresql (as `bash .ci/nightly admin` does)")
  return join(debian, version, "bin")
}

// initdb and postgres refuse to run as root: then they run as Debian's user for them.
const root = process.getuid?.() === 0
const asUser = (program: string, args: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] =>
  root ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...args]] : [program, args]

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** A private PostgreSQL in a temporary folder on a free port. */
export const make = Effect.gen(function* () {
  const bin = programs()
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const path = mkdtempSync(join(tmpdir(), "admin-pg-"))
      if (root) execFileSync("chown", ["postgres", path])
      return path
    }),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  )
  const data = join(folder, "data")
  const port = yield* freePort
  const [initdb, initdbArgs] = asUser(join(bin, "initdb"), ["-D", data, "-U", "admin", "-A", "trust", "-E", "UTF8"])
  execFileSync(initdb, initdbArgs, { stdio: "ignore", cwd: folder })

  let server: ChildProcess | undefined
  const start = Effect.promise(async () => {
    const options = ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
    const [postgres, args] = asUser(join(bin, "postgres"), options)
    const child = spawn(postgres, args, { stdio: ["ignore", "ignore", "pipe"], cwd: folder })
    server = child
    await new Promise<void>((resolve, reject) => {
      let log = ""
      child.stderr?.on("data", (text) => {
        log += text
        if (log.includes("ready to accept connections")) resolve()
      })
      child.once("exit", () => reject(new Error(log)))
    })
  })
  const stop = (signal: NodeJS.Signals) =>
    Effect.promise(async () => {
      const child = server
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const exited = new Promise((resolve) => child.once("exit", resolve))
      child.kill(signal)
      await exited
    })
  yield* Effect.acquireRelease(start, () => stop("SIGQUIT"))
  return {
    url: `postgres://admin@127.0.0.1:${port}/postgres`,
    /** Ends all connections in the middle of what they do, and comes back. */
    restart: Effect.zipRight(stop("SIGINT"), start),
    /** Is away for a while, and comes back. */
    outage: (duration: Duration.DurationInput) =>
      stop("SIGINT").pipe(Effect.zipRight(Effect.sleep(duration)), Effect.zipRight(start)),
    /** Takes connections and statements, and does nothing for a while, as a virtual machine that is moved. */
    pause: (duration: Duration.DurationInput) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          const postmaster = String(server?.pid)
          const children = execFileSync("ps", ["-o", "pid=", "--ppid", postmaster], { encoding: "utf8" })
          // First the one that starts the others.
          const all = [postmaster, ...children.trim().split(/\s+/)].map(Number)
          for (const pid of all) process.kill(pid, "SIGSTOP")
          return all
        }),
        () => Effect.sleep(duration),
        (all) => Effect.sync(() => all.forEach((pid) => void process.kill(pid, "SIGCONT"))),
      ),
    /** What a query answers, as `psql` prints it unaligned. */
    query: (sql: string) =>
      Effect.sync(() =>
        execFileSync(
          join(bin, "psql"),
          ["-h", "127.0.0.1", "-p", String(port), "-U", "admin", "-Atc", sql, "postgres"],
          { encoding: "utf8" },
        ).trim(),
      ),
    /** Everything that the database holds, as text. */
    dump: Effect.sync(() =>
      execFileSync(join(bin, "pg_dump"), ["-h", "127.0.0.1", "-p", String(port), "-U", "admin", "postgres"], {
        maxBuffer: 2 ** 30,
      }),
    ),
  }
})
