import { createHash } from "node:crypto"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Api } from "../Api.js"
import type { Row } from "../Columns.js"
import { type Problem, refused } from "../Problem.js"
import type { Before, Chunk, Entry, Run, Store } from "../Store.js"
import type { Ask } from "./Actions.js"
import { spaces } from "./Directory.js"
import { Action, label, type Plan, stepsOf } from "./Plan.js"

/** One action as a row of a run. */
export type PeopleRow = Omit<Row, "ask"> & { readonly ask: Ask }

/** Whether the journal of a run has its rows from the beginning, instead of a file. */
export const holdsRows = ({ command }: Run): boolean => command === "apply" || command === "offboard"

export const hash = (...parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex")

const Was = Schema.parseJson(Action)
const encode = Schema.encodeSync(Was)
const decode = Schema.decodeUnknownSync(Was)

type Beginning = Pick<Run, "command" | "id" | "file" | "sha256" | "settings">

export interface Decided extends Pick<Plan, "base_url" | "workspace_id" | "caller" | "actions" | "notes"> {
  readonly actor: string
}

/** Writes a run down, with the state that each action was made from; what is not going to be done is a row too. */
export const begin = (store: Context.Tag.Service<Store>, about: Beginning, decided: Decided) => {
  const { actions, actor, base_url, caller, notes, workspace_id } = decided
  const rows = [
    ...actions.map((action): Omit<Before, "row" | "line"> => {
      const user_id = "was" in action ? action.was.id : null
      return { label: label(action), state: "released", email: action.email, user_id, was: encode(action) }
    }),
    ...notes.map((reason) => ({ label: "", state: "invalid", reason }) as const),
  ].map((known, at): Before => ({ ...known, row: at + 1, line: at + 1 }))
  const run: Run = {
    ...about,
    actor,
    base_url,
    self: caller,
    rows: rows.length,
    marks: [],
    header: [workspace_id],
    started_at: new Date().toISOString(),
    stopped: null,
    round: 0,
  }
  return Effect.as(store.addRun(run, rows), run)
}

const isOpen = ({ state }: Entry): boolean => state === "released" || state === "intent" || state === "unknown"

/** The rows of a chunk, but for steps that wait for those of the same person in the chunk before. */
export const rowsOf = (store: Context.Tag.Service<Store>, run: Run, { firstRow, rows }: Chunk) =>
  Effect.map(store.entries(run.id, firstRow - 1, firstRow + rows - 1), (entries) => {
    const about = { workspace: run.header[0] ?? "", caller: run.self ?? "", since: Date.parse(run.started_at) }
    const known = entries.flatMap((entry) => {
      const { email, label, line, row, was } = entry
      if (was === null) return []
      const ask: Ask = { _tag: "people", action: decode(was), ...about }
      const people: PeopleRow = { number: row, line, label, who: { email: email ?? "" }, ask }
      return [{ row: people, waits: row < firstRow && isOpen(entry) }]
    })
    return stepsOf(known, ({ row }) => row.ask.action).flatMap((steps) =>
      steps[0]?.waits ? [] : steps.flatMap(({ row }) => (row.number < firstRow ? [] : [row])),
    )
  })

/** A run about people is carried out by who began it: what it may not touch depends on that. */
export const sameCaller = (run: Run): Effect.Effect<void, Problem, Api> =>
  Effect.flatMap(holdsRows(run) ? spaces(run.header[0]) : Effect.succeed([]), ([space]) =>
    space === undefined || space.caller === run.self
      ? Effect.void
      : Effect.fail(refused(`The run was begun by ${run.self}, not by ${space.caller}. Nothing was sent`)),
  )
