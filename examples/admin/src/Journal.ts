import type { SqlError } from "@effect/sql/SqlError"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as GroupCommit from "./GroupCommit.js"
import { type Chunk, patience, type State, type Store } from "./Store.js"

/** What is known of a row after its call, and from what. */
export interface Outcome {
  readonly state: Exclude<State, "intent" | "invalid">
  /** The kind of refusal, where something depends on it. */
  readonly code?: string
  readonly reason?: string
  /** What proves the state: `answer`, or what was found out after an answer was lost. */
  readonly evidence?: string
  readonly userId?: string | undefined
}

interface Entry extends Partial<Omit<Outcome, "state">> {
  readonly token: string
  readonly row: number
  readonly line: number
  readonly label: string
  readonly state: State
}

export interface Options {
  readonly run: string
  /** What reports call this process. */
  readonly runner: string
}

/** What the journal writes of a row. */
type Row = Pick<Entry, "line" | "label"> & { readonly number: number }

/** What the journal knew of a chunk when this execution began: rows that are settled, and rows that may have been done. */
export interface Known {
  readonly settled: ReadonlySet<number>
  readonly inDoubt: ReadonlyMap<number, string | null>
}

const insert = `INSERT INTO admin_journal (run, row_, line, label, state, token, runner, user_id, code, reason, evidence)`

/**
 * One statement, so one commit, for intents and outcomes alike. An intent is written where there is none, or over the same
 * one (a commit whose answer was lost), and not while the run is stopped. An outcome is written over this execution's own
 * intent. What is not returned belongs to somebody else.
 */
const conflict = `ON CONFLICT (run, row_) DO UPDATE SET state = excluded.state, token = excluded.token,
    runner = excluded.runner, user_id = excluded.user_id, code = excluded.code, reason = excluded.reason,
    evidence = excluded.evidence
  WHERE (admin_journal.token = excluded.token AND admin_journal.state IN ('intent', excluded.state))
    OR (admin_journal.state = 'released' AND excluded.state = 'intent')
  RETURNING row_ AS "row"`

const going = `(e.state <> 'intent' OR NOT EXISTS (SELECT 1 FROM admin_runs WHERE id = ? AND stopped IS NOT NULL))`

const sqlite = `${insert}
  SELECT ?, e.row_, e.line, e.label, e.state, e.token, ?, e.user_id, e.code, e.reason, e.evidence FROM (
    SELECT value ->> 'row' AS row_, value ->> 'line' AS line, value ->> 'label' AS label, value ->> 'state' AS state, value ->> 'token' AS token,
      value ->> 'userId' AS user_id, value ->> 'code' AS code, value ->> 'reason' AS reason,
      value ->> 'evidence' AS evidence FROM json_each(?)) AS e
  WHERE ${going} ${conflict}`

const postgres = `${insert}
  SELECT $1, e."row", e.line, e.label, e.state, e.token, $2, e."userId", e.code, e.reason, e.evidence
  FROM jsonb_to_recordset($3::jsonb) AS e("row" INTEGER, line INTEGER, label TEXT, state TEXT, token TEXT, "userId" TEXT, code TEXT,
    reason TEXT, evidence TEXT)
  WHERE ${going.replace("?", "$4")} ORDER BY e."row" ${conflict}`

/**
 * The journal of a run: intent before the call, outcome after it, group commits. Each execution of rows has a token of its
 * own, so that another one, in whichever process, cannot write them.
 */
export const make = (store: Context.Tag.Service<Store>, { run, runner }: Options) =>
  Effect.gen(function* () {
    const { sql } = store
    const statement = sql.onDialectOrElse({ pg: () => postgres, orElse: () => sqlite })
    const patiently = patience(sql)

    const commit = (entries: ReadonlyArray<Entry>): Effect.Effect<(entry: Entry) => boolean, SqlError> =>
      sql.unsafe<{ readonly row: number }>(statement, [run, runner, JSON.stringify(entries), run]).pipe(
        patiently,
        Effect.map((rows) => {
          const held = new Set(rows.map(({ row }) => row))
          return (entry) => held.has(entry.row)
        }),
      )
    const write = yield* GroupCommit.make(commit)

    return {
      /** Whether the row is this execution's to send: false when the run is stopped or the row is somebody else's. */
      claim: (token: string, { label, line, number }: Row): Effect.Effect<boolean, SqlError> =>
        write({ token, row: number, line, label, state: "intent" }),

      /** Whether the outcome was written: false when another execution has taken the row over. */
      settle: (token: string, { label, line, number }: Row, outcome: Outcome): Effect.Effect<boolean, SqlError> =>
        write({ token, row: number, line, label, ...outcome }),

      /** What is known of the rows of a chunk; those that may have been done are this execution's from now on. */
      takeOver: (token: string, { firstRow, rows }: Chunk): Effect.Effect<Known, SqlError> =>
        Effect.gen(function* () {
          const last = firstRow + rows - 1
          const known = yield* sql<{ readonly row: number; readonly state: State; readonly runner: string | null }>`
            SELECT row_ AS "row", state, runner FROM admin_journal
            WHERE run = ${run} AND row_ BETWEEN ${firstRow} AND ${last} AND state <> 'released'`
          const doubtful = known.filter(({ state }) => state === "intent" || state === "unknown")
          const before = new Map(doubtful.map((_) => [_.row, _.runner]))
          const taken =
            doubtful.length === 0
              ? []
              : yield* sql<{ readonly row: number }>`UPDATE admin_journal
                  SET state = 'intent', token = ${token}, runner = ${runner}
                  WHERE run = ${run} AND row_ BETWEEN ${firstRow} AND ${last} AND state IN ('intent', 'unknown')
                  RETURNING row_ AS "row"`
          return {
            settled: new Set(known.filter(({ row }) => !before.has(row)).map(({ row }) => row)),
            inDoubt: new Map(taken.map(({ row }) => [row, before.get(row) ?? null])),
          }
        }).pipe(patiently),
    }
  })

export type Journal = Effect.Effect.Success<ReturnType<typeof make>>
