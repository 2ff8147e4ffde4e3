import { type User, Workspace, WorkspacesOperations, WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Hash from "effect/Hash"
import type { Workspace as Place } from "../state/rows.js"
import { joined, memberOf, membershipOf, rank, roleIn, viewOf } from "../state/workspace.js"
import { Failure, type FailureKind } from "./failure.js"
import { type Answer, type Call, fail, type Machine } from "./machine.js"
import { endpointsOf, inWorkspace, isRole, manages, pageOf, problem, readList } from "./people.js"

const matches = {
  substring: (text: string, search: string) => text.includes(search),
  prefix: (text: string, search: string) => text.startsWith(search),
  whole: (text: string, search: string) => text === search,
  /** `*` stands for any text. */
  wildcards: (text: string, search: string) => {
    const [first = "", ...more] = search.split("*")
    const last = more.pop()
    if (last === undefined) return text === search
    let at = text.startsWith(first) ? first.length : Number.POSITIVE_INFINITY
    for (const part of more)
      at = text.includes(part, at) ? text.indexOf(part, at) + part.length : Number.POSITIVE_INFINITY
    return at + last.length <= text.length && text.endsWith(last)
  },
  ignored: () => true,
}

/** A member as a user with this role sees it. */
const seenBy =
  ({ policy }: Machine, role: string) =>
  (member: WorkspaceUser): WorkspaceUser =>
    rank(role) >= rank(policy.people.maySeeAddresses) ? member : new WorkspaceUser({ ...member, email: "" }, true)

/** Why a workspace may not get an owner, or lose one. */
const ownersRefused = (
  { policy: { people }, state }: Machine,
  workspace: Place,
  before: string | undefined,
  after: string | undefined,
): FailureKind | undefined => {
  const [was, is] = [before === "owner", after === "owner"]
  if (was === is || (is ? people.owners === "several" : people.lastOwner === "free")) return undefined
  const owners = state.members(workspace).filter(({ role }) => role === "owner")
  if (is) return owners.length > 0 ? "secondOwner" : undefined
  return owners.length === 1 ? "lastOwner" : undefined
}

/** Revokes the invitations and tokens of a member who leaves, as the policy requires. */
const leave = ({ policy: { people }, state }: Machine, { id }: Place, user: User): undefined => {
  for (const [key, { token, userId }] of state.tables.tokens) {
    const isTheirs = userId === user.id && token.workspace_id === id
    if (people.removedTokens === "revoked" && isTheirs) state.forget(key)
  }
  for (const sent of state.tables.invitations.values()) {
    const { created_by, invitation_id, workspace_invitation } = sent.invitation
    const isTheirs = created_by.user_id === user.id && workspace_invitation?.workspace_id === id
    const isRevoked = people.removedInvitations === "revoked" && isTheirs
    if (isRevoked) state.tables.invitations.set(invitation_id, { ...sent, open: false })
  }
}

/** Sets the role of a member, or ends the membership. */
const change = (machine: Machine, call: Omit<Call, "body">, after: string | undefined): Answer =>
  inWorkspace(machine, call, "member", (workspace, role) => {
    const { oneself } = machine.policy.people
    const user = machine.state.byId(String(call.parameters.user_id))?.user
    const before = user && membershipOf(workspace, user)
    if (user === undefined || before === undefined || before.deletedAt !== undefined) {
      return fail(machine, "memberNotFound")
    }
    const isSelf = user.id === call.caller.user.id
    const alone = isSelf && oneself === "anybody" && rank(after) <= rank(role)
    const may = alone || manages(machine, role, before.role, after)
    if (!may || (isSelf && oneself === "nobody")) return fail(machine, "forbidden")
    const refused = ownersRefused(machine, workspace, before.role, after)
    if (refused !== undefined) return fail(machine, refused)
    const next = after === undefined ? { deletedAt: DateTime.unsafeMake(call.now) } : { role: after }
    machine.state.changeMembers(workspace, [[user.id, { ...before, ...next }]])
    return after === undefined ? leave(machine, workspace, user) : undefined
  })

/** Between two pages a member who is no owner may leave, or a new member may join. */
const churn = ({ policy, state }: Machine, workspace: Place, now: number): void => {
  if (policy.people.churn === 0) return
  const draw = Math.abs(Hash.string(state.random.requestId()))
  if (draw % 1000 >= policy.people.churn * 1000) return
  const users = Array.from(state.tables.accounts.values(), ({ user }) => user)
  const those = users.filter((user) => {
    const role = roleIn(workspace, user)
    return draw & 1024 ? membershipOf(workspace, user) === undefined : role !== undefined && role !== "owner"
  })
  const user = those[draw % those.length]
  if (user === undefined) return
  const before = membershipOf(workspace, user)
  const left = before && { ...before, deletedAt: DateTime.unsafeMake(now) }
  state.changeMembers(workspace, [[user.id, left ?? joined("member", workspace.founder.id, now)]])
}

export const endpoints = endpointsOf(WorkspacesOperations, {
  createWorkspaceUsers: (machine, call) =>
    inWorkspace(machine, call, "member", (workspace, role) => {
      const { policy, state } = machine
      const list = readList(
        machine,
        call.body,
        ({ user_id }) => user_id,
        ({ role: next, user_id }, isRepeated) => {
          const user = state.byId(user_id)?.user
          if (user === undefined) return problem("invalidRequest", "user_id", "is not the id of a user")
          if (!isRole(next)) return problem("invalidRequest", "role", "is not a role")
          if (!manages(machine, role, next)) return problem("forbidden", "role", "exceeds your own role")
          if (isRepeated || roleIn(workspace, user) !== undefined) {
            const isIgnored = policy.people.memberAgain === "ignored"
            return isIgnored ? Either.right(undefined) : problem("conflict", "user_id", "is a member")
          }
          const refused = ownersRefused(machine, workspace, undefined, next)
          return refused === undefined
            ? Either.right({ user, role: next })
            : problem(refused, "role", "is another member's")
        },
      )
      if (list instanceof Failure) return list
      const by = call.caller.user.id
      const changes = list.map(({ role, user }) => [user.id, joined(role, by, call.now)] as const)
      const after = state.changeMembers(workspace, changes)
      return list.map(({ user }) => memberOf(after, user))
    }),

  deleteWorkspaceUser: (machine, call) => change(machine, call, undefined),

  getWorkspace: (machine, call) =>
    inWorkspace(machine, call, "member", (workspace) => {
      const founder = machine.state.byId(workspace.founder.id)?.user
      return new Workspace(viewOf(workspace, founder, call.caller.user), true)
    }),

  getWorkspaceUser: (machine, call) =>
    inWorkspace(machine, call, machine.policy.people.mayList, (workspace, role) => {
      const user = machine.state.byId(String(call.parameters.user_id))?.user
      const membership = user && membershipOf(workspace, user)
      const isThere = membership?.deletedAt === undefined || machine.policy.people.removedMembers === "listed"
      if (user === undefined || membership === undefined || !isThere) return fail(machine, "memberNotFound")
      return seenBy(machine, role)(memberOf(workspace, user))
    }),

  listWorkspaceUsers: (machine, call) =>
    inWorkspace(machine, call, machine.policy.people.mayList, (workspace, role) => {
      const { policy, state } = machine
      const { removedMembers, search: mode, searchCase } = policy.people
      const fold = (text: string) => (searchCase === "ignored" ? text.toLowerCase() : text)
      const isSought = ({ email, username = "" }: WorkspaceUser, search: string) =>
        [username, email].some((text) => matches[mode](fold(text), fold(search)))
      const { search } = call.query
      const shown = seenBy(machine, role)
      const members = state.members(workspace, removedMembers === "listed")
      const found = search === undefined ? members : members.filter((member) => isSought(shown(member), search))
      const page = pageOf(machine, call.query, found, ({ user_id }) => user_id)
      churn(machine, workspace, call.now)
      return page instanceof Failure ? page : { ...page, items: page.items.map(shown) }
    }),

  updateWorkspaceUser: (machine, call) =>
    isRole(call.body.role)
      ? change(machine, call, call.body.role)
      : fail(machine, "invalidRequest", [{ field: "role", message: "is not a role" }]),
})
