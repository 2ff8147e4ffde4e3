import {
  type OperationName,
  Operations,
  User,
  UserId,
  UserSelf,
  type ValidationErrorField,
} from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import { given } from "../state/given.js"
import type { Account, Grant } from "../state/rows.js"
import { outranks, viewOf } from "../state/workspace.js"
import { type Answer, type Call, type Endpoint, fail, type Machine, type Registry } from "./machine.js"
import { read } from "./requestBody.js"

/** The fields of an operation's body. */
type Body<Name extends OperationName> = Schema.Schema.Encoded<NonNullable<(typeof Operations)[Name]["request"]>>

/** Whether an address has not the form that the policy wants. */
export const emailUnfit = ({ policy }: Machine, email: string): boolean =>
  policy.checkEmail && !/^[^\s@]+@[^\s@]+$/.test(email)

/** What is wrong with a field, in the body of whichever operation. */
const problemOf = (machine: Machine, caller: Account | undefined, field: string, value: string): string | undefined => {
  const { minimumPasswordLength: least } = machine.policy
  switch (field) {
    case "current_password":
      return value === caller?.password ? undefined : "is not the current password"
    case "new_password":
    case "password":
      return value.length < least ? `must have at least ${least} characters` : undefined
    case "email":
      if (value === "") return "must not be empty"
      return emailUnfit(machine, value) ? "must be an e-mail address" : undefined
    default:
      return undefined
  }
}

/** Carries out a call with the fields of its body, or refuses it with all that is wrong with them. */
const withFields = <Name extends OperationName>(
  machine: Machine,
  { body, caller, row }: Call<Account | undefined>,
  act: (fields: Body<Name>) => Answer,
): Answer => {
  if (!Predicate.isReadonlyRecord(body)) return fail(machine, "bodyMissing")
  const { errors, values } = read(row, body)
  for (const [field, value] of Object.entries(values)) {
    const message = problemOf(machine, caller, field, value)
    if (message !== undefined) errors.push({ field, message })
  }
  // Without errors, the values are those that the row requires.
  return errors.length > 0 ? fail(machine, "invalidRequest", errors) : act(values as Body<Name>)
}

/** Sends the user whom a call names a token, if there is such a user. */
const sendTokenTo =
  (scope: Grant["scope"]) =>
  (machine: Machine, call: Call<Account | undefined>): Answer =>
    withFields<"requestPasswordReset">(machine, call, ({ username_or_email }) => {
      const account = machine.state.byUsernameOrEmail(username_or_email)
      if (account !== undefined) return sendToken(machine, account, scope, call.now)
      const isReported = scope === "confirm_email" && machine.policy.confirmationForUnknown === 404
      return isReported ? fail(machine, "userNotFound") : undefined
    })

const sendToken = (
  registry: Registry,
  { passwordVersion, user }: Account,
  scope: Grant["scope"],
  now: number,
): undefined => {
  const { mailroom, policy, state } = registry
  const { email, id: userId, username } = user
  const token = state.random.secret("scoped")
  const expiresAt = now + Duration.toMillis(policy.tokenLifetime[scope])
  state.tables.grants.set(token, { token, userId, scope, email, passwordVersion, expiresAt })
  const time = DateTime.unsafeMake(now)
  mailroom.deliver({ kind: scope, to: { username, email }, token: Redacted.make(token), time })
}

const setPassword = ({ state }: Machine, { caller, now }: Call, password: string): undefined =>
  state.put({ user: touched(caller.user, {}, now), password, passwordVersion: caller.passwordVersion + 1 })

const unchecked = { disableValidation: true }

const touched = (user: User, changes: Partial<ConstructorParameters<typeof User>[0]>, now: number): User =>
  new User({ ...user, ...changes, updated_at: DateTime.unsafeMake(now) }, unchecked)

/**
 * Whether the caller may change the target. Callers may change themselves; the deployment's admins all users but its
 * owners; its owners all users. A caller who outranks a member of the deployment in each of the member's workspaces may
 * change that member (one workspace is not enough: the account is the same in all).
 */
const mayChange = ({ state }: Registry, { user: caller }: Account, { user: target }: Account): boolean => {
  if (caller.id === target.id || caller.role === "owner") return true
  if (caller.role === "admin") return target.role !== "owner"
  const workspaces = target.role === "member" ? state.workspacesOf(target) : []
  return workspaces.length > 0 && workspaces.every((workspace) => outranks(workspace, caller, target))
}

const mayRead = (machine: Registry, caller: Account, target: Account): boolean => {
  const { policy, state } = machine
  if (policy.readUsers === "anyone" || isAdmin(caller)) return true
  const theirs = state.workspacesOf(target.user)
  const share = policy.readUsers === "workspace" && state.workspacesOf(caller.user).some((own) => theirs.includes(own))
  return share || mayChange(machine, caller, target)
}

const isAdmin = (caller: Account | undefined): boolean => caller?.user.role === "owner" || caller?.user.role === "admin"

const image = ({ state }: Registry, data: string | undefined): { readonly image_id?: string } =>
  data ? { image_id: state.random.id("img") } : {}

/** Registers a user whose username and address are known to be free. */
export const newUser = (
  machine: Registry,
  fields: { readonly [Name in "email" | "password" | "username"]: string } & {
    readonly [Name in "display_name" | "id" | "image" | "timezone"]?: string | undefined
  },
  role: string,
  confirmed: boolean,
  now: number,
): Account => {
  const { email, password, username } = fields
  const time = DateTime.unsafeMake(now)
  const user = new User(
    {
      ...{ username, email, role, is_valid_email: confirmed, created_at: time, updated_at: time },
      id: UserId.make(fields.id ?? machine.state.random.id("usr")),
      display_name: fields.display_name ?? username,
      ...image(machine, fields.image),
      timezone: fields.timezone ?? machine.policy.defaultTimezone,
    },
    unchecked,
  )
  const account = { user, password, passwordVersion: 0 }
  machine.state.put(account)
  if (!confirmed) sendToken(machine, account, "confirm_email", now)
  return account
}

/** The names of the two that are taken. */
export const taken = ({ state }: Registry, username: string, email: string): Array<ValidationErrorField> => [
  ...(state.byUsername(username) === undefined ? [] : [{ field: "username", message: "is taken" }]),
  ...(state.byEmail(email) === undefined ? [] : [{ field: "email", message: "is taken" }]),
]

/** Acts on the user in the path, if there is one and the caller may. */
const withTarget = (
  machine: Machine,
  { caller, parameters }: Call,
  may: typeof mayChange,
  act: (target: Account) => Answer,
): Answer => {
  const target = machine.state.byId(String(parameters.user_id))
  if (target === undefined) return fail(machine, "userNotFound")
  return may(machine, caller, target) ? act(target) : fail(machine, "forbidden")
}

const handlers: { readonly [Name in OperationName]: Endpoint } = {
  changePassword: {
    access: "user",
    handle: (machine, call) =>
      withFields<"changePassword">(machine, call, ({ new_password }) => setPassword(machine, call, new_password)),
  },

  confirmEmail: {
    access: "confirm_email",
    handle: ({ state }, { caller, now, token }) => {
      state.tables.grants.delete(token)
      return state.put({ ...caller, user: touched(caller.user, { is_valid_email: true }, now) })
    },
  },

  createUser: {
    access: "anyone",
    handle: (machine, call) => {
      if (machine.policy.createUser === "admins" && !isAdmin(call.caller)) {
        return fail(machine, call.caller === undefined ? "unauthorized" : "forbidden")
      }
      return withFields<"createUser">(machine, call, (fields) => {
        const conflicts = taken(machine, fields.username, fields.email)
        return conflicts.length > 0
          ? fail(machine, "conflict", conflicts)
          : newUser(machine, fields, "member", false, call.now).user
      })
    },
  },

  deleteUser: {
    access: "user",
    handle: (machine, call) => withTarget(machine, call, mayChange, (target) => machine.state.remove(target)),
  },

  getSelfUser: {
    access: "user",
    entity: "user",
    handle: ({ state }, { caller: { user } }) => {
      const workspaces = state
        .workspacesOf(user)
        .map((workspace) => viewOf(workspace, state.byId(workspace.founder.id)?.user, user))
      return new UserSelf({ user, workspaces }, unchecked)
    },
  },

  getUser: {
    access: "user",
    handle: (machine, call) => withTarget(machine, call, mayRead, ({ user }) => user),
  },

  requestEmailConfirmation: { access: "anyone", handle: sendTokenTo("confirm_email") },

  requestPasswordReset: { access: "anyone", handle: sendTokenTo("password_reset") },

  resetPassword: {
    access: "password_reset",
    // The new password invalidates this token and all others that were sent for the old one.
    handle: (machine, call) =>
      withFields<"resetPassword">(machine, call, ({ new_password }) => setPassword(machine, call, new_password)),
  },

  updateUser: {
    access: "user",
    handle: (machine, call) =>
      withTarget(machine, call, mayChange, (target) =>
        withFields<"updateUser">(machine, call, (fields) => update(machine, target, fields, call.now)),
      ),
  },
}

/** The Users API; each handler runs synchronously, so a call never sees a partial change of another. */
export const endpoints: Machine["endpoints"] = new Map(
  Record.toEntries(Operations).map(([name, row]) => [row, handlers[name]]),
)

const update = (machine: Machine, target: Account, fields: Body<"updateUser">, now: number): Answer => {
  const { display_name, email, timezone } = fields
  const moved = email !== undefined && email !== target.user.email
  const owner = moved ? machine.state.byEmail(email) : undefined
  if (owner !== undefined && owner.user.id !== target.user.id) {
    return fail(machine, "conflict", [{ field: "email", message: "is taken" }])
  }
  const changes = {
    ...given({ display_name, timezone }),
    ...(moved ? { email, is_valid_email: false } : {}),
    ...image(machine, fields.image),
  }
  const account = { ...target, user: touched(target.user, changes, now) }
  machine.state.put(account)
  if (moved) sendToken(machine, account, "confirm_email", now)
  return undefined
}
