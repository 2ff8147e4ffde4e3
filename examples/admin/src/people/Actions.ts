import type { TileDBError } from "@effect-tiledb/client"
import { InvitationId, type UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Service as Api } from "../Api.js"
import { fold } from "../Columns.js"
import { type Result, refusal, unresolved } from "../Rows.js"
import { isHere } from "./Directory.js"
import { type Action, isSame } from "./Plan.js"

/** One action as a row of a run, with what its evidence needs. */
export interface Ask {
  readonly _tag: "people"
  readonly action: Action
  readonly workspace: string
  /** Who began the run, and when: nobody was invited then whom it invites. */
  readonly caller: string
  readonly since: number
}

type Call<A = unknown> = Effect.Effect<A, TileDBError.TileDBError>

const done = (evidence: string, userId?: UserId): Result => ({ outcome: { state: "done", evidence, userId } })
const failed = (reason: string): Result => ({ outcome: { state: "failed", reason } })
const noEvidence = "no invitation is listed; if that stays so, make another plan"

const clocksDiffer = 5 * 60 * 1000

/**
 * Carries an action out, or finds out what became of it: `begun` says that it may have been done. A member is read again
 * just before, and changed only if it is as the action was made from.
 */
export const carryOut = (api: Api, ask: Ask, begun: boolean): Effect.Effect<Result> => {
  const { invitations, users, workspaces } = api
  const { action, caller, since, workspace } = ask
  const at = { workspace }
  const one = { workspace, per_page: 1 }

  /** Sends a call. After a lost response it is looked again, once. */
  const send = (call: Call, userId?: UserId): Call<Result> =>
    Effect.matchEffect(call, {
      onSuccess: () => Effect.succeed(done(begun ? "second request" : "response", userId)),
      onFailure: (error) => {
        if (error.outcome === "Done") return Effect.succeed(done("response", userId))
        return error.outcome === "Unknown" && !begun ? carryOut(api, ask, true) : Effect.fail(error)
      },
    })

  // A 404 is about the member only if the workspace can be read.
  const member = (id: UserId) =>
    workspaces.getWorkspaceUser(id, at).pipe(
      Effect.map((now) => (isHere(now) ? now : undefined)),
      Effect.catchTag("NotFound", () => Effect.as(workspaces.listWorkspaceUsers(one), undefined)),
    )

  const work: Call<Result> = Effect.gen(function* () {
    if ("was" in action) {
      const { keeps, role, was } = action
      const now = yield* member(was.id)
      if (action.action === "delete-account") {
        if (now !== undefined) return failed("is a member still")
        const gone = send(users.deleteUser(was.id), was.id)
        return yield* begun ? Effect.catchTag(gone, "NotFound", () => Effect.succeed(done("gone", was.id))) : gone
      }
      if (now === undefined) return action.action === "remove" ? done("gone", was.id) : failed("is no member any more")
      if (action.action === "role" && now.role === role) return done("read", was.id)
      if (!isSame(action, now)) return failed("the member has changed since")
      const isOwner = (id: UserId) => Effect.map(member(id), (now) => now?.role === "owner")
      if (keeps !== undefined && !(yield* Effect.exists(keeps, isOwner))) return failed("no other owner is there")
      return yield* action.action === "role"
        ? send(workspaces.updateWorkspaceUser(was.id, { role }, at), was.id)
        : send(workspaces.deleteWorkspaceUser(was.id, at), was.id)
    }
    const { email, invitation, role } = action
    if (action.action === "revoke") {
      const gone = begun ? done("gone") : failed("is not open any more: look whether it was accepted")
      return yield* Effect.catchTag(
        send(invitations.revokeInvitation(InvitationId.make(invitation), at)),
        "NotFound",
        () => Effect.as(invitations.listInvitations(one), gone),
      )
    }
    const invited = Stream.filter(invitations.streamInvitations(at), ({ created_at, created_by, invitee_email }) => {
      const isNew = created_at.epochMillis >= since - clocksDiffer
      return fold(invitee_email) === fold(email) && created_by.user_id === caller && isNew
    })
    const joined = Stream.filter(workspaces.streamWorkspaceUsers({ ...at, search: email }), (now) => {
      return isHere(now) && fold(now.email) === fold(email)
    })
    // Each request sends an e-mail: what has no evidence is not sent again.
    const found = Effect.map(Stream.runHead(Stream.merge(invited, joined)), ({ _tag }): Result => {
      return _tag === "Some" ? done("listed") : { outcome: { state: "unknown", reason: noEvidence } }
    })
    const request = [{ invitee_email: email, prospective_role: role }]
    return yield* begun ? found : send(invitations.createInvitations(request, at))
  })
  return Effect.catchAll(work, (error) => Effect.succeed(begun ? unresolved(error) : refusal(error)))
}
