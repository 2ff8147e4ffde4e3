/** `npx @effect-tiledb/testkit doctor [--json] [--profile <name>]`: what is wrong with the configuration and the way to the service. */
import { parseArgs } from "node:util"
import { NodeContext } from "@effect/platform-node"
import { Effect, Logger } from "effect"
import { examine } from "./doctor.js"
import { exitCode, toJson, toText } from "./report.js"

const usage =
  "Usage: npx @effect-tiledb/testkit doctor [--json] [--profile <name>]   exit code 0: fine, 1: warnings, 2: errors"

const options = () => {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(3),
      options: { json: { type: "boolean" }, profile: { type: "string" } },
    })
    return values
  } catch {
    return undefined
  }
}

const given = options()
if (given === undefined) {
  console.error(usage)
  process.exitCode = 2
} else {
  const report = await examine(given.profile === undefined ? {} : { profile: given.profile }).pipe(
    // What is worth saying is among the findings.
    Effect.provide([NodeContext.layer, Logger.remove(Logger.defaultLogger)]),
    Effect.runPromise,
  )
  console.log(given.json === true ? toJson(report) : toText(report))
  process.exitCode = exitCode(report)
}
