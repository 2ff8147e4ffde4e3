import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { run } from "./Cli.js"
import { exit } from "./Problem.js"

run(process.argv).pipe(
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
      teardown: (result, onExit) => {
        if (result._tag === "Success") onExit(Number(process.exitCode ?? 0))
        else onExit(result.cause._tag === "Die" ? 70 : exit.interrupted)
      },
    }),
)
