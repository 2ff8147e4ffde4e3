import { createHash } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Api } from "../Api.js"
import { isCommand } from "../Columns.js"
import { type Problem, refused } from "../Problem.js"
import type { Chunk, Run, Settings, Store } from "../Store.js"
import type { Ask } from "./Actions.js"
import { self } from "./Directory.js"
import { Action, label, type Note, personOf } from "./Plan.js"

type Stores = Context.Tag.Service<Store>

/** One action as a row of a run. */
export interface PeopleRow {
  readonly number: number
  readonly line: number
  readonly label: string
  readonly ask: Ask
}

/** Whether a run holds its rows itself, instead of referring to a file. */
export const holdsRows = ({ command }: Run): boolean => !isCommand(command)

const perChunk = 250

/** The steps of one person stay in one chunk, which one process carries out in their order. */
const chunksOf = (actions: ReadonlyArray<Action>): ReadonlyArray<Chunk> => {
  const chunks: Array<Chunk> = []
  let first = 0
  for (const [at, action] of actions.entries()) {
    const next = actions[at + 1]
    const whole = next === undefined || personOf(next) !== personOf(action)
    if (!whole || (at + 1 - first < perChunk && next !== undefined)) continue
    chunks.push({ chunk: chunks.length, firstRow: first + 1, rows: at + 1 - first, offset: 0, bytes: 0, line: 0 })
    first = at + 1
  }
  return chunks
}

export const hash = (...parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex")

export interface Beginning {
  readonly command: "apply" | "offboard"
  readonly id: string
  readonly file: string
  readonly sha256: string
  readonly baseUrl: string
  readonly workspace: string
  readonly caller: string
  readonly settings: Settings
  readonly actions: ReadonlyArray<Action>
  readonly notes: ReadonlyArray<Note>
}

const encode = Schema.encodeSync(Schema.parseJson(Action))
const decode = Schema.decodeUnknown(Schema.parseJson(Action))

/** Writes a run down, with the state that each action was made from; what is not going to be done is a row too. */
export const begin = (store: Stores, given: Beginning): Effect.Effect<Run, SqlError> =>
  Effect.gen(function* () {
    const { actions, baseUrl, caller, notes, workspace, ...rest } = given
    const chunks = chunksOf(actions)
    const last: Chunk = {
      chunk: chunks.length,
      firstRow: actions.length + 1,
      rows: notes.length,
      offset: 0,
      bytes: 0,
      line: 0,
    }
    const run: Run = {
      ...rest,
      base_url: baseUrl,
      self: caller,
      rows: actions.length + notes.length,
      header: [workspace],
      started_at: new Date().toISOString(),
      stopped: null,
      round: 0,
    }
    yield* store.addAsks(
      run.id,
      actions.map((action, at) => ({ row: at + 1, ask: encode(action) })),
    )
    yield* store.addChunks(run.id, notes.length === 0 ? chunks : [...chunks, last])
    yield* store.addInvalid(
      run.id,
      notes.map(({ reason }, at) => ({ row: last.firstRow + at, line: 0, reason })),
    )
    yield* store.addRun(run)
    return run
  })

/** The rows of a chunk, as they were written down. */
export const rowsOf = (store: Stores, run: Run, chunk: Chunk): Effect.Effect<ReadonlyArray<PeopleRow>, SqlError> =>
  Effect.flatMap(store.asks(run.id, chunk), (asks) =>
    Effect.forEach(asks, ({ ask, row }) =>
      Effect.map(Effect.orDie(decode(ask)), (action): PeopleRow => {
        const [workspace = ""] = run.header
        const since = Date.parse(run.started_at)
        const people = { _tag: "people", action, workspace, caller: run.self ?? "", since } as const
        return { number: row, line: 0, label: label(action), ask: people }
      }),
    ),
  )

/** A run about people is carried out by who began it: what it may not touch depends on that. */
export const sameCaller = (run: Run): Effect.Effect<void, Problem, Api> =>
  holdsRows(run)
    ? Effect.flatMap(self, ({ user }) =>
        user.id === run.self
          ? Effect.void
          : Effect.fail(
              refused(`The run was begun by ${run.self}, not by ${user.id} (${user.username}). Nothing was sent`),
            ),
      )
    : Effect.void
