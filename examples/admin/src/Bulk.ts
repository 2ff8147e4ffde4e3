import { createHash } from "node:crypto"
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Api, whoAmI } from "./Api.js"
import type { Command } from "./Columns.js"
import { type Source, source } from "./Csv.js"
import { exit, Problem, refused } from "./Problem.js"
import { holdsRows } from "./people/Run.js"
import { describe, scan } from "./Scan.js"
import { type Run, type Settings, Store } from "./Store.js"
import { randomPassword } from "./Work.js"

export interface Options {
  readonly command: Command
  readonly file: string
  readonly settings: Settings
  /** Leaves an unfinished run of other content behind. */
  readonly newRun: boolean
}

const say = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))

const shown = 20

/** Reads the whole file and reports what cannot be sent, in the order of the lines. */
const validate = (
  from: Source,
  { command, settings }: Options,
  self: string | null,
  keep: (batch: Stream.Stream.Success<ReturnType<typeof scan>["batches"]>) => Effect.Effect<void, Problem>,
) =>
  Effect.gen(function* () {
    const { batches, header } = scan(from, { command, settings, self, password: randomPassword })
    let good = 0
    let bad = 0
    yield* Stream.runForEach(batches, (batch) =>
      Effect.gen(function* () {
        for (const { issues } of batch.bad) {
          if (bad++ < shown) for (const issue of issues) yield* say(`${from.path}: ${describe(issue)}`)
        }
        good += batch.rows.length
        yield* keep(batch)
      }),
    )
    if (bad > shown)
      yield* say(`${from.path}: … and ${bad - shown} more rows that cannot be sent; the report has them all`)
    yield* say(`${from.path}: ${good} rows can be sent, ${bad} cannot`)
    if (bad > 0 && settings.failFast) {
      return yield* Effect.fail(refused("--fail-fast: put these rows right first. Nothing was sent"))
    }
    return { rows: good + bad, good, bad, header: header()?.names ?? [] }
  })

/** Who runs the command; `null` for registrations by nobody in particular. */
const caller = (command: Command) =>
  Effect.flatMap(Api, ({ anonymous }) =>
    anonymous && command === "create" ? Effect.succeed(null) : Effect.map(whoAmI, ({ id }) => id),
  )

/** `--dry-run`: everything but the sending. */
export const dryRun = (options: Options) =>
  Effect.gen(function* () {
    const from = yield* source(options.file)
    const { baseUrl } = yield* Api
    const self = yield* caller(options.command)
    const { bad, good } = yield* validate(from, options, self, () => Effect.void)
    yield* say(`--dry-run: ${good} rows would be sent to ${baseUrl}. Nothing was sent`)
    return bad > 0 ? exit.rowsFailed : exit.done
  })

const runId = (command: Command, { sha256 }: Source, baseUrl: string): string =>
  createHash("sha256").update(`${command} ${sha256} ${baseUrl}`).digest("hex").slice(0, 20)

const stateFailed = (error: { readonly message: string }): Problem =>
  new Problem({ exit: exit.stopped, message: `The state cannot be written: ${error.message}` })

/** Finds the run of this command for the content of this file, or begins it: the file is checked and indexed. */
export const prepare = (options: Options) =>
  Effect.gen(function* () {
    const { command, file, newRun, settings } = options
    const store = yield* Store
    const { baseUrl } = yield* Api
    const from = yield* source(file)
    const id = runId(command, from, baseUrl)
    const runs = yield* store.runs
    const known = runs.find((run) => run.id === id)
    if (known !== undefined) return { run: known, source: from, before: true }

    for (const run of runs.filter((run) => run.file === basename(file))) {
      if (newRun || (yield* store.openChunks(run.id)).length === 0) continue
      const difference =
        run.sha256 !== from.sha256
          ? `${file} is not the file any more that "${run.command}" began with`
          : run.command !== command
            ? `"${run.command}" is not finished`
            : `the run was for ${run.base_url}, not for ${baseUrl}`
      return yield* Effect.fail(
        refused(
          `There is an unfinished run for ${file}: ${difference}. Finish it with "resume"${run.sha256 === from.sha256 ? "" : " and the old content"}, or leave it behind with --new-run. Nothing was sent`,
        ),
      )
    }

    const self = yield* caller(command)
    const { header, rows } = yield* validate(from, options, self, ({ bad, chunks }) =>
      Effect.mapError(
        Effect.zipRight(
          store.addChunks(id, chunks),
          store.addInvalid(
            id,
            bad.map((one) => ({ ...one, reason: one.issues.map(describe).join("; ") })),
          ),
        ),
        stateFailed,
      ),
    )
    const run: Run = {
      id,
      command,
      file: basename(file),
      sha256: from.sha256,
      base_url: baseUrl,
      self,
      rows,
      header,
      settings,
      started_at: new Date().toISOString(),
      stopped: null,
      round: 0,
    }
    yield* Effect.mapError(store.addRun(run), stateFailed)
    return { run, source: from, before: false }
  })

/** The run that `resume` and `status` mean: the newest that is not finished, or else the newest. */
export const newest = (file: string | undefined) =>
  Effect.gen(function* () {
    const store = yield* Store
    const runs = (yield* store.runs).filter((run) => file === undefined || run.file === basename(file))
    for (const run of runs.toReversed()) if ((yield* store.openChunks(run.id)).length > 0) return { run, open: true }
    const run = runs.at(-1)
    return run === undefined ? undefined : { run, open: false }
  })

/** The file of a run, with the content that the run began with. */
export const sourceOf = (run: Run, path: string) =>
  Effect.flatMap(
    holdsRows(run) ? Effect.succeed({ path, sha256: run.sha256, size: 0, modified: 0 }) : source(path),
    (from) =>
      from.sha256 === run.sha256
        ? Effect.succeed(from)
        : Effect.fail(
            refused(
              `${path} is not the file any more that "${run.command}" began with: put its old content back, or begin anew with --new-run. Nothing was sent`,
            ),
          ),
  )
