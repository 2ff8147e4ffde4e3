import { createHash } from "node:crypto"
import { type Invitation, UserId, type WorkspaceUser } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { fold } from "../Columns.js"
import { describe, type Listing } from "./Directory.js"

const text = Schema.String

/** One line of a file of people. */
const Wanted = Schema.Struct({ email: text, role: text })
export type Wanted = typeof Wanted.Type

/** One thing to do, with the state that it was made from. Who stops being an owner leaves those in `keeps`. */
export const Action = Schema.Union(
  Schema.Struct({ action: Schema.Literal("invite", "revoke"), email: text, role: text, invitation: text }),
  Schema.Struct({
    action: Schema.Literal("role", "remove", "delete-account"),
    email: text,
    role: text,
    was: Schema.Struct({ id: UserId, role: text, since: text }),
    keeps: Schema.optionalWith(Schema.Array(UserId), { exact: true }),
  }),
)
export type Action = typeof Action.Type
type OfMember = Extract<Action, { readonly was: unknown }>

/** `same` are those who are as the file says already; `notes` say what is not, and is not going to be. */
export const Plan = Schema.Struct({
  version: Schema.Literal(1),
  base_url: text,
  workspace_id: text,
  caller: text,
  made_at: text,
  fingerprint: text,
  remove: Schema.Boolean,
  privileged: Schema.Boolean,
  max_removals: Schema.NullOr(Schema.Int),
  actions: Schema.Array(Action),
  same: Schema.Array(Wanted),
  notes: Schema.Array(text),
})
export type Plan = typeof Plan.Type

const verbs = {
  invite: "invite",
  revoke: "revoke the invitation of",
  role: "change the role of",
  remove: "remove",
  "delete-account": "delete the account of",
} as const

/** What to call an action in a list. */
export const label = (action: Action): string => {
  const whom = `${verbs[action.action]} ${action.email}`
  if (!("was" in action)) return `${whom} as ${action.role}`
  const { id, role } = action.was
  return `${whom}${action.email === "" ? id : ""}${action.action === "role" ? ` from ${role} to ${action.role}` : `, ${role}`}`
}

const whose = (action: Action): string => fold(action.email) || ("was" in action ? action.was.id : "")

/** The steps of each person, where they follow each other: they are done one after the other. */
export const stepsOf = <A>(all: ReadonlyArray<A>, of: (item: A) => Action): ReadonlyArray<ReadonlyArray<A>> =>
  Arr.isNonEmptyReadonlyArray(all) ? Arr.groupWith(all, (one, other) => whose(of(one)) === whose(of(other))) : []

const ofMember = (action: OfMember["action"], member: WorkspaceUser, role = ""): Action => {
  const { created_at, email, user_id: id } = member
  return { action, email, role, was: { id, role: member.role, since: DateTime.formatIso(created_at) } }
}

const roleOf = ({ workspace_invitation }: Invitation): string => workspace_invitation?.prospective_role ?? ""

const revoke = (one: Invitation): Action => {
  return { action: "revoke", email: one.invitee_email, role: roleOf(one), invitation: one.invitation_id }
}

/** How the service differs from a file, and what would change that; `extra` is what the file does not have. */
export interface Difference {
  readonly email: string
  readonly text: string
  readonly action?: Action
  readonly extra?: boolean
}

/** Compares by address, which is neither empty nor that of several; who is invited is there. */
export const compare = (file: ReadonlyArray<Wanted>, { invited, members }: Listing): ReadonlyArray<Difference> => {
  const people = Arr.groupBy(members, ({ email }) => fold(email))
  const invitations = Arr.groupBy(invited, ({ invitee_email }) => fold(invitee_email))
  const lines = new Set(file.map(({ email }) => fold(email)))
  return [
    ...file.flatMap(({ email, role }): Difference | ReadonlyArray<Difference> => {
      const [person, ...others] = people[fold(email)] ?? []
      const open = (invitations[fold(email)] ?? []).map(roleOf)
      const all = [person, ...others].flatMap((one) => (one === undefined ? [] : [describe(one)]))
      if (others.length > 0) return { email, text: `${email}: several have this address: ${all.join("; ")}` }
      if (person !== undefined) {
        if (person.role === role) return []
        return { email, text: `${all[0]}: should be ${role}`, action: ofMember("role", person, role) }
      }
      const action = { action: "invite", email, role, invitation: "" } as const
      if (open.length === 0) return { email, text: `${email}: is not there, should be ${role}`, action }
      const other = open.find((one) => one !== role)
      return other === undefined ? [] : { email, text: `${email}: is invited as ${other}, should be ${role}` }
    }),
    ...members.flatMap((person): Difference | ReadonlyArray<Difference> => {
      const [name, { email }] = [describe(person), person]
      if (email === "") return { email, text: `${name}: cannot be compared without an address` }
      const action = ofMember("remove", person)
      return lines.has(fold(email)) ? [] : { email, text: `${name}: is not in the file`, action, extra: true }
    }),
    ...invited.flatMap((one): Difference | ReadonlyArray<Difference> => {
      const { invitee_email: email } = one
      const text = `${email}: is invited as ${roleOf(one)}, and is not in the file`
      return lines.has(fold(email)) ? [] : { email, text, action: revoke(one), extra: true }
    }),
  ]
}

const stopsOwner = (action: Action): action is OfMember =>
  "was" in action && action.was.role === "owner" && action.role !== "owner"

/** Parts what may be done from what may not, whatever is wished: oneself, the last owner; others only with a flag. */
export const decide = (wished: ReadonlyArray<Action>, { caller, members }: Listing, privileged: boolean) => {
  const lost = new Set(wished.filter(stopsOwner).map(({ was }) => was.id))
  const keeps = members.flatMap(({ role, user_id }) => (role === "owner" && !lost.has(user_id) ? [user_id] : []))
  const mayNot = (action: Action): string | undefined => {
    if (!("was" in action)) return undefined
    if (action.was.id === caller) return "is your own account, which is never changed"
    if (stopsOwner(action) && keeps.length === 0) return "would leave the workspace without an owner"
    return action.was.role === "member" || privileged ? undefined : `is ${action.was.role}: only with --privileged`
  }
  const reasons = new Map(wished.map((action) => [action, mayNot(action)]))
  const may = wished.filter((action) => reasons.get(action) === undefined)
  return {
    actions: may.map((action): Action => (stopsOwner(action) ? { ...action, keeps } : action)),
    notes: [...reasons].flatMap(([one, why]) => (why === undefined ? [] : [`cannot ${label(one)}: ${why}`])),
  }
}

/** What brings the service to what a file says, and how many are left that it does not have. */
export const planOf = (
  file: ReadonlyArray<Wanted>,
  listing: Listing,
  { privileged, remove }: Pick<Plan, "privileged" | "remove">,
) => {
  const all = compare(file, listing)
  const differences = all.filter(({ extra = false }) => remove || !extra)
  const different = new Set(all.map(({ email }) => fold(email)))
  const wished = differences.flatMap(({ action }) => action ?? [])
  const { actions, notes } = decide(wished, listing, privileged)
  const same = file.filter(({ email }) => !different.has(fold(email)))
  const others = differences.flatMap(({ action, text }) => (action === undefined ? text : []))
  return { actions, same, notes: [...others, ...notes], left: all.length - differences.length }
}

/** The steps of taking people out, in their order: invitations, the membership, and the account where that is wished. */
export const offboardingOf = (
  people: ReadonlyArray<WorkspaceUser>,
  invitations: ReadonlyArray<Invitation>,
  account: boolean,
): ReadonlyArray<Action> => {
  const steps = people.flatMap((person) => [
    ...invitations.filter(({ invitee_email }) => fold(invitee_email) === fold(person.email)).map(revoke),
    ofMember("remove", person),
    ...(account ? [ofMember("delete-account", person)] : []),
  ])
  const theirs = new Set(steps.map(whose))
  return [...invitations.map(revoke).filter((action) => !theirs.has(whose(action))), ...steps]
}

/** What counts towards the limit of removals: the people, not the steps. */
export const removals = (actions: ReadonlyArray<Action>): number =>
  new Set(actions.flatMap((_) => (_.action === "remove" ? _.was.id : _.action === "revoke" ? whose(_) : []))).size

/** How many removals a complete listing allows without a flag. */
export const mostRemovals = ({ members }: Listing, given: number | null): number =>
  given ?? Math.max(3, Math.floor(members.length / 10))

/** What a listing looked like, in a few characters. */
export const fingerprint = ({ invited, members }: Listing): string => {
  const lines = [
    ...members.map((_) => [_.user_id, _.username, _.email, _.role, DateTime.formatIso(_.created_at)]),
    ...invited.map((_) => [_.invitation_id, _.invitee_email, roleOf(_)]),
  ].map((line) => JSON.stringify(line))
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex")
}

/** Whether a member is as an action was made from. */
export const isSame = ({ email, was }: OfMember, now: WorkspaceUser | undefined): boolean =>
  now?.role === was.role && now.email === email && DateTime.formatIso(now.created_at) === was.since

const hasChanged = (action: Action, { invited, members }: Listing): boolean => {
  if ("was" in action)
    return !isSame(
      action,
      members.find(({ user_id }) => user_id === action.was.id),
    )
  if (action.action === "revoke") return !invited.some(({ invitation_id }) => invitation_id === action.invitation)
  const addresses = [...members.map(({ email }) => email), ...invited.map(({ invitee_email }) => invitee_email)]
  return addresses.some((email) => fold(email) === fold(action.email))
}

const day = 24 * 60 * 60 * 1000
const clocksDiffer = 5 * 60 * 1000

/** Everything that speaks against a plan here and now. It is a file: all that made it is looked at again. */
export const refusals = (plan: Plan, listing: Listing, baseUrl: string, now: number): ReadonlyArray<string> => {
  const { actions, base_url, caller, made_at, max_removals, privileged, remove, same } = plan
  const age = now - Date.parse(made_at)
  const [removing, most] = [removals(actions), mostRemovals(listing, max_removals)]
  const changed = (remove || removing > 0) && plan.fingerprint !== fingerprint(listing)
  return [
    ...(base_url === baseUrl ? [] : [`it is for ${base_url}, not for ${baseUrl}`]),
    ...(caller === listing.caller ? [] : [`it was made by ${caller}, not by ${listing.caller}`]),
    ...(age <= day && age >= -clocksDiffer ? [] : [`it was made at ${made_at}, and is good for a day`]),
    ...(removing <= most ? [] : [`it removes ${removing}, at most ${most} without --max-removals`]),
    ...(changed ? ["it was made with --remove, and the workspace has changed since"] : []),
    ...compare(same, listing).flatMap(({ email, extra = false, text }) => (extra || email === "" ? [] : [text])),
    ...actions.filter((_) => hasChanged(_, listing)).map((_) => `it would ${label(_)}, and that has changed since`),
    ...decide(actions, listing, privileged).notes,
  ]
}
