import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Api from "../Api.js"
import { settingsOf } from "../Bulk.js"
import * as Cli from "../Cli.js"
import * as Change from "./Change.js"
import * as Look from "./Look.js"

const optional = <A>(option: Options.Options<A>) => Options.map(Options.optional(option), Option.getOrUndefined)

const text = (name: string, description: string) => optional(Options.withDescription(Options.text(name), description))

const workspace = text("workspace", "The name or id of the workspace; default: the configured one, or the only one")

const written = {
  format: optional(
    Options.choice("format", ["table", "csv", "json"]).pipe(
      Options.withDescription("How it is written; default: a table on a terminal, CSV elsewhere"),
    ),
  ),
  output: optional(
    Options.text("output").pipe(
      Options.withAlias("o"),
      Options.withDescription("Writes to this file, when it is whole"),
    ),
  ),
}

const file = Args.withDescription(
  Args.text({ name: "file" }),
  "A CSV file with the columns email and role; those that list writes may be there",
)

/** With an example, which is what people look for. */
const about = (what: string, ...examples: ReadonlyArray<string>) =>
  Command.withDescription(`${what}. Example: pnpm admin ${examples.join("; pnpm admin ")}`)

const oneRequest = Api.layer({ concurrency: 4, rate: null, anonymous: false })

const list = Command.make(
  "list",
  {
    workspace,
    search: text("search", "Only those whose username or address has this, as the service understands it"),
    role: text("role", "Only those with this role: owner, admin or member"),
    ...written,
  },
  (given) => Cli.ending(Effect.provide(Look.list(given), oneRequest)),
).pipe(about("Lists the members, complete or not at all; exit code 3 and no file", "list --role admin -o admins.csv"))

const find = Command.make(
  "find",
  {
    who: Args.withDescription(Args.text({ name: "who" }), "An address, a username or an id: the whole of it"),
    workspace,
    ...written,
  },
  ({ who, ...given }) => Cli.ending(Effect.provide(Look.find(who, given), oneRequest)),
).pipe(about("Finds one person; exit code 1 if there is nobody, or more than one", "find ada@example.com"))

const audit = Command.make("audit", { file, workspace, delimiter: Cli.delimiter }, ({ delimiter, file, ...given }) =>
  Cli.ending(Effect.provide(Look.audit(file, delimiter, given), oneRequest)),
).pipe(
  about("Compares a file with the members; exit code 0 same, 1 differs, 3 not read completely", "audit people.csv"),
)

const plan = Command.make(
  "plan",
  {
    file,
    workspace,
    delimiter: Cli.delimiter,
    output: Options.text("output").pipe(Options.withAlias("o"), Options.withDescription("Where the plan is written")),
    remove: Cli.flag("remove", "Removes members and invitations that the file does not have"),
    privileged: Cli.flag("privileged", "Changes and removes owners and admins too; never you, never the last owner"),
    maxRemovals: Cli.whole("max-removals", 0, Number.MAX_SAFE_INTEGER).pipe(
      Options.withDescription("How many may be removed; default 3 or 10 % of the members"),
      Options.optional,
      Options.map(Option.getOrNull),
    ),
  },
  (given) => Cli.ending(Effect.provide(Change.plan(given), oneRequest)),
).pipe(about("Writes down what brings the members to what a file says; does nothing", "plan people.csv -o plan.json"))

const none = { corrections: Option.none() }

/** The commands that change something, with the state where `place` says. */
const changes = (place: Cli.Places) => {
  const running = { place, wishes: Cli.sending, ...Cli.reporting }
  const apply = Command.make(
    "apply",
    { file: Args.withDescription(Args.text({ name: "plan" }), "A file that plan has written"), ...running },
    (given) => {
      const settings = settingsOf(given.wishes)
      return Cli.ending(Effect.provide(Change.apply({ ...given, ...none, settings }), Api.layer(settings)))
    },
  ).pipe(about("Carries a plan out; refuses it if anything has changed since", "apply plan.json"))
  const offboard = Command.make(
    "offboard",
    {
      who: Args.text({ name: "who" }).pipe(
        Args.withDescription("Addresses, usernames or ids; or one CSV file with such columns"),
        Args.atLeast(1),
      ),
      ...running,
      workspace,
      delimiter: Cli.delimiter,
      account: Cli.flag("delete-account", "Deletes their accounts too, for good"),
      privileged: Cli.flag("privileged", "Takes owners and admins out too; never you, never the last owner"),
      dryRun: Cli.flag("dry-run", "Shows what would be done, and does nothing"),
      yes: Cli.flag("yes", "Does not ask"),
    },
    (given) => {
      const settings = settingsOf(given.wishes)
      return Cli.ending(Effect.provide(Change.offboard({ ...given, ...none, settings }), Api.layer(settings)))
    },
  ).pipe(
    about("Takes people out: revokes their invitations, ends their memberships", "offboard ada@example.com --dry-run"),
  )
  return [apply, offboard] as const
}

const within = Options.text("expiring").pipe(
  Options.withDescription("Exit code 1 if a token ends within this time: 14d, 12h"),
  Options.filterMap((text) => {
    const [, count = "", unit = ""] = /^(\d{1,4})([dh])$/.exec(text) ?? []
    return count === "" ? Option.none() : Option.some(unit === "d" ? Duration.days(+count) : Duration.hours(+count))
  }, "--expiring must be like 14d or 12h"),
)

const revoke = Command.make(
  "revoke",
  {
    id: Args.withDescription(Args.text({ name: "id" }), "The id of the token, as tokens shows it"),
    evenInUse: Cli.flag("even-in-use", "Also the key that this very command uses"),
  },
  ({ evenInUse, id }) => Cli.ending(Effect.provide(Look.revokeToken(id, evenInUse), oneRequest)),
).pipe(about("Revokes one of your tokens", "tokens revoke ID"))

const tokens = Command.make("tokens", { within: optional(within), ...written }, (given) =>
  Cli.ending(Effect.provide(Look.tokens(given), oneRequest)),
).pipe(about("Lists your own tokens, never their keys", "tokens --expiring 14d"), Command.withSubcommands([revoke]))

/** The commands about the people of a workspace. */
export const commands = (place: Cli.Places) => [list, find, audit, plan, ...changes(place), tokens] as const
