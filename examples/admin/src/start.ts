import { stripVTControlCharacters } from "node:util"
import * as ValidationError from "@effect/cli/ValidationError"
import type { QuitException } from "@effect/platform/Terminal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { exit, type Problem } from "./Problem.js"

/** The help is coloured by `@effect/cli`, which does not look whether a terminal reads it. */
const plain = (console: Console.Console): Console.Console => {
  const strip = (args: ReadonlyArray<unknown>) =>
    args.map((arg) => (typeof arg === "string" ? stripVTControlCharacters(arg) : arg))
  const colours = (of: NodeJS.WriteStream) => of.isTTY === true && !process.env.NO_COLOR
  return {
    ...console,
    log: (...args) => console.log(...(colours(process.stdout) ? args : strip(args))),
    error: (...args) => console.error(...(colours(process.stderr) ? args : strip(args))),
  }
}

type Run = (
  args: ReadonlyArray<string>,
) => Effect.Effect<
  void,
  ValidationError.ValidationError | QuitException | Problem | { readonly message: string },
  NodeContext.NodeContext
>

/** Runs a command line as this process. */
export const start = (run: Run): void =>
  Effect.consoleWith((console) => Effect.withConsole(run(process.argv), plain(console))).pipe(
    Effect.catchAll((error) =>
      Effect.sync(() => {
        // The command line has printed its own errors.
        if (!ValidationError.isValidationError(error) && !("_tag" in error && error._tag === "QuitException")) {
          process.stderr.write(`${error.message}\n`)
        }
        process.exitCode = "exit" in error ? error.exit : exit.nothingSent
      }),
    ),
    Effect.provide(NodeContext.layer),
    // stdout is the report's.
    Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))),
    (program) =>
      NodeRuntime.runMain(program, {
        disableErrorReporting: false,
        disablePrettyLogger: true,
        teardown: (result, onExit) => {
          if (result._tag === "Success") onExit(Number(process.exitCode ?? 0))
          else onExit(result.cause._tag === "Die" ? 70 : exit.interrupted)
        },
      }),
  )
