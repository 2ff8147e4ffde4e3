import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Piece } from "./Csv.js"
import { type Problem, refused } from "./Problem.js"

const no = Schema.optionalWith(Schema.Boolean, { default: () => false })
const none = Schema.optionalWith(Schema.NullOr(Schema.Int), { default: () => null })

/** How a run reads its file and sends its rows; kept with the run, so that `resume` goes on in the same way. */
export const Settings = Schema.Struct({
  delimiter: Schema.optionalWith(Schema.String, { default: () => "," }),
  generatePasswords: no,
  sendReset: no,
  ignoreUnknownColumns: no,
  anonymous: no,
  upsert: no,
  skipExisting: no,
  failFast: no,
  concurrency: Schema.optionalWith(Schema.Int, { default: () => 16 }),
  rate: none,
  maxFailures: none,
})

export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** Where each chunk begins: the byte, and the line that it is in. */
export type Marks = ReadonlyArray<readonly [number, number]>

/** One run: a command for the content of one file against one deployment, by an actor (an id and a name). */
export const Run = Schema.Struct({
  id: Schema.String,
  command: Schema.Literal("create", "update", "delete", "apply", "offboard"),
  file: Schema.String,
  sha256: Schema.String,
  base_url: Schema.String,
  self: Schema.NullOr(Schema.String),
  actor: Schema.String,
  rows: Schema.Int,
  marks: Schema.parseJson(Schema.Array(Schema.Tuple(Schema.Int, Schema.Int))),
  header: Schema.parseJson(Schema.Array(Schema.String)),
  settings: Schema.parseJson(Settings),
  started_at: Schema.String,
  stopped: Schema.NullOr(Schema.String),
  // Which time the runners of a cluster are given the open chunks.
  round: Schema.Int,
})

export interface Run extends Schema.Schema.Type<typeof Run> {}

export const rowsPerChunk = 100

/** The numbers of a run's chunks. */
export const chunksOf = ({ rows }: Pick<Run, "rows">): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(rows / rowsPerChunk) }, (_, chunk) => chunk)

/** Some rows of the file, which are read, and in a cluster carried out, together. */
export interface Chunk {
  readonly chunk: number
  readonly firstRow: number
  readonly rows: number
  readonly piece: Piece
}

export const chunkOf = ({ marks, rows }: Pick<Run, "marks" | "rows">, size: number, chunk: number): Chunk => {
  const [offset, line] = marks[chunk] ?? [size, 0]
  const firstRow = chunk * rowsPerChunk + 1
  const piece = { offset, line, end: marks[chunk + 1]?.[0] ?? size }
  return { chunk, firstRow, rows: Math.min(rowsPerChunk, rows - firstRow + 1), piece }
}

/**
 * Where a row is: `intent` from before its call until the outcome is written, `unknown` when it cannot be told whether it
 * was done, `exists` when the account is there and it cannot be told who made it, `there` when it was there before,
 * `unmailed` when it was created and its e-mail was not sent, `released` when it was not done and can be tried again. A row
 * that the journal does not have has not been begun.
 */
export type State = "intent" | "done" | "there" | "failed" | "invalid" | "exists" | "unmailed" | "unknown" | "released"

/** A row of the journal, as a report has it. `was` is what was read of the user before anything was changed, as JSON. */
export interface Entry {
  readonly row: number
  readonly line: number
  readonly label: string
  readonly email: string | null
  readonly state: State
  readonly reason: string | null
  readonly evidence: string | null
  readonly user_id: string | null
  readonly was: string | null
  readonly at: string | null
}

/** What is known of a row before it is sent. */
export type Before = Pick<Entry, "row" | "line" | "label" | "state"> & Partial<Entry>

const decodeRuns = Schema.decodeUnknown(Schema.Array(Run))
const encodeRun = Schema.encodeSync(Run)

/** States in which a row stays, whatever is resumed. */
const settled = ["done", "there", "failed", "invalid", "exists"]

const version = 2

const tables = [
  "CREATE TABLE IF NOT EXISTS admin_version (version INTEGER PRIMARY KEY)",
  `CREATE TABLE IF NOT EXISTS admin_runs (
    id TEXT PRIMARY KEY, command TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, base_url TEXT NOT NULL,
    self TEXT, actor TEXT, rows INTEGER NOT NULL, marks TEXT, header TEXT NOT NULL, settings TEXT NOT NULL,
    started_at TEXT NOT NULL, stopped TEXT, round INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS admin_rate (
    key TEXT PRIMARY KEY, tokens DOUBLE PRECISION NOT NULL, at DOUBLE PRECISION NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS admin_journal (
    run TEXT NOT NULL, row_ INTEGER NOT NULL, line INTEGER NOT NULL, label TEXT NOT NULL, email TEXT, state TEXT NOT NULL,
    token TEXT NOT NULL, runner TEXT, user_id TEXT, reason TEXT, evidence TEXT, was TEXT, at TEXT, PRIMARY KEY (run, row_))`,
  // A state that was written before there were versions has runs and no version.
  `INSERT INTO admin_version SELECT ${version} WHERE NOT EXISTS (SELECT 1 FROM admin_version)
    AND NOT EXISTS (SELECT 1 FROM admin_runs)`,
]

/** PostgreSQL may restart, which is waited for, up to a minute. SQLite does not. */
export const patience =
  (sql: SqlClient.SqlClient) =>
  <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
    Effect.retry(effect, {
      schedule: Schedule.spaced("500 millis"),
      times: sql.onDialectOrElse({ pg: () => 120, orElse: () => 0 }),
    })

const columns = `row_ AS "row", line, label, email, state, reason, evidence, user_id, was, at`

interface Count {
  readonly n: number | string
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const versions = sql<{ readonly version: number }>`SELECT version FROM admin_version`
  if ((yield* Effect.orElseSucceed(versions, () => [])).length === 0) {
    // Two processes that create the same table in PostgreSQL may collide.
    yield* Effect.retry(
      Effect.forEach(tables, (table) => sql.unsafe(table), { discard: true }),
      { times: sql.onDialectOrElse({ pg: () => 5, orElse: () => 0 }) },
    )
  }
  const [found] = yield* versions
  if (found?.version !== version) {
    return yield* Effect.fail(
      refused(
        `The state was written by ${(found?.version ?? 1) > version ? "a newer" : "an older"} version of this tool: finish its runs with that one, or move the file of the state away. Nothing was sent`,
      ),
    )
  }

  const patiently = patience(sql)
  const runs = patiently(sql`SELECT * FROM admin_runs ORDER BY started_at, id`).pipe(
    Effect.flatMap(decodeRuns),
    Effect.catchTag("ParseError", () => Effect.fail(new SqlError({ cause: new Error("a run is malformed") }))),
  )

  return {
    sql,

    /** All runs that the state knows, oldest first. */
    runs,

    run: (id: string) => Effect.map(runs, (all) => all.find((run) => run.id === id)),

    /** Writes a run down whole, with what is known of its rows; until then it does not exist. */
    addRun: (run: Run, rows: ReadonlyArray<Before>): Effect.Effect<void, SqlError> =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`INSERT INTO admin_runs ${sql.insert({ ...encodeRun(run) })}`
          const empty = { email: null, reason: null, evidence: null, user_id: null, was: null, at: run.started_at }
          for (let at = 0; at < rows.length; at += 200) {
            const some = rows.slice(at, at + 200).map(({ row, ...known }) => ({ ...empty, ...known, row_: row }))
            yield* sql`INSERT INTO admin_journal ${sql.insert(some.map((one) => ({ run: run.id, token: "", ...one })))}`
          }
        }),
      ),

    /** Forgets a run and its journal. */
    forget: (run: string): Effect.Effect<void, SqlError> =>
      sql.withTransaction(
        Effect.zipRight(
          sql`DELETE FROM admin_journal WHERE run = ${run}`,
          sql`DELETE FROM admin_runs WHERE id = ${run}`,
        ),
      ),

    update: (
      id: string,
      values: { readonly settings?: Settings; readonly stopped?: string | null; readonly round?: number },
    ) =>
      patiently(
        Effect.gen(function* () {
          const { settings, stopped, ...rest } = values
          const set = { ...rest, ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }) }
          if (Object.keys(set).length > 0) yield* sql`UPDATE admin_runs SET ${sql.update(set)} WHERE id = ${id}`
          // The first reason is the one that counts.
          if (stopped === undefined) return
          const first = stopped === null ? sql`1 = 1` : sql`stopped IS NULL`
          yield* sql`UPDATE admin_runs SET stopped = ${stopped} WHERE id = ${id} AND ${first}`
        }),
      ),

    /** The numbers of the chunks that have rows which are not settled. */
    openChunks: (run: Run): Effect.Effect<ReadonlyArray<number>, SqlError> =>
      sql<Count & { readonly chunk: number }>`SELECT (row_ - 1) / ${sql.literal(String(rowsPerChunk))} AS chunk,
        count(*) AS n FROM admin_journal WHERE run = ${run.id} AND ${sql.in("state", settled)} GROUP BY 1`.pipe(
        patiently,
        Effect.map((found) => {
          const counts = new Map(found.map(({ chunk, n }) => [Number(chunk), Number(n)]))
          return chunksOf(run).filter((chunk) => (counts.get(chunk) ?? 0) < chunkOf(run, 0, chunk).rows)
        }),
      ),

    /** Whether a chunk has rows that were begun and not brought to their end. */
    isBegun: (run: string, chunk: number): Effect.Effect<boolean, SqlError> =>
      Effect.map(
        patiently(sql`SELECT row_ FROM admin_journal WHERE run = ${run} AND state IN ('intent', 'unknown')
            AND row_ BETWEEN ${chunk * rowsPerChunk + 1} AND ${(chunk + 1) * rowsPerChunk} LIMIT 1`),
        (found) => found.length > 0,
      ),

    /** How many rows are in each state. */
    counts: (run: string): Effect.Effect<ReadonlyMap<State, number>, SqlError> =>
      sql<Count & { readonly state: State }>`SELECT state, count(*) AS n FROM admin_journal
        WHERE run = ${run} GROUP BY state`.pipe(
        patiently,
        Effect.map((rows) => new Map(rows.map(({ n, state }) => [state, Number(n)]))),
      ),

    /** Rows of one state get another one: `failed` is tried again, what `exists` is taken for what was there. */
    move: (run: string, from: State, to: State): Effect.Effect<void, SqlError> =>
      Effect.asVoid(sql`UPDATE admin_journal SET state = ${to} WHERE run = ${run} AND state = ${from}`),

    /** The users that earlier runs of this deployment have created, by these names. */
    created: (baseUrl: string, usernames: ReadonlyArray<string>) =>
      usernames.length === 0
        ? Effect.succeed([])
        : sql<Pick<Entry, "label" | "email" | "user_id">>`SELECT label, email, user_id FROM admin_journal AS j
            JOIN admin_runs AS r ON r.id = j.run WHERE r.base_url = ${baseUrl} AND r.command = 'create'
            AND j.state = 'done' AND j.user_id IS NOT NULL AND ${sql.in("label", usernames)} ORDER BY j.at`,

    /** The rows of the journal from one to another; `problems` leaves out those that are done or open. */
    entries: (run: string, first: number, last: number, problems = false) =>
      sql<Entry>`SELECT ${sql.literal(columns)} FROM admin_journal WHERE run = ${run}
          AND row_ BETWEEN ${first} AND ${last}
          AND ${problems ? sql`state NOT IN ('done', 'released')` : sql`1 = 1`} ORDER BY row_`,
  }
})

/** The state of runs: in one SQLite file, or in PostgreSQL. */
export class Store extends Context.Tag("@effect-tiledb/admin/Store")<Store, Effect.Effect.Success<typeof make>>() {}

export const layer: Layer.Layer<Store, SqlError | Problem, SqlClient.SqlClient> = Layer.effect(Store, make)
