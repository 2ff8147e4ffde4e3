import { readFileSync } from "node:fs"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Control from "../../Control.js"
import * as Deployment from "../../Deployment.js"
import * as Faults from "../../Faults.js"
import * as TestServer from "../../TestServer.js"
import { toRule } from "../control/json.js"
import { inputError } from "./jsonFile.js"
import { readCommand, type Serve, UsageError, usage } from "./options.js"
import { exportTo, importFrom } from "./stateFile.js"

/** Waits for the signal, and for the end of the standard input or of the package manager that started this process. */
const stopped = (untilStdinCloses: boolean, signal: AbortSignal) =>
  Effect.async<void>((resume) => {
    const stop = () => resume(Effect.void)
    if (signal.aborted) stop()
    signal.addEventListener("abort", stop)
    // npm passes SIGTERM on to its shell only, which ends and leaves its child behind.
    const { npm_command: startedBy } = process.env
    const parent = process.ppid
    if (startedBy !== undefined) setInterval(() => process.ppid !== parent && stop(), 200).unref()
    if (!untilStdinCloses) return
    for (const event of ["end", "close", "error"]) process.stdin.once(event, stop)
    process.stdin.resume()
  })

const deploymentOf = ({ cors, hosts, port, controlPort, faults = [], latency, seed = "0", ...rest }: Serve["config"]) =>
  Deployment.layer({
    ...rest,
    seed,
    faults: [
      ...(latency === undefined ? [] : [{ fault: Faults.delay(latency), optional: true }]),
      ...faults.map(toRule),
    ],
  })

/** The addresses as one line of JSON for a program, or as what a person needs at a terminal. */
export const announcement = (
  line: { readonly baseUrl: string; readonly apiKey: string; readonly bearer: string },
  isTerminal: boolean,
): string =>
  isTerminal
    ? `A TileDB Users API in memory, until Ctrl-C

  address  ${line.baseUrl}
  API key  ${line.apiKey}
  bearer   ${line.bearer}

  export TILEDB_REST_HOST=${line.baseUrl}
  export TILEDB_REST_TOKEN=${line.apiKey}

In a pipe, all addresses and credentials are printed as JSON.
`
    : `${JSON.stringify(line)}\n`

const announced = Effect.gen(function* () {
  const { apiKey, baseUrl, mailboxUrl, openApiUrl, userId } = yield* TestServer.TestServer
  const { bearer } = yield* Deployment.Deployment
  const { token, url } = yield* Control.Control
  const plain = Redacted.value
  // The parent process may have ended already.
  process.stdout.on("error", () => {})
  const line = {
    ...{ baseUrl, apiKey: plain(apiKey), mailboxUrl, userId, bearer: plain(bearer), openApiUrl },
    ...{ controlUrl: url, controlToken: plain(token) },
  }
  process.stdout.write(announcement(line, process.stdout.isTTY))
})

const serve = ({ config, configFile, exportTo: to, importFrom: from, untilStdinCloses }: Serve, signal: AbortSignal) =>
  Effect.gen(function* () {
    if (from !== undefined) yield* importFrom(from, to)
    const { controlPort, cors, hosts, port } = config
    const servers = Layer.merge(TestServer.layerDeployment({ cors, hosts, port }), Control.layer({ port: controlPort }))
    const serving = Effect.provide(Effect.zipRight(announced, Effect.never), servers)
    yield* Effect.raceFirst(stopped(untilStdinCloses, signal), serving)
    // After the calls in flight have been drained.
    if (to !== undefined) yield* exportTo(to)
  }).pipe(
    Effect.provide(
      deploymentOf(config).pipe(
        // A user that conflicts with another, for example, is found only here.
        Layer.catchAllCause((cause) =>
          Layer.fail(inputError(configFile === undefined ? "options" : `--config ${configFile}`, Cause.squash(cause))),
        ),
      ),
    ),
  )

const version = (): string => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))
  return String(version)
}

const print = (text: string) => Effect.sync(() => void process.stdout.write(text))

/** Carries out the command line until the signal is aborted, and returns the exit code. */
export const run = (args: ReadonlyArray<string>, signal: AbortSignal): Promise<number> =>
  Effect.flatMap(readCommand(args), (command) =>
    command._tag === "Serve" ? serve(command, signal) : print(command._tag === "Help" ? usage : `${version()}\n`),
  ).pipe(
    Effect.as(0),
    Effect.catchAllCause((cause) => {
      const error = Cause.squash(cause)
      // One line: a name in it may come from a file.
      const message = (error instanceof Error ? error.message : String(error)).replace(/\p{Cc}+/gu, " ")
      process.stderr.write(`${message}\n${error instanceof UsageError ? usage : ""}`)
      return Effect.succeed(1)
    }),
    Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))),
    Effect.runPromise,
  )
