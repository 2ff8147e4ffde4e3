import { closeSync, createWriteStream, openSync, realpathSync, renameSync, rmSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Readable, readChunk } from "./Check.js"
import { clean, formula } from "./Columns.js"
import { readPiece, type Source } from "./Csv.js"
import { type Exit, exit, messageOf, Problem, refused } from "./Problem.js"
import { say } from "./Screen.js"
import { chunkOf, chunksOf, type Entry, type Run, rowsPerChunk, type Settings, type State } from "./Store.js"

export type Format = "table" | "csv" | "json"

export interface Options {
  readonly format: Format
  /** Where the report goes; stdout when there is none. */
  readonly report: Option.Option<string>
  /** Which rows are in it; by default all, and on the screen those that are not done. */
  readonly only: Option.Option<"all" | "problems">
}

/** How the rows of a run stand; `open` have not been begun or were not done. */
export type Summary = Readonly<
  Record<"done" | "there" | "failed" | "invalid" | "exists" | "unmailed" | "unknown" | "open", number>
>

export const summary = ({ rows }: { readonly rows: number }, counts: ReadonlyMap<State, number>): Summary => {
  const of = (state: State) => counts.get(state) ?? 0
  const [done, there, failed, invalid] = [of("done"), of("there"), of("failed"), of("invalid")]
  const [exists, unmailed, unknown] = [of("exists"), of("unmailed"), of("unknown") + of("intent")]
  const open = rows - done - there - failed - invalid - exists - unmailed - unknown
  return { done, there, failed, invalid, exists, unmailed, unknown, open }
}

export const exitOf = ({ done: _, open, there, ...bad }: Summary, { skipExisting, upsert }: Settings): Exit =>
  open > 0
    ? exit.stopped
    : Object.values(bad).some((count) => count > 0) || (there > 0 && !skipExisting && !upsert)
      ? exit.rowsFailed
      : exit.done

const meaning: { readonly [_ in keyof Summary]: string } = {
  done: "",
  there: "there already: nothing was sent, or the service knows it",
  failed: "refused by the service, each with its reason; resume --retry-failed sends them again",
  invalid: "not sent: the row has to be put right",
  exists: "the account exists; whether this run created it has to be looked at (resume --skip-existing: it is there)",
  unmailed: "created, but no reset e-mail was sent; resume tries again",
  unknown: "it cannot be told whether it was done; resume tries to find out, or look whether it is as the row wants it",
  open: "not done yet; resume goes on with them",
}

/** What a state asks of a person. */
const advice = (state: State): string =>
  state === "exists" ? meaning.exists : state === "unknown" || state === "intent" ? meaning.unknown : ""

/** A cell, which a spreadsheet takes for no formula. */
export const csvField = (value: string | number): string => {
  const text = typeof value === "string" && formula.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A row as `update` and `delete` take it, and what became of it. */
const shape = (run: Head, { at, email, evidence, label, line, reason, row, state, user_id, was }: Entry) => {
  const isCreate = run.command === "create"
  const old: { readonly [name: string]: string } = was === null ? {} : JSON.parse(was)
  return {
    id: user_id ?? (/^usr_/.test(label) ? label : ""),
    username: isCreate ? label : (old.username ?? ""),
    email: (isCreate ? email : (old.email ?? email)) ?? "",
    state: { released: "open", intent: "unknown" }[state as string] ?? state,
    row,
    line,
    what: clean(label),
    reason: reason ?? "",
    evidence: evidence ?? "",
    advice: advice(state),
    at: at ?? "",
    was: was ?? "",
  }
}

const names = ["id", "username", "email", "state", "reason", "evidence", "advice", "row", "line", "at", "was"] as const

/** What a report begins with: a run, or what a dry run knows of one. */
export type Head = Pick<Run, "command" | "file" | "base_url" | "rows" | "stopped" | "settings"> & {
  /** Whether nothing was sent, so that what is open would be sent. */
  readonly dry?: boolean
}

const tableHead = (run: Head, counts: Summary): string =>
  [
    `${run.command} ${run.file}: ${run.rows} rows`,
    ...Object.entries(meaning).flatMap(([state, text]) => {
      const count = counts[state as keyof Summary]
      const told = run.dry && state === "open" ? "would be sent" : text
      return count === 0 && state !== "done"
        ? []
        : `  ${String(count).padStart(7)} ${state.padEnd(8)} ${told}`.trimEnd()
    }),
    ...(run.stopped === null ? [] : [`Stopped: ${run.stopped}`]),
    "",
  ].join("\n")

const headOf = (format: Format, run: Head, counts: Summary): string => {
  if (format === "table") return tableHead(run, counts)
  if (format === "csv") return `${names.join(",")}\n`
  const { base_url, command, file, rows: total, stopped } = run
  return `${JSON.stringify({ command, file, base_url, total, counts, stopped }).slice(0, -1)},"rows":[`
}

const lineOf = (format: Format, run: Head, entry: Entry, first: boolean): string => {
  const values = shape(run, entry)
  if (format === "json") return `${first ? "" : ","}\n${JSON.stringify(values)}`
  if (format === "csv") return `${names.map((name) => csvField(values[name])).join(",")}\n`
  const { advice, evidence, line, reason, row, state, what } = values
  const name = what === "" ? "" : ` (${what})`
  const why = state === "done" ? [evidence] : [reason, advice]
  return `  row ${row}, line ${line}${name}: ${[state, ...why.filter((_) => _ !== "")].join(": ")}\n`
}

const notWritten = (error: unknown): Problem =>
  new Problem({
    exit: exit.rowsFailed,
    message: `The report cannot be written: ${messageOf(error)}. What was done is written down: "status" reports it`,
  })

const write = (to: Writable, text: string | Uint8Array): Effect.Effect<void, Problem> =>
  text.length === 0
    ? Effect.void
    : Effect.async((resume) => {
        to.write(text, (error) =>
          // Who reads the pipe has read enough.
          resume(
            error == null || ("code" in error && error.code === "EPIPE") ? Effect.void : Effect.fail(notWritten(error)),
          ),
        )
      })

const statOf = (path: string) => statSync(path, { throwIfNoEntry: false })

/** Refuses a file to write to that would destroy another one, or that cannot be written, before anything is sent. */
export const checkOutput = (name: string, path: string, input: string, state: string): Effect.Effect<void, Problem> =>
  Effect.try({
    try: () => {
      const refuse = (why: string) => refused(`--${name} ${path}: ${why}. Nothing was sent`)
      const folder = statOf(dirname(path))
      if (folder === undefined || !folder.isDirectory()) throw refuse("there is no such folder")
      const whole = join(realpathSync(dirname(path)), basename(path))
      const [there, read] = [statOf(path), statOf(input)]
      if (there?.isDirectory()) throw refuse("is a folder")
      const same = there !== undefined && there.ino === read?.ino && there.dev === read.dev
      if (same) throw refuse("is the file that is read")
      if (state !== "" && whole.startsWith(join(realpathSync(dirname(state)), basename(state)))) {
        throw refuse("is the state of the run")
      }
      if (there !== undefined && !there.isFile()) return
      closeSync(openSync(partOf(path), "w"))
      rmSync(partOf(path))
    },
    catch: (error) =>
      error instanceof Problem ? error : refused(`--${name} ${path} cannot be written: ${messageOf(error)}`),
  })

const partOf = (path: string): string => `${path}.part`

/** A file that is written beside and renamed, so that it is whole or as it was; or what is no file, as it is. */
const opened = (path: string) => {
  const isFile = statOf(path)?.isFile() ?? true
  const to = isFile ? partOf(path) : path
  return Effect.acquireRelease(
    Effect.sync(() => {
      const file = createWriteStream(to)
      file.on("error", () => {})
      return file
    }),
    (file, ended) =>
      Effect.async<void>((resume) => void file.end(() => resume(Effect.void))).pipe(
        Effect.timeoutOption("5 seconds"),
        Effect.tap(() => isFile && ended._tag === "Success" && Effect.sync(() => renameSync(to, path))),
        Effect.ignore,
      ),
  )
}

/** Writes texts to a file, which is whole or as it was, or to stdout; each when it is asked for. */
export const writeTo = (path: string | undefined, texts: ReadonlyArray<string> | Generator<string>) =>
  Effect.gen(function* () {
    const out: Writable = path === undefined ? process.stdout : yield* opened(path)
    for (const text of texts) yield* write(out, text)
  }).pipe(Effect.scoped)

const page = 10 * rowsPerChunk
const shown = 50

/** What is known of the rows from one to another; all of them, or those that are not simply done. */
export type Rows<E, R> = (first: number, last: number, problems: boolean) => Effect.Effect<ReadonlyArray<Entry>, E, R>

/** Nothing is known of a row but what the file says. */
export const untold = { reason: null, evidence: null, user_id: null, was: null, at: null, state: "released" } as const

/** The rows of a file with what is known of each; those that nothing is known of are open. */
export const withFile =
  <E, R>(run: Readable & Pick<Run, "rows">, from: Source, known: Rows<E, R>): Rows<E, R> =>
  (first, last, problems) =>
    Effect.map(known(first, last, problems), (entries) => {
      if (problems) return entries
      const told = new Set(entries.map(({ row }) => row))
      const chunks = chunksOf(run).slice((first - 1) / rowsPerChunk, last / rowsPerChunk)
      const rows = chunks.flatMap((chunk) => readChunk(run, from, chunk)).filter(({ number }) => !told.has(number))
      const open = rows.map(({ label, line, number, who }) => ({
        ...untold,
        row: number,
        line,
        label,
        email: who.email ?? null,
      }))
      return [...entries, ...open].sort((a, b) => a.row - b.row)
    })

/** Writes a report: the counts, and the rows. A spreadsheet opens a CSV file as UTF-8 if it has a BOM; a pipe has none. */
export const print = <E, R>(run: Head, counts: Summary, rows: Rows<E, R>, options: Options) =>
  Effect.gen(function* () {
    const { format, only, report } = options
    const onScreen = format === "table" && Option.isNone(report)
    const problems = Option.getOrElse(only, () => (onScreen ? "problems" : "all")) === "problems"
    const out: Writable = Option.isNone(report) ? process.stdout : yield* opened(report.value)
    yield* write(out, `${format === "csv" && Option.isSome(report) ? "\ufeff" : ""}${headOf(format, run, counts)}`)
    let written = 0
    for (let first = 1; first <= run.rows; first += page) {
      const entries = yield* rows(first, first + page - 1, problems)
      const some = onScreen ? entries.slice(0, shown - written) : entries
      yield* write(out, some.map((one, at) => lineOf(format, run, one, written + at === 0)).join(""))
      written += some.length
      if (some.length === entries.length) continue
      yield* write(out, "  … and more: --report FILE has them all\n")
      break
    }
    if (format === "json") yield* write(out, "]}\n")
    if (Option.isSome(report)) yield* say(`${tableHead(run, counts)}The rows are in ${report.value}`)
  }).pipe(Effect.scoped)

/** Writes the rows of a file that have to be put right, if there is a file for them, as they stand there, passwords included. */
export const printCorrections = (
  run: Pick<Run, "marks" | "rows" | "settings">,
  { content }: Source,
  rows: ReadonlySet<number>,
  path: Option.Option<string>,
) =>
  Effect.gen(function* () {
    if (Option.isNone(path)) return
    const out = yield* opened(path.value)
    // The bytes as they are: blanks and tabs at an end are columns, and what is no UTF-8 would be lost in a text.
    yield* write(out, content.subarray(0, run.marks[0]?.[0] ?? 0))
    for (const chunk of new Set([...rows].map((row) => Math.floor((row - 1) / rowsPerChunk)))) {
      const { firstRow, piece } = chunkOf(run, content.length, chunk)
      const records = readPiece({ content }, run.settings.delimiter, piece, (record) => record)
      for (const { begin, end } of records.filter((_, at) => rows.has(firstRow + at))) {
        yield* write(out, content.subarray(begin, end))
        // The last line of a file may have no end.
        if (!/[\r\n]/.test(content.toString("latin1", end - 1, end))) yield* write(out, "\n")
      }
    }
  }).pipe(Effect.scoped)
