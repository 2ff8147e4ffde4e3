import { createHash } from "node:crypto"
import { UserId } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"
import { describe, fold, type Invited, type Listing, type Person } from "./Person.js"

/** One line of a file of people. */
export interface Wanted {
  readonly line: number
  readonly email: string
  readonly role: string
}

/** A member as an action was made from. */
const Was = Schema.Struct({ id: UserId, email: Schema.String, role: Schema.String, since: Schema.String })

// Who loses the role of owner is read together with those who keep it: one of them has to be an owner still.
const keeps = Schema.optionalWith(Schema.Array(UserId), { exact: true })

/** One thing to do, with the state that it was made from. */
export const Action = Schema.Union(
  Schema.Struct({ action: Schema.Literal("invite"), email: Schema.String, role: Schema.String }),
  Schema.Struct({ action: Schema.Literal("role"), was: Was, role: Schema.String, keeps }),
  Schema.Struct({ action: Schema.Literal("revoke"), invitation: Schema.String, email: Schema.String }),
  Schema.Struct({ action: Schema.Literal("remove"), was: Was, keeps }),
  Schema.Struct({ action: Schema.Literal("delete-account"), was: Was }),
)
export type Action = typeof Action.Type

/** What is not as the file says, and is not going to be. */
const Note = Schema.Struct({ who: Schema.String, reason: Schema.String })
export type Note = typeof Note.Type

export const Plan = Schema.Struct({
  version: Schema.Literal(1),
  base_url: Schema.String,
  workspace_id: Schema.String,
  workspace: Schema.String,
  caller: Schema.String,
  made_at: Schema.String,
  fingerprint: Schema.String,
  privileged: Schema.Boolean,
  max_removals: Schema.NullOr(Schema.Int),
  actions: Schema.Array(Action),
  notes: Schema.Array(Note),
})
export type Plan = typeof Plan.Type

/** What to call an action in a list. */
export const label = (action: Action): string => {
  switch (action.action) {
    case "invite":
      return `invite ${action.email} as ${action.role}`
    case "revoke":
      return `revoke the invitation of ${action.email}`
    case "role":
      return `make ${nameOf(action.was)} ${action.role}, was ${action.was.role}`
    case "remove":
      return `remove ${nameOf(action.was)}, ${action.was.role}`
    case "delete-account":
      return `delete the account of ${nameOf(action.was)}`
  }
}

const nameOf = ({ email, id }: typeof Was.Type): string => (email === "" ? id : `${email} (${id})`)

/** Whose steps these are: they are done one after the other. */
export const personOf = (action: Action): string =>
  fold("was" in action ? action.was.email || action.was.id : action.email)

export const wasOf = ({ email, id, role, since }: Person): typeof Was.Type => ({ id, email, role, since })

/** What counts towards the limit of removals; the steps of one person count once. */
export const removals = (actions: ReadonlyArray<Action>): number => {
  const gone = actions.flatMap((action) => (action.action === "remove" ? [action.was] : []))
  const addresses = new Set(gone.map(({ email }) => fold(email)))
  const invited = actions.flatMap((action) => (action.action === "revoke" ? [fold(action.email)] : []))
  return gone.length + new Set(invited.filter((email) => !addresses.has(email))).size
}

/** How many removals a listing stands without a flag. */
export const mostRemovals = ({ members }: Listing, given: number | null): number =>
  given ?? Math.max(3, Math.floor(members.length / 10))

/** How the service differs from a file. */
export type Difference =
  | { readonly _tag: "missing"; readonly wanted: Wanted }
  | { readonly _tag: "role"; readonly person: Person; readonly role: string }
  | { readonly _tag: "invitedAs"; readonly invited: Invited; readonly role: string }
  | { readonly _tag: "double"; readonly email: string; readonly people: ReadonlyArray<Person> }
  | { readonly _tag: "hidden"; readonly person: Person }
  | { readonly _tag: "extra"; readonly person: Person }
  | { readonly _tag: "extraInvitation"; readonly invited: Invited }

export const explain = (difference: Difference): string => {
  switch (difference._tag) {
    case "missing":
      return `${difference.wanted.email}: not there, should be ${difference.wanted.role}`
    case "role":
      return `${describe(difference.person)}: should be ${difference.role}`
    case "invitedAs":
      return `${difference.invited.email}: is invited as ${difference.invited.role}, should be ${difference.role}`
    case "double":
      return `${difference.email}: ${difference.people.length} members have this address: ${difference.people.map(describe).join("; ")}`
    case "hidden":
      return `${describe(difference.person)}: has no address that you may see, and cannot be compared`
    case "extra":
      return `${describe(difference.person)}: is not in the file`
    case "extraInvitation":
      return `${difference.invited.email}: is invited as ${difference.invited.role}, and is not in the file`
  }
}

const byAddress = <A extends { readonly email: string }>(all: ReadonlyArray<A>): Map<string, Array<A>> => {
  const map = new Map<string, Array<A>>()
  for (const one of all) map.set(fold(one.email), [...(map.get(fold(one.email)) ?? []), one])
  return map
}

/** Compares by address, which is neither empty nor that of several; who is invited is there. */
export const compare = (file: ReadonlyArray<Wanted>, { invited, members }: Listing): ReadonlyArray<Difference> => {
  const [people, invitations, lines] = [byAddress(members), byAddress(invited), byAddress(file)]
  const ofLine = (wanted: Wanted): ReadonlyArray<Difference> => {
    const [person, ...others] = people.get(fold(wanted.email)) ?? []
    const [open, ...more] = invitations.get(fold(wanted.email)) ?? []
    if (person !== undefined && others.length > 0) {
      return [{ _tag: "double", email: wanted.email, people: [person, ...others] }]
    }
    if (person !== undefined) {
      return person.role === wanted.role ? [] : [{ _tag: "role", person, role: wanted.role }]
    }
    if (open === undefined) return [{ _tag: "missing", wanted }]
    const other = [open, ...more].find(({ role }) => role !== wanted.role)
    return other === undefined ? [] : [{ _tag: "invitedAs", invited: other, role: wanted.role }]
  }
  const ofPerson = (person: Person): ReadonlyArray<Difference> =>
    person.email === ""
      ? [{ _tag: "hidden", person }]
      : lines.has(fold(person.email))
        ? []
        : [{ _tag: "extra", person }]
  return [
    ...file.flatMap(ofLine),
    ...members.flatMap(ofPerson),
    ...invited
      .filter(({ email }) => !lines.has(fold(email)))
      .map((invited): Difference => ({ _tag: "extraInvitation", invited })),
  ]
}

const isOwner = ({ role }: { readonly role: string }): boolean => role === "owner"

const losesOwner = (action: Action): boolean =>
  "was" in action && isOwner(action.was) && !(action.action === "role" && isOwner(action))

/** The owners whom no action touches. */
const owners = (actions: ReadonlyArray<Action>, { members }: Listing): ReadonlyArray<UserId> => {
  const lost = new Set(actions.flatMap((action) => ("was" in action && losesOwner(action) ? [action.was.id] : [])))
  return members.filter((person) => isOwner(person) && !lost.has(person.id)).map(({ id }) => id)
}

/** Why an action is not done, whatever the file says: oneself, the last owner, and those above members without a flag. */
export const mayNot = (
  action: Action,
  all: ReadonlyArray<Action>,
  listing: Listing,
  privileged: boolean,
): string | undefined => {
  if (!("was" in action)) return undefined
  const { id, role } = action.was
  if (id === listing.caller) return "is your own account, which is never changed"
  if (losesOwner(action) && owners(all, listing).length === 0) return "would leave the workspace without an owner"
  return role === "member" || privileged ? undefined : `is ${role}: only with --privileged`
}

const withKeeps = (actions: ReadonlyArray<Action>, listing: Listing): ReadonlyArray<Action> => {
  const keeps = owners(actions, listing)
  return actions.map((action) =>
    losesOwner(action) && (action.action === "role" || action.action === "remove") ? { ...action, keeps } : action,
  )
}

export interface Wishes {
  readonly remove: boolean
  readonly privileged: boolean
}

interface Decided {
  readonly actions: ReadonlyArray<Action>
  readonly notes: ReadonlyArray<Note>
}

/** What is to be done so that the service is as the file says, and what is not going to be as it says. */
export const planOf = (file: ReadonlyArray<Wanted>, listing: Listing, { privileged, remove }: Wishes): Decided => {
  const notes: Array<Note> = []
  const wished = compare(file, listing).flatMap((difference): ReadonlyArray<Action> => {
    switch (difference._tag) {
      case "missing":
        return [{ action: "invite", email: difference.wanted.email, role: difference.wanted.role }]
      case "role":
        return [{ action: "role", was: wasOf(difference.person), role: difference.role }]
      case "extra":
        return remove ? [{ action: "remove", was: wasOf(difference.person) }] : []
      case "extraInvitation":
        return remove ? [{ action: "revoke", invitation: difference.invited.id, email: difference.invited.email }] : []
      case "double":
      case "invitedAs":
      case "hidden":
        notes.push({ who: "email" in difference ? difference.email : "", reason: explain(difference) })
        return []
    }
  })
  const actions = wished.filter((action) => {
    const reason = mayNot(action, wished, listing, privileged)
    if (reason !== undefined) notes.push({ who: personOf(action), reason: `${label(action)}: not done: ${reason}` })
    return reason === undefined
  })
  return { actions: withKeeps(actions, listing), notes }
}

/** The steps of taking people out, in their order: invitations, the membership, and the account where that is wished. */
export const offboardingOf = (
  people: ReadonlyArray<Person>,
  invitations: ReadonlyArray<Invited>,
  listing: Listing,
  { account, privileged }: { readonly account: boolean; readonly privileged: boolean },
): Decided => {
  const addresses = new Set(people.map(({ email }) => fold(email)))
  const revoke = ({ email, id }: Invited): Action => ({ action: "revoke", invitation: id, email })
  const steps = [
    ...invitations.filter(({ email }) => !addresses.has(fold(email))).map(revoke),
    ...people.flatMap(
      (person): ReadonlyArray<Action> => [
        ...invitations.filter(({ email }) => fold(email) === fold(person.email)).map(revoke),
        { action: "remove", was: wasOf(person) },
        ...(account ? [{ action: "delete-account", was: wasOf(person) } as const] : []),
      ],
    ),
  ]
  const notes = steps.flatMap((action): ReadonlyArray<Note> => {
    const reason = mayNot(action, steps, listing, privileged)
    return reason === undefined || action.action === "delete-account"
      ? []
      : [{ who: personOf(action), reason: `${label(action)}: ${reason}` }]
  })
  return { actions: withKeeps(steps, listing), notes }
}

/** What a listing looked like, in a few characters. */
export const fingerprint = ({ invited, members }: Listing): string => {
  const lines = [
    ...members.map(({ email, id, role, since, username }) => JSON.stringify([id, username, email, role, since])),
    ...invited.map(({ email, id, role }) => JSON.stringify([id, email, role])),
  ]
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex")
}

export const sameMember = (was: typeof Was.Type, now: Person | undefined): boolean =>
  now !== undefined && !now.left && now.role === was.role && now.since === was.since && now.email === was.email

const changed = (action: Action, { invited, members }: Listing): string | undefined => {
  const is = (email: string) => (one: { readonly email: string }) => fold(one.email) === fold(email)
  switch (action.action) {
    case "invite":
      return members.some(is(action.email)) || invited.some(is(action.email)) ? "is there by now" : undefined
    case "revoke":
      return invited.some(({ id }) => id === action.invitation) ? undefined : "is not invited any more"
    default:
      return sameMember(
        action.was,
        members.find(({ id }) => id === action.was.id),
      )
        ? undefined
        : "has changed since"
  }
}

const day = 24 * 60 * 60 * 1000

export interface Here {
  readonly baseUrl: string
  readonly workspaceId: string
  readonly now: number
}

/** Everything that speaks against carrying a plan out here and now; all of it is looked at again, as the plan is a file. */
export const refusals = (plan: Plan, listing: Listing, here: Here): ReadonlyArray<string> => {
  const age = here.now - Date.parse(plan.made_at)
  const clocksDiffer = 5 * 60 * 1000
  const removing = removals(plan.actions)
  const most = mostRemovals(listing, plan.max_removals)
  const elsewhere = [
    ...(plan.base_url === here.baseUrl ? [] : [`the plan is for ${plan.base_url}, not for ${here.baseUrl}`]),
    ...(plan.workspace_id === here.workspaceId ? [] : [`the plan is for the workspace ${plan.workspace_id}`]),
    ...(plan.caller === listing.caller ? [] : [`the plan was made by ${plan.caller}, not by ${listing.caller}`]),
  ]
  if (elsewhere.length > 0) return elsewhere
  return [
    ...(age <= day && age >= -clocksDiffer ? [] : [`the plan was made on ${plan.made_at}: plans are good for a day`]),
    ...(removing > 0 && fingerprint(listing) !== plan.fingerprint
      ? ["the workspace has changed since, and the plan removes people"]
      : []),
    ...(removing > most ? [`${removing} people would be removed, at most ${most} without --max-removals`] : []),
    ...plan.actions.flatMap((action) => {
      const reason = changed(action, listing) ?? mayNot(action, plan.actions, listing, plan.privileged)
      return reason === undefined ? [] : [`${label(action)}: ${reason}`]
    }),
  ]
}
