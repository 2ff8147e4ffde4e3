import { createHash } from "node:crypto"
import { basename } from "node:path"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Api from "./Api.js"
import { type BadRow, check, readChunk } from "./Check.js"
import type { Command } from "./Columns.js"
import { confirm } from "./Confirm.js"
import { type Source, source, unchanged } from "./Csv.js"
import { type Limits, type Looked, looker, objections } from "./Look.js"
import { exit, Problem, refused } from "./Problem.js"
import * as Report from "./Report.js"
import { say } from "./Screen.js"
import { carryOut, checkOutputs, finish, type Given, merged, named, type Wishes, within } from "./Session.js"
import { type Before, chunksOf, type Run, Settings, type State, Store } from "./Store.js"

/** What a call names, and the defaults. */
export const settingsOf = (wishes: Partial<Wishes>): Settings => Schema.decodeSync(Settings)(named(wishes))

export interface Flags extends Limits {
  readonly dryRun: boolean
  /** Begins anew, whatever was begun before. */
  readonly newRun: boolean
}

interface Prepared {
  readonly run: Run
  readonly bad: ReadonlyArray<BadRow>
  readonly looked: ReadonlyArray<Looked>
}

const before = ({ bad, looked }: Prepared): ReadonlyArray<Before> => [
  ...bad.map((one) => ({ ...one, label: "", state: "invalid" as const })),
  ...looked.map(({ note: _, objection: __, roles: ___, user: ____, ...known }) => known),
]

/** Looks at the rows of a file, chunk by chunk; a user whom two rows mean is only the first one's. */
const lookAt = (run: Run, from: Source, deep: boolean, leave: ReadonlySet<number>) =>
  Effect.gen(function* () {
    const look = yield* looker(run, deep)
    if (look === undefined) return []
    const looked = yield* Effect.forEach(chunksOf(run), (chunk) =>
      look(readChunk(run, from, chunk).filter(({ number }) => !leave.has(number))),
    )
    const lines = new Map<string, number>()
    return looked.flat().map((one): Looked => {
      const first = one.user === undefined ? undefined : lines.get(one.user.id)
      if (one.user !== undefined && first === undefined) lines.set(one.user.id, one.line)
      const note = `is the same user as in line ${first}`
      return first === undefined ? one : { ...one, state: "invalid", note, reason: `line ${one.line}: ${note}` }
    })
  })

/** The rows of a file that is no run of its own; what is wrong with any of them stops everything. Columns that it has for others are left out. */
export const readRows = (path: string, command: "apply" | "offboard", delimiter: string) =>
  Effect.gen(function* () {
    const from = yield* source(path)
    const settings = settingsOf({ delimiter: Option.some(delimiter), ignoreUnknownColumns: Option.some(true) })
    const checked = yield* check(from, command, settings)
    if (checked.bad.length > 0)
      return yield* Effect.fail(refused(`${path} has to be put right first. Nothing was sent`))
    const run = { ...checked, command, settings: { ...settings, delimiter: checked.delimiter } }
    return chunksOf(run).flatMap((chunk) => readChunk(run, from, chunk))
  })

/** Checks the file and looks at the service: everything that comes before the first row is written down or sent. */
const prepare = (command: Command, from: Source, settings: Settings, deep: boolean, earlier: Run | undefined) =>
  Effect.gen(function* () {
    const { anonymous, baseUrl } = yield* Api.Api
    const { bad, delimiter, ...read } = yield* check(from, command, settings)
    const self = anonymous && command === "create" ? undefined : (yield* Api.whoAmI).user
    yield* unchanged(from)
    const run: Run = {
      id: createHash("sha256").update(`${command} ${from.sha256} ${baseUrl} ${earlier?.id}`).digest("hex").slice(0, 20),
      command,
      file: basename(from.path),
      sha256: from.sha256,
      base_url: baseUrl,
      self: self?.id ?? null,
      actor: self?.username ?? "anonymous",
      ...read,
      settings: { ...settings, delimiter },
      started_at: new Date().toISOString(),
      stopped: null,
      round: 0,
    }
    return { run, bad, looked: yield* lookAt(run, from, deep, new Set(bad.map(({ row }) => row))) }
  })

/** `--dry-run`: what would be done to each row, as far as it can be told without doing it. */
const dryRun = (prepared: Prepared, from: Source, given: Given) =>
  Effect.gen(function* () {
    const { bad, looked, run } = prepared
    const told = looked.map((one) => ({ ...one, reason: one.reason ?? one.note }))
    const entries = before({ ...prepared, looked: told }).map((one) => ({ email: null, ...Report.untold, ...one }))
    const all = new Map(entries.map((one) => [one.row, one]))
    const states = new Map<State, number>()
    for (const { state } of entries) states.set(state, (states.get(state) ?? 0) + 1)
    const counts = Report.summary(run, states)
    const known: Report.Rows<never, never> = (first, last) =>
      Effect.sync(() => Array.from({ length: last - first + 1 }, (_, n) => all.get(first + n) ?? []).flat())
    yield* Report.print({ ...run, dry: true }, counts, Report.withFile(run, from, known), given)
    yield* Report.printCorrections(run, from, new Set(bad.map(({ row }) => row)), given.corrections)
    yield* say(`--dry-run: ${counts.open} rows would be sent to ${run.base_url}. Nothing was sent`)
    return counts.failed + counts.invalid > 0 ? exit.rowsFailed : exit.done
  })

/** What speaks against another run for a file: one that is not finished. */
const unfinished = (store: Context.Tag.Service<Store>, command: Command, from: Source, baseUrl: string) =>
  Effect.gen(function* () {
    const { path, sha256 } = from
    for (const run of (yield* store.runs).filter((run) => run.file === basename(path))) {
      if ((yield* store.openChunks(run)).length === 0) continue
      const difference =
        run.sha256 !== sha256
          ? `${path} is not the file any more that "${run.command}" began with`
          : run.command !== command
            ? `"${run.command}" is not finished`
            : `the run was for ${run.base_url}, not for ${baseUrl}`
      return yield* Effect.fail(
        refused(
          `There is an unfinished run for ${path}: ${difference}. Finish it with "resume"${run.sha256 === sha256 ? "" : " and the old content"}, or leave it behind with --new-run. Nothing was sent`,
        ),
      )
    }
  })

/** How many users are gone that a run of `create` has made. */
const goneOf = (run: Run, from: Source, store: Context.Tag.Service<Store>) =>
  Effect.gen(function* () {
    if (run.command !== "create" || run.settings.anonymous) return 0
    const entries = yield* store.entries(run.id, 1, run.rows)
    const made = entries.filter(({ state, user_id }) => state === "done" && user_id !== null)
    const rows = new Set(made.map(({ row }) => row))
    const others = new Set(entries.flatMap(({ row }) => (rows.has(row) ? [] : [row])))
    const there = yield* lookAt({ ...run, settings: { ...run.settings, upsert: false } }, from, false, others)
    return rows.size - there.filter(({ state }) => state === "done").length
  })

/** `create`, `update` and `delete`: begins a run, or goes on with the one that this file's content has. */
export const bulk = (command: Command, file: Given, wishes: Partial<Wishes>, flags: Flags) =>
  Effect.gen(function* () {
    yield* checkOutputs(file)
    const from = yield* source(file.file)
    const place = file.place(file.file)
    const settings = settingsOf(wishes)

    /** The newest run of this content, if there is one; nothing is written down yet. */
    const earlier = Effect.gen(function* () {
      const store = Option.getOrUndefined(yield* Effect.serviceOption(Store))
      const { baseUrl } = yield* Api.Api
      if (store === undefined) return undefined
      const same = (run: Run) => run.command === command && run.sha256 === from.sha256 && run.base_url === baseUrl
      const run = (yield* store.runs).findLast(same)
      if (run === undefined && !flags.newRun) yield* unfinished(store, command, from, baseUrl)
      return run
    })

    const anew = (earlier: Run | undefined) =>
      Effect.gen(function* () {
        const prepared = yield* prepare(command, from, settings, flags.dryRun, earlier)
        const { looked, run } = prepared
        const objection = command === "delete" ? objections(run.rows, looked, flags, settings.maxFailures) : undefined
        const code = flags.dryRun ? yield* dryRun(prepared, from, file) : undefined
        if (objection !== undefined) return yield* Effect.fail(objection)
        if (code !== undefined) return code
        if (command === "delete") yield* confirm("delete", looked, flags.yes)
        const updates = looked.filter(({ state, user }) => state === "released" && user !== undefined)
        if (settings.upsert && updates.length > 0) yield* confirm("change", updates, flags.yes)
        return prepared
      })

    const begin = (prepared: Prepared) =>
      Effect.gen(function* () {
        const store = yield* Store
        // Another process that began the same meanwhile has given its run the same id.
        if ((yield* store.run(prepared.run.id)) !== undefined) {
          const message = `Another process has begun the same for ${file.file} meanwhile: give the command again to see it`
          return yield* Effect.fail(new Problem({ exit: exit.busy, message }))
        }
        yield* store.addRun(prepared.run, before(prepared))
        return yield* carryOut(place, prepared.run, from, file)
      })

    const goOn = (known: Run) =>
      Effect.gen(function* () {
        const store = yield* Store
        const settings = yield* merged(known, wishes)
        const run = { ...known, settings }
        const open = (yield* store.openChunks(run)).length > 0
        if (flags.dryRun) {
          const would = open ? "go on" : "be reported"
          yield* say(`--dry-run: the run that began ${run.started_at} would ${would}. Nothing was sent`)
          return yield* finish(place, run, file, from)
        }
        if (open) {
          yield* say(`${file.file}: going on with the run that began ${run.started_at}`)
          yield* store.update(run.id, { settings })
          return yield* Effect.provide(carryOut(place, run, from, file), Api.layer(settings))
        }
        const gone = yield* goneOf(run, from, store)
        yield* say(
          gone === 0
            ? `${file.file}: this content was ${command}d before; nothing is sent again`
            : `${file.file}: this content was created before, but ${gone} of the users are gone from ${run.base_url}: --new-run creates them again. Nothing was sent`,
        )
        const code = yield* finish(place, { ...run, stopped: null }, file, from)
        return gone > 0 ? exit.rowsFailed : code
      })

    const decided = Effect.gen(function* () {
      const run = yield* earlier
      return run !== undefined && !flags.newRun ? run : yield* anew(run)
    })
    return yield* Effect.gen(function* () {
      const next = yield* place.exists ? within(place, decided, true) : decided
      if (typeof next === "number") return next
      return yield* within(place, "looked" in next ? begin(next) : goOn(next), flags.dryRun)
    }).pipe(Effect.provide(Api.layer(settings)))
  })
