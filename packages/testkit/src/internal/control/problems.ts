import * as Arr from "effect/Array"
import * as ParseResult from "effect/ParseResult"
import * as Record from "effect/Record"

const shown = ({ _tag, message }: ParseResult.ArrayFormatterIssue): string =>
  _tag === "Missing" || _tag === "Unexpected" || message.startsWith("Expected ")
    ? message.replace(/, actual .*/s, "")
    : "is not valid"

/** What is wrong with a value, by field and on one line, without the value: it may be a secret. Other errors' messages. */
export const problems = (error: Error): string => {
  if (!ParseResult.isParseError(error)) return error.message
  const byField = Arr.groupBy(ParseResult.ArrayFormatter.formatErrorSync(error), ({ path }) =>
    path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join(""),
  )
  return Record.collect(byField, (at, issues) =>
    [...(at === "" ? [] : [at.replace(/^\./, "")]), Array.from(new Set(issues.map(shown))).join(" or ")].join(": "),
  ).join("; ")
}
