import type { TileDBError } from "@effect-tiledb/client"
import { InvitationId, type UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Service as Api } from "../Api.js"
import { fold } from "../Columns.js"
import { type Result, refusal, unresolved } from "../Rows.js"
import { groups, isHere } from "./Directory.js"
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

const clocksDiffer = 5 * 60 * 1000

/**
 * Carries an action out, or finds out what became of it: `begun` says that it may have been done. A member is read again
 * just before, and changed only if it is as the action was made from.
 */
export const carryOut = (api: Api, ask: Ask, begun: boolean): Effect.Effect<Result> =>
  Effect.flatMap(groups(api), ({ invitations, workspaces }) => {
    const { action, caller, since, workspace } = ask
    const at = { workspace }
    const refused = (error: TileDBError.TileDBError): Result => (begun ? unresolved(error) : refusal(error))
    const evidence = begun ? "second request" : "answer"

    /** Sends a call. After a lost response it is looked again, once. */
    const send = (call: Call, userId?: UserId, lost = Effect.suspend(() => carryOut(api, ask, true))) =>
      Effect.matchEffect(call, {
        onSuccess: () => Effect.succeed(done(evidence, userId)),
        onFailure: (error) =>
          error.outcome === "Done"
            ? Effect.succeed(done(evidence, userId))
            : error.outcome === "Unknown" && !begun
              ? lost
              : Effect.succeed(refused(error)),
      })

    /** A 404 is about the thing itself if what it was part of can be read. */
    const orGone = (call: Effect.Effect<Result, TileDBError.TileDBError>, part: Call, gone: Effect.Effect<Result>) =>
      call.pipe(
        Effect.catchTag("NotFound", () => Effect.zipRight(part, gone)),
        Effect.catchAll((error) => Effect.succeed(refused(error))),
      )

    if (!("was" in action) && action.action === "revoke") {
      const gone = begun ? done("gone") : failed("is not open any more: look whether it was accepted")
      const call = invitations.revokeInvitation(InvitationId.make(action.invitation), at)
      const part = invitations.listInvitations({ ...at, per_page: 1 })
      const settled = Effect.matchEffect(call, {
        onSuccess: () => Effect.succeed(done(evidence)),
        onFailure: (error) => (error._tag === "NotFound" ? Effect.fail(error) : send(Effect.fail(error))),
      })
      return orGone(settled, part, Effect.succeed(gone))
    }

    if (!("was" in action)) {
      const { email, role } = action
      const invited = Stream.filter(invitations.streamInvitations(at), ({ created_at, created_by, invitee_email }) => {
        const isNew = created_at.epochMillis >= since - clocksDiffer
        return fold(invitee_email) === fold(email) && created_by.user_id === caller && isNew
      })
      const joined = Stream.filter(
        workspaces.streamWorkspaceUsers({ ...at, search: email }),
        (member) => isHere(member) && fold(member.email) === fold(email),
      )
      // Each request sends an e-mail: what has no evidence is not sent again.
      const found = Effect.match(Stream.runHead(Stream.merge(invited, joined)), {
        onSuccess: ({ _tag }): Result =>
          _tag === "Some"
            ? done("listed")
            : { outcome: { state: "unknown", reason: "no invitation is listed; if that stays so, plan again" } },
        onFailure: unresolved,
      })
      const request = [{ invitee_email: email, prospective_role: role }]
      return begun ? found : send(invitations.createInvitations(request, at), undefined, found)
    }

    const { keeps, role, was } = action
    const readable = workspaces.listWorkspaceUsers({ ...at, per_page: 1 })
    const call: Call =
      action.action === "role"
        ? workspaces.updateWorkspaceUser(was.id, { role }, at)
        : action.action === "remove"
          ? workspaces.deleteWorkspaceUser(was.id, at)
          : Effect.catchTag(api.users.deleteUser(was.id), "NotFound", (error) =>
              begun ? Effect.void : Effect.fail(error),
            )
    const gone =
      action.action === "delete-account"
        ? send(call, was.id)
        : Effect.succeed(action.action === "remove" ? done("gone", was.id) : failed("is no member any more"))
    const owner = Effect.exists(keeps ?? [], (id) =>
      workspaces.getWorkspaceUser(id, at).pipe(
        Effect.map((now) => now.role === "owner" && isHere(now)),
        Effect.catchTag("NotFound", () => Effect.succeed(false)),
      ),
    )
    const looked = Effect.flatMap(workspaces.getWorkspaceUser(was.id, at), (now) => {
      if (!isHere(now)) return gone
      if (action.action === "delete-account") return Effect.succeed(failed("is a member still"))
      if (action.action === "role" && now.role === role) return Effect.succeed(done("read", was.id))
      if (!isSame(action, now)) return Effect.succeed(failed("the member has changed since"))
      if (keeps === undefined) return send(call, was.id)
      return Effect.flatMap(owner, (kept) =>
        kept ? send(call, was.id) : Effect.succeed(failed("no owner would be left in the workspace")),
      )
    })
    return orGone(looked, readable, gone)
  })
