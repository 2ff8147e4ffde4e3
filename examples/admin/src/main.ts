import * as Options from "@effect/cli/Options"
import { make } from "./admin.js"
import { embedded } from "./Session.js"
import { start } from "./start.js"

start(make(Options.map(Options.none, () => embedded)))
