import { rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import { clean } from "../Columns.js"
import { type Problem, refused } from "../Problem.js"
import { csvField } from "../Report.js"

export interface Written {
  readonly format: "table" | "csv" | "json" | undefined
  readonly output: string | undefined
}

/** Cells are made of items one row at a time, so that a long listing is not in memory twice. */
export interface Listing<A> {
  readonly columns: { readonly [name: string]: (item: A) => string }
  readonly rows: ReadonlyArray<A>
}

function* pieces<A>({ columns, rows }: Listing<A>, format: Written["format"]): Generator<string> {
  const [names, cells] = [Object.keys(columns), Object.values(columns)]
  if (format === "json") {
    for (const [at, row] of rows.entries()) {
      yield `${at === 0 ? "[" : ","}\n${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, cells[at]?.(row)])))}`
    }
    yield rows.length === 0 ? "[]\n" : "]\n"
    return
  }
  const texts = (row: A) => cells.map((cell) => (format === "csv" ? csvField(cell(row)) : clean(cell(row))))
  const widths = names.map(({ length }) => length)
  if (format === "table") {
    for (const row of rows)
      for (const [at, text] of texts(row).entries()) widths[at] = Math.max(widths[at] ?? 0, text.length)
  }
  const line = (all: ReadonlyArray<string>) =>
    format === "csv"
      ? `${all.join(",")}\n`
      : `${all
          .map((text, at) => text.padEnd(widths[at] ?? 0))
          .join("  ")
          .trimEnd()}\n`
  yield line(names)
  for (const row of rows) yield line(texts(row))
}

/** Writes a file beside its place, and moves it there when it is whole: there is never half of one. */
export const writeWhole = (path: string, text: Iterable<string>): Effect.Effect<void, Problem> =>
  Effect.tryPromise({
    try: async () => {
      const beside = join(dirname(path), `.${basename(path)}.${process.pid}`)
      try {
        await writeFile(beside, text, { flush: true })
        await rename(beside, path)
      } finally {
        await rm(beside, { force: true })
      }
    },
    catch: (error) => refused(`${path} cannot be written: ${error instanceof Error ? error.message : error}`),
  })

/** Writes a listing to a file, or to stdout: as a table where a person reads it, or as CSV. */
export const write = <A>(listing: Listing<A>, { format, output }: Written): Effect.Effect<void, Problem> => {
  const text = pieces(listing, format ?? (output === undefined && process.stdout.isTTY ? "table" : "csv"))
  return output === undefined
    ? Effect.promise(() => pipeline(Readable.from(text), process.stdout, { end: false }))
    : writeWhole(output, text)
}
