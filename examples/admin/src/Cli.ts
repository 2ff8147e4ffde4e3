import { readdirSync } from "node:fs"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Account from "./Account.js"
import * as Api from "./Api.js"
import * as Bulk from "./Bulk.js"
import type { Command as Verb } from "./Columns.js"
import * as Confirm from "./Confirm.js"
import type { Source } from "./Csv.js"
import * as Embedded from "./Embedded.js"
import { type Exit, exit, type Problem, refused } from "./Problem.js"
import * as Progress from "./Progress.js"
import * as Report from "./Report.js"
import { type Run, type Settings, Store } from "./Store.js"

const whole = (name: string, least: number, most: number) =>
  Options.integer(name).pipe(
    Options.filterMap(
      (n) => (n >= least && n <= most ? Option.some(n) : Option.none()),
      `--${name} must be a whole number from ${least} to ${most}`,
    ),
  )

const delimiters: { readonly [name: string]: string } = {
  tab: "\t",
  "\\t": "\t",
  comma: ",",
  semicolon: ";",
  pipe: "|",
}

const delimiter = Options.text("delimiter").pipe(
  Options.withDescription('What separates the columns: ",", ";", "|" or "tab"; default ","'),
  Options.withDefault(","),
  Options.map((text) => delimiters[text] ?? text),
  Options.filterMap(
    (text) => (/^[^\s"\r\n]$|^\t$/.test(text) ? Option.some(text) : Option.none()),
    '--delimiter must be one character, or "tab"',
  ),
)
const concurrency = whole("concurrency", 1, 256).pipe(
  Options.withDescription("How many requests may be under way at once; default 16"),
)
const rate = whole("rate", 1, 100_000).pipe(
  Options.withDescription("How many requests may start in a second; default: no limit"),
)
const maxUnknown = whole("max-unknown", 0, Number.MAX_SAFE_INTEGER).pipe(
  Options.withDescription(
    "How many users the service may not know before a deletion stops; default 3 or 10 % of the rows",
  ),
)
const format = Options.choice("format", ["table", "csv", "json"]).pipe(
  Options.withDescription("How the report is written"),
  Options.withDefault("table"),
)
const report = Options.text("report").pipe(
  Options.withDescription("Writes the report to this file instead of the standard output"),
  Options.optional,
)
const flag = (name: string, description: string) => Options.boolean(name).pipe(Options.withDescription(description))

const reading = {
  delimiter,
  concurrency: concurrency.pipe(Options.withDefault(16)),
  rate: rate.pipe(Options.optional),
  ignoreUnknownColumns: flag("ignore-unknown-columns", "Leaves columns out that the command does not know"),
  failFast: flag("fail-fast", "Stops at the first row that fails"),
  dryRun: flag("dry-run", "Checks the file and the credential, and sends no row"),
  newRun: flag("new-run", "Leaves an unfinished run for this file behind"),
  format,
  report,
}

const file = Args.text({ name: "file" }).pipe(
  Args.withDescription("A CSV file in UTF-8 whose first line names the columns"),
)

interface Given {
  readonly file: string
  readonly format: Report.Format
  readonly report: Option.Option<string>
}

const api = (settings: { readonly concurrency: number; readonly rate: number | null; readonly anonymous: boolean }) =>
  Layer.provide(Api.layer(settings), NodeTransport.layer)

const howToResume = (path: string) =>
  Effect.sync(() =>
    process.stderr.write(`\nStopped. What is done is written down; go on with: pnpm admin resume ${path}\n`),
  )

// A second Ctrl-C does not wait for the rows under way: they are found out about when the run is resumed.
const impatience = Effect.acquireRelease(
  Effect.sync(() => {
    let signals = 0
    const listener = () => {
      if (++signals > 1) process.exit(exit.interrupted)
      process.stderr.write("\nFinishing the rows under way (Ctrl-C again: at once) …\n")
    }
    process.on("SIGINT", listener)
    return listener
  }),
  (listener) => Effect.sync(() => process.off("SIGINT", listener)),
)

const carryOut = (run: Run, source: Source, given: Given, yes: boolean) =>
  Effect.gen(function* () {
    const store = yield* Store
    if (run.command === "delete") yield* Confirm.deletion(run, source, yes)
    yield* store.update(run.id, { stopped: null })
    const before = Report.summary(run, yield* store.counts(run.id))
    const progress = Progress.make(run.rows, run.rows - before.open - before.unknown)
    yield* impatience
    const stopped = yield* progress
      .during(Embedded.carryOut({ run, source, state: Embedded.statePath(given.file), tick: progress.tick }))
      .pipe(Effect.onInterrupt(() => howToResume(given.file)))
    return yield* finish({ ...run, stopped: stopped ?? null }, given)
  }).pipe(Effect.scoped, Effect.catchTag("SqlError", stateProblem(given.file)))

const stateProblem = (path: string) => (error: Parameters<ReturnType<typeof Embedded.stateProblem>>[0]) =>
  Effect.fail(Embedded.stateProblem(Embedded.statePath(path))(error))

const finish = (run: Run, given: Given) =>
  Effect.gen(function* () {
    const counts = yield* Report.print(run, { format: given.format, path: Option.getOrUndefined(given.report) })
    if (run.stopped !== null) yield* howToResume(given.file)
    return run.stopped === null ? Report.exitOf(counts) : exit.stopped
  }).pipe(Effect.catchTag("SqlError", stateProblem(given.file)))

/** How a command ends: its exit code becomes the process's. */
const ending = <E, R>(effect: Effect.Effect<Exit, E, R>): Effect.Effect<void, E, R> =>
  Effect.map(effect, (code) => {
    process.exitCode = code
  })

const bulk = (
  verb: Verb,
  given: Given & { readonly dryRun: boolean; readonly newRun: boolean },
  settings: Settings,
  yes: boolean,
) => {
  const options = { command: verb, file: given.file, settings, newRun: given.newRun }
  const effect = given.dryRun
    ? Bulk.dryRun(options)
    : Effect.gen(function* () {
        const { before, run, source } = yield* Bulk.prepare(options)
        if (!before) return yield* carryOut(run, source, given, yes)
        const store = yield* Store
        const open = yield* store.openChunks(run.id)
        process.stderr.write(
          open.length === 0
            ? `${given.file}: this content was ${verb}d before; nothing is sent again\n`
            : `${given.file}: going on with the run that began ${run.started_at}\n`,
        )
        if (open.length === 0) return yield* finish({ ...run, stopped: null }, given)
        yield* Effect.catchTag(store.update(run.id, { settings }), "SqlError", stateProblem(given.file))
        return yield* carryOut({ ...run, settings }, source, given, yes)
      }).pipe(Effect.provide(Embedded.layer(Embedded.statePath(given.file))))
  return ending(Effect.provide(effect, api(settings)))
}

type Reading = Command.Command.ParseConfig<typeof reading>

const settingsOf = (given: Reading, more: Partial<Settings>): Settings => ({
  delimiter: given.delimiter,
  ignoreUnknownColumns: given.ignoreUnknownColumns,
  concurrency: given.concurrency,
  rate: Option.getOrNull(given.rate),
  failFast: given.failFast,
  anonymous: false,
  generatePasswords: false,
  sendReset: false,
  maxUnknown: null,
  ...more,
})

const create = Command.make(
  "create",
  {
    file,
    ...reading,
    generatePasswords: flag("generate-passwords", "Rows without a password get one that nobody knows"),
    anonymous: flag("anonymous", "Sends no credential, where everybody may register"),
    sendReset: flag("send-reset", "Has the service send a reset e-mail for each password that was generated"),
  },
  ({ anonymous, generatePasswords, sendReset, ...given }) =>
    bulk("create", given, settingsOf(given, { anonymous, generatePasswords, sendReset }), true),
).pipe(
  Command.withDescription("Registers the users of a file: username, email, password[, display_name, timezone, image]"),
)

const update = Command.make("update", { file, ...reading }, (given) =>
  bulk("update", given, settingsOf(given, {}), true),
).pipe(
  Command.withDescription(
    "Changes the users of a file: id[, display_name, email, timezone, image]; empty fields stay as they are",
  ),
)

const yes = flag("yes", "Does not ask")

const remove = Command.make(
  "delete",
  { file, ...reading, yes, maxUnknown: maxUnknown.pipe(Options.optional) },
  ({ maxUnknown, yes, ...given }) =>
    bulk("delete", given, settingsOf(given, { maxUnknown: Option.getOrNull(maxUnknown) }), yes),
).pipe(Command.withDescription("Deletes the users of a file (column id), after showing them and asking; never oneself"))

const anyFile = Args.optional(
  Args.withDescription(
    Args.text({ name: "file" }),
    "The file of the run; default: the only one in this folder that has a run",
  ),
)

/** The file that is meant: the one that is named, or the only one here that has state. */
const meant = (named: Option.Option<string>) =>
  Effect.gen(function* () {
    if (Option.isSome(named)) {
      return Embedded.hasState(named.value)
        ? named.value
        : yield* Effect.fail(refused(`There is no run for ${named.value}`))
    }
    const suffix = Embedded.statePath("")
    const files = readdirSync(".")
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length))
    const [only] = files
    if (only === undefined) return yield* Effect.fail(refused("There is no run in this folder: name its file"))
    return files.length === 1
      ? only
      : yield* Effect.fail(refused(`There are runs for ${files.join(", ")}: name one of them`))
  })

const withRun = <R>(path: string, use: (run: Run, open: boolean) => Effect.Effect<Exit, Problem, R>) =>
  Effect.flatMap(
    Bulk.newest(path),
    (found): Effect.Effect<Exit, Problem, R> =>
      found === undefined
        ? Effect.fail(refused(`No run has begun for ${path}: its file was never read to the end`))
        : use(found.run, found.open),
  ).pipe(Effect.provide(Embedded.layer(Embedded.statePath(path))))

const status = Command.make("status", { file: anyFile, format, report }, (given) =>
  ending(
    Effect.flatMap(meant(given.file), (path) =>
      withRun(path, (run) =>
        Effect.map(
          Effect.catchTag(
            Report.print(run, { format: given.format, path: Option.getOrUndefined(given.report) }),
            "SqlError",
            stateProblem(path),
          ),
          Report.exitOf,
        ),
      ),
    ),
  ),
).pipe(Command.withDescription("Reports how a run stands; sends nothing"))

const resume = Command.make(
  "resume",
  {
    file: anyFile,
    concurrency: Options.optional(concurrency),
    rate: Options.optional(rate),
    maxUnknown: Options.optional(maxUnknown),
    retryFailed: flag("retry-failed", "Sends the rows again that the service refused"),
    yes,
    format,
    report,
  },
  (given) =>
    ending(
      Effect.flatMap(meant(given.file), (path) =>
        withRun(path, (run, open) => {
          const settings: Settings = {
            ...run.settings,
            ...Option.match(given.concurrency, { onNone: () => ({}), onSome: (concurrency) => ({ concurrency }) }),
            ...Option.match(given.rate, { onNone: () => ({}), onSome: (rate) => ({ rate }) }),
            ...Option.match(given.maxUnknown, { onNone: () => ({}), onSome: (maxUnknown) => ({ maxUnknown }) }),
          }
          const report = { ...given, file: path }
          if (!open && !given.retryFailed) {
            process.stderr.write(`${path}: nothing is left to do\n`)
            return finish({ ...run, stopped: null }, report)
          }
          return Effect.gen(function* () {
            const store = yield* Store
            const { baseUrl } = yield* Api.Api
            if (baseUrl !== run.base_url) {
              return yield* Effect.fail(
                refused(`The run is for ${run.base_url}, but TILEDB_REST_HOST leads to ${baseUrl}. Nothing was sent`),
              )
            }
            const source = yield* Bulk.sourceOf(run, path)
            yield* store.update(run.id, { settings })
            if (given.retryFailed) yield* store.releaseFailed(run.id)
            return yield* carryOut({ ...run, settings }, source, report, given.yes)
          }).pipe(Effect.provide(api(settings)), Effect.catchTag("SqlError", stateProblem(path)))
        }),
      ),
    ),
).pipe(Command.withDescription("Goes on with a run that was stopped, killed or not finished"))

const onePerson = { concurrency: 1, rate: null, anonymous: false }

const whoAmI = Command.make(
  "who-am-i",
  { format: Options.choice("format", ["table", "json"]).pipe(Options.withDefault("table")) },
  ({ format }) => Effect.provide(Account.show(format), api(onePerson)),
).pipe(Command.withDescription("Shows the account behind the credential"))

const rotatePassword = Command.make("rotate-password", {}, () =>
  Effect.provide(Account.rotatePassword, api(onePerson)),
).pipe(
  Command.withDescription(
    "Replaces your own password; asks for both, or reads three lines of stdin: current, new, new",
  ),
)

const resetPassword = Command.make(
  "reset-password",
  {
    who: Args.optional(Args.withDescription(Args.text({ name: "username-or-email" }), "Who should get the e-mail")),
    token: flag(
      "token",
      "Sets a password with the token from the e-mail; asks, or reads two lines of stdin: token, password",
    ),
  },
  ({ token, who }) =>
    token === Option.isSome(who)
      ? Effect.fail(refused("Name the user who should get the e-mail, or give --token to use the one that came"))
      : Effect.provide(
          Option.match(who, { onNone: () => Account.resetPassword, onSome: Account.requestReset }),
          api(onePerson),
        ),
).pipe(Command.withDescription("Asks for a password-reset e-mail, and sets the password with its token"))

const admin = Command.make("admin").pipe(
  Command.withDescription("Administers the users of a TileDB deployment: bulk work that is durable and resumes"),
  Command.withSubcommands([create, update, remove, status, resume, whoAmI, rotatePassword, resetPassword]),
)

/** The command line; `Problem` is how it ends without its work. */
export const run = Command.run(admin, { name: "pnpm admin", version: "0.1.0" })
