import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Api from "../Api.js"
import { settingsOf } from "../Bulk.js"
import * as Cli from "../Cli.js"
import type { Exit } from "../Problem.js"
import * as Report from "../Report.js"
import * as Change from "./Change.js"
import * as Look from "./Look.js"

const optional = <A>(option: Options.Options<A>) => Options.map(Options.optional(option), Option.getOrUndefined)
const text = (name: string, about: string) => Options.withDescription(Options.text(name), about)

const reading = <E, R>(command: Effect.Effect<Exit, E, R | Api.Api>) =>
  Cli.ending(Effect.provide(command, Api.layer({ concurrency: 4, rate: null, anonymous: false })))

/** What cannot be written is said before anything is read. */
const listing = <E, R>({ output }: Look.Written, command: Effect.Effect<Exit, E, R | Api.Api>) => {
  const writable = output === undefined ? Effect.void : Report.checkOutput("output", output, "", "")
  return reading(Effect.zipRight(writable, command))
}

const workspace = optional(
  text("workspace", "The name or id of the workspace; default: the configured one, or the only one"),
)
const output = Options.withAlias(text("output", "Writes to this file, when it is whole"), "o")
const format = Options.withDescription(
  Options.choice("format", ["table", "csv", "json"]),
  "How it is written; default: a table on a terminal, CSV elsewhere",
)
const written = { format: optional(format), output: optional(output) }
const file = Cli.arg("file", "A CSV file with the columns email and role (owner, admin, member); list writes one")
const privileged = Cli.flag("privileged", "Changes and removes owners and admins too; never you, never the last owner")

const search = optional(text("search", "Only those whose username or address has this, as the service understands it"))
const role = optional(
  Options.withDescription(Options.choice("role", ["owner", "admin", "member"]), "Only those with this role"),
)
const list = Command.make("list", { workspace, search, role, ...written }, (given) =>
  listing(given, Look.list(given)),
).pipe(Command.withDescription("Lists the members, all of them or none: exit code 3, and no file"))

const who = Cli.arg("who", "An address, a username or an id: the whole of it")
const find = Command.make("find", { who, workspace, ...written }, ({ who, ...given }) =>
  listing(given, Look.find(who, given)),
).pipe(Command.withDescription("Finds one person; exit code 1 if there is nobody, or more than one"))

const delimiter = Options.withDefault(Cli.separator, ",")
const audit = Command.make("audit", { file, delimiter, workspace }, ({ delimiter, file, ...given }) =>
  reading(Look.audit(file, delimiter, given)),
).pipe(Command.withDescription("Compares a file with the members; exit code 0 same, 1 differs, 3 not read completely"))

const remove = Cli.flag("remove", "Removes members, and revokes invitations, that the file does not have")
const max_removals = Options.map(
  Cli.few("max-removals", "Writes no plan if more would be removed; default 3, or 10 % of the members"),
  Option.getOrNull,
)
const planning = { file, delimiter, output, workspace, remove, privileged, max_removals }
const plan = Command.make("plan", planning, (given) => reading(Change.plan(given))).pipe(
  Command.withDescription("Writes down what brings the members to what a file says; does nothing"),
)

/** The commands that change something, with the state where `place` says. */
const changes = (place: Cli.Places) => {
  const corrections = Options.map(Options.none, () => Option.none())
  const running = { place, settings: Options.map(Options.all(Cli.sending), settingsOf), ...Cli.reporting, corrections }
  const apply = Command.make("apply", { file: Cli.arg("plan", "A file that plan has written"), ...running }, (given) =>
    Cli.ending(Effect.provide(Change.apply(given), Api.layer(given.settings))),
  ).pipe(Command.withDescription("Carries a plan out, once; refuses it if what it is about has changed"))
  const offboard = Command.make(
    "offboard",
    {
      who: Args.atLeast(Cli.arg("who", "Addresses, usernames or ids; or one CSV file with such columns"), 1),
      ...running,
      workspace,
      delimiter,
      privileged,
      account: Cli.flag("delete-account", "Deletes their accounts too, for good"),
      dryRun: Cli.flag("dry-run", "Shows what would be done, and does nothing"),
      yes: Cli.flag("yes", "Does not ask"),
    },
    (given) => Cli.ending(Effect.provide(Change.offboard(given), Api.layer(given.settings))),
  ).pipe(Command.withDescription("Takes people out: revokes their invitations, ends their memberships"))
  return [apply, offboard] as const
}

const within = text("expiring", "Exit code 1 if a token ends within this time: 14d, 12h").pipe(
  Options.filterMap((text) => {
    const [, count = "", unit] = /^(\d{1,4})([dh])$/.exec(text) ?? []
    return count === "" ? Option.none() : Option.some((unit === "d" ? Duration.days : Duration.hours)(Number(count)))
  }, "--expiring must be like 14d or 12h"),
)
const evenInUse = Cli.flag("even-in-use", "Also the key that this very command uses")
const revoke = Command.make("revoke", { id: Cli.arg("id", "The id of a token"), evenInUse }, ({ evenInUse, id }) =>
  reading(Look.revokeToken(id, evenInUse)),
).pipe(Command.withDescription("Revokes one of your tokens"))
const tokens = Command.make("tokens", { within: optional(within), ...written }, (given) =>
  listing(given, Look.tokens(given)),
).pipe(Command.withDescription("Lists your own tokens, never their keys"), Command.withSubcommands([revoke]))

/** The commands about the people of a workspace. */
export const commands = (place: Cli.Places) => [list, find, audit, plan, ...changes(place), tokens] as const
