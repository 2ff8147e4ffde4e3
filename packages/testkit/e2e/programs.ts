import { type ChildProcess, execFile, spawn } from "node:child_process"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The root of the repo. */
export const root = fileURLToPath(new URL("../../../", import.meta.url))

/** A program did not do what it was started for; the message has all that it said. */
class ProgramFailed extends Data.TaggedError("ProgramFailed")<{ readonly message: string }> {}

const execute = promisify(execFile)

/** Runs a program to its end, four minutes at most; fails with all it said when it does not succeed. */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
) =>
  Effect.tryPromise({
    try: async () =>
      (await execute(program, [...args], { cwd: root, timeout: 240_000, maxBuffer: 1 << 24, ...options })).stdout,
    catch: (error) => new ProgramFailed({ message: `${program} ${args.join(" ")}: ${JSON.stringify(error, null, 2)}` }),
  })

/** A port that was free a moment ago. */
export const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const end = (child: ChildProcess) =>
  Effect.async<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const patience = setTimeout(() => child.kill("SIGKILL"), 5_000)
    child.once("exit", () => {
      clearTimeout(patience)
      resume(Effect.void)
    })
    child.kill("SIGTERM")
  })

/** Starts a program until the scope closes, and waits for what it prints once it is ready. */
export const start = (
  program: string,
  args: ReadonlyArray<string>,
  ready: RegExp,
  options: { readonly cwd?: string } = {},
): Effect.Effect<string, Error, Scope.Scope> =>
  Effect.flatMap(
    Effect.acquireRelease(
      Effect.sync(() => spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options })),
      end,
    ),
    (child) =>
      Effect.async<string, Error>((resume) => {
        let said = ""
        const hear = (chunk: Buffer) => {
          said += chunk
          const found = ready.exec(said)
          if (found !== null) resume(Effect.succeed(found[0]))
        }
        child.stdout.on("data", hear)
        child.stderr.on("data", hear)
        child.once("exit", (code) => resume(new ProgramFailed({ message: `${program} ended with ${code}: ${said}` })))
        child.once("error", (error) => resume(Effect.fail(error)))
      }),
  )
