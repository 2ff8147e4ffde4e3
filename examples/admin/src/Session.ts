import { readdirSync } from "node:fs"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Api from "./Api.js"
import * as Bulk from "./Bulk.js"
import type { Command } from "./Columns.js"
import * as Confirm from "./Confirm.js"
import type { Source } from "./Csv.js"
import * as Embedded from "./Embedded.js"
import { type Exit, exit, type Problem, refused } from "./Problem.js"
import * as Progress from "./Progress.js"
import { sameCaller } from "./people/Run.js"
import * as Report from "./Report.js"
import { type Run, type Settings, Store } from "./Store.js"

/** What a command is given about the run that it means, and about its report. */
export interface Given {
  readonly file: string
  readonly format: Report.Format
  readonly report: Option.Option<string>
  readonly place: (file: string) => Place
}

/** Where the state of a run is, and who carries its rows out: this process, or the runners of a cluster. */
export interface Place {
  readonly layer: Layer.Layer<Store | SqlClient.SqlClient, Problem>
  readonly problem: (error: SqlError) => Problem
  readonly carryOut: (
    run: Run,
    source: Source,
    progress: Progress.Progress,
  ) => Effect.Effect<string | undefined, Problem, Api.Api | Store | SqlClient.SqlClient>
  /** What to type to go on. */
  readonly resume: string
  /** Whether there may be a run: without one nothing has to be opened. */
  readonly exists: boolean
}

/** The state in a file beside the input; this process does the work. */
export const embedded = (file: string): Place => {
  const state = Embedded.statePath(file)
  return {
    layer: Embedded.layer(state),
    problem: Embedded.stateProblem(state),
    carryOut: (run, source, progress) => Embedded.carryOut({ run, source, state, tick: progress.tick }),
    resume: `pnpm admin resume ${file}`,
    exists: Embedded.hasState(file),
  }
}

/** The deployment, and who calls. */
export const api = Api.layer

const say = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))

// A second Ctrl-C does not wait for the rows under way: they are found out about when the run is resumed.
const impatience = Effect.acquireRelease(
  Effect.sync(() => {
    let signals = 0
    const listener = () => {
      if (++signals > 1) process.exit(exit.interrupted)
      process.stderr.write("\nFinishing the rows under way (Ctrl-C again: at once) …\n")
    }
    process.on("SIGINT", listener)
    return listener
  }),
  (listener) => Effect.sync(() => process.off("SIGINT", listener)),
)

const howToResume = (place: Place) => say(`\nStopped. What is done is written down; go on with: ${place.resume}`)

export const finish = (place: Place, run: Run, given: Given) =>
  Effect.gen(function* () {
    const counts = yield* Report.print(run, { format: given.format, path: Option.getOrUndefined(given.report) })
    if (run.stopped !== null || counts.open > 0) yield* howToResume(place)
    return run.stopped === null ? Report.exitOf(counts) : exit.stopped
  })

export const carryOut = (place: Place, run: Run, source: Source, given: Given, yes: boolean) =>
  Effect.gen(function* () {
    const store = yield* Store
    if (run.command === "delete") yield* Confirm.deletion(run, source, yes)
    const before = Report.summary(run, yield* store.counts(run.id))
    const progress = Progress.make(run.rows, run.rows - before.open - before.unknown)
    yield* impatience
    const stopped = yield* progress
      .during(place.carryOut(run, source, progress))
      .pipe(Effect.onInterrupt(() => howToResume(place)))
    return yield* finish(place, { ...run, stopped: stopped ?? null }, given)
  }).pipe(Effect.scoped)

export const within = <E, R>(place: Place, effect: Effect.Effect<Exit, E, R>) =>
  effect.pipe(
    Effect.catchIf(
      (error): error is E & SqlError =>
        typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError",
      (error): Effect.Effect<never, Problem> => Effect.fail(place.problem(error)),
    ),
    Effect.provide(place.layer),
  )

/** `create`, `update` and `delete`: begins a run, or goes on with the one that this file's content has. */
export const bulk = (
  command: Command,
  given: Given & { readonly dryRun: boolean; readonly newRun: boolean },
  settings: Settings,
  yes: boolean,
) => {
  const options = { command, file: given.file, settings, newRun: given.newRun }
  const place = given.place(given.file)
  const work = Effect.gen(function* () {
    const { before, run, source } = yield* Bulk.prepare(options)
    const store = yield* Store
    if (!before) return yield* carryOut(place, run, source, given, yes)
    if ((yield* store.openChunks(run.id)).length === 0) {
      yield* say(`${given.file}: this content was ${command}d before; nothing is sent again`)
      return yield* finish(place, { ...run, stopped: null }, given)
    }
    yield* say(`${given.file}: going on with the run that began ${run.started_at}`)
    yield* store.update(run.id, { settings })
    return yield* carryOut(place, { ...run, settings }, source, given, yes)
  })
  return Effect.provide(given.dryRun ? Bulk.dryRun(options) : within(place, work), api(settings))
}

type Named = Omit<Given, "file"> & { readonly file: Option.Option<string> }

/** The file that is meant: the one that is named, or the only one here that has state. */
const meant = (given: Named): Effect.Effect<Given, Problem> =>
  Effect.suspend(() => {
    if (Option.isSome(given.file)) {
      const file = given.file.value
      return given.place(file).exists
        ? Effect.succeed({ ...given, file })
        : Effect.fail(refused(`There is no run for ${file}`))
    }
    const suffix = Embedded.statePath("")
    const files = readdirSync(".")
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length))
    const [file] = files
    if (file === undefined) return Effect.fail(refused("There is no run in this folder: name its file"))
    return files.length === 1
      ? Effect.succeed({ ...given, file })
      : Effect.fail(refused(`There are runs for ${files.join(", ")}: name one of them`))
  })

const found = (file: string) =>
  Effect.flatMap(Bulk.newest(file), (run) =>
    run === undefined
      ? Effect.fail(refused(`No run has begun for ${file}: its file was never read to the end`))
      : Effect.succeed(run),
  )

/** `status`: the report of a run, with nothing sent. */
export const status = (named: Named) =>
  Effect.flatMap(meant(named), (given) =>
    within(
      given.place(given.file),
      Effect.flatMap(found(given.file), ({ run }) =>
        Effect.map(
          Report.print(run, { format: given.format, path: Option.getOrUndefined(given.report) }),
          Report.exitOf,
        ),
      ),
    ),
  )

export interface Changes {
  readonly settings: Partial<Settings>
  readonly retryFailed: boolean
  readonly yes: boolean
}

/** `resume`: goes on with the newest run of a file that is not finished. */
export const resume = (named: Named, { retryFailed, settings: changes, yes }: Changes) =>
  Effect.flatMap(meant(named), (given) => {
    const place = given.place(given.file)
    const work = Effect.gen(function* () {
      const store = yield* Store
      const { open, run } = yield* found(given.file)
      if (!open && !retryFailed) {
        yield* say(`${given.file}: nothing is left to do`)
        return yield* finish(place, { ...run, stopped: null }, given)
      }
      const settings = { ...run.settings, ...changes }
      return yield* Effect.gen(function* () {
        const { baseUrl } = yield* Api.Api
        if (baseUrl !== run.base_url) {
          return yield* Effect.fail(
            refused(`The run is for ${run.base_url}, but the configuration leads to ${baseUrl}. Nothing was sent`),
          )
        }
        yield* sameCaller(run)
        const source = yield* Bulk.sourceOf(run, given.file)
        yield* store.update(run.id, { settings })
        if (retryFailed) yield* store.releaseFailed(run.id)
        return yield* carryOut(place, { ...run, settings }, source, given, yes)
      }).pipe(Effect.provide(api(settings)))
    })
    return within(place, work)
  })
