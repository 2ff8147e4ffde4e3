import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Config, Time } from "../control/json.js"
import { given } from "../state/given.js"
import { InputError, inputError, readJson } from "./jsonFile.js"

export const usage = `Usage: effect-tiledb-testkit serve [options]
       effect-tiledb-testkit doctor [--json] [--profile <name>]

Serves a TileDB Users API in memory on 127.0.0.1 until SIGINT or SIGTERM. Prints its addresses and credentials: for a
person at a terminal, and as one line of JSON in a pipe. Exit code 0 after a signal, 1 after a message on stderr.

  --port <n>              port of the API; default: a free one
  --control-port <n>      port of the control API; default: a free one
  --seed <text>           the seed of ids, keys and tokens; default: 0
  --config <file>         a JSON file with users, workspaces, policy, faults and all options below
  --now <time>            the deployment's time at the start, for example 2026-01-31T12:00:00Z
  --latency <duration>    the latency of each call, in milliseconds or for example "200 millis"
  --cors <origin>         allows pages of this origin; can be given several times
  --allow-host <name>     accepts this Host besides loopback; can be given several times
  --import <directory>    imports the state from this directory at the start
  --export-on-exit <directory>
                          writes the state to it at the end, as JSON with secrets
  --until-stdin-closes    also stops when its standard input closes
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

const read = <A, I>(what: string, schema: Schema.Schema<A, I>, value: () => unknown): A => {
  try {
    return Schema.decodeUnknownSync(schema, strict)(value())
  } catch (error) {
    throw inputError(what, error)
  }
}

const port = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  return /^\d+$/.test(text) && Number(text) <= 65535 ? Number(text) : fail(`--${flag} ${text} is not a port`)
}

export interface Serve {
  readonly _tag: "Serve"
  readonly config: typeof Config.Type
  readonly configFile: string | undefined
  readonly importFrom: string | undefined
  readonly exportTo: string | undefined
  readonly untilStdinCloses: boolean
}

export type Command = Serve | { readonly _tag: "Help" } | { readonly _tag: "Version" }

const parse = (args: ReadonlyArray<string>): Command => {
  const { positionals, values } = parseArgs({ args: [...args], options: flags, allowPositionals: true })
  if (values.help === true) return { _tag: "Help" }
  if (values.version === true) return { _tag: "Version" }
  if (positionals.length === 0) fail("There is no command: write serve or doctor")
  if (positionals.join(" ") !== "serve") fail(`Unknown command ${positionals.join(" ")}: write serve or doctor`)
  const { config } = values
  const file = config === undefined ? {} : read(`--config ${config}`, Config, () => readJson(config))
  const { "allow-host": hosts, "control-port": controlPort, cors, latency, now, seed } = values
  const millis = latency !== undefined && /^\d+$/.test(latency) ? Number(latency) : latency
  const flagged = {
    port: port("port", values.port),
    controlPort: port("control-port", controlPort),
    now: now === undefined ? undefined : read("--now", Schema.DateTimeUtc, () => now),
    latency: millis === undefined ? undefined : read("--latency", Time, () => millis),
    ...{ seed, cors, hosts },
  }
  return {
    _tag: "Serve",
    config: { ...file, ...given(flagged) },
    configFile: config,
    importFrom: values.import,
    exportTo: values["export-on-exit"],
    untilStdinCloses: values["until-stdin-closes"] === true,
  }
}

/** Reads the command line and the config file that it names. */
export const readCommand = (args: ReadonlyArray<string>): Effect.Effect<Command, InputError | UsageError> =>
  Effect.try({
    try: () => parse(args),
    catch: (error) =>
      error instanceof InputError ? error : new UsageError(error instanceof Error ? error.message : String(error)),
  })
