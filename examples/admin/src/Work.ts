import { randomUUID } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import { UserId } from "@effect-tiledb/schema"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Service as Api } from "./Api.js"
import { breaker } from "./Breaker.js"
import { readChunk } from "./Check.js"
import type { Row } from "./Columns.js"
import type { Source } from "./Csv.js"
import * as Journal from "./Journal.js"
import * as Actions from "./people/Actions.js"
import { stepsOf } from "./people/Plan.js"
import { holdsRows, type PeopleRow, rowsOf } from "./people/Run.js"
import { perform, type Result, reasonOf, refusal, resolve } from "./Rows.js"
import { type Chunk, chunkOf, type Run, type Store } from "./Store.js"

/** One row to carry out; `begun` says that it may have been sent before, by which process, and how far it came. */
export interface Task {
  readonly token: string
  readonly row: Row | PeopleRow
  readonly begun: Journal.Doubt | undefined
  /** The next step of the same person, which waits for this one. */
  readonly next?: Task
}

export interface Options {
  readonly run: Run
  readonly source: Source
  readonly api: Api
  readonly store: Context.Tag.Service<Store>
  readonly runner: string
  /** How many rows may be at the service at once; the others that are given wait for the disk. */
  readonly concurrency: number
  /** Hears of each row that has come to its end here. */
  readonly tick: (outcome: Journal.Outcome) => void
}

const isPeople = (row: Task["row"]): row is PeopleRow => row.ask._tag === "people"

/** Carries out the rows of a run, chunk by chunk; both the single process and the runners of a cluster do it with this. */
export const make = Effect.fnUntraced(function* ({ api, concurrency, run, runner, source, store, tick }: Options) {
  const { settings } = run
  const journal = yield* Journal.make(store, run.id, runner)
  const strike = breaker(settings.maxFailures)
  const calls = yield* Effect.makeSemaphore(concurrency)
  // While some rows are at the service, as many wait for the disk.
  const rows = yield* Effect.makeSemaphore(concurrency * 2)
  let stopped: string | undefined

  const stop = (reason: string): Effect.Effect<void, SqlError> =>
    Effect.suspend(() => {
      if (stopped !== undefined) return Effect.void
      stopped = reason
      return store.update(run.id, { stopped: reason })
    })

  /** A row as it is known by now: whom it means, and that it is there. */
  const known = (row: Row, user: string | undefined): Row => {
    const id = user === undefined ? undefined : UserId.make(user)
    if (row.ask._tag !== "create") return { ...row, ask: { ...row.ask, id: row.ask.id ?? id } }
    if (id === undefined) return row
    const { email, password: _, username, ...request } = row.ask.request
    return { ...row, ask: { _tag: "update", id, request } }
  }

  const tasks = (chunk: Chunk): Effect.Effect<ReadonlyArray<Task>, SqlError> =>
    Effect.gen(function* () {
      if (stopped !== undefined) return []
      const token = randomUUID()
      const { inDoubt, meant, settled } = yield* journal.takeOver(token, chunk)
      if (holdsRows(run)) {
        const rows = (yield* rowsOf(store, run, chunk)).filter(({ number }) => !settled.has(number))
        return stepsOf(rows, ({ ask }) => ask.action).flatMap((steps) => {
          const first = steps.reduceRight<Task | undefined>((next, row) => {
            return { token, row, begun: inDoubt.get(row.number), ...(next === undefined ? {} : { next }) }
          }, undefined)
          return first ?? []
        })
      }
      return readChunk(run, source, chunk).flatMap((row): ReadonlyArray<Task> => {
        const begun = inDoubt.get(row.number)
        const created = begun?.state === "unmailed"
        return settled.has(row.number) ? [] : [{ token, row: created ? row : known(row, meant.get(row.number)), begun }]
      })
    })

  const isInvited = ({ ask }: Task["row"]): boolean =>
    settings.sendReset && ask._tag === "create" && !ask.passwordInFile

  /** An account that was created, and whose e-mail was not sent, is settled by the e-mail. */
  const invite = (task: Task, userId: string | undefined): Effect.Effect<Result, SqlError> =>
    Effect.gen(function* () {
      const { row, token } = task
      const unmailed: Journal.Outcome = { state: "unmailed", userId }
      yield* journal.write(token, row, unmailed)
      return yield* Effect.match(api.users.requestPasswordReset({ username_or_email: row.who.email ?? row.label }), {
        onSuccess: (): Result => ({ outcome: { state: "done", evidence: "response", userId } }),
        onFailure: (error): Result => {
          const { outcome: _, ...struck } = refusal(error)
          return { ...struck, outcome: { ...unmailed, reason: `no reset e-mail was sent: ${reasonOf(error)}` } }
        },
      })
    })

  /** Stops the run where the failure of a row says something about all of them. */
  const judge = (result: Result): Effect.Effect<void, SqlError> => {
    const { outcome } = result
    const struck = strike(result)
    if (struck !== undefined) return stop(struck)
    return settings.failFast && outcome.state !== "done" && !(outcome.state === "there" && settings.skipExisting)
      ? stop(`--fail-fast: ${outcome.reason ?? outcome.state}`)
      : Effect.void
  }

  const told = ({ begun }: Task, outcome: Journal.Outcome): Journal.Outcome =>
    begun?.by == null || begun.by === runner
      ? outcome
      : { ...outcome, evidence: `${outcome.evidence ?? outcome.state}; begun by ${begun.by}` }

  const result = (task: Task): Effect.Effect<Result, SqlError> =>
    Effect.gen(function* () {
      const { begun, row } = task
      if (begun?.state === "unmailed") return yield* invite(task, begun.userId ?? undefined)
      if (isPeople(row)) return yield* Actions.carryOut(api, row.ask, begun !== undefined)
      const { outcome, ...struck } = yield* begun === undefined ? perform(api, row) : resolve(api, row)
      if (outcome.state === "done" && isInvited(row)) return yield* invite(task, outcome.userId)
      const there: Journal.Outcome = { ...outcome, state: "there" }
      return { ...struck, outcome: outcome.state === "exists" && settings.skipExisting ? there : outcome }
    })

  const carried = (task: Task): Effect.Effect<boolean, SqlError> =>
    Effect.gen(function* () {
      const found = yield* result(task)
      const outcome = told(task, found.outcome)
      yield* judge({ ...found, outcome })
      // The next row's call begins while this one's outcome is written.
      yield* calls.release(1)
      const mine = yield* journal.write(task.token, task.row, outcome)
      if (mine) tick(outcome)
      return mine && outcome.state !== "released" && outcome.state !== "unknown"
    })

  const send = (task: Task): Effect.Effect<void, SqlError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const { begun, next, row, token } = task
        if (stopped !== undefined) return
        if (begun === undefined && !(yield* journal.write(token, row, { state: "intent" }))) return
        const turn = yield* Effect.exit(restore(calls.take(1)))
        if (Exit.isSuccess(turn) && stopped === undefined) {
          if ((yield* carried(task)) && next !== undefined) yield* restore(send(next))
          return
        }
        // It was not sent after all.
        if (Exit.isSuccess(turn)) yield* calls.release(1)
        if (begun === undefined) yield* journal.write(token, row, { state: "released" })
        yield* turn
      }),
    )

  return {
    /** Carries the rows of a chunk out to their end; a call that was begun is not interrupted. */
    carryOut: (chunk: number) =>
      Effect.flatMap(tasks(chunkOf(run, source.content.length, chunk)), (tasks) =>
        Effect.forEach(tasks, (task) => rows.withPermits(1)(send(task)), {
          concurrency: concurrency * 2,
          discard: true,
        }),
      ),
    stopped: () => stopped,
  }
})
