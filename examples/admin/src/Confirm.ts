import * as Prompt from "@effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { Api } from "./Api.js"
import { clean, isCommand, readRow } from "./Columns.js"
import { readPiece, type Source } from "./Csv.js"
import { refused } from "./Problem.js"
import { summary } from "./Report.js"
import { type Run, Store } from "./Store.js"
import { randomPassword } from "./Work.js"

const shown = 10

const say = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))

/** Shows what would be deleted, as the service knows it, and asks; nothing is deleted without a yes. */
export const deletion = (run: Run, source: Source, yes: boolean) =>
  Effect.gen(function* () {
    const { baseUrl, users } = yield* Api
    const store = yield* Store
    const { open, unknown } = summary(run, yield* store.counts(run.id))
    const [first] = yield* store.openChunks(run.id)
    const { command, header: names } = run
    if (first === undefined || !isCommand(command)) return
    const settled = yield* store.settledIn(run.id, first)
    const records = yield* readPiece(source, run.settings.delimiter, first)
    const rows = records.flatMap(({ fields, line }, at) => {
      const number = first.firstRow + at
      const row = readRow({ command, names }, fields, { ...run.settings, line, number, password: randomPassword })
      return settled.has(number) || Either.isLeft(row) ? [] : [row.right]
    })
    const total = open + unknown
    yield* say(`To delete from ${baseUrl}: ${total} users`)
    const lines = yield* Effect.forEach(
      rows.slice(0, shown),
      ({ ask, line }) =>
        ask._tag !== "delete"
          ? Effect.succeed("")
          : Effect.match(users.getUser(ask.id), {
              onSuccess: ({ email, role, username }) =>
                `  ${ask.id}  ${clean(username)} <${clean(email)}>, ${clean(role)}`,
              onFailure: (error) =>
                `  ${ask.id}  line ${line}: ${error._tag === "NotFound" ? "not known to the service" : error.message}`,
            }),
      { concurrency: 5 },
    )
    for (const line of lines) yield* say(line)
    if (total > lines.length) yield* say(`  … and ${total - lines.length} more`)
    if (yes) return
    if (process.stdin.isTTY !== true) {
      return yield* Effect.fail(
        refused("Deleting asks first, and nobody can answer here: give --yes. Nothing was deleted"),
      )
    }
    const sure = yield* Prompt.confirm({ message: `Delete these ${total} users for good?`, initial: false }).pipe(
      Effect.catchTag("QuitException", () => Effect.succeed(false)),
    )
    if (!sure) return yield* Effect.fail(refused("Nothing was deleted"))
  })
