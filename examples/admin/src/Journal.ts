import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Row } from "./Columns.js"
import * as GroupCommit from "./GroupCommit.js"
import { type Chunk, patience, type State, type Store } from "./Store.js"

/** What is known of a row after its call, and from what. */
export interface Outcome {
  readonly state: Exclude<State, "intent" | "invalid">
  readonly reason?: string
  /** What proves the state: `response`, or what was found out after a response was lost. */
  readonly evidence?: string
  readonly userId?: string | undefined
}

/** What the journal writes of a row. */
type About = Omit<Row, "ask">

interface Written extends Partial<Omit<Outcome, "state">> {
  readonly token: string
  readonly row: number
  readonly line: number
  readonly label: string
  readonly email: string | undefined
  readonly state: State
}

/** What the journal knew of a row that is not settled when this execution began. */
export interface Doubt {
  readonly by: string | null
  readonly state: State
  readonly userId: string | null
}

const insert = `INSERT INTO admin_journal (run, row_, line, label, email, state, token, runner, user_id, reason, evidence, at)`

/**
 * One statement, so one commit, for intents and outcomes alike. An intent is written where there is none, or over the same
 * one (a commit whose response was lost), and not while the run is stopped. An outcome is written over this execution's own
 * intent. What is not returned belongs to another execution.
 */
const conflict = `ON CONFLICT (run, row_) DO UPDATE SET state = excluded.state, token = excluded.token,
    runner = excluded.runner, user_id = coalesce(excluded.user_id, admin_journal.user_id), reason = excluded.reason,
    evidence = excluded.evidence, at = excluded.at
  WHERE (admin_journal.token = excluded.token AND admin_journal.state IN ('intent', 'unmailed', excluded.state))
    OR (admin_journal.state = 'released' AND excluded.state = 'intent')
  RETURNING row_ AS "row"`

const going = `(e.state <> 'intent' OR NOT EXISTS (SELECT 1 FROM admin_runs WHERE id = ? AND stopped IS NOT NULL))`

const fields = ["row", "line", "label", "email", "state", "token", "userId", "reason", "evidence"]

const sqlite = `${insert}
  SELECT ?, e."row", e.line, e.label, e.email, e.state, e.token, ?, e."userId", e.reason, e.evidence, ? FROM (
    SELECT ${fields.map((field) => `value ->> '${field}' AS "${field}"`).join(", ")} FROM json_each(?)) AS e
  WHERE ${going} ${conflict}`

const postgres = `${insert}
  SELECT $1, e."row", e.line, e.label, e.email, e.state, e.token, $2, e."userId", e.reason, e.evidence, $3
  FROM jsonb_to_recordset($4::jsonb) AS e(${fields.map((field) => `"${field}" ${/^(row|line)$/.test(field) ? "INTEGER" : "TEXT"}`).join(", ")})
  WHERE ${going.replace("?", "$5")} ORDER BY e."row" ${conflict}`

/**
 * The journal of a run: intent before the call, outcome after it, group commits. Each execution of rows has a token of its
 * own, so that another one, in whichever process, cannot write them.
 */
export const make = (store: Context.Tag.Service<Store>, run: string, runner: string) =>
  Effect.gen(function* () {
    const { sql } = store
    const statement = sql.onDialectOrElse({ pg: () => postgres, orElse: () => sqlite })
    const patiently = patience(sql)

    const commit = (entries: ReadonlyArray<Written>) => {
      const values = [run, runner, new Date().toISOString(), JSON.stringify(entries), run]
      return Effect.map(patiently(sql.unsafe<{ readonly row: number }>(statement, values)), (rows) => {
        const held = new Set(rows.map(({ row }) => row))
        return (entry: Written) => held.has(entry.row)
      })
    }
    const write = yield* GroupCommit.make(commit)
    return {
      /**
       * Whether it was written: an `intent` not while the run is stopped, or where another execution has the row; an outcome
       * not when another one has taken the row over.
       */
      write: (token: string, { label, line, number, who }: About, now: Outcome | { readonly state: "intent" }) =>
        write({ token, row: number, line, label, email: who.email, ...now }),

      /** The rows of a chunk that are settled, those that may have been done, the users that rows mean; those that may have been done are this execution's from now on. */
      takeOver: (token: string, { firstRow, rows }: Chunk) =>
        Effect.gen(function* () {
          const last = firstRow + rows - 1
          const known = yield* sql<{
            readonly row: number
            readonly state: State
            readonly runner: string | null
            readonly user_id: string | null
          }>`SELECT row_ AS "row", state, runner, user_id FROM admin_journal
            WHERE run = ${run} AND row_ BETWEEN ${firstRow} AND ${last}`
          const open = new Set<State>(["intent", "unknown", "unmailed"])
          const before = new Map(known.filter(({ state }) => open.has(state)).map((_) => [_.row, _]))
          const taken =
            before.size === 0
              ? []
              : yield* sql<{ readonly row: number }>`UPDATE admin_journal
                  SET state = CASE state WHEN 'unmailed' THEN state ELSE 'intent' END, token = ${token}, runner = ${runner}
                  WHERE run = ${run} AND row_ BETWEEN ${firstRow} AND ${last} AND ${sql.in("state", [...open])}
                  RETURNING row_ AS "row"`
          return {
            settled: new Set(known.flatMap(({ row, state }) => (open.has(state) || state === "released" ? [] : [row]))),
            inDoubt: new Map<number, Doubt>(
              taken.map(({ row }) => {
                const { runner = null, state = "intent", user_id = null } = before.get(row) ?? {}
                return [row, { by: runner, state, userId: user_id }]
              }),
            ),
            meant: new Map(known.flatMap(({ row, user_id }) => (user_id === null ? [] : [[row, user_id]]))),
          }
        }).pipe(patiently),
    }
  })

export type Journal = Effect.Effect.Success<ReturnType<typeof make>>
