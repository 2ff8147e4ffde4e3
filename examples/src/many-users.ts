/** Creates the users of a file (one JSON object a line); the same command goes on where an interrupted run ended. */
import { FileSystem } from "@effect/platform"
import { TileDBError, Users } from "@effect-tiledb/client"
import { UserCreateRequest } from "@effect-tiledb/schema"
import { Console, Data, Effect, Option, Schema, Stream } from "effect"

const Row = Schema.parseJson(UserCreateRequest)

/** A line that is no user. What is wrong with it is not shown: it contains a password. */
export class InvalidLine extends Data.TaggedError("InvalidLine")<{ readonly line: number }> {}

/** `sent` is written before the request, the others after it. A password is never written. */
const Entry = Schema.parseJson(
  Schema.Struct({ username: Schema.String, state: Schema.Literal("sent", "created", "refused", "check") }),
)
type State = typeof Entry.Type.state

/** A row that was sent, and whose response was lost: with the last run, or with its connection. */
const resolve = (row: UserCreateRequest) =>
  Effect.map(Users.resolveCreate(row), (found): State => {
    if (found._tag === "Created") return "created"
    // Both names are taken, maybe by another user: a person has to look. Anything else is tried again in the next run.
    return found._tag === "NotCreated" ? "refused" : found.exists ? "check" : "sent"
  })

/** Fails where the next row would fail too: the credential is wrong, or the service is away. */
const create = (row: UserCreateRequest) =>
  Effect.flatMap(Users.Users, (users) => users.createUser(row)).pipe(
    Effect.as<State>("created"),
    Effect.catchIf(TileDBError.mayHaveBeenDone, () => resolve(row)),
    Effect.catchIf(
      (error) => error._tag === "ApiError" && error.validationError !== undefined,
      (error) => Effect.as(Console.error(error.message), "refused" as const),
    ),
  )

export const createAll = (file: string, journal: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const known = new Map<string, State>()
    const lines = (yield* fs.exists(journal)) ? (yield* fs.readFileString(journal)).split("\n") : []
    for (const line of lines) {
      // A line that was cut off says nothing; the next one begins with a line break.
      const entry = Schema.decodeOption(Entry)(line)
      if (Option.isSome(entry)) known.set(entry.value.username, entry.value.state)
    }
    const write = (username: string, state: State) =>
      Effect.flatMap(Schema.encode(Entry)({ username, state }), (line) =>
        fs.writeFileString(journal, `\n${line}`, { flag: "a" }),
      )
    const one = (row: UserCreateRequest) =>
      Effect.gen(function* () {
        const before = known.get(row.username)
        if (before !== undefined && before !== "sent") return before
        if (before === undefined) yield* write(row.username, "sent")
        const state = yield* before === undefined ? create(row) : resolve(row)
        if (state !== "sent") yield* write(row.username, state)
        return state
      })

    return yield* fs.stream(file).pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.zipWithIndex,
      Stream.mapEffect(([line, index]) =>
        Effect.mapError(Schema.decode(Row)(line), () => new InvalidLine({ line: index + 1 })),
      ),
      Stream.mapEffect(one, { concurrency: 16, unordered: true }),
      Stream.runFoldEffect({ sent: 0, created: 0, refused: 0, check: 0 }, (counts, state) => {
        const next = { ...counts, [state]: counts[state] + 1 }
        const done = next.sent + next.created + next.refused + next.check
        return Effect.as(done % 100 === 0 ? Console.error(`${done} rows`) : Effect.void, next)
      }),
    )
  })
