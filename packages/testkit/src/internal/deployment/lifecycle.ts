import { User } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type { UserSeed } from "../../Fixtures.js"
import type { Registry } from "../api/machine.js"
import type { Message } from "../state/mailroom.js"
import type { Account, StateSnapshot } from "../state/state.js"
import type { Backend } from "./backend.js"

/**
 * The changes to a user; absent properties are unchanged.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserChanges
  extends Pick<UserSeed, "email" | "password" | "role" | "confirmed" | "display_name" | "timezone"> {}

/** The whole state of a deployment at one moment, including its clock and owner. */
export interface Moment {
  readonly state: StateSnapshot
  readonly messages: ReadonlyArray<Message>
  readonly offset: number
  readonly owner: Backend["owner"]
}

/** Restores the deployment's state of that moment. */
export const load = (backend: Backend, moment: Moment): void => {
  backend.machine.state.restore(moment.state)
  backend.machine.mailroom.restore(moment.messages)
  backend.clock.offset = moment.offset
  backend.owner = moment.owner
}

/** Changes an account, or throws if the address is taken. */
export const change = ({ state }: Registry, account: Account, changes: UserChanges, now: number): User => {
  const { confirmed, display_name, email, password, role, timezone } = changes
  const other = email === undefined ? undefined : state.byEmail(email)
  if (other !== undefined && other.user.id !== account.user.id) {
    throw new Cause.IllegalArgumentException(`${other.user.username} has the address ${email}`)
  }
  const user = new User({
    ...account.user,
    ...(display_name === undefined ? {} : { display_name }),
    ...(email === undefined ? {} : { email }),
    ...(role === undefined ? {} : { role }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(confirmed === undefined ? {} : { is_valid_email: confirmed }),
    updated_at: DateTime.unsafeMake(now),
  })
  state.put({
    user,
    password: password === undefined ? account.password : Redacted.value(password),
    passwordVersion: account.passwordVersion + (password === undefined ? 0 : 1),
  })
  return user
}
