import type { TileDBError } from "@effect-tiledb/client"
import { InvitationId, type UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Service as Api } from "../Api.js"
import { type Result, refusal, unresolved } from "../Rows.js"
import { groups } from "./Directory.js"
import { fold, invitedOf, personOf } from "./Person.js"
import { type Action, sameMember } from "./Plan.js"

/** One action as a row of a run, with what its evidence needs. */
export interface Ask {
  readonly _tag: "people"
  readonly action: Action
  readonly workspace: string
  /** Who began the run. */
  readonly caller: string
  /** When the run began, when nobody was invited whom it invites. */
  readonly since: number
}

type Call = Effect.Effect<Result | void, TileDBError.TileDBError>

const done = (evidence: string, userId?: UserId): Result => ({ outcome: { state: "done", evidence, userId } })
const failed = (reason: string): Result => ({ outcome: { state: "failed", reason } })

// Clocks differ; that nobody was invited before is known from the listing that the run began with.
const clocks = 5 * 60 * 1000

/**
 * Carries an action out, or finds out what became of it: `begun` says that it may have been done. A member is read again
 * just before; only what is as the plan says is changed.
 */
export const carryOut = (api: Api, ask: Ask, begun: boolean): Effect.Effect<Result> =>
  Effect.flatMap(groups(api), ({ invitations, workspaces }) => {
    const { action, caller, since, workspace } = ask
    const at = { workspace }

    const evidence = begun ? "second request" : "answer"
    const refused = (error: TileDBError.TileDBError): Result => (begun ? unresolved(error) : refusal(error))

    /** Sends a call. After a lost response it is looked again, once. */
    const send = (call: Call, userId?: UserId, lost: Effect.Effect<Result> = carryOut(api, ask, true)) =>
      Effect.matchEffect(call, {
        onSuccess: (found) => Effect.succeed(found ?? done(evidence, userId)),
        onFailure: (error) => {
          if (error.outcome === "Done") return Effect.succeed(done(evidence, userId))
          return error.outcome === "Unknown" && !begun ? Effect.suspend(() => lost) : Effect.succeed(refused(error))
        },
      })

    // A 404 is about the member only if the workspace can be read.
    const read = (
      id: UserId,
      found: (role: string, same: boolean) => Effect.Effect<Result>,
      gone: Effect.Effect<Result>,
    ) =>
      Effect.matchEffect(workspaces.getWorkspaceUser(id, at), {
        onSuccess: (member) => {
          const now = personOf(member)
          return now.left ? gone : found(now.role, "was" in action && sameMember(action.was, now))
        },
        onFailure: (error) =>
          error._tag !== "NotFound"
            ? Effect.succeed(refused(error))
            : Effect.matchEffect(workspaces.listWorkspaceUsers({ ...at, per_page: 1 }), {
                onSuccess: () => gone,
                onFailure: (error) => Effect.succeed(refused(error)),
              }),
      })

    /** Whether the workspace keeps an owner; nobody can tell is no. */
    const keepsOwner = (keeps: ReadonlyArray<UserId> | undefined) =>
      keeps === undefined
        ? Effect.succeed(true)
        : Effect.exists(keeps, (id) =>
            Effect.match(workspaces.getWorkspaceUser(id, at), {
              onFailure: () => false,
              onSuccess: ({ deleted_at, role }) => role === "owner" && deleted_at === undefined,
            }),
          )

    const change = (keeps: ReadonlyArray<UserId> | undefined, same: boolean, call: Effect.Effect<Result>) =>
      Effect.flatMap(keepsOwner(keeps), (keeps) => {
        if (!same) return Effect.succeed(failed("the member has changed since"))
        return keeps ? call : Effect.succeed(failed("no other owner is there to keep the workspace"))
      })

    switch (action.action) {
      case "invite": {
        const isOurs = Stream.runHead(
          Stream.filter(Stream.map(invitations.streamInvitations(at), invitedOf), (one) => {
            return fold(one.email) === fold(action.email) && one.by === caller && one.at >= since - clocks
          }),
        )
        const isMember = Stream.runHead(
          Stream.filter(
            workspaces.streamWorkspaceUsers({ ...at, search: action.email }),
            ({ deleted_at, email }) => deleted_at === undefined && fold(email) === fold(action.email),
          ),
        )
        // Each request sends an e-mail: what has no evidence is not sent again.
        const found = Effect.match(Effect.zip(isOurs, isMember), {
          onSuccess: ([invited, member]): Result =>
            invited._tag === "Some"
              ? done("invited")
              : member._tag === "Some"
                ? done("member", member.value.user_id)
                : { outcome: { state: "unknown", reason: "no invitation is listed; if there is none, plan again" } },
          onFailure: unresolved,
        })
        const request = [{ invitee_email: action.email, prospective_role: action.role }]
        return begun ? found : send(invitations.createInvitations(request, at), undefined, found)
      }
      case "revoke": {
        const gone = begun ? done("gone") : failed("is not open any more: look whether it was accepted")
        const readable = (error: TileDBError.NotFound) =>
          Effect.mapError(invitations.listInvitations({ ...at, per_page: 1 }), () => error)
        return send(
          Effect.catchTag(invitations.revokeInvitation(InvitationId.make(action.invitation), at), "NotFound", (error) =>
            Effect.as(readable(error), gone),
          ),
        )
      }
      case "role": {
        const { keeps, role, was } = action
        const call = Effect.suspend(() => workspaces.updateWorkspaceUser(was.id, { role }, at))
        return read(
          was.id,
          (now, same) =>
            now === role ? Effect.succeed(done("read", was.id)) : change(keeps, same, send(call, was.id)),
          Effect.succeed(failed("is no member any more")),
        )
      }
      case "remove": {
        const { keeps, was } = action
        const call = Effect.suspend(() => workspaces.deleteWorkspaceUser(was.id, at))
        return read(was.id, (_, same) => change(keeps, same, send(call, was.id)), Effect.succeed(done("gone", was.id)))
      }
      case "delete-account": {
        const { id } = action.was
        const call = Effect.suspend(() => api.users.deleteUser(id))
        return read(
          id,
          () => Effect.succeed(failed("is a member still")),
          send(
            Effect.catchTag(call, "NotFound", (error) =>
              begun ? Effect.succeed(done("gone", id)) : Effect.fail(error),
            ),
            id,
          ),
        )
      }
    }
  })
