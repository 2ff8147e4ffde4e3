import { stripVTControlCharacters } from "node:util"
import * as ValidationError from "@effect/cli/ValidationError"
import type { QuitException } from "@effect/platform/Terminal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { compact } from "./Help.js"
import { exit, type Problem, refused } from "./Problem.js"
import { write } from "./Screen.js"

/** The help is long, and coloured by `@effect/cli`, which does not look whether a terminal reads it. */
const plain = (console: Console.Console): Console.Console => {
  const short = (args: ReadonlyArray<unknown>, { isTTY }: NodeJS.WriteStream) =>
    args.map((arg) => {
      if (typeof arg !== "string") return arg
      return isTTY && !process.env.NO_COLOR ? compact(arg) : stripVTControlCharacters(compact(arg))
    })
  return {
    ...console,
    log: (...args) => console.log(...short(args, process.stdout)),
    error: (...args) => console.error(...short(args, process.stderr)),
  }
}

type Run = (
  args: ReadonlyArray<string>,
) => Effect.Effect<
  void,
  ValidationError.ValidationError | QuitException | Problem | { readonly message: string },
  NodeContext.NodeContext
>

// Who reads a pipe may go (`| head`): what is left to say is said to nobody, and the work goes on.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
// A terminal that is closed stops a run as Ctrl-C does.
process.on("SIGHUP", () => process.emit("SIGTERM"))

// The files that it writes hold addresses: the state, its log, reports, plans.
process.umask(0o077)

const fault = 'A fault of this tool; what was done is written down, and "resume" goes on'

const noWizard = refused("--wizard asks questions: it needs a terminal")

/** Runs a command line as this process. */
export const start = (run: Run): void =>
  Effect.consoleWith((console) =>
    process.argv.includes("--wizard") && !process.stdin.isTTY
      ? Effect.fail(noWizard)
      : Effect.withConsole(run(process.argv), plain(console)),
  ).pipe(
    Effect.catchAll((error) =>
      Effect.sync(() => {
        // The command line has printed its own errors.
        if (!ValidationError.isValidationError(error) && !("_tag" in error && error._tag === "QuitException")) {
          write(error.message)
        }
        process.exitCode = "exit" in error ? error.exit : exit.nothingSent
      }),
    ),
    Effect.provide(NodeContext.layer),
    // stdout is the report's.
    Logger.withMinimumLogLevel(LogLevel.Warning),
    Effect.provide(Logger.replace(Logger.defaultLogger, Logger.map(Logger.stringLogger, write))),
    (program) =>
      NodeRuntime.runMain(program, {
        disableErrorReporting: true,
        disablePrettyLogger: true,
        teardown: (result, onExit) => {
          if (result._tag === "Success") return onExit(Number(process.exitCode ?? 0))
          const interrupted = Cause.isInterruptedOnly(result.cause)
          if (!interrupted) write(`${fault}:\n${Cause.pretty(result.cause)}`)
          onExit(interrupted ? exit.interrupted : exit.fault)
        },
      }),
  )
