import * as Command from "@effect/cli/Command"
import * as Cli from "./Cli.js"
import type { Problem } from "./Problem.js"
import * as People from "./people/Cli.js"

/** The command line; `Problem` is how it ends without its work. `more` are the commands that only such a place has. */
export const make = <Name extends string = never, A = never>(
  place: Cli.Places,
  ...more: ReadonlyArray<Command.Command<Name, never, Problem, A>>
) =>
  Command.run(
    Command.make("admin").pipe(
      Command.withDescription("Administers the users of a TileDB deployment: bulk work that is durable and resumes"),
      Command.withSubcommands([...Cli.runs(place), ...People.commands(place), ...more, ...Cli.account]),
    ),
    { name: "pnpm admin", version: "0.1.0" },
  )
