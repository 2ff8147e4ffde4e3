/**
 * Invitations to a workspace, as one service.
 *
 * @since 0.1.0
 */
import {
  type Invitation,
  type InvitationId,
  InvitationsOperations as Operations,
  type WorkspaceId,
  type WorkspaceRole,
} from "@effect-tiledb/schema"
import type * as Model from "@effect-tiledb/schema/Model"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Stream from "effect/Stream"
import { settle } from "./internal/people/deletion.js"
import { inWorkspace } from "./internal/people/listing.js"
import { type InWorkspace, within } from "./internal/people/workspace.js"
import type * as Pages from "./Pages.js"
import * as TileDBClient from "./TileDBClient.js"
import type { TileDBError } from "./TileDBError.js"

export type { InWorkspace } from "./internal/people/workspace.js"

/**
 * Which invitations to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Query extends InWorkspace {
  /** The number of the page, from 1; a stream begins with it. Default 1. */
  readonly page?: number | undefined
  /** The greatest number of items of a page. Default: the service chooses; it may also cut it. */
  readonly per_page?: number | undefined
}

/**
 * A person to invite.
 *
 * @since 0.1.0
 * @category models
 */
export interface Invitee {
  /** The address that the e-mail goes to; the person needs no account. */
  readonly invitee_email: string
  /** The role that the person gets. */
  readonly prospective_role: WorkspaceRole
}

/**
 * The service: one method per operation, and two more for its listing. The workspace is as in `Workspaces`. It is not
 * documented whether the listing has invitations of others, or accepted, rejected and revoked ones.
 *
 * Source: the API's documents of 2025-09.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All invitations, or an error if the listing is not complete; see `Pages.all`. */
  readonly allInvitations: (
    query?: Omit<Query, "page">,
  ) => Effect.Effect<ReadonlyArray<Invitation>, TileDBError | Pages.Incomplete>

  /**
   * Invites people to the workspace by e-mail. The response has no result for a single address: if you need it, invite
   * one per call. Not retried if it may have been done, because each one sends an e-mail: look for the address among
   * `allInvitations`. (`create_invitations`)
   */
  readonly createInvitations: (
    people: ReadonlyArray<Invitee>,
    options?: InWorkspace,
  ) => Effect.Effect<void, TileDBError>

  /** Reads a page of the invitations. (`list_invitations`) */
  readonly listInvitations: (query?: Query) => Effect.Effect<Model.Page<Invitation>, TileDBError>

  /**
   * Takes an invitation back. A 404 after an attempt whose outcome is unknown counts as done if the invitations of the
   * workspace can still be read. (`revoke_invitation`)
   */
  readonly revokeInvitation: (invitationId: InvitationId, options?: InWorkspace) => Effect.Effect<void, TileDBError>

  /** The invitations of all pages, one page at a time; see `Pages.stream`. */
  readonly streamInvitations: (query?: Query) => Stream.Stream<Invitation, TileDBError>
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Invitations extends Context.Tag("@effect-tiledb/client/Invitations")<Invitations, Service>() {}

/** Path and body name one workspace, in the form that the service requires. */
const invitation = (person: Invitee, workspace_id: WorkspaceId) => {
  if (!Predicate.isReadonlyRecord(person)) return person
  const { prospective_role, ...rest } = person
  return { ...rest, workspace_invitation: { workspace_id, prospective_role } }
}

/**
 * The service over the `TileDBClient` in the environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Effect.map(
  TileDBClient.TileDBClient,
  (client) => {
    const { execute } = client
    const { all, list, stream } = inWorkspace<Query, Invitation>(
      client,
      Operations.listInvitations,
      ({ invitation_id }) => invitation_id,
    )
    return {
      allInvitations: all,
      createInvitations: (people, options) =>
        within(client, Operations.createInvitations, options, (workspace) =>
          TileDBClient.call(execute, Operations.createInvitations, {
            path: { workspace },
            // The call reads it, and refuses what is no list of people.
            get request() {
              return Array.isArray(people) ? people.map((person) => invitation(person, workspace)) : people
            },
          }),
        ),
      listInvitations: (query) => list(query),
      revokeInvitation: (invitation_id, options) =>
        within(client, Operations.revokeInvitation, options, (workspace) =>
          settle(
            TileDBClient.call(execute, Operations.revokeInvitation, { path: { workspace, invitation_id } }),
            list({ workspace, per_page: 1 }),
          ),
        ),
      streamInvitations: stream,
    }
  },
)

/**
 * The service as a Layer over the `TileDBClient`, which it shares with the services of other groups.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Invitations, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Layer.effect(
  Invitations,
  make,
)
