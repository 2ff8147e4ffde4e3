import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { open, stat } from "node:fs/promises"
import { pipeline } from "node:stream"
import { CsvError, type Options, parse } from "csv-parse"
import { parse as parseSync } from "csv-parse/sync"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Problem, refused } from "./Problem.js"

/** One record: its fields, the line it begins in, the line after it, and the byte after it. */
export interface CsvRecord {
  readonly fields: ReadonlyArray<string>
  readonly line: number
  readonly nextLine: number
  readonly end: number
}

/** A piece of the file that can be read on its own; `line` is the line that `offset` is in. */
export interface Piece {
  readonly offset: number
  readonly bytes: number
  readonly line: number
}

interface Parsed {
  readonly record: ReadonlyArray<string>
  readonly info: { readonly bytes: number; readonly lines: number }
}

const largestRecord = 4 * 1024 * 1024

const options = (delimiter: string): Options => ({
  bom: true,
  delimiter,
  info: true,
  relax_column_count: true,
  skip_empty_lines: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  max_record_size: largestRecord,
})

const lineBreaks = /\r\n|\r|\n/g

const toRecord = ({ info, record }: Parsed, piece: Piece): CsvRecord => {
  const inside = record.reduce((sum, field) => sum + (field.match(lineBreaks)?.length ?? 0), 0)
  const last = piece.line + info.lines - 1
  return { fields: record, line: last - inside, nextLine: last + 1, end: piece.offset + info.bytes }
}

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
  (path: string) =>
  (error: unknown): Problem => {
    if (error instanceof CsvError) {
      const { code, column, lines } = error as CsvError & { readonly lines?: number; readonly column?: unknown }
      const at = typeof column === "number" ? `, column ${column + 1}` : ""
      return refused(`${path}: line ${lines ?? "?"}${at}: ${explain[code] ?? "the file is not CSV"}. Nothing was sent`)
    }
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT") return refused(`There is no file ${path}`)
    if (code === "EISDIR") return refused(`${path} is a folder, not a file`)
    return refused(`${path} cannot be read${typeof code === "string" ? ` (${code})` : ""}`)
  }

/** A file as it was when its content was hashed. */
export interface Source {
  readonly path: string
  readonly sha256: string
  readonly size: number
  readonly modified: number
}

/** Hashes the content of a file. */
export const source = (path: string): Effect.Effect<Source, Problem> =>
  Effect.tryPromise({
    try: async () => {
      const { mtimeMs, size } = await stat(path)
      const hash = createHash("sha256")
      for await (const bytes of createReadStream(path)) hash.update(bytes)
      return { path, sha256: hash.digest("hex"), size, modified: mtimeMs }
    },
    catch: fileProblem(path),
  })

const wholeFile: Piece = { offset: 0, bytes: Number.POSITIVE_INFINITY, line: 1 }

async function* batches(path: string, delimiter: string): AsyncGenerator<ReadonlyArray<CsvRecord>> {
  const parser = pipeline(createReadStream(path), parse(options(delimiter)), () => {})
  let batch: Array<CsvRecord> = []
  for await (const parsed of parser) {
    batch.push(toRecord(parsed, wholeFile))
    if (batch.length < 500) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * The fields of the first line, without looking at the others: a wrong delimiter or encoding there explains what seems to be
 * wrong with them.
 */
export const readFirst = (path: string, delimiter: string): Effect.Effect<ReadonlyArray<string> | undefined, Problem> =>
  Effect.tryPromise({
    try: async () => {
      for await (const start of createReadStream(path, { end: 1 })) {
        // The pieces of such a file could not be read by themselves.
        if (/^(fffe|feff)$/.test(start.toString("hex"))) throw refused(`${path}: ${utf16}. Nothing was sent`)
      }
      const parser = pipeline(createReadStream(path), parse({ ...options(delimiter), to: 1 }), () => {})
      for await (const { record } of parser) return record
      return undefined
    },
    catch: (error) => (error instanceof Problem ? error : fileProblem(path)(error)),
  })

/** All records of a file in batches, the first line's included. */
export const readFile = (path: string, delimiter: string): Stream.Stream<ReadonlyArray<CsvRecord>, Problem> =>
  Stream.suspend(() => Stream.fromAsyncIterable(batches(path, delimiter), fileProblem(path)))

/** The records of one piece of a file, which has to be what it was. */
export const readPiece = (
  { modified, path, size }: Source,
  delimiter: string,
  piece: Piece,
): Effect.Effect<ReadonlyArray<CsvRecord>, Problem> =>
  Effect.tryPromise({
    try: async () => {
      const file = await open(path)
      try {
        const now = await file.stat()
        if (now.size !== size || now.mtimeMs !== modified) throw refused(`${path} was changed in the middle of the run`)
        const { buffer, bytesRead } = await file.read(Buffer.alloc(piece.bytes), 0, piece.bytes, piece.offset)
        // The library's types do not know what `info` adds.
        const parsed: ReadonlyArray<unknown> = parseSync(buffer.subarray(0, bytesRead), options(delimiter))
        return parsed.map((_) => toRecord(_ as Parsed, piece))
      } finally {
        await file.close()
      }
    },
    catch: (error) => (error instanceof Problem ? error : fileProblem(path)(error)),
  })
