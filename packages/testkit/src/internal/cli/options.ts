import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Config, Time } from "../control/json.js"

export const usage = `Usage: testkit serve [options]

Starts a TileDB Users API in memory on 127.0.0.1, prints one line of JSON that says where it is and how to get in, and
serves until SIGINT or SIGTERM.

  --port <n>              port of the API; default: one that is free
  --control-port <n>      port of the control API; default: one that is free
  --seed <text>           where ids, keys and tokens come from; default: 0
  --config <file>         how the deployment starts, as JSON: users, workspaces, policy, faults, and all options below
  --now <time>            the deployment's time when it starts, for example 2026-01-31T12:00:00Z
  --latency <duration>    how long each call takes, in milliseconds or for example "200 millis"
  --cors <origin>         lets the pages of this origin use the API from a browser; may be repeated
  --allow-host <name>     lets requests with this Host in besides loopback; may be repeated
  --import <directory>    starts with the state that was exported there
  --export-on-exit <directory>
                          writes the state there at the end, as JSON, secrets included
  --until-stdin-closes    ends with its standard input, too
  --help, --version
`

/** The command line is invalid; the message is the reason. */
export class UsageError extends Error {
  readonly _tag = "UsageError"
}

const fail = (message: string): never => {
  throw new UsageError(message)
}

const flags = {
  port: { type: "string" },
  "control-port": { type: "string" },
  seed: { type: "string" },
  config: { type: "string" },
  now: { type: "string" },
  latency: { type: "string" },
  cors: { type: "string", multiple: true },
  "allow-host": { type: "string", multiple: true },
  import: { type: "string" },
  "export-on-exit": { type: "string" },
  "until-stdin-closes": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const

const strict = { errors: "all", onExcessProperty: "error" } as const

const read = <A, I>(what: string, schema: Schema.Schema<A, I>, value: unknown): A => {
  const decoded = Schema.decodeUnknownEither(schema, strict)(value)
  if (Either.isRight(decoded)) return decoded.right
  const problems = new Map<string, Set<string>>()
  for (const { message, path } of ParseResult.ArrayFormatter.formatErrorSync(decoded.left)) {
    const at = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")
    problems.set(at, (problems.get(at) ?? new Set()).add(message))
  }
  return fail(Array.from(problems, ([at, messages]) => `${what}${at}: ${Array.from(messages).join("; ")}`).join("\n"))
}

const readFile = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch (error) {
    return fail(`--config ${file}: ${error instanceof Error ? error.message : error}`)
  }
}

const port = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  return /^\d+$/.test(text) && Number(text) <= 65535 ? Number(text) : fail(`--${flag} ${text} is not a port`)
}

/** Drops the fields that are `undefined`. */
const given = <A extends object>(values: A): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof A]?: Exclude<A[K], undefined>
  }

export interface Serve {
  readonly _tag: "Serve"
  readonly config: typeof Config.Type
  readonly importFrom: string | undefined
  readonly exportTo: string | undefined
  readonly untilStdinCloses: boolean
}

export type Command = Serve | { readonly _tag: "Help" } | { readonly _tag: "Version" }

const parse = (args: ReadonlyArray<string>): Command => {
  const { positionals, values } = parseArgs({ args: [...args], options: flags, allowPositionals: true })
  if (values.help === true) return { _tag: "Help" }
  if (values.version === true) return { _tag: "Version" }
  if (positionals.length !== 1 || positionals[0] !== "serve") {
    fail(
      positionals.length === 0 ? "Which command? There is one: serve" : `There is no command ${positionals.join(" ")}`,
    )
  }
  const file = values.config === undefined ? {} : read(values.config, Config, readFile(values.config))
  const { latency, now } = values
  const config = {
    ...file,
    ...given({
      port: port("port", values.port),
      controlPort: port("control-port", values["control-port"]),
      seed: values.seed,
      cors: values.cors,
      hosts: values["allow-host"],
      now: now === undefined ? undefined : read("--now", Schema.DateTimeUtc, now),
      latency:
        latency === undefined ? undefined : read("--latency", Time, /^\d+$/.test(latency) ? Number(latency) : latency),
    }),
  }
  return {
    _tag: "Serve",
    config,
    importFrom: values.import,
    exportTo: values["export-on-exit"],
    untilStdinCloses: values["until-stdin-closes"] === true,
  }
}

/** Reads the command line and the config file that it names. */
export const readCommand = (args: ReadonlyArray<string>): Effect.Effect<Command, UsageError> =>
  Effect.try({
    try: () => parse(args),
    catch: (error) =>
      error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error)),
  })
