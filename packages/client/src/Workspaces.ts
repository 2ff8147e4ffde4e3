/**
 * Workspaces and their members, as one service.
 *
 * @since 0.1.0
 */
import {
  WorkspacesOperations as Operations,
  type UserId,
  type Workspace,
  type WorkspaceUser,
  type WorkspaceUsersCreateRequestInner,
  type WorkspaceUserUpdateRequest,
} from "@effect-tiledb/schema"
import type * as Model from "@effect-tiledb/schema/Model"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { settle } from "./internal/people/deletion.js"
import { inWorkspace } from "./internal/people/listing.js"
import { type InWorkspace, within } from "./internal/people/workspace.js"
import type * as Pages from "./Pages.js"
import * as TileDBClient from "./TileDBClient.js"
import type { TileDBError } from "./TileDBError.js"

export type { InWorkspace } from "./internal/people/workspace.js"

/**
 * Which members to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Query extends InWorkspace {
  /** The number of the page, from 1; a stream begins with it. Default 1. */
  readonly page?: number | undefined
  /** The greatest number of items of a page. Default: the service chooses; it may also cut it. */
  readonly per_page?: number | undefined
  /**
   * Part of a username or an e-mail address. How it matches is not documented: compare the address of what is found, and
   * conclude that there is no such member only from a complete listing.
   */
  readonly search?: string | undefined
}

/**
 * The service: one method per operation, and two more for its listing. The workspace is the one of the client
 * (`TileDBConfig`), or is given by name or id. A name is resolved once per client, as `getWorkspace`: a workspace that is
 * renamed later, or another one that gets its name, does not change the target.
 *
 * Source: the API's documents of 2025-09.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All members, or an error if the listing is not complete; see `Pages.all`. */
  readonly allWorkspaceUsers: (
    query?: Omit<Query, "page">,
  ) => Effect.Effect<ReadonlyArray<WorkspaceUser>, TileDBError | Pages.Incomplete>

  /** Makes users, who have an account, members. Not retried if it may have been done. (`create_workspace_users`) */
  readonly createWorkspaceUsers: (
    users: ReadonlyArray<WorkspaceUsersCreateRequestInner>,
    options?: InWorkspace,
  ) => Effect.Effect<ReadonlyArray<WorkspaceUser>, TileDBError>

  /**
   * Ends a membership; the account stays. A 404 after an attempt whose outcome is unknown counts as done if the members of
   * the workspace can still be read. (`delete_workspace_user`)
   */
  readonly deleteWorkspaceUser: (userId: UserId, options?: InWorkspace) => Effect.Effect<void, TileDBError>

  /** Reads a workspace. (`get_workspace`) */
  readonly getWorkspace: (options?: InWorkspace) => Effect.Effect<Workspace, TileDBError>

  /** Reads a member. (`get_workspace_user`) */
  readonly getWorkspaceUser: (userId: UserId, options?: InWorkspace) => Effect.Effect<WorkspaceUser, TileDBError>

  /** Reads a page of the members. (`list_workspace_users`) */
  readonly listWorkspaceUsers: (query?: Query) => Effect.Effect<Model.Page<WorkspaceUser>, TileDBError>

  /** The members of all pages, one page at a time; see `Pages.stream`. */
  readonly streamWorkspaceUsers: (query?: Query) => Stream.Stream<WorkspaceUser, TileDBError>

  /** Sets the role of a member. (`update_workspace_user`) */
  readonly updateWorkspaceUser: (
    userId: UserId,
    request: WorkspaceUserUpdateRequest,
    options?: InWorkspace,
  ) => Effect.Effect<void, TileDBError>
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Workspaces extends Context.Tag("@effect-tiledb/client/Workspaces")<Workspaces, Service>() {}

/** A membership: a member who leaves and returns has another one. */
const key = ({ created_at, user_id }: WorkspaceUser): string =>
  user_id === "" ? "" : `${user_id} ${created_at.epochMillis}`

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
    const { all, list, stream } = inWorkspace<Query, WorkspaceUser>(client, Operations.listWorkspaceUsers, key)
    return {
      allWorkspaceUsers: all,
      createWorkspaceUsers: (request, options) =>
        within(client, Operations.createWorkspaceUsers, options, (workspace) =>
          TileDBClient.call(execute, Operations.createWorkspaceUsers, { path: { workspace }, request }),
        ),
      deleteWorkspaceUser: (user_id, options) =>
        within(client, Operations.deleteWorkspaceUser, options, (workspace) =>
          settle(
            TileDBClient.call(execute, Operations.deleteWorkspaceUser, { path: { workspace, user_id } }),
            list({ workspace, per_page: 1 }),
          ),
        ),
      getWorkspace: (options) =>
        within(client, Operations.getWorkspace, options, (workspace) =>
          TileDBClient.call(execute, Operations.getWorkspace, { path: { workspace } }),
        ),
      getWorkspaceUser: (user_id, options) =>
        within(client, Operations.getWorkspaceUser, options, (workspace) =>
          TileDBClient.call(execute, Operations.getWorkspaceUser, { path: { workspace, user_id } }),
        ),
      listWorkspaceUsers: (query) => list(query),
      streamWorkspaceUsers: stream,
      updateWorkspaceUser: (user_id, request, options) =>
        within(client, Operations.updateWorkspaceUser, options, (workspace) =>
          TileDBClient.call(execute, Operations.updateWorkspaceUser, { path: { workspace, user_id }, request }),
        ),
    }
  },
)

/**
 * The service as a Layer over the `TileDBClient`, which it shares with the services of other groups.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { TileDBClient, Workspaces } from "@effect-tiledb/client"
 * import { Effect } from "effect"
 *
 * // The workspace is TILEDB_REST_WORKSPACE.
 * const members = Effect.flatMap(Workspaces.Workspaces, (workspaces) => workspaces.allWorkspaceUsers()).pipe(
 *   Effect.provide(Workspaces.layer),
 *   Effect.provide(TileDBClient.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Workspaces, never, TileDBClient.TileDBClient> = /*#__PURE__*/ Layer.effect(
  Workspaces,
  make,
)
