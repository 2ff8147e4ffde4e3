import { createHash } from "node:crypto"
import { closeSync, constants, openSync } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { CsvError, type InfoRecord, type Options } from "csv-parse"
import { parse as parseSync } from "csv-parse/sync"
import * as Effect from "effect/Effect"
import { Problem, refused } from "./Problem.js"

/** One record: its fields, the line it begins in, the line after it, and the bytes that it is. */
export interface CsvRecord {
  readonly fields: ReadonlyArray<string>
  readonly line: number
  readonly nextLine: number
  readonly begin: number
  readonly end: number
}

/** A piece of the file that can be read on its own; `line` is the line that `offset` is in. */
export interface Piece {
  readonly offset: number
  readonly end: number
  readonly line: number
}

/** A file as it was when it was read: what happens to it afterwards is not what is sent. */
export interface Source {
  readonly path: string
  readonly sha256: string
  readonly content: Buffer
}

const largestRecord = 4 * 1024 * 1024

const options = (delimiter: string): Options => ({
  bom: true,
  delimiter,
  relax_column_count: true,
  skip_empty_lines: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  max_record_size: largestRecord,
})

const lineBreaks = (text: string): number => text.match(/\r\n|\r|\n/g)?.length ?? 0

// The messages of the library quote the file, which may be a password.
const explain: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: 'a field begins with a quote (") that is never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'there is text after the closing quote (") of a field; a quote inside a field is written ""',
  INVALID_OPENING_QUOTE:
    'there is a quote (") in the middle of a field; write the whole field in quotes and the quote as ""',
  CSV_MAX_RECORD_SIZE: `a row has more than ${largestRecord} characters; is a closing quote (") missing?`,
}

export const utf16 = "line 1 is not UTF-8 text (UTF-16?): save the file as CSV in UTF-8"

const fileProblem =
  (path: string, content: Buffer = Buffer.alloc(0)) =>
  (error: unknown): Problem => {
    if (error instanceof Problem) return error
    if (error instanceof CsvError) {
      const { bytes, code, column } = error as CsvError & { readonly bytes?: number; readonly column?: unknown }
      // Where the row begins: a quote that is missing is often noticed many rows further down.
      const text = content.toString("latin1")
      const line = 1 + lineBreaks(text.slice(0, bytes)) + lineBreaks(/^[\r\n]*/.exec(text.slice(bytes))?.[0] ?? "")
      const at = typeof column === "number" ? `, column ${column + 1}` : ""
      return refused(`${path}: line ${line}${at}: ${explain[code] ?? "the file is not CSV"}. Nothing was sent`)
    }
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT" || code === "ENOTDIR") return refused(`There is no file ${path === "" ? '""' : path}`)
    return refused(`${path} cannot be read${typeof code === "string" ? ` (${code})` : ""}`)
  }

/** Reads a file once, whole; it has to be a file, since the run that stands beside it is resumed from it. */
export const source = (path: string): Effect.Effect<Source, Problem> =>
  Effect.tryPromise({
    try: async () => {
      const pipe = "is a pipe: give a regular file, which `resume` can read again and the state can lie beside"
      if (path === "-") throw refused(`The standard input ${pipe}`)
      const found = await stat(path)
      if (found.isDirectory()) throw refused(`${path} is a folder, not a file`)
      if (found.isFIFO()) closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)) // its writer ends, too
      if (!found.isFile()) throw refused(`${path} ${pipe}`)
      const content = await readFile(path)
      return { path, sha256: createHash("sha256").update(content).digest("hex"), content }
    },
    catch: fileProblem(path),
  })

/** Fails when the file is not what was read: then what was read may be a mixture. */
export const unchanged = ({ path, sha256 }: Source): Effect.Effect<void, Problem> =>
  Effect.filterOrFail(
    source(path),
    (now) => now.sha256 === sha256,
    () => refused(`${path} was changed while it was read: give the command again. Nothing was sent`),
  )

/**
 * Reads the first line, without looking at the others: a wrong delimiter or encoding there explains what seems to be wrong
 * with them. Excel's `sep=;` is what separates the columns.
 */
export const readTop = ({ content, path }: Source, delimiter: string) =>
  Effect.try({
    try: () => {
      // The pieces of such a file could not be read by themselves.
      if (/^(fffe|feff)/.test(content.toString("hex", 0, 2))) throw refused(`${path}: ${utf16}. Nothing was sent`)
      const [, given] = /^\ufeff?"?sep=(.)"?\r?\n/i.exec(content.toString("utf8", 0, 16)) ?? []
      const found = { delimiter: given ?? delimiter, records: given === undefined ? 1 : 2 }
      const lines: Array<ReadonlyArray<string>> = parseSync(content, {
        ...options(found.delimiter),
        to: found.records,
      })
      const fields = lines[found.records - 1]
      if (fields === undefined) throw refused(`${path} is empty. Nothing was sent`)
      return { ...found, fields }
    },
    catch: fileProblem(path, content),
  })

/**
 * Reads the records of a piece of a file, but for those that hold nothing: Excel keeps rows that were emptied. (The library
 * counts a CRLF inside of quotes as two lines.)
 */
export const readPiece = <A>(
  { content }: Pick<Source, "content">,
  delimiter: string,
  piece: Piece,
  use: (record: CsvRecord) => A | undefined,
): ReadonlyArray<A> => {
  let { line: nextLine, offset: end } = piece
  const found: Array<A> = []
  const on_record = (fields: ReadonlyArray<string>, { bytes }: InfoRecord): null => {
    const begin = end
    end = piece.offset + bytes
    const text = content.toString("latin1", begin, end)
    const line = nextLine + lineBreaks(/^[\r\n]*/.exec(text)?.[0] ?? "")
    nextLine += lineBreaks(text)
    const isEmpty = fields.every((field) => field.trim() === "")
    const used = isEmpty ? undefined : use({ fields, line, nextLine, begin, end })
    if (used !== undefined) found.push(used)
    return null
  }
  parseSync(content.subarray(piece.offset, piece.end), { ...options(delimiter), on_record })
  return found
}

/** Looks at all records of a file, the first line's included. */
export const forEachRecord = (source: Source, delimiter: string, use: (record: CsvRecord) => void) =>
  Effect.try({
    try: () => {
      readPiece(source, delimiter, { offset: 0, end: source.content.length, line: 1 }, (record) => void use(record))
    },
    catch: fileProblem(source.path, source.content),
  })
