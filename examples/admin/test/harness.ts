import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Deployment, Faults, Journal, TestServer } from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export const bin = fileURLToPath(new URL("../bin/admin.mjs", import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A deployment behind real sockets, a folder, and the tool as a process that works on both. */
export class World extends Context.Tag("World")<
  World,
  {
    readonly folder: string
    readonly env: NodeJS.ProcessEnv
    readonly deployment: Context.Tag.Service<typeof Deployment.Deployment>
    readonly faults: Context.Tag.Service<typeof Faults.Faults>
    readonly journal: Context.Tag.Service<typeof Journal.Journal>
    readonly write: (name: string, text: string | Uint8Array) => string
    readonly start: (args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) => Running
    readonly admin: (...args: ReadonlyArray<string>) => Effect.Effect<Ended>
    readonly adminWith: (stdin: string, ...args: ReadonlyArray<string>) => Effect.Effect<Ended>
    /** The tool on a terminal of its own, by `script` of util-linux. */
    readonly terminal: (args: ReadonlyArray<string>) => Terminal
    /** The bytes of all files in the folder but the given ones. */
    readonly bytes: (...except: ReadonlyArray<string>) => Buffer
    /** How many calls of createUser took effect, by username. */
    readonly effects: Effect.Effect<ReadonlyMap<string, number>>
  }
>() {}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

export interface Terminal {
  /** Everything that was written to the terminal so far. */
  readonly seen: () => string
  readonly type: (keys: string) => void
  readonly ended: Promise<number | null>
}

/** Waits for what a process is about to say or do. */
export const until = (what: string, done: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    while (!(yield* done)) yield* Effect.sleep("20 millis")
  }).pipe(Effect.timeoutFail({ duration: "100 seconds", onTimeout: () => new Error(`never came: ${what}`) }))

/** Waits until the terminal shows a text; gives everything that it has shown. */
export const shows = ({ seen }: Terminal, text: string) =>
  until(
    `"${text}"`,
    Effect.sync(() => seen().includes(text)),
  ).pipe(
    Effect.tapError(() => Effect.sync(() => console.error(seen()))),
    Effect.orDie,
  )

const startProcess = (args: ReadonlyArray<string>, folder: string, env: NodeJS.ProcessEnv): Running => {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] })
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (text) => {
    stdout += text
  })
  child.stderr.on("data", (text) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { process: child, ended }
}

const make = Effect.gen(function* () {
  const server = yield* TestServer.TestServer
  const deployment = yield* Deployment.Deployment
  const faults = yield* Faults.Faults
  const journal = yield* Journal.Journal
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "admin-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true })),
  )
  const running = new Set<ChildProcess>()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const child of running) child.kill("SIGKILL")
    }),
  )
  const { PATH } = process.env
  const env = {
    PATH,
    HOME: folder,
    TILEDB_REST_HOST: server.baseUrl,
    TILEDB_REST_TOKEN: Redacted.value(server.apiKey),
  }
  const start = (args: ReadonlyArray<string>, more: NodeJS.ProcessEnv = {}) => {
    const started = startProcess(args, folder, { ...env, ...more })
    running.add(started.process)
    started.process.once("close", () => running.delete(started.process))
    return started
  }
  const withInput = (stdin: string, args: ReadonlyArray<string>) =>
    Effect.promise(() => {
      const { ended, process } = start(args)
      process.stdin?.end(stdin)
      return ended
    })
  return {
    folder,
    env,
    deployment,
    faults,
    journal,
    write: (name: string, text: string | Uint8Array) => {
      writeFileSync(join(folder, name), text)
      return name
    },
    start,
    terminal: (args: ReadonlyArray<string>): Terminal => {
      const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ")
      const child = spawn("script", ["-qec", `stty cols 80 rows 40; exec ${command}`, "/dev/null"], {
        cwd: folder,
        env: { ...env, TERM: "xterm" },
        stdio: ["pipe", "pipe", "ignore"],
      })
      running.add(child)
      let seen = ""
      child.stdout.on("data", (text) => {
        seen += text
      })
      const ended = new Promise<number | null>((resolve) => {
        child.once("close", (code) => {
          running.delete(child)
          resolve(code)
        })
      })
      return { seen: () => seen, type: (keys) => void child.stdin.write(keys), ended }
    },
    admin: (...args: ReadonlyArray<string>) => withInput("", args),
    adminWith: (stdin: string, ...args: ReadonlyArray<string>) => withInput(stdin, args),
    bytes: (...except: ReadonlyArray<string>) =>
      Buffer.concat(
        readdirSync(folder)
          .filter((name) => !except.includes(name) && statSync(join(folder, name)).isFile())
          .map((name) => readFileSync(join(folder, name))),
      ),
    effects: Effect.map(journal.entries("createUser"), (entries) => {
      const count = new Map<string, number>()
      for (const { input, outcome } of entries) {
        const acted = outcome._tag === "Success" || (outcome._tag === "Fault" && outcome.acted)
        const username = String(input?.username)
        if (acted) count.set(username, (count.get(username) ?? 0) + 1)
      }
      return count
    }),
  }
})

export const layer = (options: Deployment.Options = {}): Layer.Layer<World> =>
  Layer.orDie(Layer.provide(Layer.scoped(World, make), TestServer.layer({ journalSize: 200_000, ...options })))

/** Faults on a tenth of the requests, responses that are lost after the deed included. */
export const aTenth: ReadonlyArray<Faults.Rule> = [
  { fault: Faults.reset("after"), probability: 0.03, seed: 1 },
  { fault: Faults.reset("before"), probability: 0.03, seed: 2 },
  { fault: Faults.html(502), probability: 0.02, seed: 3 },
  { fault: Faults.cutBody(), probability: 0.01, seed: 4 },
  { fault: Faults.status(500, { when: "after" }), probability: 0.01, seed: 5 },
]

/** How often each change took effect: `Invitations.createInvitations ada@example.com`, `deleteUser usr_…`. */
export const changes = Effect.gen(function* () {
  const { journal } = yield* World
  const acted = new Map<string, number>()
  for (const { input, items, method, operation, outcome, userId } of yield* journal.entries()) {
    if (method === "GET" || !(outcome._tag === "Success" || (outcome._tag === "Fault" && outcome.acted))) continue
    const key = `${operation} ${items?.[0]?.invitee_email ?? userId ?? input?.username}`
    acted.set(key, (acted.get(key) ?? 0) + 1)
  }
  return acted
})

/** A password that must be found nowhere. */
export const canary = (n: number): string => `canary-${(n * 2654435761) % 4294967296}-${n}`

/** A CSV file of users, each with a canary for a password. */
export const usersCsv = (count: number): string =>
  [
    "username,email,password",
    ...Array.from({ length: count }, (_, n) => `user-${n},user-${n}@example.com,${canary(n)}`),
  ].join("\n")

export interface JsonReport {
  readonly total: number
  readonly counts: Readonly<
    Record<"done" | "there" | "failed" | "invalid" | "exists" | "unmailed" | "unknown" | "open", number>
  >
  readonly stopped: string | null
  readonly rows: JsonReport["all"]
  readonly all: ReadonlyArray<{
    readonly id: string
    readonly username: string
    readonly email: string
    readonly was: string
    readonly row: number
    readonly line: number
    readonly what: string
    readonly state: string
    readonly reason: string
    readonly evidence: string
  }>
}

/** `rows` are those that are not simply done, `all` all of them. */
export const parseReport = (text: string): JsonReport => {
  const { rows, ...report } = JSON.parse(text)
  const told = (row: JsonReport["all"][number]) => row.state !== "done" || row.evidence !== "response"
  return { ...report, rows: rows.filter(told), all: rows }
}
