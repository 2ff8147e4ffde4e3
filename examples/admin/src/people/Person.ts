import type { Invitation, WorkspaceUser } from "@effect-tiledb/schema"
import { fold } from "../Columns.js"

/** What a complete listing of a workspace gave: who is there, who is invited, and who looks. */
export interface Listing {
  readonly caller: string
  readonly members: ReadonlyArray<WorkspaceUser>
  /** Invitations that are open, as far as anybody can tell: the listing does not say. */
  readonly invited: ReadonlyArray<Invitation>
}

/** Who is meant by an id, a username or an address: exactly, never by a part of it. */
export const resolve = (who: string, people: ReadonlyArray<WorkspaceUser>): ReadonlyArray<WorkspaceUser> => {
  const isMeant = (text = "") => text !== "" && fold(text) === fold(who)
  return people.filter(({ email, user_id, username }) => user_id === who || isMeant(username) || isMeant(email))
}

/** `ada <ada@example.com> (usr_…), admin` */
export const describe = ({ email, role, user_id, username = "" }: WorkspaceUser): string =>
  `${username} <${email}> (${user_id}), ${role}`.trimStart()
