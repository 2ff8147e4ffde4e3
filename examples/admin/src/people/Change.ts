import { existsSync, readFileSync, realpathSync } from "node:fs"
import { basename } from "node:path"
import * as Prompt from "@effect/cli/Prompt"
import type { Invitation, WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Api from "../Api.js"
import { fold } from "../Columns.js"
import { exit, type Problem, refused } from "../Problem.js"
import * as Session from "../Session.js"
import { type Settings, Store } from "../Store.js"
import * as Directory from "./Directory.js"
import { say, type Where } from "./Look.js"
import { describe, type Listing, resolve } from "./Person.js"
import * as Plans from "./Plan.js"
import * as Roster from "./Roster.js"
import * as Run from "./Run.js"
import { writeWhole } from "./Table.js"

const nothing = (why: string, lines: ReadonlyArray<string> = []) =>
  Effect.fail(refused([why, ...lines.map((line) => `  ${line}`), "Nothing was sent"].join("\n")))

const isSameFile = (one: string, other: string): boolean =>
  existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other)

/** Readable, with an action in a line. */
const encodePlan = ({ actions, notes, same, ...head }: typeof Plans.Plan.Encoded): string => {
  const lines = (all: ReadonlyArray<unknown>) => `[${all.map((one) => `\n    ${JSON.stringify(one)}`).join(",")}\n  ]`
  const fields = Object.entries(head).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`)
  return `{\n${fields.join("")}  "actions": ${lines(actions)},\n  "same": ${lines(same)},\n  "notes": ${lines(notes)}\n}\n`
}

export interface Planning extends Where {
  readonly remove: boolean
  readonly privileged: boolean
  readonly maxRemovals: number | null
}

/** What brings the service to what a file says; `extra` is what the file does not have, and stays. */
export const makePlan = (wanted: ReadonlyArray<Plans.Wanted>, given: Planning) =>
  Effect.gen(function* () {
    const { maxRemovals, privileged, remove } = given
    if (remove && wanted.length === 0) return yield* nothing("The file names nobody, which never removes everybody")
    const { baseUrl } = yield* Api.Api
    const space = yield* Directory.space(given.workspace)
    const listing = yield* Directory.listing(space)
    const { actions, extra, notes, same } = Plans.planOf(wanted, listing, given)
    const [removing, most] = [Plans.removals(actions), Plans.mostRemovals(listing, maxRemovals)]
    if (removing > most) {
      const many = `${removing} of ${listing.members.length} would be removed`
      return yield* nothing(`${many}, at most ${most} without --max-removals. No plan was written`)
    }
    const plan: Plans.Plan = {
      version: 1,
      base_url: baseUrl,
      workspace_id: space.id,
      workspace: space.name,
      caller: space.caller,
      made_at: DateTime.formatIso(yield* DateTime.now),
      fingerprint: Plans.fingerprint(listing),
      remove,
      privileged,
      max_removals: maxRemovals,
      actions,
      same,
      notes,
    }
    return { plan, extra }
  })

/** `plan`: writes a plan down, and does nothing. */
export const plan = (
  given: Planning & { readonly file: string; readonly delimiter: string; readonly output: string },
) =>
  Effect.gen(function* () {
    const { delimiter, file, output } = given
    if (isSameFile(file, output)) return yield* nothing(`${output} is the file of people`)
    const { extra, plan } = yield* Effect.flatMap(Roster.wanted(file, delimiter), (wanted) => makePlan(wanted, given))
    const { actions, base_url, notes, workspace } = plan
    yield* writeWhole(output, [encodePlan(Schema.encodeSync(Plans.Plan)(plan))])
    yield* say(`To do in ${workspace} of ${base_url}: ${actions.length} actions`, actions.map(Plans.label))
    if (notes.length > 0) yield* say("Is not going to be as the file says:", notes)
    if (extra > 0) yield* say(`${extra} are there or invited and not in the file; --remove would take them out`)
    yield* say(`Written to ${output}, which is good for a day: pnpm admin apply ${output}`)
    return exit.done
  })

export interface Running extends Session.Given {
  readonly settings: Settings
}

type Decided = Run.Beginning["plan"]

/** Goes on with the run of this content, or begins one with what is decided. */
const carry = <R>(
  given: Running,
  command: "apply" | "offboard",
  sha256: string,
  decide: Effect.Effect<Decided, Problem, R>,
) => {
  const place = given.place(given.file)
  const work = (early: Decided | undefined) =>
    Effect.gen(function* () {
      const store = yield* Store
      const { baseUrl } = yield* Api.Api
      const runs = (yield* store.runs).filter((run) => {
        return run.command === command && run.sha256 === sha256 && run.base_url === baseUrl
      })
      const last = runs.at(-1)
      // A plan is carried out once; whoever has come back can be taken out again.
      const isOpen = last !== undefined && (command === "apply" || (yield* store.openChunks(last)).length > 0)
      if (isOpen) {
        yield* Run.sameCaller(last)
        yield* say(`${given.file}: going on with the run that began ${last.started_at}; nothing is done twice`)
      }
      const id = Run.hash(command, sha256, baseUrl, String(runs.length)).slice(0, 20)
      const { settings } = given
      const run = isOpen
        ? last
        : yield* Run.begin(store, {
            command,
            id,
            sha256,
            settings,
            file: basename(given.file),
            plan: early ?? (yield* decide),
          })
      return (yield* store.openChunks(run)).length > 0
        ? yield* Session.carryOut(place, run, yield* Session.sourceOf(run, given.file), given)
        : yield* Session.finish(place, { ...run, stopped: null }, given)
    })
  // Where there is no run, nothing is opened before everything has been looked at.
  return Effect.flatMap(place.exists ? Effect.succeed(undefined) : decide, (early) =>
    Session.within(place, work(early)),
  )
}

const readPlan = (path: string) =>
  Effect.try({ try: () => readFileSync(path, "utf8"), catch: () => refused(`${path} cannot be read`) }).pipe(
    Effect.flatMap((text) =>
      Effect.mapBoth(Schema.decodeUnknown(Schema.parseJson(Plans.Plan))(text), {
        onSuccess: (plan) => ({ plan, sha256: Run.hash(text) }),
        onFailure: () => refused(`${path} is not a plan that the command plan has written`),
      }),
    ),
  )

/** Looks whether everything is still as it was when a plan was made. */
export const check = (plan: Plans.Plan) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* Api.Api
    const space = yield* Directory.space(plan.workspace_id)
    const listing = yield* Directory.listing(space)
    const against = Plans.refusals(plan, listing, { baseUrl, now: (yield* DateTime.now).epochMillis })
    return against.length > 0
      ? yield* nothing("The plan is refused; plan again:", against)
      : { ...plan, actor: space.actor }
  })

/** `apply`: carries a plan out. */
export const apply = (given: Running) =>
  Effect.zipRight(
    Session.checkOutputs(given),
    Effect.flatMap(readPlan(given.file), ({ plan, sha256 }) => carry(given, "apply", sha256, check(plan))),
  )

/** Who is meant by each name: exactly one member, or open invitations to an address. */
const meant = (all: ReadonlyArray<Roster.Named>, { invited, members }: Listing) => {
  const people = new Set<WorkspaceUser>()
  const invitations = new Set<Invitation>()
  const problems = all.flatMap(({ at, names }): ReadonlyArray<string> => {
    const found = names.map((name) => resolve(name, members))
    const [one, ...others] = new Set(found.flat())
    const addresses = [...names, ...(one === undefined || one.email === "" ? [] : [one.email])].map(fold)
    const open = invited.filter(({ invitee_email }) => addresses.includes(fold(invitee_email)))
    if (others.length > 0 || (one !== undefined && found.some(({ length }) => length === 0))) {
      return [`${at}: is not one person: ${[...new Set(found.flat())].map(describe).join("; ")}`]
    }
    if (one === undefined && open.length === 0) return [`${at}: is no member, and is not invited`]
    if (one !== undefined) people.add(one)
    for (const invitation of open) invitations.add(invitation)
    return []
  })
  return { problems, people: [...people], invitations: [...invitations] }
}

const cannot = `Cannot be done by anybody: revoking their API tokens, and invitations that the service does not list for you.
Teamspaces, other workspaces and what they own are left as they are.`

const confirm = (count: number) =>
  process.stdin.isTTY !== true
    ? nothing("This asks first, and nobody can reply here: give --yes")
    : Prompt.confirm({ message: `Carry these ${count} steps out?`, initial: false }).pipe(
        Effect.catchTag("QuitException", () => Effect.succeed(false)),
        Effect.flatMap((sure) => (sure ? Effect.void : nothing("It was declined"))),
      )

export interface Offboarding extends Omit<Running, "file">, Where {
  readonly who: ReadonlyArray<string>
  readonly delimiter: string
  readonly account: boolean
  readonly privileged: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

/** `offboard`: takes people out of a workspace: their invitations, the membership, and the account if that is wished. */
export const offboard = (given: Offboarding) =>
  Effect.gen(function* () {
    const { account, privileged, who } = given
    const [only = ""] = who
    const isFile = who.length === 1 && existsSync(only)
    const names = isFile
      ? yield* Roster.named(only, given.delimiter)
      : who.map((name): Roster.Named => ({ at: name, names: [name] }))
    if (names.length === 0) return yield* nothing("Nobody is named")
    const { baseUrl } = yield* Api.Api
    const space = yield* Directory.space(given.workspace)
    const decide = Effect.gen(function* () {
      const listing = yield* Directory.listing(space)
      const { invitations, people, problems } = meant(names, listing)
      const steps = Plans.offboardingOf(people, invitations, account)
      const { actions, notes } = Plans.decide(steps, listing, privileged)
      if (problems.length + notes.length > 0)
        return yield* nothing("Not all of them can be taken out:", [...problems, ...notes])
      yield* say(`To do in ${space.name} of ${baseUrl}: ${actions.length} steps`, actions.map(Plans.label))
      if (!given.dryRun && !given.yes) yield* confirm(actions.length)
      return { base_url: baseUrl, workspace_id: space.id, caller: space.caller, actor: space.actor, actions, notes }
    })
    const key = Run.hash(space.id, String(account), ...names.map(({ names }) => names.map(fold).join("\t")).sort())
    const file = isFile ? only : `offboard-${key.slice(0, 8)}`
    yield* Session.checkOutputs({ ...given, file })
    const code = given.dryRun ? Effect.as(decide, exit.done) : carry({ ...given, file }, "offboard", key, decide)
    return yield* Effect.zipLeft(code, say(given.dryRun ? "--dry-run: nothing was sent" : cannot))
  })
