import { createWriteStream } from "node:fs"
import type { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import { clean } from "./Columns.js"
import { type Exit, exit, Problem } from "./Problem.js"
import { type Run, type State, Store, type Told } from "./Store.js"

export type Format = "table" | "csv" | "json"

export interface Options {
  readonly format: Format
  /** Where the report goes; stdout when there is none. */
  readonly path: string | undefined
}

/** How the rows of a run stand; `open` have not been begun or were not done. */
export interface Summary {
  readonly done: number
  readonly failed: number
  readonly invalid: number
  readonly exists: number
  readonly unknown: number
  readonly open: number
}

export const summary = (run: Run, counts: ReadonlyMap<State, number>): Summary => {
  const of = (state: State) => counts.get(state) ?? 0
  const unknown = of("unknown") + of("intent")
  const settled = of("done") + of("failed") + of("invalid") + of("exists") + unknown
  return {
    done: of("done"),
    failed: of("failed"),
    invalid: of("invalid"),
    exists: of("exists"),
    unknown,
    open: run.rows - settled,
  }
}

export const exitOf = ({ exists, failed, invalid, open, unknown }: Summary): Exit =>
  open > 0 ? exit.stopped : failed + invalid + exists + unknown > 0 ? exit.rowsFailed : exit.done

const meaning: { readonly [_ in keyof Summary]: string } = {
  done: "done",
  failed: "refused by the service, each with its reason",
  invalid: "not sent: the row has to be put right",
  exists: "the account exists; whether this run created it has to be looked at",
  unknown: "nobody can tell whether it was done; resume tries to find out",
  open: "not done yet; resume goes on with them",
}

/** What a state asks of a person. */
const advice: { readonly [_ in State]?: string } = {
  exists: "look at who created the account and when, before you do anything with it",
  unknown: "look whether the account is as the row wants it; resume tries to find out again",
  intent: "look whether the account is as the row wants it; resume tries to find out again",
}

/** A spreadsheet takes what begins like this for a formula. */
const formula = /^[=+\-@]/

const csvField = (value: string | number): string => {
  const text = formula.test(String(value)) && typeof value === "string" ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const shape = (told: Told) => ({
  row: told.row,
  line: told.line,
  what: clean(told.label),
  state: told.state,
  reason: told.reason === null ? "" : told.reason,
  evidence: told.evidence ?? "",
  user_id: told.user_id ?? "",
  advice: advice[told.state] ?? "",
})

const csvColumns = ["row", "line", "what", "state", "reason", "evidence", "user_id", "advice"] as const

interface Writer {
  readonly head: string
  readonly row: (told: Told, first: boolean) => string
  readonly tail: string
}

const writers: { readonly [_ in Format]: (run: Run, counts: Summary) => Writer } = {
  table: (run, counts) => ({
    head: [
      `${run.command} ${run.file}: ${run.rows} rows`,
      ...Object.entries(meaning).flatMap(([state, text]) => {
        const count = counts[state as keyof Summary]
        return count === 0 && state !== "done"
          ? []
          : [`  ${String(count).padStart(7)} ${state.padEnd(8)} ${text === state ? "" : text}`.trimEnd()]
      }),
      ...(run.stopped === null ? [] : [`Stopped: ${run.stopped}`]),
      "",
    ].join("\n"),
    row: (told) => {
      const { advice, evidence, line, reason, row, state, what } = shape(told)
      const because = state === "done" ? [`found out by: ${evidence}`, reason] : [reason, advice]
      const name = what === "" ? "" : ` (${what})`
      return `  row ${row}, line ${line}${name}: ${state}: ${because.filter((_) => _ !== "").join("; ")}\n`
    },
    tail: "",
  }),
  csv: () => ({
    head: `${csvColumns.join(",")}\n`,
    row: (told) => {
      const values = shape(told)
      return `${csvColumns.map((name) => csvField(values[name])).join(",")}\n`
    },
    tail: "",
  }),
  json: (run, counts) => ({
    head: `${JSON.stringify({ command: run.command, file: run.file, base_url: run.base_url, total: run.rows, counts, stopped: run.stopped }).slice(0, -1)},"rows":[`,
    row: (told, first) => `${first ? "" : ","}\n${JSON.stringify(shape(told))}`,
    tail: "]}\n",
  }),
}

const write = (to: Writable, text: string): Effect.Effect<void, Problem> =>
  text === ""
    ? Effect.void
    : Effect.async((resume) => {
        to.write(text, (error) =>
          resume(
            error == null || ("code" in error && error.code === "EPIPE")
              ? Effect.void
              : Effect.fail(
                  new Problem({ exit: exit.stopped, message: `The report cannot be written: ${error.message}` }),
                ),
          ),
        )
      })

const page = 1000

/** Writes the report of a run: the counts, and each row that is not simply done. */
export const print = (run: Run, { format, path }: Options) =>
  Effect.gen(function* () {
    const store = yield* Store
    const counts = summary(run, yield* store.counts(run.id))
    const writer = writers[format](run, counts)
    const out: Writable =
      path === undefined
        ? process.stdout
        : yield* Effect.acquireRelease(
            Effect.sync(() => createWriteStream(path)),
            (file) => Effect.async<void>((resume) => void file.end(() => resume(Effect.void))),
          )
    yield* write(out, writer.head)
    let after = 0
    let first = true
    for (let more = true; more; ) {
      const told = yield* store.told(run.id, after, page)
      yield* write(
        out,
        told
          .map((one) => {
            const text = writer.row(one, first)
            first = false
            return text
          })
          .join(""),
      )
      after = told.at(-1)?.row ?? after
      more = told.length === page
    }
    yield* write(out, writer.tail)
    return counts
  }).pipe(Effect.scoped)
