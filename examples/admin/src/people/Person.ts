import type { Invitation, UserId, WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"

/** A member of a workspace, as far as decisions need it. */
export interface Person {
  readonly id: UserId
  readonly username: string
  /** Empty where the caller may not see it. */
  readonly email: string
  readonly name: string
  readonly role: string
  readonly addedBy: string
  /** When the membership began. */
  readonly since: string
  /** Whether the membership has ended. */
  readonly left: boolean
}

/** An invitation that is open, as far as anybody can tell: the listing does not say. */
export interface Invited {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly by: string
  readonly at: number
}

/** What a complete listing of a workspace gave: who is there, who is invited, and who looks. */
export interface Listing {
  readonly caller: string
  readonly members: ReadonlyArray<Person>
  readonly invited: ReadonlyArray<Invited>
}

export const personOf = (member: WorkspaceUser): Person => ({
  id: member.user_id,
  username: member.username ?? "",
  email: member.email,
  name: member.display_name,
  role: member.role,
  addedBy: member.added_by,
  since: DateTime.formatIso(member.created_at),
  left: member.deleted_at !== undefined,
})

export const invitedOf = ({ created_at, created_by, invitation_id, invitee_email, ...rest }: Invitation): Invited => ({
  id: invitation_id,
  email: invitee_email,
  role: rest.workspace_invitation?.prospective_role ?? "",
  by: created_by.user_id,
  at: DateTime.toEpochMillis(created_at),
})

/** Addresses and usernames are the same in any case of letters, and however accents are composed. */
export const fold = (text: string): string => text.normalize("NFC").toLowerCase()

/** Who is meant by an id, a username or an address: exactly, never by a part of it. One person counts once. */
export const resolve = (who: string, people: ReadonlyArray<Person>): ReadonlyArray<Person> => {
  const wanted = fold(who)
  const meant = people.filter(
    ({ email, id, username }) => who !== "" && (id === who || fold(username) === wanted || fold(email) === wanted),
  )
  return meant.filter(({ id }, at) => meant.findIndex((other) => other.id === id) === at)
}

/** `ada <ada@example.com>, admin (usr_…)` */
export const describe = ({ email, id, role, username }: Person): string =>
  `${username === "" ? id : username} <${email}>, ${role}${username === "" ? "" : ` (${id})`}`
