import { createHash } from "node:crypto"
import { type Invitation, UserId, type WorkspaceUser } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { fold } from "../Columns.js"
import { describe, type Listing } from "./Person.js"

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

export const Plan = Schema.Struct({
  version: Schema.Literal(1),
  base_url: text,
  workspace_id: text,
  workspace: text,
  caller: text,
  made_at: text,
  fingerprint: text,
  remove: Schema.Boolean,
  privileged: Schema.Boolean,
  max_removals: Schema.NullOr(Schema.Int),
  actions: Schema.Array(Action),
  /** Who is as the file says already. */
  same: Schema.Array(Wanted),
  /** What is not as the file says, and is not going to be. */
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
  const was = "was" in action ? ` (${action.was.id}, ${action.was.role})` : ""
  const to = action.action === "role" ? ` to ${action.role}` : action.action === "invite" ? ` as ${action.role}` : ""
  return `${verbs[action.action]} ${action.email}${was}${to}`
}

/** Whose steps these are, which are done one after the other. */
const whose = (action: Action): string => fold(action.email) || ("was" in action ? action.was.id : "")

/** The steps of each person, where they follow each other. */
export const stepsOf = <A>(all: ReadonlyArray<A>, action: (item: A) => Action): ReadonlyArray<ReadonlyArray<A>> =>
  Arr.isNonEmptyReadonlyArray(all)
    ? Arr.groupWith(all, (one, other) => whose(action(one)) === whose(action(other)))
    : []

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
const compareFile = (file: ReadonlyArray<Wanted>, { invited, members }: Listing): ReadonlyArray<Difference> => {
  const people = Arr.groupBy(members, ({ email }) => fold(email))
  const invitations = Arr.groupBy(invited, ({ invitee_email }) => fold(invitee_email))
  return file.flatMap(({ email, role }): ReadonlyArray<Difference> => {
    const [person, ...others] = people[fold(email)] ?? []
    if (person !== undefined && others.length > 0) {
      return [{ email, text: `${email}: several have this address: ${[person, ...others].map(describe).join("; ")}` }]
    }
    if (person !== undefined) {
      const action = ofMember("role", person, role)
      return person.role === role ? [] : [{ email, text: `${describe(person)}: should be ${role}`, action }]
    }
    const open = invitations[fold(email)] ?? []
    if (open.length === 0) {
      const action = { action: "invite", email, role, invitation: "" } as const
      return [{ email, text: `${email}: is not there, should be ${role}`, action }]
    }
    const other = open.map(roleOf).find((one) => one !== role)
    return other === undefined ? [] : [{ email, text: `${email}: is invited as ${other}, should be ${role}` }]
  })
}

/** How the service differs from a file, both ways. */
export const compare = (file: ReadonlyArray<Wanted>, listing: Listing): ReadonlyArray<Difference> => {
  const lines = new Set(file.map(({ email }) => fold(email)))
  return [
    ...compareFile(file, listing),
    ...listing.members.flatMap((person): ReadonlyArray<Difference> => {
      const { email } = person
      if (email === "") return [{ email, text: `${describe(person)}: cannot be compared without an address` }]
      if (lines.has(fold(email))) return []
      return [{ email, text: `${describe(person)}: not in the file`, action: ofMember("remove", person), extra: true }]
    }),
    ...listing.invited.flatMap((one): ReadonlyArray<Difference> => {
      const { invitee_email: email } = one
      const text = `${email}: is invited as ${roleOf(one)}, not in the file`
      return lines.has(fold(email)) ? [] : [{ email, text, action: revoke(one), extra: true }]
    }),
  ]
}

const stopsOwner = (action: Action): action is OfMember =>
  "was" in action && action.was.role === "owner" && action.role !== "owner"

/** The owners whom no action touches. */
const ownersLeft = (actions: ReadonlyArray<Action>, { members }: Listing): ReadonlyArray<UserId> => {
  const lost = new Set(actions.filter(stopsOwner).map(({ was }) => was.id))
  return members.flatMap(({ role, user_id }) => (role === "owner" && !lost.has(user_id) ? [user_id] : []))
}

/** Why an action may not be done, whatever is wished: oneself, the last owner; those above members without a flag. */
const mayNot = (action: Action, owners: ReadonlyArray<UserId>, caller: string, privileged: boolean) => {
  if (!("was" in action)) return undefined
  if (action.was.id === caller) return "is your own account, which is never changed"
  if (stopsOwner(action) && owners.length === 0) return "would leave the workspace without an owner"
  return action.was.role === "member" || privileged ? undefined : `is ${action.was.role}: only with --privileged`
}

/** Parts what may be done from what may not; who stops being an owner leaves others. */
export const decide = (wished: ReadonlyArray<Action>, listing: Listing, privileged: boolean) => {
  const owners = ownersLeft(wished, listing)
  const reason = (action: Action) => mayNot(action, owners, listing.caller, privileged)
  return {
    actions: wished
      .filter((action) => reason(action) === undefined)
      .map((action) => (stopsOwner(action) ? { ...action, keeps: owners } : action)),
    notes: wished.flatMap((action) => reason(action)?.replace(/^/, `cannot ${label(action)}: `) ?? []),
  }
}

/** What brings the service to what a file says. */
export const planOf = (
  file: ReadonlyArray<Wanted>,
  listing: Listing,
  { privileged, remove }: { readonly privileged: boolean; readonly remove: boolean },
) => {
  const all = compare(file, listing)
  const differences = all.filter(({ extra = false }) => remove || !extra)
  const actions = differences.flatMap(({ action }) => action ?? [])
  const decided = decide(actions, listing, privileged)
  const notes = [...differences.flatMap((_) => (_.action ? [] : [_.text])), ...decided.notes]
  const different = new Set(all.map(({ email }) => fold(email)))
  const same = file.filter(({ email }) => !different.has(fold(email)))
  return { ...decided, notes, same, extra: all.length - differences.length }
}

/** The steps of taking people out, in their order: invitations, the membership, and the account where that is wished. */
export const offboardingOf = (
  people: ReadonlyArray<WorkspaceUser>,
  invitations: ReadonlyArray<Invitation>,
  account: boolean,
): ReadonlyArray<Action> => [
  ...invitations
    .filter(({ invitee_email }) => !people.some(({ email }) => fold(email) === fold(invitee_email)))
    .map(revoke),
  ...people.flatMap((person) => [
    ...invitations.filter(({ invitee_email }) => fold(invitee_email) === fold(person.email)).map(revoke),
    ofMember("remove", person),
    ...(account ? [ofMember("delete-account", person)] : []),
  ]),
]

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
  ]
  return createHash("sha256")
    .update(
      lines
        .map((_) => JSON.stringify(_))
        .sort()
        .join("\n"),
    )
    .digest("hex")
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
export const refusals = (plan: Plan, listing: Listing, here: { readonly baseUrl: string; readonly now: number }) => {
  const { actions, base_url, caller, made_at, max_removals, privileged } = plan
  const age = here.now - Date.parse(made_at)
  const [removing, most] = [removals(actions), mostRemovals(listing, max_removals)]
  const against: ReadonlyArray<readonly [boolean, string]> = [
    [base_url !== here.baseUrl, `it is for ${base_url}, not for ${here.baseUrl}`],
    [caller !== listing.caller, `it was made by ${caller}, not by ${listing.caller}`],
    [!(age <= day && age >= -clocksDiffer), `it was made at ${made_at}, and is good for a day`],
    [removing > most, `it removes ${removing}, at most ${most} without --max-removals`],
    [
      (plan.remove || removing > 0) && plan.fingerprint !== fingerprint(listing),
      "it was made with --remove, and the workspace has changed since",
    ],
    ...compareFile(plan.same, listing).map((_) => [true, `since the plan was made: ${_.text}`] as const),
    ...actions.map((_) => [hasChanged(_, listing), `it would ${label(_)}, and that has changed since`] as const),
  ]
  return [...against.flatMap(([is, text]) => (is ? [text] : [])), ...decide(actions, listing, privileged).notes]
}
