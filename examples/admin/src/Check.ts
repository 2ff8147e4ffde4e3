import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Command, type Header, keysOf, type Row, readHeader, readRow, wrong } from "./Columns.js"
import { type CsvRecord, forEachRecord, readPiece, readTop, type Source } from "./Csv.js"
import { refused } from "./Problem.js"
import { say } from "./Screen.js"
import { type Chunk, chunkOf, type Run, rowsPerChunk, type Settings } from "./Store.js"

/** A row that is not sent, and why. */
export interface BadRow {
  readonly row: number
  readonly line: number
  readonly reason: string
}

const shown = 20

/** Reads the whole file and checks each row, before anything is sent; says what cannot be sent, in the order of lines. */
export const check = (source: Source, command: Command, settings: Settings) =>
  Effect.gen(function* () {
    const { path } = source
    const top = yield* readTop(source, settings.delimiter)
    const header = readHeader(top.fields, command, { ...settings, delimiter: top.delimiter })
    if (Either.isLeft(header)) return yield* Effect.fail(refused(`${path}: ${header.left}. Nothing was sent`))
    /** In which line a value was seen first. */
    const seen = new Map<string, number>()
    const marks: Array<readonly [number, number]> = []
    const bad: Array<BadRow> = []
    let records = 0
    let rows = 0

    const issuesOf = ({ fields, line }: CsvRecord): ReadonlyArray<string> => {
      const read = readRow(header.right, fields, { ...settings, number: rows, line })
      if (Either.isLeft(read)) return read.left
      const { right: row } = read
      for (const [name, value] of keysOf(row)) {
        const key = `${name} ${value}`
        const first = seen.get(key)
        const column = header.right.names.indexOf(name) + 1
        if (first !== undefined) return [wrong(`is the same as in line ${first}`, line, column, name)]
        seen.set(key, line)
      }
      return []
    }

    yield* forEachRecord(source, top.delimiter, (record) => {
      if (records++ < top.records) {
        if (records === top.records) marks.push([record.end, record.nextLine])
        return
      }
      rows++
      const issues = issuesOf(record)
      if (issues.length > 0) bad.push({ row: rows, line: record.line, reason: issues.join("; ") })
      if (rows % rowsPerChunk === 0) marks.push([record.end, record.nextLine])
    })
    for (const { reason } of bad.slice(0, shown)) yield* say(`${path}: ${reason}`)
    if (bad.length > shown)
      yield* say(`${path}: … and ${bad.length - shown} more rows that cannot be sent (see --report)`)
    if (command !== "apply" && command !== "offboard") {
      if (rows === 0) return yield* Effect.fail(refused(`${path} has no rows below its first line: nothing to do`))
      yield* say(`${path}: ${rows - bad.length} rows can be sent, ${bad.length} cannot`)
    }
    if (bad.length > 0 && settings.failFast) {
      return yield* Effect.fail(refused("--fail-fast: put these rows right first. Nothing was sent"))
    }
    return { header: header.right.names, delimiter: top.delimiter, marks, rows, bad }
  })

/** What it takes to read the rows of a file again. */
export type Readable = Pick<Run, "command" | "header" | "marks" | "rows" | "settings">

/** The rows of a chunk that can be sent, read from the file. */
export const readChunk = (run: Readable, source: Source, chunk: number | Chunk): ReadonlyArray<Row> => {
  const { firstRow, piece } = typeof chunk === "number" ? chunkOf(run, source.content.length, chunk) : chunk
  const header: Header = { command: run.command, names: run.header }
  let number = firstRow
  return readPiece(source, run.settings.delimiter, piece, ({ fields, line }) =>
    Either.getOrUndefined(readRow(header, fields, { ...run.settings, line, number: number++ })),
  )
}
