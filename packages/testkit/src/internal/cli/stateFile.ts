import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Deployment from "../../Deployment.js"

const fileIn = (directory: string): string => Path.join(directory, "state.json")

class StateFileError extends Data.TaggedError("StateFileError")<{ readonly message: string }> {}

const told = (what: string, file: string) => (error: unknown) =>
  new StateFileError({ message: `${what} ${file}: ${error instanceof Error ? error.message : error}` })

/** Imports the state that was exported to a directory. It may be missing if the export goes to the same directory. */
export const importFrom = (directory: string, exportTo: string | undefined) =>
  Effect.gen(function* () {
    const file = fileIn(directory)
    const first = exportTo !== undefined && Path.resolve(exportTo) === Path.resolve(directory)
    if (first && !Fs.existsSync(file)) return
    const json = yield* Effect.try({
      try: () => JSON.parse(Fs.readFileSync(file, "utf8")),
      catch: told("Cannot import", file),
    })
    const deployment = yield* Deployment.Deployment
    yield* Effect.mapError(deployment.importState(json), told("Cannot import", file))
  })

/** Writes the whole state to a directory, readable by its owner only, and atomically. */
export const exportTo = (directory: string) =>
  Effect.gen(function* () {
    const file = fileIn(directory)
    const json = yield* Effect.flatMap(Deployment.Deployment, ({ exportState }) => exportState)
    yield* Effect.try({
      try: () => {
        Fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
        Fs.writeFileSync(`${file}.new`, JSON.stringify(json), { mode: 0o600 })
        Fs.renameSync(`${file}.new`, file)
      },
      catch: told("Cannot export to", file),
    })
  })
