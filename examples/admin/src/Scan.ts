import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { type Command, type Header, type Issue, keysOf, type Row, readHeader, readRow } from "./Columns.js"
import { type CsvRecord, readFile, readFirst, type Source } from "./Csv.js"
import { type Problem, refused } from "./Problem.js"
import { Seen } from "./Seen.js"
import type { Chunk, Settings } from "./Store.js"

/** A row that is not sent, and why. */
export interface BadRow {
  readonly row: number
  readonly line: number
  readonly issues: ReadonlyArray<Issue>
}

/** What a batch of records comes to. */
export interface Scanned {
  readonly chunks: ReadonlyArray<Chunk>
  readonly bad: ReadonlyArray<BadRow>
  readonly rows: ReadonlyArray<Row>
}

export interface Options {
  readonly command: Command
  readonly settings: Settings
  /** The id of who runs the command, who never deletes oneself. */
  readonly self: string | null
  readonly password: () => Redacted.Redacted<string>
}

const rowsPerChunk = 250
const bytesPerChunk = 1024 * 1024

/** `line 7, column 2 (email): is not …` */
export const describe = ({ column, line, message, name }: Issue): string =>
  `line ${line}${column === 0 ? "" : `, column ${column}`}${name === "" ? "" : ` (${name})`}: ${message}`

/** Reads a whole file and checks each row, before anything is sent; the memory it takes is 12 bytes a row. */
export const scan = (
  { path }: Source,
  options: Options,
): { readonly header: () => Header | undefined; readonly batches: Stream.Stream<Scanned, Problem> } => {
  const { command, settings } = options
  const seen = new Map<string, Seen>()
  let header: Header | undefined
  let number = 0
  let chunk: Chunk | undefined

  const twice = (row: Row): Issue | undefined => {
    for (const [name, value] of keysOf(row)) {
      const values = seen.get(name) ?? new Seen()
      seen.set(name, values)
      const first = values.add(value, row.line)
      if (first !== undefined) {
        const column = (header?.names.indexOf(name) ?? -1) + 1
        return { line: row.line, column, name, message: `is the same as in line ${first}` }
      }
    }
    return undefined
  }

  const check = (row: Row): ReadonlyArray<Issue> => {
    const issue = twice(row)
    if (issue !== undefined) return [issue]
    return row.ask._tag === "delete" && row.ask.id === options.self
      ? [{ line: row.line, column: 1, name: "id", message: "is your own account, which is never deleted" }]
      : []
  }

  const begin = Effect.flatMap(readFirst(path, settings.delimiter), (fields): Effect.Effect<void, Problem> => {
    if (fields === undefined) return Effect.fail(refused(`${path} is empty. Nothing was sent`))
    const first = readHeader(fields, { command, ...settings })
    if (Either.isLeft(first)) return Effect.fail(refused(`${path}: ${first.left}. Nothing was sent`))
    header = first.right
    return Effect.void
  })

  const read = (records: ReadonlyArray<CsvRecord>): Scanned => {
    const chunks: Array<Chunk> = []
    const bad: Array<BadRow> = []
    const rows: Array<Row> = []
    for (const record of records) {
      if (chunk === undefined || header === undefined) {
        chunk = { chunk: 0, firstRow: 1, rows: 0, offset: record.end, bytes: 0, line: record.nextLine }
        continue
      }
      number++
      const result = readRow(header, record.fields, { ...options, ...settings, number, line: record.line })
      const issues = Either.isLeft(result) ? result.left : check(result.right)
      if (issues.length > 0) bad.push({ row: number, line: record.line, issues })
      else if (Either.isRight(result)) rows.push(result.right)
      chunk = { ...chunk, rows: chunk.rows + 1, bytes: record.end - chunk.offset }
      if (chunk.rows < rowsPerChunk && chunk.bytes < bytesPerChunk) continue
      chunks.push(chunk)
      const { nextLine: line, end: offset } = record
      chunk = { chunk: chunk.chunk + 1, firstRow: number + 1, rows: 0, offset, bytes: 0, line }
    }
    return { chunks, bad, rows }
  }

  const rest = Stream.suspend(() =>
    Stream.succeed<Scanned>({ chunks: chunk === undefined || chunk.rows === 0 ? [] : [chunk], bad: [], rows: [] }),
  )
  return {
    header: () => header,
    batches: Stream.concat(Stream.unwrap(Effect.as(begin, Stream.map(readFile(path, settings.delimiter), read))), rest),
  }
}
