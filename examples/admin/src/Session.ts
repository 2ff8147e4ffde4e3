import { readdirSync } from "node:fs"
import { basename, resolve } from "node:path"
import type * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Api from "./Api.js"
import { type Source, source } from "./Csv.js"
import * as Embedded from "./Embedded.js"
import { exit, type Problem, refused } from "./Problem.js"
import * as Progress from "./Progress.js"
import { holdsRows, sameCaller } from "./people/Run.js"
import * as Report from "./Report.js"
import { quoted, say, write } from "./Screen.js"
import { type Run, type Settings, Store } from "./Store.js"

/** What a command is given about the run that it means, and about its report. */
export interface Given extends Report.Options {
  readonly file: string
  readonly place: (file: string) => Place
  /** Where the rows go that have to be put right. */
  readonly corrections: Option.Option<string>
}

/** Where the state of a run is, and who carries its rows out: this process, or the runners of a cluster. */
export interface Place {
  /** The state, or the same only to be read, while another process may write. */
  readonly layer: (reads: boolean) => Layer.Layer<Store | SqlClient.SqlClient, Problem>
  readonly problem: (error: SqlError) => Problem
  readonly carryOut: (
    run: Run,
    source: Source,
    progress: Progress.Progress,
  ) => Effect.Effect<string | undefined, Problem | SqlError, Api.Api | Store | SqlClient.SqlClient>
  /** What to type to go on. */
  readonly resume: string
  /** The file of the state; "" if it is elsewhere. */
  readonly state: string
  /** Whether there may be a run: without one nothing has to be opened. */
  readonly exists: boolean
}

/** The state in a file beside the input; this process does the work. */
export const embedded = (file: string): Place => {
  const state = Embedded.statePath(file)
  return {
    layer: (reads) => Embedded.layer(state, reads),
    problem: Embedded.stateProblem(state),
    carryOut: Embedded.carryOut,
    resume: `pnpm admin resume ${quoted(file)}`,
    state,
    exists: Embedded.hasState(file),
  }
}

// A second Ctrl-C does not wait for the rows under way: they are found out about when the run is resumed.
const impatience = Effect.acquireRelease(
  Effect.sync(() => {
    let signals = 0
    const listener = () => {
      if (++signals > 1) process.exit(exit.interrupted)
      write("Finishing the rows under way (Ctrl-C again: at once) …")
    }
    process.on("SIGINT", listener)
    return listener
  }),
  (listener) => Effect.sync(() => process.off("SIGINT", listener)),
)

const howToResume = (place: Place, failed = 0) =>
  say(
    `\nStopped. What is done is written down; go on with: ${place.resume}${failed === 0 ? "" : " (--retry-failed sends those again that failed)"}`,
  )

/** Refuses what cannot be written, before anything is sent. */
export const checkOutputs = ({ corrections, file, report, ...given }: Given): Effect.Effect<void, Problem> =>
  Effect.forEach(Object.entries({ report, corrections }), ([name, path]: readonly [string, Option.Option<string>]) =>
    Option.isNone(path) ? Effect.void : Report.checkOutput(name, path.value, file, given.place(file).state),
  ).pipe(
    Effect.filterOrFail(
      () => Option.isNone(report) || Option.isNone(corrections) || resolve(report.value) !== resolve(corrections.value),
      () => refused("--report and --corrections name the same file. Nothing was sent"),
    ),
  )

export const finish = (place: Place, run: Run, given: Given, from?: Source) =>
  Effect.gen(function* () {
    const store = yield* Store
    const counts = Report.summary(run, yield* store.counts(run.id))
    if (run.stopped !== null || (from !== undefined && counts.open > 0)) yield* howToResume(place, counts.failed)
    const { skipExisting, upsert } = run.settings
    const known: Report.Rows<SqlError, never> = (first, last, problems) =>
      Effect.map(store.entries(run.id, first, last, problems), (entries) =>
        problems && (skipExisting || upsert) ? entries.filter(({ state }) => state !== "there") : entries,
      )
    // Rows that were not begun are in the file alone.
    const file =
      from ?? (counts.open === 0 ? undefined : Option.getOrUndefined(yield* Effect.option(sourceOf(run, given.file))))
    yield* Report.print(run, counts, file === undefined ? known : Report.withFile(run, file, known), given)
    if (from !== undefined && Option.isSome(given.corrections)) {
      const problems = yield* store.entries(run.id, 1, run.rows, true)
      const wrong = problems.flatMap(({ row, state }) => (/failed|invalid/.test(state) ? [row] : []))
      yield* Report.printCorrections(run, from, new Set(wrong), given.corrections)
    }
    return run.stopped === null ? Report.exitOf(counts, run.settings) : exit.stopped
  })

/** Carries out what is open of a run, with progress, and reports. */
export const carryOut = (place: Place, run: Run, from: Source, given: Given) =>
  Effect.gen(function* () {
    const store = yield* Store
    const before = Report.summary(run, yield* store.counts(run.id))
    const progress = Progress.make(run.rows, run.rows - before.open - before.unknown - before.unmailed)
    yield* impatience
    const stopped = yield* progress
      .during(place.carryOut(run, from, progress))
      .pipe(Effect.onInterrupt(() => howToResume(place)))
    return yield* finish(place, { ...run, stopped: stopped ?? null }, given, from)
  }).pipe(Effect.scoped)

export const within = <A, E, R>(place: Place, effect: Effect.Effect<A, E, R>, reads = false) =>
  effect.pipe(
    Effect.catchIf(
      (error): error is E & SqlError => error instanceof SqlError,
      (error): Effect.Effect<never, Problem> => Effect.fail(place.problem(error)),
    ),
    Effect.provide(place.layer(reads)),
  )

/** What a call asks for; what it does not name is as the run has it, or else the default. */
export type Wishes = { readonly [Name in keyof Settings]: Option.Option<Settings[Name]> }

/** What a run keeps, since it decides what its rows are. */
const fixed = ["delimiter", "generatePasswords", "sendReset", "ignoreUnknownColumns", "anonymous", "upsert"] as const

const kebab = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The settings that a call names. */
export const named = (wishes: Partial<Wishes>): Partial<Settings> =>
  Object.assign(
    {},
    ...Object.entries(wishes).map(([name, wish]) => (Option.isSome<unknown>(wish) ? { [name]: wish.value } : {})),
  )

/** The settings of a run with what a call changes; what cannot be changed is refused by name. */
export const merged = (run: Run, wishes: Partial<Wishes>): Effect.Effect<Settings, Problem> => {
  const changes = named(wishes)
  const other = fixed.filter((name) => name in changes && changes[name] !== run.settings[name])
  return other.length === 0
    ? Effect.succeed({ ...run.settings, failFast: false, ...changes })
    : Effect.fail(
        refused(
          `The run that began ${run.started_at} has other settings: leave out ${other.map(kebab).join(" and ")}, or begin anew with --new-run. Nothing was sent`,
        ),
      )
}

/** The file of a run, with the content that the run began with. */
export const sourceOf = (run: Run, path: string) =>
  Effect.filterOrFail(
    holdsRows(run) ? Effect.succeed<Source>({ path, sha256: run.sha256, content: Buffer.alloc(0) }) : source(path),
    ({ sha256 }) => sha256 === run.sha256,
    () =>
      refused(
        `${path} is not the file any more that "${run.command}" began with: put its old content back, or begin anew with --new-run. Nothing was sent`,
      ),
  )

export type Named = Omit<Given, "file" | "corrections"> & { readonly file: Option.Option<string> }

/** The file that is meant: the one that is named, or the only one here that has state. */
const meant = <A extends Named>(named: A): Effect.Effect<Omit<A, "file"> & { readonly file: string }, Problem> =>
  Effect.suspend(() => {
    if (Option.isSome(named.file)) {
      const file = named.file.value
      return named.place(file).exists
        ? Effect.succeed({ ...named, file })
        : Effect.fail(refused(`There is no run for ${file}`))
    }
    const files = filesHere()
    const [file] = files
    if (file === undefined) return Effect.fail(refused("There is no run in this folder: name its file"))
    return files.length === 1
      ? Effect.succeed({ ...named, file })
      : Effect.fail(refused(`There are runs for ${files.join(", ")}: name one of them`))
  })

/** The files in this folder that have state. */
const filesHere = (): ReadonlyArray<string> => {
  const suffix = Embedded.statePath("")
  return readdirSync(".")
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
}

/** The newest run of a file that is not finished, or else the newest. */
const newest = (file: string) =>
  Effect.gen(function* () {
    const store = yield* Store
    const runs = (yield* store.runs).filter((run) => run.file === basename(file))
    for (const run of runs.toReversed()) if ((yield* store.openChunks(run)).length > 0) return { run, open: true }
    const run = runs.at(-1)
    return run === undefined ? yield* Effect.fail(refused(`There is no run for ${file}`)) : { run, open: false }
  })

/** `status`: the report of a run, with nothing sent; also while it is carried out. */
export const status = (named: Named) =>
  Effect.gen(function* () {
    const file = { ...(yield* meant(named)), corrections: Option.none() }
    yield* checkOutputs(file)
    const place = file.place(file.file)
    return yield* within(
      place,
      Effect.flatMap(newest(file.file), ({ run }) => finish(place, run, file)),
      true,
    )
  })

/** `resume`: goes on with the newest run of a file that is not finished. */
export const resume = (named: Named & Pick<Given, "corrections">, wishes: Partial<Wishes>, retryFailed: boolean) =>
  Effect.gen(function* () {
    const file = yield* meant(named)
    yield* checkOutputs(file)
    const place = file.place(file.file)
    const work = Effect.gen(function* () {
      const store = yield* Store
      const { open, run } = yield* newest(file.file)
      const settings = yield* merged(run, wishes)
      const settles = settings.skipExisting
      if (settles) yield* store.move(run.id, "exists", "there")
      if (!open && !retryFailed) {
        yield* say(`${file.file}: nothing is left to do`)
        return yield* finish(place, { ...run, settings, stopped: null }, file)
      }
      return yield* Effect.gen(function* () {
        const { baseUrl } = yield* Api.Api
        if (baseUrl !== run.base_url) {
          return yield* Effect.fail(
            refused(`The run is for ${run.base_url}, but the configuration leads to ${baseUrl}. Nothing was sent`),
          )
        }
        yield* sameCaller(run)
        const from = yield* sourceOf(run, file.file)
        yield* store.update(run.id, { settings })
        if (retryFailed) yield* store.move(run.id, "failed", "released")
        return yield* carryOut(place, { ...run, settings }, from, file)
      }).pipe(Effect.provide(Api.layer(settings)))
    })
    return yield* within(place, work)
  })

/** `runs`: all runs of a file, or of this folder. */
export const runs = (named: Pick<Named, "file" | "place">) =>
  Effect.gen(function* () {
    const files = Option.match(named.file, { onNone: filesHere, onSome: (file) => [file] })
    for (const file of files) {
      const place = named.place(file)
      if (!place.exists) return yield* Effect.fail(refused(`There is no run for ${file}`))
      const lines = Effect.gen(function* () {
        const store = yield* Store
        return yield* Effect.forEach(yield* store.runs, (run) =>
          Effect.map(store.counts(run.id), (counts) => {
            const states = Object.entries(Report.summary(run, counts)).filter(([, count]) => count > 0)
            const how = states.map(([state, count]) => `${count} ${state}`).join(", ")
            return `${run.id}  ${run.started_at}  ${run.command} ${run.file} by ${run.actor}: ${run.rows} rows: ${how}\n`
          }),
        )
      })
      for (const line of yield* within(place, lines, true)) process.stdout.write(line)
    }
    return exit.done
  })

/** `forget`: takes a run out of the state; one that is not finished only if that is said. */
export const forget = (id: string, { file, place: placeFor }: Pick<Given, "file" | "place">, yes: boolean) => {
  const place = placeFor(file)
  const work = Effect.gen(function* () {
    const store = yield* Store
    const run = yield* store.run(id)
    if (run === undefined) return yield* Effect.fail(refused(`${file} has no run ${id}: "runs" lists them`))
    if ((yield* store.openChunks(run)).length > 0 && !yes) {
      return yield* Effect.fail(refused("This run is not finished: what it has begun would be forgotten too (--yes)"))
    }
    yield* store.forget(id)
    return exit.done
  })
  return place.exists ? within(place, work) : Effect.fail(refused(`There is no run for ${file}`))
}
