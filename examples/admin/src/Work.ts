import { randomBytes, randomUUID } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type { Service as Api } from "./Api.js"
import { Breaker } from "./Breaker.js"
import { isCommand, type Row, readRow } from "./Columns.js"
import { readPiece, type Source } from "./Csv.js"
import type { Journal, Outcome } from "./Journal.js"
import type { Problem } from "./Problem.js"
import * as Actions from "./people/Actions.js"
import { stepsOf } from "./people/Plan.js"
import { type PeopleRow, rowsOf } from "./people/Run.js"
import { perform, type Result, resolve } from "./Rows.js"
import type { Chunk, Run, Store } from "./Store.js"

/** One row to carry out; `begun` says that it may have been sent before, and by which process. */
export interface Task {
  readonly token: string
  readonly row: Row | PeopleRow
  /** The next step of the same person, which waits for this one. */
  readonly next?: Task
  readonly begun: { readonly by: string | null } | undefined
}

export interface Options {
  readonly run: Run
  readonly source: Source
  readonly api: Api
  readonly store: Context.Tag.Service<Store>
  readonly journal: Journal
  readonly runner: string
  /** How many rows may be at the service at once; the others that are given wait for the disk. */
  readonly concurrency: number
  /** Hears of each row that has come to its end here. */
  readonly tick: (outcome: Outcome) => void
}

/** A password that nobody knows: who is to have the account asks for a reset. */
export const randomPassword = (): Redacted.Redacted<string> => Redacted.make(randomBytes(24).toString("base64url"))

const isPeople = (row: Task["row"]): row is PeopleRow => row.ask._tag === "people"

/** How many rows may name users that the service does not know before a deletion stops. */
export const mostUnknown = ({ rows, settings }: Run): number =>
  settings.maxUnknown ?? Math.max(3, Math.floor(rows / 10))

/** Carries out the rows of a run, chunk by chunk; both the single process and the runners of a cluster do it with this. */
export const make = ({ api, concurrency, journal, run, runner, source, store, tick }: Options) => {
  const { settings } = run
  const { command, header: names } = run
  const breaker = new Breaker()
  const calls = Effect.unsafeMakeSemaphore(concurrency)
  let stopped: string | undefined

  const stop = (reason: string): Effect.Effect<void, SqlError> =>
    Effect.suspend(() => {
      if (stopped !== undefined) return Effect.void
      stopped = reason
      return store.update(run.id, { stopped: reason })
    })

  const tasks = (chunk: Chunk): Effect.Effect<ReadonlyArray<Task>, Problem | SqlError> =>
    Effect.gen(function* () {
      const token = randomUUID()
      const { inDoubt, settled } = yield* journal.takeOver(token, chunk)
      const begun = (number: number) => (inDoubt.has(number) ? { by: inDoubt.get(number) ?? null } : undefined)
      if (!isCommand(command)) {
        const rows = (yield* rowsOf(store, run, chunk)).filter(({ number }) => !settled.has(number))
        return stepsOf(rows, ({ ask }) => ask.action).flatMap((rows) => {
          const first = rows.reduceRight<Task | undefined>((next, row) => {
            return { token, row, begun: begun(row.number), ...(next === undefined ? {} : { next }) }
          }, undefined)
          return first ?? []
        })
      }
      const records = yield* readPiece(source, settings.delimiter, chunk)
      return records.flatMap(({ fields, line }, at): ReadonlyArray<Task> => {
        const number = chunk.firstRow + at
        if (settled.has(number)) return []
        const row = readRow({ command, names }, fields, { ...settings, line, number, password: randomPassword })
        // The scan has settled what cannot be read.
        if (Either.isLeft(row)) return []
        return [{ token, row: row.right, begun: begun(number) }]
      })
    })

  const invite = ({ ask }: Task["row"], outcome: Outcome): Effect.Effect<Outcome> =>
    settings.sendReset && outcome.state === "done" && ask._tag === "create" && !ask.passwordInFile
      ? Effect.match(api.users.requestPasswordReset({ username_or_email: ask.request.email }), {
          onSuccess: () => outcome,
          onFailure: ({ message }) => ({
            ...outcome,
            evidence: "no reset e-mail",
            reason: `no reset e-mail was sent: ${message}`,
          }),
        })
      : Effect.succeed(outcome)

  /** Stops the run where the failure of a row says something about all of them. */
  const judge = ({ cause, outcome, reason }: Result): Effect.Effect<void, SqlError> => {
    const struck = breaker.row(cause, reason)
    if (struck !== undefined) return stop(struck)
    return settings.failFast && outcome.state !== "done"
      ? stop(`--fail-fast: ${outcome.reason ?? outcome.state}`)
      : Effect.void
  }

  const countUnknown = ({ code }: Outcome): Effect.Effect<void, SqlError> =>
    run.command !== "delete" || code !== "not-found"
      ? Effect.void
      : Effect.flatMap(store.countCode(run.id, "not-found"), (unknown) =>
          unknown <= mostUnknown(run)
            ? Effect.void
            : stop(
                `${unknown} of the users to delete are not known to ${run.base_url}: is it the right deployment? (--max-unknown ${run.rows} goes on)`,
              ),
        )

  const told = ({ begun }: Task, outcome: Outcome): Outcome =>
    begun?.by == null || begun.by === runner
      ? outcome
      : { ...outcome, evidence: `${outcome.evidence ?? outcome.state}; begun by ${begun.by}` }

  const call = ({ begun, row }: Task): Effect.Effect<Result> =>
    isPeople(row)
      ? Actions.carryOut(api, row.ask, begun !== undefined)
      : begun === undefined
        ? perform(api, row)
        : resolve(api, row)

  const answered = (task: Task): Effect.Effect<boolean, SqlError> =>
    Effect.gen(function* () {
      const { row, token } = task
      const result = yield* call(task)
      const outcome = told(task, yield* invite(row, result.outcome))
      yield* judge({ ...result, outcome })
      // The next row's call begins while this one's outcome is written.
      yield* calls.release(1)
      const mine = yield* journal.settle(token, row, outcome)
      if (mine) tick(outcome)
      yield* countUnknown(outcome)
      return mine && outcome.state !== "released" && outcome.state !== "unknown"
    })

  const send = (task: Task): Effect.Effect<void, SqlError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const { begun, next, row, token } = task
        if (stopped !== undefined) return
        if (begun === undefined && !(yield* journal.claim(token, row))) return
        const turn = yield* Effect.exit(restore(calls.take(1)))
        if (Exit.isSuccess(turn) && stopped === undefined) {
          if ((yield* answered(task)) && next !== undefined) yield* restore(send(next))
          return
        }
        // It was not sent after all.
        if (Exit.isSuccess(turn)) yield* calls.release(1)
        if (begun === undefined) yield* journal.settle(token, row, { state: "released" })
        yield* turn
      }),
    )

  return {
    tasks,
    /** Carries a row out to its end; a call that was begun is not interrupted. */
    send,
    stopped: () => stopped,
  }
}
