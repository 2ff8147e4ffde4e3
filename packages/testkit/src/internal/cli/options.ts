import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Config } from "../control/json.js"
import { given } from "../state/given.js"
import { attempt, messageOf, problems, readJson } from "./jsonFile.js"

export const usage = `Usage: effect-tiledb-testkit serve [options]

Serves a TileDB Users API in memory on 127.0.0.1 until SIGINT or SIGTERM. Prints its addresses and credentials: for a
person at a terminal, and as one line of JSON in a pipe. Exit code 0 after a signal, 1 after a message on stderr.

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
export class UsageError extends Error {}

const fail = (message: string) => Effect.fail(new UsageError(message))

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

const read = <A, I>(where: string, schema: Schema.Schema<A, I>, value: unknown) =>
  Effect.mapError(Schema.decodeUnknown(schema, strict)(value), (error) => new Error(where + problems(error)))

const readConfig = (file: string) =>
  Effect.flatMap(
    attempt(`--config ${file}`, () => readJson(file)),
    (json) => read(`--config ${file}: `, Config, json),
  )

const port = (flag: string, text: string | undefined) => {
  if (text === undefined) return Effect.succeed(text)
  return /^\d+$/.test(text) && Number(text) <= 65535
    ? Effect.succeed(Number(text))
    : fail(`--${flag} ${text} is not a port`)
}

export type Serve = Extract<Effect.Effect.Success<ReturnType<typeof readCommand>>, { readonly _tag: "Serve" }>

/** Reads the command line and the config file that it names. */
export const readCommand = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { positionals, values } = yield* Effect.try({
      try: () => parseArgs({ args: [...args], options: flags, allowPositionals: true }),
      catch: (error) => new UsageError(messageOf(error)),
    })
    if (values.help === true) return { _tag: "Help" } as const
    if (values.version === true) return { _tag: "Version" } as const
    if (positionals.length === 0) return yield* fail("Which command? There is one: serve")
    if (positionals.join(" ") !== "serve") return yield* fail(`There is no command ${positionals.join(" ")}`)
    const { "allow-host": hosts, config: configFile, cors, latency, now, seed } = values
    const file = configFile === undefined ? {} : yield* readConfig(configFile)
    const millis = latency !== undefined && /^\d+$/.test(latency) ? Number(latency) : latency
    const timed = yield* read("--", Config.pick("now", "latency"), given({ now, latency: millis }))
    const ports = {
      port: yield* port("port", values.port),
      controlPort: yield* port("control-port", values["control-port"]),
    }
    return {
      _tag: "Serve" as const,
      config: { ...file, ...timed, ...given({ ...ports, seed, cors, hosts }) },
      configFile,
      importFrom: values.import,
      exportTo: values["export-on-exit"],
      untilStdinCloses: values["until-stdin-closes"] === true,
    }
  })
