import { readFileSync } from "node:fs"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Record from "effect/Record"

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Tries something; an error says what. */
export const attempt = <A>(what: string, evaluate: () => A): Effect.Effect<A, Error> =>
  Effect.try({ try: evaluate, catch: (error) => new Error(`${what}: ${messageOf(error)}`) })

const shown = ({ _tag, message }: ParseResult.ArrayFormatterIssue): string =>
  _tag === "Missing" || _tag === "Unexpected" || message.startsWith("Expected ")
    ? message.replace(/, actual .*/s, "")
    : "is not valid"

/** What is wrong with a value, by field and on one line, without the value: it may be a secret. */
export const problems = (error: ParseResult.ParseError): string => {
  const byField = Arr.groupBy(ParseResult.ArrayFormatter.formatErrorSync(error), ({ path }) =>
    path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join(""),
  )
  return Record.collect(byField, (at, issues) =>
    [...(at === "" ? [] : [at.replace(/^\./, "")]), Array.from(new Set(issues.map(shown))).join(" or ")].join(": "),
  ).join("; ")
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
