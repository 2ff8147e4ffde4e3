import * as Prompt from "@effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { Api } from "./Api.js"
import { clean, readRow } from "./Columns.js"
import { readPiece, type Source } from "./Csv.js"
import { refused } from "./Problem.js"
import { type Run, Store } from "./Store.js"
import { randomPassword } from "./Work.js"

const shown = 10

const say = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))

/** Shows what would be deleted, as the service knows it, and asks; nothing is deleted without a yes. */
export const deletion = (run: Run, source: Source, yes: boolean) =>
  Effect.gen(function* () {
    const { baseUrl, users } = yield* Api
    const store = yield* Store
    const counts = yield* Effect.orDie(store.counts(run.id))
    const settled = ["done", "failed", "invalid"] as const
    const open = run.rows - settled.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0)
    const [first] = yield* store.openChunks(run.id)
    if (first === undefined) return
    const records = yield* readPiece(source, run.settings.delimiter, first)
    const header = { command: run.command, names: run.header }
    const rows = records.flatMap(({ fields, line }, at) =>
      Either.match(readRow(header, fields, { ...run.settings, line, number: first.firstRow + at, password: randomPassword }), {
        onLeft: () => [],
        onRight: (row) => [row],
      }),
    )
    yield* say(`To delete from ${baseUrl}: ${open} users`)
    const lines = yield* Effect.forEach(
      rows.slice(0, shown),
      ({ ask, line }) =>
        ask._tag !== "delete"
          ? Effect.succeed("")
          : Effect.match(users.getUser(ask.id), {
              onSuccess: ({ email, role, username }) => `  ${ask.id}  ${clean(username)} <${clean(email)}>, ${clean(role)}`,
              onFailure: (error) =>
                `  ${ask.id}  line ${line}: ${error._tag === "NotFound" ? "not known to the service" : error.message}`,
            }),
      { concurrency: 5 },
    )
    for (const line of lines) yield* say(line)
    if (open > lines.length) yield* say(`  … and ${open - lines.length} more`)
    if (yes) return
    if (process.stdin.isTTY !== true) {
      return yield* Effect.fail(refused("Deleting asks first, and nobody can answer here: give --yes. Nothing was deleted"))
    }
    const sure = yield* Prompt.confirm({ message: `Delete these ${open} users for good?`, initial: false }).pipe(
      Effect.catchTag("QuitException", () => Effect.succeed(false)),
    )
    if (!sure) return yield* Effect.fail(refused("Nothing was deleted"))
  })
