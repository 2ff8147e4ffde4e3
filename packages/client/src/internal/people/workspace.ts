import { type Operation, type WorkspaceId, WorkspacesOperations } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Credentials from "../../Credentials.js"
import * as TileDBClient from "../../TileDBClient.js"
import * as TileDBError from "../../TileDBError.js"
import { invalidRequest } from "../failure/toError.js"
import { getPerFiber } from "../runtime/global.js"
import { guarded } from "../runtime/guarded.js"
import { memoised } from "../runtime/memoised.js"

/** The workspace of a call. */
export interface InWorkspace {
  /** Its name or id. Default: the one of the client (`TileDBConfig`). */
  readonly workspace?: string | undefined
}

/** An argument that is no object names no workspace, not even the client's. */
const named = (given: InWorkspace | null | undefined): string | undefined =>
  given == null
    ? undefined
    : guarded(
        () => (typeof given === "object" ? given.workspace : ""),
        () => "",
      )

type Ids = Map<string, WorkspaceId>

/** Of each client, by credential: users of two accounts may mean two workspaces by one name. */
const idsOf = /*#__PURE__*/ memoised(
  (_: TileDBClient.Service) => memoised((_: object): Ids => new Map(), new WeakMap()),
  /*#__PURE__*/ new WeakMap(),
)

const isId = (given: unknown): given is WorkspaceId => typeof given === "string" && /^ws_[0-9a-v]{20}$/.test(given)

/** The operation was not sent, whatever has become of the attempts to resolve the name. */
const notSent =
  (operation: Operation) =>
  (error: TileDBError.TileDBError): TileDBError.TileDBError => {
    const { message } = error
    switch (error._tag) {
      case "NotFound":
        return new TileDBError.NotFound({ ...error, message, outcome: "NotDone" })
      case "ApiError":
        return new TileDBError.ApiError({ ...error, message, outcome: "NotDone" })
      case "TransportError":
        return new TileDBError.TransportError({ ...error, message, outcome: "NotSent" })
      case "DecodeError":
        return invalidRequest(operation, [{ path: "workspace", message: `cannot be resolved: ${message}` }])
      case "InvalidRequest":
        return invalidRequest(operation, error.issues)
    }
  }

/**
 * Runs a call with the id of its workspace. A name is resolved once per client and credential: what it means afterwards,
 * when it may have been given to another workspace, changes no target.
 */
export const within = <A>(
  client: TileDBClient.Service,
  operation: Operation,
  given: InWorkspace | null | undefined,
  use: (workspace: WorkspaceId) => Effect.Effect<A, TileDBError.TileDBError>,
): Effect.Effect<A, TileDBError.TileDBError> =>
  Effect.flatMap(getPerFiber(Credentials.current), (own) => {
    const workspace = named(given) ?? client.workspace ?? ""
    const ids = idsOf(client)(Option.getOrElse(own, () => client))
    const id = isId(workspace) ? workspace : ids.get(workspace)
    if (id !== undefined) return use(id)
    return TileDBClient.call(client.execute, WorkspacesOperations.getWorkspace, { path: { workspace } }).pipe(
      Effect.mapError(notSent(operation)),
      Effect.flatMap(({ workspace_id }) => {
        // Of two fibers that ask at once the first decides.
        const first = ids.get(workspace) ?? workspace_id
        if (first !== "") ids.set(workspace, first)
        return use(first)
      }),
    )
  })
