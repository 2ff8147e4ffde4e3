import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "./Account.js"
import { type Exit, refused } from "./Problem.js"
import * as Session from "./Session.js"
import type { Settings } from "./Store.js"

export const whole = (name: string, least: number, most: number) =>
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

export const delimiter = Options.text("delimiter").pipe(
  Options.withDescription('What separates the columns: ",", ";", "|" or "tab"; default ","'),
  Options.withDefault(","),
  Options.map((text) => delimiters[text] ?? text),
  Options.filterMap(
    (text) => (/^[^\s"\r\n]$|^\t$/.test(text) ? Option.some(text) : Option.none()),
    '--delimiter must be one character, or "tab"',
  ),
)
export const concurrency = whole("concurrency", 1, 256).pipe(
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
export const format = Options.choice("format", ["table", "csv", "json"]).pipe(
  Options.withDescription("How the report is written"),
  Options.withDefault("table"),
)
export const report = Options.text("report").pipe(
  Options.withDescription("Writes the report to this file instead of the standard output"),
  Options.optional,
)
export const flag = (name: string, description: string) =>
  Options.boolean(name).pipe(Options.withDescription(description))

/** Where the state is: beside the input file, or where the cluster has it. */
export type Places = Options.Options<(file: string) => Session.Place>

/** How fast rows are sent. */
export const sending = { concurrency: concurrency.pipe(Options.withDefault(16)), rate: rate.pipe(Options.optional) }

const reading = {
  delimiter,
  ...sending,
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

/** How a command ends: its exit code becomes the process's. */
export const ending = <E, R>(effect: Effect.Effect<Exit, E, R>): Effect.Effect<void, E, R> =>
  Effect.map(effect, (code) => {
    process.exitCode = code
  })

type Reading = Partial<Command.Command.ParseConfig<typeof reading>> & Command.Command.ParseConfig<typeof sending>

export const settingsOf = (given: Reading, more: Partial<Settings> = {}): Settings => ({
  delimiter: given.delimiter ?? ",",
  ignoreUnknownColumns: given.ignoreUnknownColumns ?? false,
  concurrency: given.concurrency,
  rate: Option.getOrNull(given.rate),
  failFast: given.failFast ?? false,
  anonymous: false,
  generatePasswords: false,
  sendReset: false,
  maxUnknown: null,
  ...more,
})

const yes = flag("yes", "Does not ask")

const anyFile = Args.optional(
  Args.withDescription(
    Args.text({ name: "file" }),
    "The file of the run; default: the only one in this folder that has a run",
  ),
)

const changed = <Name extends string, A>(name: Name, value: Option.Option<A>) =>
  Option.match(value, { onNone: () => ({}), onSome: (value) => ({ [name]: value }) })

/** The commands whose rows are a run, with the state where `place` says. */
export const runs = (place: Places) => {
  const create = Command.make(
    "create",
    {
      file,
      place,
      ...reading,
      generatePasswords: flag("generate-passwords", "Rows without a password get one that nobody knows"),
      anonymous: flag("anonymous", "Sends no credential, where everybody may register"),
      sendReset: flag("send-reset", "Has the service send a reset e-mail for each password that was generated"),
    },
    ({ anonymous, generatePasswords, sendReset, ...given }) =>
      ending(Session.bulk("create", given, settingsOf(given, { anonymous, generatePasswords, sendReset }), true)),
  ).pipe(
    Command.withDescription(
      "Registers the users of a file: username, email, password[, display_name, timezone, image]",
    ),
  )

  const update = Command.make("update", { file, place, ...reading }, (given) =>
    ending(Session.bulk("update", given, settingsOf(given, {}), true)),
  ).pipe(
    Command.withDescription(
      "Changes the users of a file: id[, display_name, email, timezone, image]; empty fields stay as they are",
    ),
  )

  const remove = Command.make(
    "delete",
    { file, place, ...reading, yes, maxUnknown: maxUnknown.pipe(Options.optional) },
    ({ maxUnknown, yes, ...given }) =>
      ending(Session.bulk("delete", given, settingsOf(given, { maxUnknown: Option.getOrNull(maxUnknown) }), yes)),
  ).pipe(
    Command.withDescription("Deletes the users of a file (column id), after showing them and asking; never oneself"),
  )

  const status = Command.make("status", { file: anyFile, place, format, report }, (given) =>
    ending(Session.status(given)),
  ).pipe(Command.withDescription("Reports how a run stands; sends nothing"))

  const resume = Command.make(
    "resume",
    {
      file: anyFile,
      place,
      concurrency: Options.optional(concurrency),
      rate: Options.optional(rate),
      maxUnknown: Options.optional(maxUnknown),
      retryFailed: flag("retry-failed", "Sends the rows again that the service refused"),
      yes,
      format,
      report,
    },
    ({ concurrency, maxUnknown, rate, retryFailed, yes, ...given }) => {
      const settings = {
        ...changed("concurrency", concurrency),
        ...changed("rate", rate),
        ...changed("maxUnknown", maxUnknown),
      }
      return ending(Session.resume(given, { settings, retryFailed, yes }))
    },
  ).pipe(Command.withDescription("Goes on with a run that was stopped, killed or not finished"))
  return [create, update, remove, status, resume] as const
}

const onePerson = Session.api({ concurrency: 1, rate: null, anonymous: false })

const whoAmI = Command.make(
  "who-am-i",
  { format: Options.choice("format", ["table", "json"]).pipe(Options.withDefault("table")) },
  ({ format }) => Effect.provide(Account.show(format), onePerson),
).pipe(Command.withDescription("Shows the account behind the credential"))

const rotatePassword = Command.make("rotate-password", {}, () =>
  Effect.provide(Account.rotatePassword, onePerson),
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
          onePerson,
        ),
).pipe(Command.withDescription("Asks for a password-reset e-mail, and sets the password with its token"))

/** The commands about one's own account. */
export const account = [whoAmI, rotatePassword, resetPassword] as const
