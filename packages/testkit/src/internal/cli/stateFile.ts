import { randomUUID } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Deployment from "../../Deployment.js"
import { inputError, readJson } from "./jsonFile.js"

const fileIn = (directory: string): string => Path.join(directory, "state.json")

/** Imports the state that was exported to a directory. It may be missing if the export goes to the same directory. */
export const importFrom = Effect.fn(function* (directory: string, exportTo: string | undefined) {
  const file = fileIn(directory)
  const first = exportTo !== undefined && Path.resolve(exportTo) === Path.resolve(directory)
  if (first && !Fs.existsSync(file)) return
  const { importState } = yield* Deployment.Deployment
  yield* Effect.try(() => readJson(file)).pipe(
    Effect.mapError(({ error }) => error),
    Effect.flatMap(importState),
    Effect.mapError((error) => inputError(`Cannot import ${file}`, error)),
  )
})

/**
 * Writes the whole state to a directory, atomically and readable by its owner only. The name of the new file cannot be
 * guessed, and a file that exists is not opened: neither can be a link that another user has created.
 */
export const exportTo = Effect.fn(function* (directory: string) {
  const file = fileIn(directory)
  const written = `${file}.${randomUUID()}`
  const { exportState } = yield* Deployment.Deployment
  const json = yield* exportState
  yield* Effect.try({
    try: () => {
      Fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
      Fs.writeFileSync(written, JSON.stringify(json), { flag: "wx", mode: 0o600 })
      Fs.renameSync(written, file)
    },
    catch: (error) => inputError(`Cannot export to ${file}`, error),
  }).pipe(Effect.ensuring(Effect.ignore(Effect.try(() => Fs.rmSync(written, { force: true })))))
})
