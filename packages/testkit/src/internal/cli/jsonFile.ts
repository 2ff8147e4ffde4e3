import { readFileSync } from "node:fs"
import * as Data from "effect/Data"
import { problems } from "../control/problems.js"

/** A value or a file is not as it must be; the message names it, and the field. */
export class InputError extends Data.TaggedError("InputError")<{ readonly message: string }> {}

export const inputError = (what: string, error: unknown): InputError => {
  const reason = error instanceof Error ? problems(error) : error
  return new InputError({ message: `${what}: ${reason}` })
}

/** The JSON in a file. The parser's own message quotes the text around an error, so only its position is kept. */
export const readJson = (file: string): unknown => {
  const text = readFileSync(file, "utf8")
  try {
    return JSON.parse(text)
  } catch (error) {
    const [at = ""] = / at position \d+( \(line \d+ column \d+\))?$/.exec(String(error)) ?? []
    throw new Error(text.trim() === "" ? "it is empty" : `it is not JSON${at}`)
  }
}
