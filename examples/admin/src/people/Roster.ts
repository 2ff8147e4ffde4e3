import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { type Command, fold, type Row, readHeader, readRow } from "../Columns.js"
import { readAll, readTop, source } from "../Csv.js"
import { type Problem, refused } from "../Problem.js"
import { randomPassword } from "../Work.js"
import type { Wanted } from "./Plan.js"

interface Line {
  readonly row: Row
  readonly role: string
}

const shown = 20

/** Reads a whole file; what is wrong with any line of it stops everything. */
const read = (
  path: string,
  command: Command,
  delimiter: string,
  check: (line: Line) => string | undefined,
): Effect.Effect<ReadonlyArray<Line>, Problem> =>
  Effect.gen(function* () {
    const from = yield* source(path)
    const top = yield* readTop(from, delimiter)
    const options = { generatePasswords: false, ignoreUnknownColumns: false, password: randomPassword }
    const header = readHeader(top.fields, { ...options, command, delimiter: top.delimiter })
    if (Either.isLeft(header)) return yield* Effect.fail(refused(`${path}: ${header.left}. Nothing was sent`))
    const records = yield* Stream.runCollect(Stream.flattenIterables(readAll(from, top.delimiter)))
    const issues: Array<string> = []
    const lines = [...records].slice(top.records).flatMap(({ fields, line }, number): ReadonlyArray<Line> => {
      const row = readRow(header.right, fields, { ...options, line, number })
      if (Either.isLeft(row)) {
        issues.push(...row.left.map(({ message, name }) => `${path}: line ${line}${name && ` (${name})`}: ${message}`))
        return []
      }
      const found = { row: row.right, role: fields[header.right.names.indexOf("role")] ?? "" }
      const issue = check(found)
      if (issue !== undefined) issues.push(`${path}: line ${line}: ${issue}`)
      return [found]
    })
    if (issues.length === 0) return lines
    const more = issues.length > shown ? [`${path}: … and ${issues.length - shown} more`] : []
    return yield* Effect.fail(refused([...issues.slice(0, shown), ...more, "Nothing was sent"].join("\n")))
  })

/** A file that says who should be there, and with which role; each address once. */
export const wanted = (path: string, delimiter: string): Effect.Effect<ReadonlyArray<Wanted>, Problem> =>
  Effect.suspend(() => {
    const first = new Map<string, number>()
    const check = ({ role, row: { line, who } }: Line) => {
      const before = first.get(fold(who.email ?? ""))
      if (before !== undefined) return `the address is the same as in line ${before}`
      first.set(fold(who.email ?? ""), line)
      return ["owner", "admin", "member"].includes(role) ? undefined : "the role must be owner, admin or member"
    }
    return Effect.map(read(path, "apply", delimiter, check), (lines) =>
      lines.map(({ role, row }) => ({ email: row.who.email ?? "", role })),
    )
  })

/** Who is named by a line of a file: by everything that it says, which has to be one person. */
export interface Named {
  readonly at: string
  readonly names: ReadonlyArray<string>
}

export const named = (path: string, delimiter: string): Effect.Effect<ReadonlyArray<Named>, Problem> =>
  Effect.map(
    read(path, "offboard", delimiter, () => undefined),
    (lines) => lines.map(({ row: { line, who } }) => ({ at: `${path}: line ${line}`, names: Object.values(who) })),
  )
