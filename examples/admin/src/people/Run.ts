import { createHash } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import * as Arr from "effect/Array"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Api } from "../Api.js"
import { isCommand } from "../Columns.js"
import { type Problem, refused } from "../Problem.js"
import type { Chunk, Run, Settings, Store } from "../Store.js"
import type { Ask } from "./Actions.js"
import { spaces } from "./Directory.js"
import { Action, label, type Plan, stepsOf } from "./Plan.js"

/** One action as a row of a run. */
export interface PeopleRow {
  readonly number: number
  readonly line: number
  readonly label: string
  readonly ask: Ask
}

/** Whether a run holds its rows itself, instead of referring to a file. */
export const holdsRows = ({ command }: Run): boolean => !isCommand(command)

export const hash = (...parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex")

const Row = Schema.parseJson(Action)
const encode = Schema.encodeSync(Row)
const decode = Schema.decodeUnknown(Row)

export interface Beginning extends Pick<Run, "command" | "id" | "file" | "sha256"> {
  readonly settings: Settings
  readonly plan: Pick<Plan, "base_url" | "workspace_id" | "caller" | "actions" | "notes">
}

/** Writes a run down, with the state that each action was made from; what is not going to be done is a row too. */
export const begin = (store: Context.Tag.Service<Store>, { plan, ...given }: Beginning): Effect.Effect<Run, SqlError> =>
  Effect.gen(function* () {
    const { actions, notes } = plan
    // The steps of one person stay in one chunk, which one process carries out in their order.
    const people = Arr.chunksOf(
      stepsOf(actions, (action) => action),
      100,
    )
    const sizes = [...people.map((some) => some.flat().length), notes.length]
    const [, chunks] = Arr.mapAccum(sizes, 1, (firstRow, rows, chunk): readonly [number, Chunk] => [
      firstRow + rows,
      { chunk, firstRow, rows, offset: 0, bytes: 0, line: 0 },
    ])
    const run: Run = {
      ...given,
      base_url: plan.base_url,
      self: plan.caller,
      rows: actions.length + notes.length,
      header: [plan.workspace_id],
      started_at: new Date().toISOString(),
      stopped: null,
      round: 0,
    }
    const invalid = notes.map((reason, at) => ({ row: actions.length + at + 1, line: 0, reason }))
    yield* store.addAsks(
      run.id,
      actions.map((action, at) => ({ row: at + 1, ask: encode(action) })),
    )
    yield* store.addChunks(run.id, chunks)
    yield* store.addInvalid(run.id, invalid)
    yield* store.addRun(run)
    return run
  })

/** The rows of a chunk, as they were written down. */
export const rowsOf = (store: Context.Tag.Service<Store>, { header, id, self, started_at }: Run, chunk: Chunk) =>
  Effect.flatMap(store.asks(id, chunk), (asks) =>
    Effect.forEach(asks, ({ ask, row }) =>
      Effect.map(Effect.orDie(decode(ask)), (action): PeopleRow => {
        const about = { workspace: header[0] ?? "", caller: self ?? "", since: Date.parse(started_at) }
        return { number: row, line: 0, label: label(action), ask: { _tag: "people", action, ...about } }
      }),
    ),
  )

/** A run about people is carried out by who began it: what it may not touch depends on that. */
export const sameCaller = (run: Run): Effect.Effect<void, Problem, Api> =>
  Effect.flatMap(holdsRows(run) ? spaces(run.header[0]) : Effect.succeed([]), ([space]) =>
    space === undefined || space.caller === run.self
      ? Effect.void
      : Effect.fail(refused(`The run was begun by ${run.self}, not by ${space.caller}. Nothing was sent`)),
  )
