import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { clean } from "../Columns.js"
import { type Problem, refused } from "../Problem.js"

export type Format = "table" | "csv" | "json"

export type Record = Readonly<{ [column: string]: string }>

// A spreadsheet takes what begins like this for a formula, in full width too.
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

const csvField = (text: string): string => {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Rows are made of items one at a time, so that a long listing is not in memory twice. */
export interface Listing<A> {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<A>
  readonly of: (item: A) => Record
}

/** The pieces of a listing as text; a table has no more than its longest cells need. */
function* pieces<A>({ columns, of, rows }: Listing<A>, format: Format): Generator<string> {
  if (format === "json") {
    yield "["
    for (const [at, row] of rows.entries()) yield `${at === 0 ? "" : ","}\n${JSON.stringify(of(row))}`
    yield "]\n"
  } else if (format === "csv") {
    yield `${columns.join(",")}\n`
    for (const row of rows) yield `${columns.map((name) => csvField(of(row)[name] ?? "")).join(",")}\n`
  } else {
    const width = (name: string) =>
      rows.reduce((most, row) => Math.max(most, clean(of(row)[name] ?? "").length), name.length)
    const widths = columns.map(width)
    const line = (cells: ReadonlyArray<string>) =>
      `${cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd()
    yield `${line(columns)}\n`
    for (const row of rows) yield `${line(columns.map((name) => clean(of(row)[name] ?? "")))}\n`
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : ""

/** Writes a file beside its place, and moves it there when it is whole: there is never half of one. */
export const writeWhole = (path: string, text: Iterable<string>): Effect.Effect<void, Problem> =>
  Effect.try({
    try: () => {
      const beside = join(dirname(path), `.${basename(path)}.${process.pid}`)
      try {
        const file = openSync(beside, "w")
        try {
          let some = ""
          for (const piece of text) {
            some += piece
            if (some.length < 65_536) continue
            writeSync(file, some)
            some = ""
          }
          writeSync(file, some)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
        renameSync(beside, path)
      } finally {
        rmSync(beside, { force: true })
      }
    },
    catch: (error) => refused(`${path} cannot be written${codeOf(error)}`),
  })

const print = (text: Iterable<string>): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (const piece of text) {
      if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once("drain", resolve))
    }
  })

/** Writes a listing to a file, or to stdout: as a table where a person reads it, or as CSV. */
export const write = <A>(
  listing: Listing<A>,
  { format, output }: { readonly format: Format | undefined; readonly output: string | undefined },
): Effect.Effect<void, Problem> => {
  const text = pieces(listing, format ?? (output === undefined && process.stdout.isTTY ? "table" : "csv"))
  return output === undefined ? print(text) : writeWhole(output, text)
}
