import * as Options from "@effect/cli/Options"
import * as Cli from "./Cli.js"
import { embedded } from "./Session.js"
import { start } from "./start.js"

start(Cli.make(Options.map(Options.none, () => embedded)))
