import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Account from "./Account.js"
import * as Api from "./Api.js"
import * as Bulk from "./Bulk.js"
import type { Limits } from "./Look.js"
import { type Exit, refused } from "./Problem.js"
import * as Session from "./Session.js"

export const whole = (name: string, least: number, most: number) =>
  Options.integer(name).pipe(
    Options.filterMap(
      (n) => (n >= least && n <= most ? Option.some(n) : Option.none()),
      `--${name} must be a whole number from ${least} to ${most}`,
    ),
  )

const delimiters: { readonly [name: string]: string } = { tab: "\t", "\\t": "\t", semicolon: ";", pipe: "|" }

export const separator = Options.text("delimiter").pipe(
  Options.withDescription('What separates the columns: ",", ";", "|" or "tab"; default ","'),
  Options.map((text) => delimiters[text] ?? text),
  Options.filterMap(
    (text) => (/^[^\s"\r\n]$|^\t$/.test(text) ? Option.some(text) : Option.none()),
    '--delimiter must be one character, or "tab"',
  ),
)
export const delimiter = Options.withDefault(separator, ",")
export const concurrency = whole("concurrency", 1, 256).pipe(
  Options.withDescription("How many requests may be under way at once; default 16"),
)
const rate = whole("rate", 1, 100_000).pipe(
  Options.withDescription("How many requests may start in a second; default: no limit"),
)
export const few = (name: string, description: string) =>
  whole(name, 0, Number.MAX_SAFE_INTEGER).pipe(Options.withDescription(description), Options.optional)
const format = Options.choice("format", ["table", "csv", "json"]).pipe(
  Options.withDescription("How the report is written; default: a table"),
  Options.withDefault("table"),
)
const path = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)
const report = path("report", "Writes the report to this file instead of the standard output")
const corrections = path(
  "corrections",
  "Writes the rows to put right to this file, as in the input, passwords included",
)
const only = Options.choice("only", ["all", "problems"]).pipe(
  Options.withDescription("Which rows the report has; default: all, and in a table on the screen those with problems"),
  Options.optional,
)
export const flag = (name: string, description: string) =>
  Options.boolean(name).pipe(Options.withDescription(description))
/** A flag that a run keeps: one that is not given says nothing. */
const lasting = (name: string, description: string) =>
  Options.map(flag(name, description), (is) => (is ? Option.some(true) : Option.none()))

/** Where the state is: beside the input file, or where the cluster has it. */
export type Places = Options.Options<(file: string) => Session.Place>

export const reporting = { format, only, report }

export const sending = {
  concurrency: Options.optional(concurrency),
  rate: Options.optional(rate),
  maxFailures: few("max-failures", "Stops when more rows than this have failed; default: 20 of them in a row"),
  failFast: lasting("fail-fast", "Stops at the first row that fails"),
}

const reading = {
  delimiter: Options.optional(separator),
  ignoreUnknownColumns: lasting("ignore-unknown-columns", "Leaves columns out that the command does not know"),
}

const begin = {
  dryRun: flag("dry-run", "Checks the file, looks at the service, and sends no row"),
  newRun: flag("new-run", "Begins anew, whatever was begun or done for this file before"),
  yes: flag("yes", "Does not ask"),
}

/** An argument; what looks like an option is a mistyped one. */
export const arg = (name: string, about: string) =>
  Args.text({ name }).pipe(
    Args.mapEffect((text) =>
      text.startsWith("--") ? Effect.fail(HelpDoc.p(`There is no option ${text}`)) : Effect.succeed(text),
    ),
    Args.withDescription(about),
  )

const file = arg("file", "A CSV file in UTF-8 whose first line names the columns")

/** How a command ends: its exit code becomes the process's. */
export const ending = <E, R>(effect: Effect.Effect<Exit, E, R>): Effect.Effect<void, E, R> =>
  Effect.map(effect, (code) => {
    process.exitCode = code
  })

const skipExisting = lasting("skip-existing", "Rows of users who are there already count as done")
const noLimits = Options.map(Options.none, () => {
  return { privileged: false, maxUnknown: Option.none<number>(), maxDeletes: Option.none<number>() }
})

const anyFile = Args.optional(arg("file", "The file of the run; default: the only one in this folder that has a run"))

/** The commands whose rows are a run, with the state where `place` says. */
export const runs = (place: Places) => {
  const bulk = (
    command: "create" | "update" | "delete",
    about: string,
    wishes: Options.Options<Partial<Session.Wishes>>,
    limits: Options.Options<Omit<Limits, "yes">> = noLimits,
  ) =>
    Command.make(
      command,
      { given: { file, place, ...reporting, corrections }, wishes, limits, flags: begin },
      ({ flags, given, limits, wishes }) => ending(Bulk.bulk(command, given, wishes, { ...flags, ...limits })),
    ).pipe(Command.withDescription(about))

  const create = bulk(
    "create",
    "Registers the users of a file: username, email, password[, display_name, timezone, image]",
    Options.all({
      ...reading,
      ...sending,
      generatePasswords: lasting("generate-passwords", "Rows without a password get one that nobody knows"),
      anonymous: lasting("anonymous", "Sends no credential, where everybody may register"),
      sendReset: lasting("send-reset", "Has the service send a reset e-mail for each password that was generated"),
      skipExisting,
      upsert: lasting("upsert", "Changes users who are there to what the file says; shows it first, and asks"),
    }),
  )

  const update = bulk(
    "update",
    "Changes the users of a file: id (or username, or email)[, display_name, email, timezone, image]; empty fields stay",
    Options.all({ ...reading, ...sending }),
  )

  const remove = bulk(
    "delete",
    "Deletes the users of a file (id, username, email: all that is given has to fit); reads all of them first, and asks",
    Options.all({ ...reading, ...sending }),
    Options.all({
      privileged: flag("privileged", "Deletes owners and admins too"),
      maxDeletes: few("max-deletes", "Deletes nobody if there are more users to delete"),
      maxUnknown: few("max-unknown", "Deletes nobody if more users than this are unknown; default 3, or 10 %"),
    }),
  )

  const status = Command.make("status", { file: anyFile, place, ...reporting }, (given) =>
    ending(Session.status(given)),
  ).pipe(Command.withDescription("Reports how a run stands, also while it is carried out; sends nothing"))

  const resume = Command.make(
    "resume",
    {
      given: { file: anyFile, place, ...reporting, corrections },
      wishes: { ...sending, skipExisting },
      retryFailed: flag("retry-failed", "Sends the rows again that the service refused"),
      yes: flag("yes", "Does nothing: what is resumed was asked for before"),
    },
    ({ given, retryFailed, wishes }) => ending(Session.resume(given, wishes, retryFailed)),
  ).pipe(Command.withDescription("Goes on with a run that was stopped, killed or not finished"))

  const list = Command.make("runs", { file: anyFile, place }, (given) => ending(Session.runs(given))).pipe(
    Command.withDescription("Lists the runs of a file, or of this folder"),
  )

  const forget = Command.make(
    "forget",
    { file, place, id: arg("id", "The id of the run"), yes: flag("yes", "Forgets a run that is not finished, too") },
    ({ id, yes, ...given }) => ending(Session.forget(id, given, yes)),
  ).pipe(Command.withDescription("Takes a run out of the state of its file"))

  return [create, update, remove, status, resume, list, forget] as const
}

const onePerson = Api.layer({ concurrency: 1, rate: null, anonymous: false })

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
    who: Args.optional(arg("username-or-email", "Who should get the e-mail")),
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
