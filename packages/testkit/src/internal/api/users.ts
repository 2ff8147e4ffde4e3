import {
  type Operation,
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
import type { Account, Scope } from "../state/state.js"
import { outranks, viewOf } from "../state/workspace.js"
import { type Answer, type Call, type Endpoint, fail, type Group, type Machine, type Registry } from "./machine.js"
import { type Fields, read } from "./requestBody.js"

const passwordTooShort = ({ policy }: Machine, field: string, { values, errors }: Fields): void => {
  const length = values[field]?.length
  if (length !== undefined && length < policy.minimumPasswordLength) {
    errors.push({ field, message: `must have at least ${policy.minimumPasswordLength} characters` })
  }
}

const withFields = (
  machine: Machine,
  row: Operation,
  body: unknown,
  act: (fields: Readonly<Record<string, string>>) => Answer,
  check: (fields: Fields) => void = () => {},
): Answer => {
  if (!Predicate.isReadonlyRecord(body)) return fail(machine, "bodyMissing")
  const fields = read(row, body)
  check(fields)
  return fields.errors.length > 0 ? fail(machine, "invalidRequest", fields.errors) : act(fields.values)
}

const sendToken = ({ state, policy, mailroom }: Registry, account: Account, scope: Scope, now: number): undefined => {
  const token = state.random.secret("scoped")
  state.grant(token, {
    userId: account.user.id,
    scope,
    email: account.user.email,
    passwordVersion: account.passwordVersion,
    expiresAt: now + Duration.toMillis(policy.tokenLifetime[scope]),
  })
  mailroom.deliver({ kind: scope, username: account.user.username, email: account.user.email, token, time: now })
}

const setPassword = ({ state }: Machine, account: Account, password: string, now: number): undefined =>
  state.put({ user: touched(account.user, {}, now), password, passwordVersion: account.passwordVersion + 1 })

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
  const workspaces = target.role === "member" ? state.workspacesOf(target.id) : []
  return workspaces.length > 0 && workspaces.every((workspace) => outranks(workspace, caller, target))
}

const mayRead = (machine: Registry, caller: Account, target: Account): boolean => {
  const { policy, state } = machine
  if (policy.readUsers === "anyone" || target === caller || isAdmin(caller)) return true
  const theirs = state.workspacesOf(target.user.id)
  const share =
    policy.readUsers === "workspace" && state.workspacesOf(caller.user.id).some((own) => theirs.includes(own))
  return share || mayChange(machine, caller, target)
}

const isAdmin = (caller: Account | undefined): boolean => caller?.user.role === "owner" || caller?.user.role === "admin"

const image = ({ state }: Registry, data: string | undefined): { readonly image_id?: string } =>
  data === undefined || data === "" ? {} : { image_id: state.random.id("img") }

/** Registers a user whose username and address are known to be free. */
export const newUser = (
  machine: Registry,
  given: { readonly [field: string]: string | undefined },
  role: string,
  confirmed: boolean,
  now: number,
): Account => {
  const { username = "", email = "", password = "" } = given
  const time = DateTime.unsafeMake(now)
  const user = new User(
    {
      id: UserId.make(given.id ?? machine.state.random.id("usr"), true),
      username,
      display_name: given.display_name ?? username,
      ...image(machine, given.image),
      email,
      is_valid_email: confirmed,
      role,
      timezone: given.timezone ?? machine.policy.defaultTimezone,
      created_at: time,
      updated_at: time,
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

const withTarget = (machine: Machine, call: Call, act: (target: Account) => Answer): Answer => {
  const target = machine.state.byId(call.parameters.user_id ?? "")
  return target === undefined ? fail(machine, "userNotFound") : act(target)
}

const endpoints: { readonly [Name in OperationName]: Endpoint } = {
  changePassword: {
    access: "user",
    handle: (machine, { body, caller, now }) =>
      withFields(
        machine,
        Operations.changePassword,
        body,
        ({ new_password = "" }) => setPassword(machine, caller, new_password, now),
        (fields) => {
          const { current_password } = fields.values
          if (current_password !== undefined && current_password !== caller.password) {
            fields.errors.push({ field: "current_password", message: "is not the current password" })
          }
          passwordTooShort(machine, "new_password", fields)
        },
      ),
  },

  confirmEmail: {
    access: "confirm_email",
    handle: (machine, { caller, now, token }) => {
      machine.state.revoke(token)
      machine.state.put({ ...caller, user: touched(caller.user, { is_valid_email: true }, now) })
      return undefined
    },
  },

  createUser: {
    access: "anyone",
    handle: (machine, { body, caller, now }) => {
      if (machine.policy.createUser === "admins" && !isAdmin(caller)) {
        return fail(machine, caller === undefined ? "unauthorized" : "forbidden")
      }
      return withFields(
        machine,
        Operations.createUser,
        body,
        (given) => {
          const conflicts = taken(machine, given.username ?? "", given.email ?? "")
          return conflicts.length > 0
            ? fail(machine, "conflict", conflicts)
            : newUser(machine, given, "member", false, now).user
        },
        (fields) => passwordTooShort(machine, "password", fields),
      )
    },
  },

  deleteUser: {
    access: "user",
    handle: (machine, call) =>
      withTarget(machine, call, (target) =>
        mayChange(machine, call.caller, target) ? machine.state.remove(target) : fail(machine, "forbidden"),
      ),
  },

  getSelfUser: {
    access: "user",
    entity: "user",
    handle: (machine, { caller }) =>
      new UserSelf(
        {
          user: caller.user,
          workspaces: machine.state
            .workspacesOf(caller.user.id)
            .map((workspace) => viewOf(workspace, machine.state.byId(workspace.founder.id)?.user, caller.user)),
        },
        unchecked,
      ),
  },

  getUser: {
    access: "user",
    handle: (machine, call) =>
      withTarget(machine, call, (target) =>
        mayRead(machine, call.caller, target) ? target.user : fail(machine, "forbidden"),
      ),
  },

  requestEmailConfirmation: {
    access: "anyone",
    handle: (machine, { body, now }) =>
      withFields(machine, Operations.requestEmailConfirmation, body, ({ username_or_email = "" }) => {
        const account = machine.state.byUsernameOrEmail(username_or_email)
        if (account !== undefined) return sendToken(machine, account, "confirm_email", now)
        return machine.policy.confirmationForUnknown === 404 ? fail(machine, "userNotFound") : undefined
      }),
  },

  requestPasswordReset: {
    access: "anyone",
    handle: (machine, { body, now }) =>
      withFields(machine, Operations.requestPasswordReset, body, ({ username_or_email = "" }) => {
        const account = machine.state.byUsernameOrEmail(username_or_email)
        return account === undefined ? undefined : sendToken(machine, account, "password_reset", now)
      }),
  },

  resetPassword: {
    access: "password_reset",
    handle: (machine, { body, caller, now }) =>
      withFields(
        machine,
        Operations.resetPassword,
        body,
        // The new password invalidates this token and all others that were sent for the old one.
        ({ new_password = "" }) => setPassword(machine, caller, new_password, now),
        (fields) => passwordTooShort(machine, "new_password", fields),
      ),
  },

  updateUser: {
    access: "user",
    handle: (machine, call) =>
      withTarget(machine, call, (target) => {
        if (!mayChange(machine, call.caller, target)) return fail(machine, "forbidden")
        return withFields(
          machine,
          Operations.updateUser,
          call.body,
          (given) => update(machine, target, given, call.now),
          ({ errors, values }) => {
            if (values.email === "") errors.push({ field: "email", message: "must not be empty" })
          },
        )
      }),
  },
}

/** The Users API; each handler runs synchronously, so a call never sees a partial change of another. */
export const users: Group = { operations: Operations, endpoints }

const update = (machine: Machine, target: Account, given: Readonly<Record<string, string>>, now: number): Answer => {
  const { display_name, email, timezone } = given
  const moved = email !== undefined && email !== target.user.email
  const owner = moved ? machine.state.byEmail(email) : undefined
  if (owner !== undefined && owner.user.id !== target.user.id) {
    return fail(machine, "conflict", [{ field: "email", message: "is taken" }])
  }
  const changes = {
    ...(display_name === undefined ? {} : { display_name }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(moved ? { email, is_valid_email: false } : {}),
    ...image(machine, given.image),
  }
  const account = { ...target, user: touched(target.user, changes, now) }
  machine.state.put(account)
  if (moved) sendToken(machine, account, "confirm_email", now)
  return undefined
}
