import { existsSync } from "node:fs"
import { hostname } from "node:os"
import { pathToFileURL } from "node:url"
import * as SqlClient from "@effect/sql/SqlClient"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Api } from "./Api.js"
import type { Source } from "./Csv.js"
import { exit, messageOf, Problem } from "./Problem.js"
import type { Progress } from "./Progress.js"
import * as Store from "./Store.js"
import * as Work from "./Work.js"

/** The state of the runs for an input file lies next to it. */
export const statePath = (file: string): string => `${file}.run.sqlite`

/** What went wrong with the state, in a sentence; `code` is what it means for what was sent. */
export const stateProblem =
  (path: string, code: typeof exit.nothingSent | typeof exit.stopped = exit.stopped) =>
  (error: unknown): Problem => {
    if (error instanceof Problem) return error
    const message = messageOf(error)
    const isDamaged = /SQLITE_(NOTADB|CORRUPT)|malformed/.test(message)
    const remedy = isDamaged ? ". Move it away, and give the command again: it finds out who is there already" : ""
    return message.includes("SQLITE_BUSY") || message.includes("database is locked")
      ? new Problem({
          exit: exit.busy,
          message: `Another process is working on ${path}; this one has done nothing. Wait for it to end, or look at what it says ("status" reports how it stands)`,
        })
      : new Problem({ exit: code, message: `The state in ${path} cannot be read or written: ${message}${remedy}` })
  }

const open = (path: string) => LibsqlClient.layer({ url: pathToFileURL(path).href, concurrency: 1 })

// A write takes the lock, which the system gives back when the process ends, however it ends. It is a file of its own, so
// that others can read the state meanwhile.
const exclusive = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`PRAGMA locking_mode = EXCLUSIVE`
  yield* sql`CREATE TABLE IF NOT EXISTS lock (id INTEGER PRIMARY KEY)`
  yield* sql`REPLACE INTO lock VALUES (1)`
})

const durable = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // Who moves the state elsewhere moves one file.
  yield* Effect.addFinalizer(() => Effect.ignore(sql`PRAGMA wal_checkpoint(TRUNCATE)`))
  yield* sql`PRAGMA journal_mode = WAL`
  yield* sql`PRAGMA synchronous = FULL`
})

/** The state in one SQLite file, which only this process writes; or to be read, while another one may write. */
export const layer = (path: string, reads = false): Layer.Layer<Store.Store | SqlClient.SqlClient, Problem> => {
  const lock = Layer.provide(Layer.scopedDiscard(exclusive), open(`${path}-lock`))
  const writing = Layer.provideMerge(Layer.scopedDiscard(durable), open(path))
  const state = Layer.provideMerge(Store.layer, reads ? open(path) : Layer.provide(writing, lock))
  return state.pipe(
    Layer.catchAllCause((cause) => Layer.fail(stateProblem(path, exit.nothingSent)(Cause.squash(cause)))),
  )
}

export const hasState = (file: string): boolean => existsSync(statePath(file))

const passes = 3

/**
 * Carries out what is open of a run; gives the reason when it was stopped. Rows that were not done for a passing reason,
 * and rows of which it could not be told, are tried again in a second and third pass.
 */
export const carryOut = (run: Store.Run, source: Source, { tick }: Pick<Progress, "tick">) =>
  Effect.gen(function* () {
    const api = yield* Api
    const store = yield* Store.Store
    const runner = `${hostname()}:${process.pid}`
    yield* store.update(run.id, { stopped: null })
    for (let pass = 1; pass <= passes; pass++) {
      const chunks = yield* store.openChunks(run)
      if (chunks.length === 0) return undefined
      const { concurrency } = run.settings
      const work = yield* Work.make({ run, source, api, store, runner, concurrency, tick })
      // One chunk begins before the other one ends.
      yield* Effect.forEach(chunks, work.carryOut, { concurrency: 2, discard: true })
      const stopped = work.stopped()
      if (stopped !== undefined) return stopped
    }
    return undefined
  }).pipe(Effect.scoped)
