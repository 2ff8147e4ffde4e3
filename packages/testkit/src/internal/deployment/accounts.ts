import { User, UserId } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Registry } from "../api/machine.js"
import { newUser, taken } from "../api/users.js"
import { given } from "../state/given.js"
import type { Account } from "../state/rows.js"
import { password, type UserChanges, type UserSeed } from "../state/userSeed.js"

export const refuse = (message: string): never => {
  throw new Cause.IllegalArgumentException(message)
}

const isUserId = Schema.is(UserId)

/** Adds a user, or throws if it is invalid or conflicts with another. */
export const add = (registry: Registry, user: UserSeed, now: number): Account => {
  const { state } = registry
  const {
    apiKey,
    bearer,
    created_at,
    updated_at = created_at,
    image_id,
    confirmed = true,
    role = "member",
    email = `${user.username}@example.com`,
    password: secret = password(user.username),
    ...rest
  } = user
  const conflicts = taken(registry, user.username, email).map(({ field }) => field)
  if (user.id !== undefined && state.byId(user.id) !== undefined) conflicts.push("id")
  if (apiKey !== undefined && state.byApiKey(Redacted.value(apiKey)) !== undefined) conflicts.push("apiKey")
  if (bearer !== undefined && state.byBearer(Redacted.value(bearer)) !== undefined) conflicts.push("bearer")
  if (user.id !== undefined && !isUserId(user.id)) {
    refuse(`The id of the seeded user ${user.username} must be a valid UserId, such as usr_9m4e2mr0ui3e8a215n4g`)
  }
  if (conflicts.length > 0) {
    refuse(`The users of a deployment must be unique: ${user.username} has another user's ${conflicts.join(", ")}`)
  }
  const account = newUser(registry, { ...rest, email, password: Redacted.value(secret) }, role, confirmed, now)
  const utc = (time: DateTime.DateTime.Input | undefined) =>
    time === undefined ? undefined : DateTime.toUtc(DateTime.unsafeMake(time))
  const set = given({ created_at: utc(created_at), updated_at: utc(updated_at), image_id })
  if (Object.keys(set).length > 0) state.put({ ...account, user: new User({ ...account.user, ...set }) })
  if (apiKey !== undefined) state.tables.apiKeys.set(Redacted.value(apiKey), account.user.id)
  if (bearer !== undefined) state.tables.bearers.set(Redacted.value(bearer), account.user.id)
  return account
}

/** Changes an account, or throws if the address is taken. */
export const change = ({ state }: Registry, account: Account, changes: UserChanges, now: number): User => {
  const { confirmed, password, ...rest } = changes
  const other = changes.email === undefined ? undefined : state.byEmail(changes.email)
  if (other !== undefined && other.user.id !== account.user.id) {
    refuse(`The address ${changes.email} belongs to ${other.user.username}`)
  }
  const user = new User({
    ...account.user,
    ...given({ ...rest, is_valid_email: confirmed }),
    updated_at: DateTime.unsafeMake(now),
  })
  state.put({
    user,
    password: password === undefined ? account.password : Redacted.value(password),
    passwordVersion: account.passwordVersion + (password === undefined ? 0 : 1),
  })
  return user
}
