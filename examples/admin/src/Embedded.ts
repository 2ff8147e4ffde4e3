import { existsSync } from "node:fs"
import { hostname } from "node:os"
import { pathToFileURL } from "node:url"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Api } from "./Api.js"
import type { Source } from "./Csv.js"
import * as Journal from "./Journal.js"
import { exit, Problem } from "./Problem.js"
import * as Store from "./Store.js"
import * as Work from "./Work.js"

/** The state of the runs for an input file lies next to it. */
export const statePath = (file: string): string => `${file}.run.sqlite`

const messageOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}

/** What went wrong with the state, in a sentence. */
export const stateProblem =
  (path: string) =>
  (error: SqlError): Problem => {
    const message = messageOf(error)
    return message.includes("SQLITE_BUSY")
      ? new Problem({
          exit: exit.busy,
          message: `Another process is working on ${path}; this one has done nothing. Wait for it to end, or look at what it says`,
        })
      : new Problem({ exit: exit.stopped, message: `The state in ${path} cannot be read or written: ${message}` })
  }

// The first write takes the lock, which the system gives back when the process ends, however it ends.
const exclusive = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`PRAGMA locking_mode = EXCLUSIVE`
  yield* sql`PRAGMA journal_mode = WAL`
  yield* sql`PRAGMA synchronous = FULL`
})

/** The state in one SQLite file, which is this process's alone. */
export const layer = (path: string): Layer.Layer<Store.Store | SqlClient.SqlClient, Problem> =>
  Store.layer.pipe(
    Layer.provideMerge(
      Layer.effectDiscard(exclusive).pipe(
        Layer.provideMerge(LibsqlClient.layer({ url: pathToFileURL(path).href, concurrency: 1 })),
      ),
    ),
    Layer.mapError(stateProblem(path)),
  )

export const hasState = (file: string): boolean => existsSync(statePath(file))

const passes = 3

export interface Options {
  readonly run: Store.Run
  readonly source: Source
  readonly state: string
  readonly tick: (outcome: Journal.Outcome) => void
}

/**
 * Carries out what is open of a run; gives the reason when it was stopped. Rows that were not done for a passing reason,
 * and rows of which nobody could tell, are tried again in a second and third pass.
 */
export const carryOut = ({ run, source, state, tick }: Options) =>
  Effect.gen(function* () {
    const api = yield* Api
    const store = yield* Store.Store
    const runner = `${hostname()}:${process.pid}`
    yield* store.update(run.id, { stopped: null })
    for (let pass = 1; pass <= passes; pass++) {
      const chunks = yield* store.openChunks(run.id)
      if (chunks.length === 0) return undefined
      const journal = yield* Journal.make(store, { run: run.id, runner })
      const work = Work.make({ run, source, api, store, journal, runner, tick })
      yield* Stream.fromIterable(chunks).pipe(
        Stream.mapEffect(work.tasks),
        Stream.takeWhile(() => work.stopped() === undefined),
        Stream.flattenIterables,
        // The client lets `concurrency` requests through; the rows beyond them wait for the disk meanwhile.
        Stream.mapEffect(work.send, { concurrency: Math.ceil(run.settings.concurrency * 1.5), unordered: true }),
        Stream.runDrain,
      )
      const stopped = work.stopped()
      if (stopped !== undefined) return stopped
    }
    return undefined
  }).pipe(
    Effect.scoped,
    Effect.catchTag("SqlError", (error) => Effect.fail(stateProblem(state)(error))),
  )
