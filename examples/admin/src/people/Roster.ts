import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clean, fieldProblem } from "../Columns.js"
import { readFile, readFirst } from "../Csv.js"
import { type Problem, refused } from "../Problem.js"
import { fold } from "./Person.js"
import type { Wanted } from "./Plan.js"

/** What a file of people may have: what `list` writes, so that its output is taken as it is. */
const known = ["email", "role", "id", "username", "display_name", "workspace", "added_by", "created_at"]

interface Line {
  readonly line: number
  readonly values: Readonly<Record<string, string>>
}

const shown = 20

const refuse = (path: string, issues: ReadonlyArray<string>) =>
  Effect.fail(
    refused(
      [
        ...issues.slice(0, shown).map((issue) => `${path}: ${issue}`),
        ...(issues.length > shown ? [`${path}: … and ${issues.length - shown} more`] : []),
        "Nothing was sent",
      ].join("\n"),
    ),
  )

// What `list` puts before a cell that a spreadsheet would take for a formula.
const unquoted = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/, "").trim()

const read = (path: string, delimiter: string): Effect.Effect<ReadonlyArray<Line>, Problem> =>
  Effect.gen(function* () {
    const names = ((yield* readFirst(path, delimiter)) ?? []).map((name) => name.trim().toLowerCase())
    const strange = names.filter((name, at) => !known.includes(name) || names.indexOf(name) !== at)
    const [first] = strange
    if (first !== undefined || names.length === 0) {
      const what = names.length === 0 ? "is empty" : `line 1: unknown or repeated column "${clean(first ?? "")}"`
      return yield* refuse(path, [`${what}; the columns are ${known.join(", ")}, separated by "${delimiter}"`])
    }
    const records = yield* Stream.runCollect(Stream.drop(Stream.flattenIterables(readFile(path, delimiter)), 1))
    const issues: Array<string> = []
    const lines = [...records].flatMap(({ fields, line }): ReadonlyArray<Line> => {
      if (fields.every((field) => field.trim() === "")) return []
      if (fields.length !== names.length) {
        issues.push(`line ${line}: has ${fields.length} fields where the first line has ${names.length}`)
      }
      const values = Object.fromEntries(names.map((name, at) => [name, unquoted(fields[at] ?? "")]))
      for (const name of ["email", "id", "username"]) {
        const problem = fieldProblem(name, values[name] ?? "", { required: false, longest: 1024 })
        if (problem !== undefined) issues.push(`line ${line} (${name}): ${problem}`)
      }
      return [{ line, values }]
    })
    return issues.length > 0 ? yield* refuse(path, issues) : lines
  })

/** A file that says who should be there, and with which role; each address once. */
export const wanted = (path: string, delimiter: string): Effect.Effect<ReadonlyArray<Wanted>, Problem> =>
  Effect.flatMap(read(path, delimiter), (lines) => {
    const first = new Map<string, number>()
    const issues = lines.flatMap(({ line, values: { email = "", role = "" } }) => {
      const before = first.get(fold(email))
      if (before === undefined) first.set(fold(email), line)
      return [
        ...(email === "" ? [`line ${line} (email): must not be empty: people are compared by it`] : []),
        ...(email === "" || before === undefined ? [] : [`line ${line} (email): is the same as in line ${before}`]),
        ...(["owner", "admin", "member"].includes(role) ? [] : [`line ${line} (role): must be owner, admin or member`]),
      ]
    })
    return issues.length > 0
      ? refuse(path, issues)
      : Effect.succeed(
          lines.map(({ line, values: { email = "", role = "" } }) => ({ line, email: email.normalize("NFC"), role })),
        )
  })

/** Who is named by a line of a file: by everything that it says, which has to be one person. */
export interface Named {
  readonly at: string
  readonly names: readonly [string, ...ReadonlyArray<string>]
}

export const named = (path: string, delimiter: string): Effect.Effect<ReadonlyArray<Named>, Problem> =>
  Effect.flatMap(read(path, delimiter), (lines) => {
    const issues: Array<string> = []
    const all = lines.flatMap(({ line, values: { email = "", id = "", username = "" } }): ReadonlyArray<Named> => {
      const [first, ...others] = [id, email, username].filter((name) => name !== "")
      if (first === undefined) issues.push(`line ${line}: names nobody: id, email and username are empty`)
      return first === undefined ? [] : [{ at: `${path}: line ${line}`, names: [first, ...others] }]
    })
    return issues.length > 0 ? refuse(path, issues) : Effect.succeed(all)
  })
