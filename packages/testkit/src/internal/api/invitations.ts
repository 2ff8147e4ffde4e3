import {
  Invitation,
  InvitationId,
  InvitationsOperations,
  InvitationWorkspace,
  InvitingUser,
  type Operation,
} from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { given } from "../state/given.js"
import type { Account, Sent, Workspace } from "../state/rows.js"
import { joined, memberOf, roleIn } from "../state/workspace.js"
import { Failure } from "./failure.js"
import { fail, type Machine } from "./machine.js"
import { endpointsOf, inWorkspace, isRole, manages, pageOf, problem, readList, unknown } from "./people.js"
import { emailUnfit } from "./users.js"

const sentTo = ({ state }: Machine, { id }: Workspace): ReadonlyArray<Sent> =>
  Array.from(state.tables.invitations.values()).filter(
    ({ invitation }) => invitation.workspace_invitation?.workspace_id === id,
  )

interface Invitee {
  readonly email: string
  readonly role: string
  readonly workspace: Workspace
}

const shownOfSender = ["user_id", "display_name", "email", "image_id", "role"] as const

const isFor = (email: string, { invitation, open }: Sent): boolean =>
  open && invitation.invitee_email.toLowerCase() === email.toLowerCase()

/** Sends an invitation. */
const invite = ({ mailroom, state }: Machine, { user }: Account, now: number, { email, role, workspace }: Invitee) => {
  const time = DateTime.unsafeMake(now)
  const { role: own, ...sender } = Struct.pick(memberOf(workspace, user), ...shownOfSender)
  const { description, id, name } = workspace
  const to = { workspace_id: id, name, prospective_role: role, ...given({ description }) }
  const invitation = new Invitation(
    {
      invitation_id: InvitationId.make(state.random.id("inv")),
      invitee_email: email,
      created_by: new InvitingUser({ ...sender, workspace_role: own }, true),
      created_at: time,
      workspace_invitation: new InvitationWorkspace(to, true),
    },
    true,
  )
  const secret = state.random.secret("invitation")
  const { username } = state.byEmail(email)?.user ?? { username: email }
  state.tables.invitations.set(invitation.invitation_id, { invitation, secret, open: true })
  mailroom.deliver({ kind: "invitation", to: { username, email }, token: Redacted.make(secret), time })
}

/** What the invited person does with the secret of an e-mail; returns why it cannot be done. */
export const respond = ({ state }: Machine, secret: string, isAccepted: boolean, now: number): string | undefined => {
  const sent = Array.from(state.tables.invitations.values()).find((one) => one.open && one.secret === secret)
  if (sent === undefined) return "There is no open invitation with this token"
  const { created_by, invitation_id, invitee_email, workspace_invitation: to } = sent.invitation
  const user = state.byEmail(invitee_email)?.user
  if (isAccepted && user === undefined) return `No user has registered with the address ${invitee_email} yet`
  const workspace = to && state.workspace(to.workspace_id)
  if (isAccepted && user && workspace && roleIn(workspace, user) === undefined) {
    state.changeMembers(workspace, [[user.id, joined(to.prospective_role, created_by.user_id, now)]])
  }
  state.tables.invitations.set(invitation_id, { ...sent, open: false })
  return undefined
}

/** What the invited person does with an e-mail; the client, which is for administrators, has no such operation. */
const respondInvitation = {
  group: "Invitations",
  name: "respondInvitation",
  method: "PATCH",
  path: "/invitations/{invitation_id}",
  pathParameters: { invitation_id: InvitationId },
  request: Schema.Struct({ jwt: Schema.Redacted(Schema.String), response: Schema.Literal("accept", "reject") }),
  successStatus: 204,
} as const satisfies Operation

const operations = { ...InvitationsOperations, respondInvitation }

export const endpoints = endpointsOf(operations, {
  createInvitations: (machine, call) =>
    inWorkspace(machine, call, "member", (here) => {
      const { policy, state } = machine
      const { invitationElsewhere, invitationNowhere, invitedAgain, memberAgain } = policy.people
      type Given = (typeof call.body)[number]
      const read = ({ invitee_email: email, workspace_invitation: to }: Given, isRepeated: boolean) => {
        const role = to?.prospective_role ?? "member"
        const isElsewhere = to !== undefined && to.workspace_id !== here.id
        const workspace = isElsewhere && invitationElsewhere === "body" ? state.workspace(to.workspace_id) : here
        const own = workspace && roleIn(workspace, call.caller.user)
        const user = state.byEmail(email)?.user
        if (emailUnfit(machine, email)) return problem("invalidRequest", "invitee_email", "must be an e-mail address")
        if (to === undefined && invitationNowhere === "refused") {
          return problem("invalidRequest", "workspace_invitation", "is required")
        }
        if (!isRole(role)) return problem("invalidRequest", "workspace_invitation.prospective_role", "is not a role")
        if (workspace === undefined || (isElsewhere && invitationElsewhere === "refused")) {
          return problem("invalidRequest", "workspace_invitation.workspace_id", "is not the workspace of the path")
        }
        if (own === undefined || !manages(machine, own, role)) {
          return problem("forbidden", "workspace_invitation.prospective_role", "exceeds your own role")
        }
        const isMember = user !== undefined && roleIn(workspace, user) !== undefined
        const isInvited = isRepeated || sentTo(machine, workspace).some((sent) => isFor(email, sent))
        const again = isMember ? memberAgain : isInvited ? invitedAgain : "sent"
        if (again === "refused") return problem("conflict", "invitee_email", isMember ? "is a member" : "is invited")
        return Either.right(again === "ignored" ? undefined : { email, role, workspace })
      }
      const list = readList(machine, call.body, ({ invitee_email }) => invitee_email.toLowerCase(), read)
      if (list instanceof Failure) return list
      for (const invitee of list) invite(machine, call.caller, call.now, invitee)
      return undefined
    }),

  listInvitations: (machine, call) =>
    inWorkspace(machine, call, machine.policy.people.mayManage, (workspace) => {
      const { answered, invitationsOf } = machine.policy.people
      const listed = sentTo(machine, workspace).filter(
        ({ invitation, open }) =>
          (open || answered === "listed") &&
          (invitationsOf === "everybody" || invitation.created_by.user_id === call.caller.user.id),
      )
      const invitations = listed.map(({ invitation }) => invitation)
      return pageOf(machine, call.query, invitations, ({ invitation_id }) => invitation_id)
    }),

  respondInvitation: (machine, { body: { jwt, response }, caller, now, parameters }) => {
    const secret = Redacted.value(jwt)
    const sent = machine.state.tables.invitations.get(String(parameters.invitation_id))
    if (sent?.open !== true || sent.secret !== secret) return fail(machine, "invitationNotFound")
    if (!isFor(caller.user.email, sent)) return fail(machine, "forbidden")
    respond(machine, secret, response === "accept", now)
    return undefined
  },

  revokeInvitation: (machine, call) =>
    inWorkspace(machine, call, machine.policy.people.mayManage, (workspace) => {
      const id = String(call.parameters.invitation_id)
      const sent = sentTo(machine, workspace).find(({ invitation, open }) => open && invitation.invitation_id === id)
      if (sent === undefined) return unknown(machine, "invitationNotFound")
      machine.state.tables.invitations.set(id, { ...sent, open: false })
      return undefined
    }),
})
