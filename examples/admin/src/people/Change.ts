import { existsSync } from "node:fs"
import { basename } from "node:path"
import type { Invitation, WorkspaceUser } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Api from "../Api.js"
import { readRows } from "../Bulk.js"
import { fold } from "../Columns.js"
import { ask } from "../Confirm.js"
import { source } from "../Csv.js"
import { exit, type Problem, refused } from "../Problem.js"
import * as Report from "../Report.js"
import { listed, say } from "../Screen.js"
import * as Session from "../Session.js"
import { type Settings, Store, type Run as Stored } from "../Store.js"
import * as Directory from "./Directory.js"
import { type Where, wanted } from "./Look.js"
import * as Plans from "./Plan.js"
import * as Run from "./Run.js"

const nothing = (why: string, lines: ReadonlyArray<string> = []) =>
  Effect.fail(refused(`${listed(why, lines, 50)}\nNothing was sent`))

export interface Planning extends Where, Pick<Plans.Plan, "remove" | "privileged" | "max_removals"> {}

/** What brings the service to what a file says; `left` is what the file does not have, and stays. */
export const makePlan = (wanted: ReadonlyArray<Plans.Wanted>, { workspace, ...wishes }: Planning) =>
  Effect.gen(function* () {
    if (wishes.remove && wanted.length === 0) return yield* nothing("A file that names nobody never removes everybody")
    const { baseUrl } = yield* Api.Api
    const space = yield* Directory.space(workspace)
    const listing = yield* Directory.listing(space)
    const { left, ...planned } = Plans.planOf(wanted, listing, wishes)
    const [removing, most] = [Plans.removals(planned.actions), Plans.mostRemovals(listing, wishes.max_removals)]
    if (removing > most) {
      const many = `${removing} of ${listing.members.length} would be removed`
      return yield* nothing(`${many}, at most ${most} without --max-removals. No plan was written`)
    }
    const plan: Plans.Plan = {
      version: 1,
      base_url: baseUrl,
      workspace_id: space.id,
      caller: space.caller,
      made_at: DateTime.formatIso(yield* DateTime.now),
      fingerprint: Plans.fingerprint(listing),
      ...wishes,
      ...planned,
    }
    return { plan, left, space }
  })

/** `plan`: writes a plan down, and does nothing. */
export const plan = (given: Planning & Record<"file" | "delimiter" | "output", string>) =>
  Effect.gen(function* () {
    const { delimiter, file, output, ...wishes } = given
    yield* Report.checkOutput("output", output, file, "")
    const { left, plan, space } = yield* Effect.flatMap(wanted(file, delimiter), (people) => makePlan(people, wishes))
    yield* Report.writeTo(output, [`${JSON.stringify(Schema.encodeSync(Plans.Plan)(plan), null, 2)}\n`])
    const { actions, base_url } = plan
    const kinds = Object.entries(Arr.groupBy(actions, ({ action }) => action))
    const counts = kinds.map(([kind, some]) => `${kind}: ${some.length}`).join(", ") || "nothing"
    yield* say(`To do in ${space.name} of ${base_url}: ${counts}`, actions.map(Plans.label), 20)
    if (plan.notes.length > 0) yield* say("Is not going to be as the file says:", plan.notes, 20)
    if (left > 0) yield* say(`${left} are there or invited and not in the file; --remove would take them out`)
    yield* say(`Written to ${output}, which is good for a day: pnpm admin apply ${output}`)
    return exit.done
  })

export interface Running extends Session.Given {
  readonly settings: Settings
}

/** Goes on with the run of this content, or begins one with what is decided. */
const carry = <R>(
  given: Running,
  command: "apply" | "offboard",
  sha256: string,
  decide: Effect.Effect<Run.Decided, Problem, R>,
) => {
  const place = given.place(given.file)
  const work = (early: Run.Decided | undefined) =>
    Effect.gen(function* () {
      const store = yield* Store
      const { baseUrl } = yield* Api.Api
      const isSame = (run: Stored) => run.command === command && run.sha256 === sha256 && run.base_url === baseUrl
      const runs = (yield* store.runs).filter(isSame)
      // A plan is carried out once; who has come back can be taken out again.
      const last = runs.at(-1)
      const isOpen = last !== undefined && (command === "apply" || (yield* store.openChunks(last)).length > 0)
      const id = Run.hash(command, sha256, baseUrl, String(runs.length)).slice(0, 20)
      const about = { command, id, sha256, settings: given.settings, file: basename(given.file) }
      if (isOpen) {
        yield* Run.sameCaller(last)
        yield* say(`${given.file}: going on with the run that began ${last.started_at}; nothing is done twice`)
      }
      const run = isOpen ? last : yield* Run.begin(store, about, early ?? (yield* decide))
      return (yield* store.openChunks(run)).length > 0
        ? yield* Session.carryOut(place, run, yield* Session.sourceOf(run, given.file), given)
        : yield* Session.finish(place, { ...run, stopped: null }, given)
    })
  // Where there is no run, nothing is opened before everything has been looked at.
  const early = place.exists ? Effect.succeed(undefined) : decide
  return Session.checkOutputs(given).pipe(
    Effect.zipRight(early),
    Effect.flatMap((early) => Session.within(place, work(early))),
  )
}

/** Looks whether everything is still as it was when a plan was made. */
export const check = (plan: Plans.Plan) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* Api.Api
    const space = yield* Directory.space(plan.workspace_id)
    const listing = yield* Directory.listing(space)
    const against = Plans.refusals(plan, listing, baseUrl, (yield* DateTime.now).epochMillis)
    if (against.length > 0) return yield* nothing("The plan is refused; plan again:", against)
    // Which other owners have to be there is read from the listing, not from the file.
    return { ...plan, ...Plans.decide(plan.actions, listing, plan.privileged), notes: plan.notes, actor: space.actor }
  })

/** `apply`: carries a plan out. */
export const apply = (given: Running) =>
  Effect.gen(function* () {
    const { content, sha256 } = yield* source(given.file)
    const plan = yield* Effect.mapError(
      Schema.decodeUnknown(Schema.parseJson(Plans.Plan))(content.toString("utf8")),
      () => refused(`${given.file} is not a plan that the command plan has written. Nothing was sent`),
    )
    return yield* carry(given, "apply", sha256, check(plan))
  })

interface Named {
  readonly at: string
  readonly names: ReadonlyArray<string>
}

/** Who is meant by everything that is said of one: exactly one member, or open invitations to an address. */
export const meant = (all: ReadonlyArray<Named>, { invited, members }: Directory.Listing) => {
  const people = new Set<WorkspaceUser>()
  const invitations = new Set<Invitation>()
  const problems = all.flatMap(({ at, names }) => {
    const found = members.filter((person) => names.some((name) => Directory.isMeant(name, person)))
    const [one] = found
    const fits = one === undefined || (found.length === 1 && names.every((name) => Directory.isMeant(name, one)))
    if (!fits) return [`${at}: is not one person: ${found.map(Directory.describe).join("; ")}`]
    const addresses = new Set([...names, one?.email ?? ""].map(fold))
    const open = invited.filter(({ invitee_email: to }) => to !== "" && addresses.has(fold(to)))
    if (one !== undefined) people.add(one)
    for (const invitation of open) invitations.add(invitation)
    return one === undefined && open.length === 0 ? [`${at}: is no member, and is not invited`] : []
  })
  return { problems, people: [...people], invitations: [...invitations] }
}

const cannot = `Cannot be done by anybody: revoking their API tokens, and invitations that the service does not list for you.
Teamspaces, other workspaces and what they own are left as they are.`

export interface Offboarding extends Omit<Running, "file">, Where {
  readonly who: ReadonlyArray<string>
  readonly delimiter: string
  readonly account: boolean
  readonly privileged: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

/** `offboard`: takes people out of a workspace: their invitations, the membership, and the account if that is wished. */
export const offboard = ({ account, delimiter, dryRun, privileged, who, yes, ...given }: Offboarding) =>
  Effect.gen(function* () {
    const [only = ""] = who
    const isFile = who.length === 1 && existsSync(only)
    const rows = isFile ? yield* readRows(only, "offboard", delimiter) : []
    const names = isFile
      ? rows.map(({ line, who }): Named => ({ at: `${only}: line ${line}`, names: Object.values(who) }))
      : who.map((name): Named => ({ at: name, names: [name] }))
    if (names.length === 0) return yield* nothing("Nobody is named")
    const { baseUrl } = yield* Api.Api
    const space = yield* Directory.space(given.workspace)
    const decide = Effect.gen(function* () {
      const listing = yield* Directory.listing(space)
      const { invitations, people, problems } = meant(names, listing)
      const { actions, notes } = Plans.decide(Plans.offboardingOf(people, invitations, account), listing, privileged)
      const against = [...problems, ...notes]
      if (against.length > 0) return yield* nothing("Not all of them can be taken out:", against)
      yield* say(`To do in ${space.name} of ${baseUrl}: ${actions.length} steps`, actions.map(Plans.label))
      if (!dryRun && !yes) yield* ask(`Carry these ${actions.length} steps out?`, "Nothing was sent")
      return { base_url: baseUrl, workspace_id: space.id, caller: space.caller, actor: space.actor, actions, notes }
    })
    const key = Run.hash(space.id, String(account), ...names.map(({ names }) => names.map(fold).join("\t")).sort())
    const file = isFile ? only : `offboard-${key.slice(0, 8)}`
    const code = dryRun ? Effect.as(decide, exit.done) : carry({ ...given, file }, "offboard", key, decide)
    return yield* Effect.zipLeft(code, say(dryRun ? "--dry-run: nothing was sent" : cannot))
  })
