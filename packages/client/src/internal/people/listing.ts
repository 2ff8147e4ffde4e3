import type { Model, Operation, WorkspaceId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { constUndefined } from "effect/Function"
import * as Stream from "effect/Stream"
import * as Pages from "../../Pages.js"
import type * as TileDBClient from "../../TileDBClient.js"
import type { TileDBError } from "../../TileDBError.js"
import { guarded } from "../runtime/guarded.js"
import { type InWorkspace, within } from "./workspace.js"

/** A listing whose pages are counted by its query. */
interface Query {
  readonly page?: number | undefined
}

/** The items of all pages, from the one in the query on. */
export const streamOf = <Given extends Query | undefined, A, E>(
  list: (query: Given, page: number) => Effect.Effect<Model.Page<A>, E>,
  query: Given,
) => {
  // Stryker disable next-line OptionalChaining: what cannot be read gives the same
  const from = guarded(() => query?.page, constUndefined)
  return Pages.stream((page) => list(query, page), from)
}

/** The query parameters among what was given. */
const queryOf = <Given extends InWorkspace>(given: Given | undefined, page: number | undefined) => {
  const { workspace: _, ...query } = given ?? {}
  return page === undefined ? query : { ...query, page }
}

/** The arguments that read a page of a workspace's listing. */
interface Input<Given extends InWorkspace> {
  readonly path: { readonly workspace: WorkspaceId }
  readonly query: ReturnType<typeof queryOf<Given>>
}

/** A listing of a workspace: a page, all pages, and a complete one. */
export const inWorkspace = <Given extends InWorkspace & Query, A>(
  client: TileDBClient.Service,
  operation: Operation,
  key: (item: A) => string,
  read: (input: Input<Given>) => Effect.Effect<Model.Page<A>, TileDBError>,
) => {
  const readPage = (workspace: WorkspaceId, given: Given | undefined, page: number | undefined) =>
    read({
      path: { workspace },
      // The call reads it, and refuses what cannot be read.
      get query() {
        return queryOf(given, page)
      },
    })
  const workspaceOf = (given: Given | undefined) => within(client, operation, given, Effect.succeed)
  return {
    all: (given?: Given) =>
      Effect.flatMap(workspaceOf(given), (workspace) =>
        Pages.all((page) => readPage(workspace, given, page), {
          operation: operation.name,
          subject: { workspace },
          key,
        }),
      ),
    list: (given?: Given) => within(client, operation, given, (workspace) => readPage(workspace, given, undefined)),
    stream: (given?: Given) =>
      Stream.unwrap(
        Effect.map(workspaceOf(given), (workspace) =>
          streamOf((query: Given | undefined, page) => readPage(workspace, query, page), given),
        ),
      ),
  }
}
