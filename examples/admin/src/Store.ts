import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Chunks from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ParseError } from "effect/ParseResult"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Piece } from "./Csv.js"

/** How a run reads its file and sends its rows; kept with the run, so that `resume` goes on in the same way. */
export const Settings = Schema.Struct({
  delimiter: Schema.String,
  generatePasswords: Schema.Boolean,
  sendReset: Schema.Boolean,
  ignoreUnknownColumns: Schema.Boolean,
  concurrency: Schema.Int,
  rate: Schema.NullOr(Schema.Int),
  anonymous: Schema.Boolean,
  failFast: Schema.Boolean,
  maxUnknown: Schema.NullOr(Schema.Int),
})

export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** One run: a command for the content of one file against one deployment. `self` is the id of who started it. */
export const Run = Schema.Struct({
  id: Schema.String,
  command: Schema.Literal("create", "update", "delete", "apply", "offboard"),
  file: Schema.String,
  sha256: Schema.String,
  base_url: Schema.String,
  self: Schema.NullOr(Schema.String),
  rows: Schema.Int,
  header: Schema.parseJson(Schema.Array(Schema.String)),
  settings: Schema.parseJson(Settings),
  started_at: Schema.String,
  stopped: Schema.NullOr(Schema.String),
  // Which time the runners of a cluster are given the open chunks.
  round: Schema.Int,
})

export interface Run extends Schema.Schema.Type<typeof Run> {}

/** Up to 250 rows of the file, which are read, and in a cluster carried out, together. */
export interface Chunk extends Piece {
  readonly chunk: number
  readonly firstRow: number
  readonly rows: number
}

/**
 * Where a row is: `intent` from before its call until the outcome is written, `unknown` when nobody can tell whether it was
 * done, `exists` when the account is there and nobody can tell who made it, `released` when it was not done and can be
 * tried again. A row that the journal does not have has not been begun.
 */
export type State = "intent" | "done" | "failed" | "invalid" | "exists" | "unknown" | "released"

/** What a report says of a row that is not simply done. */
export interface Told {
  readonly row: number
  readonly line: number
  readonly label: string
  readonly state: State
  readonly reason: string | null
  readonly evidence: string | null
  readonly user_id: string | null
  readonly runner: string | null
}

const ChunkRow = Schema.Struct({
  chunk: Schema.Int,
  first_row: Schema.Int,
  rows: Schema.Int,
  // PostgreSQL's driver gives 64-bit integers as text.
  offset_: Schema.Union(Schema.Int, Schema.NumberFromString),
  bytes: Schema.Int,
  line: Schema.Int,
})

const decodeRuns = Schema.decodeUnknown(Schema.Array(Run))
const decodeChunks = (rows: unknown): Effect.Effect<ReadonlyArray<Chunk>, ParseError> =>
  Effect.map(Schema.decodeUnknown(Schema.Array(ChunkRow))(rows), (all) =>
    all.map(({ first_row, offset_, ...chunk }) => ({ ...chunk, firstRow: first_row, offset: offset_ })),
  )
const encodeRun = Schema.encodeSync(Run)

/** States in which a row stays, whatever is resumed. */
const settled = ["done", "failed", "invalid", "exists"]

const tables = [
  `CREATE TABLE IF NOT EXISTS admin_runs (
    id TEXT PRIMARY KEY, command TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, base_url TEXT NOT NULL,
    self TEXT, rows INTEGER NOT NULL, header TEXT NOT NULL, settings TEXT NOT NULL, started_at TEXT NOT NULL, stopped TEXT,
    round INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS admin_rate (
    key TEXT PRIMARY KEY, tokens DOUBLE PRECISION NOT NULL, at DOUBLE PRECISION NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS admin_chunks (
    run TEXT NOT NULL, chunk INTEGER NOT NULL, first_row INTEGER NOT NULL, rows INTEGER NOT NULL,
    offset_ BIGINT NOT NULL, bytes INTEGER NOT NULL, line INTEGER NOT NULL, PRIMARY KEY (run, chunk))`,
  `CREATE TABLE IF NOT EXISTS admin_asks (run TEXT NOT NULL, row_ INTEGER NOT NULL, ask TEXT NOT NULL, PRIMARY KEY (run, row_))`,
  `CREATE TABLE IF NOT EXISTS admin_journal (
    run TEXT NOT NULL, row_ INTEGER NOT NULL, line INTEGER NOT NULL, label TEXT NOT NULL, state TEXT NOT NULL,
    token TEXT NOT NULL, runner TEXT, user_id TEXT, code TEXT, reason TEXT, evidence TEXT, PRIMARY KEY (run, row_))`,
]

/** PostgreSQL may restart, which is waited for, up to a minute. SQLite does not. */
export const patience =
  (sql: SqlClient.SqlClient) =>
  <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
    Effect.retry(effect, {
      schedule: Schedule.spaced("500 millis"),
      times: sql.onDialectOrElse({ pg: () => 120, orElse: () => 0 }),
    })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // Two processes that create the same table in PostgreSQL may collide.
  yield* Effect.retry(
    Effect.forEach(tables, (table) => sql.unsafe(table), { discard: true }),
    { times: sql.onDialectOrElse({ pg: () => 5, orElse: () => 0 }) },
  )

  const patiently = patience(sql)
  const runs = patiently(sql`SELECT * FROM admin_runs ORDER BY started_at`).pipe(
    Effect.flatMap(decodeRuns),
    Effect.orDie,
  )

  return {
    sql,

    /** All runs that the state knows, oldest first. */
    runs,

    run: (id: string) => Effect.map(runs, (all) => all.find((run) => run.id === id)),

    /** Writes a run down once its file has been read to the end; until then it does not exist. */
    addRun: (run: Run): Effect.Effect<void, SqlError> =>
      Effect.asVoid(sql`INSERT INTO admin_runs ${sql.insert({ ...encodeRun(run) })} ON CONFLICT (id) DO NOTHING`),

    update: (
      id: string,
      values: { readonly settings?: Settings; readonly stopped?: string | null; readonly round?: number },
    ) =>
      patiently(
        Effect.gen(function* () {
          if (values.settings !== undefined) {
            yield* sql`UPDATE admin_runs SET settings = ${JSON.stringify(values.settings)} WHERE id = ${id}`
          }
          if (values.round !== undefined) yield* sql`UPDATE admin_runs SET round = ${values.round} WHERE id = ${id}`
          // The first reason is the one that counts.
          if (values.stopped === null) yield* sql`UPDATE admin_runs SET stopped = NULL WHERE id = ${id}`
          else if (values.stopped !== undefined) {
            yield* sql`UPDATE admin_runs SET stopped = ${values.stopped} WHERE id = ${id} AND stopped IS NULL`
          }
        }),
      ),

    addChunks: (run: string, chunks: ReadonlyArray<Chunk>): Effect.Effect<void, SqlError> =>
      Effect.forEach(
        chunks,
        ({ bytes, chunk, firstRow, line, offset, rows }) =>
          sql`INSERT INTO admin_chunks ${sql.insert({ run, chunk, first_row: firstRow, rows, offset_: offset, bytes, line })}
              ON CONFLICT (run, chunk) DO NOTHING`,
        { discard: true },
      ),

    /** Rows that cannot be sent are settled from the beginning. */
    addInvalid: (
      run: string,
      rows: ReadonlyArray<{ readonly row: number; readonly line: number; readonly reason: string }>,
    ): Effect.Effect<void, SqlError> =>
      rows.length === 0
        ? Effect.void
        : Effect.asVoid(
            sql`INSERT INTO admin_journal ${sql.insert(
              rows.map(({ line, reason, row }) => ({
                run,
                row_: row,
                line,
                label: "",
                state: "invalid",
                token: "",
                reason,
              })),
            )} ON CONFLICT (run, row_) DO NOTHING`,
          ),

    /** What rows ask for that refer to no file. */
    addAsks: (
      run: string,
      asks: ReadonlyArray<{ readonly row: number; readonly ask: string }>,
    ): Effect.Effect<void, SqlError> =>
      Effect.forEach(
        Chunks.chunksOf(asks, 250),
        (some) =>
          sql`INSERT INTO admin_asks ${sql.insert(some.map(({ ask, row }) => ({ run, row_: row, ask })))}
              ON CONFLICT (run, row_) DO NOTHING`,
        { discard: true },
      ),

    asks: (run: string, { firstRow, rows }: Chunk) =>
      patiently(
        sql<{ readonly row: number; readonly ask: string }>`SELECT row_ AS "row", ask FROM admin_asks
            WHERE run = ${run} AND row_ BETWEEN ${firstRow} AND ${firstRow + rows - 1} ORDER BY row_`,
      ),

    /** The chunks that have rows which are not settled. */
    openChunks: (run: string): Effect.Effect<ReadonlyArray<Chunk>> =>
      patiently(sql`SELECT chunk, first_row, rows, offset_, bytes, line FROM admin_chunks AS c
          WHERE c.run = ${run} AND c.rows > (SELECT count(*) FROM admin_journal AS j WHERE j.run = c.run
            AND j.row_ BETWEEN c.first_row AND c.first_row + c.rows - 1 AND ${sql.in("j.state", settled)})
          ORDER BY chunk`).pipe(Effect.flatMap(decodeChunks), Effect.orDie),

    chunk: (run: string, chunk: number): Effect.Effect<Chunk | undefined> =>
      patiently(sql`SELECT chunk, first_row, rows, offset_, bytes, line FROM admin_chunks
          WHERE run = ${run} AND chunk = ${chunk}`).pipe(
        Effect.flatMap(decodeChunks),
        Effect.map(([first]) => first),
        Effect.orDie,
      ),

    /** Whether a chunk has rows that were begun and not brought to their end. */
    isBegun: (run: string, { firstRow, rows }: Chunk): Effect.Effect<boolean, SqlError> =>
      Effect.map(
        patiently(sql`SELECT row_ FROM admin_journal WHERE run = ${run} AND state IN ('intent', 'unknown')
            AND row_ BETWEEN ${firstRow} AND ${firstRow + rows - 1} LIMIT 1`),
        (found) => found.length > 0,
      ),

    /** The rows of a chunk that are settled. */
    settledIn: (run: string, { firstRow, rows }: Chunk): Effect.Effect<ReadonlySet<number>, SqlError> =>
      Effect.map(
        sql<{ readonly row: number }>`SELECT row_ AS "row" FROM admin_journal WHERE run = ${run}
            AND row_ BETWEEN ${firstRow} AND ${firstRow + rows - 1} AND ${sql.in("state", settled)}`,
        (found) => new Set(found.map(({ row }) => row)),
      ),

    /** How many rows are in each state. */
    counts: (run: string): Effect.Effect<ReadonlyMap<State, number>, SqlError> =>
      Effect.map(
        patiently(
          sql<{
            state: State
            n: number | string
          }>`SELECT state, count(*) AS n FROM admin_journal WHERE run = ${run} GROUP BY state`,
        ),
        (rows) => new Map(rows.map(({ n, state }) => [state, Number(n)])),
      ),

    countCode: (run: string, code: string): Effect.Effect<number, SqlError> =>
      Effect.map(
        sql<{ n: number | string }>`SELECT count(*) AS n FROM admin_journal WHERE run = ${run} AND code = ${code}`,
        ([first]) => Number(first?.n ?? 0),
      ),

    /** Rows that were refused are tried again. */
    releaseFailed: (run: string): Effect.Effect<void, SqlError> =>
      Effect.asVoid(
        sql`UPDATE admin_journal SET state = 'released', code = NULL WHERE run = ${run} AND state = 'failed'`,
      ),

    /** The rows that are not simply done, in the order of the file, from one row on. */
    told: (run: string, after: number, limit: number): Effect.Effect<ReadonlyArray<Told>, SqlError> =>
      sql<Told>`SELECT row_ AS "row", line, label, state, reason, evidence, user_id, runner FROM admin_journal
          WHERE run = ${run} AND row_ > ${after} AND (state <> 'done' OR evidence <> 'answer')
          ORDER BY row_ LIMIT ${limit}`,
  }
})

/** The state of runs: in one SQLite file, or in PostgreSQL. */
export class Store extends Context.Tag("@effect-tiledb/admin/Store")<Store, Effect.Effect.Success<typeof make>>() {}

export const layer: Layer.Layer<Store, SqlError, SqlClient.SqlClient> = Layer.effect(Store, make)
