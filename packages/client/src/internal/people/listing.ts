import type { Model, Operation } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { constUndefined } from "effect/Function"
import * as Stream from "effect/Stream"
import * as Pages from "../../Pages.js"
import type * as TileDBClient from "../../TileDBClient.js"
import type { TileDBError } from "../../TileDBError.js"
import { prepare } from "../call/prepare.js"
import type { Call } from "../call.js"
import { guarded } from "../runtime/guarded.js"
import { type InWorkspace, within } from "./workspace.js"

/** A listing whose pages are counted by its query. */
interface Query {
  readonly page?: number | undefined
}

/** The page in a query, or the first. */
const firstOf = (query: Query | undefined): number => {
  // Stryker disable next-line OptionalChaining: what cannot be read gives the same
  const page = guarded(() => query?.page, constUndefined)
  // Not `??`: `null` is refused.
  return page === undefined ? 1 : page
}

/** The items of all pages, from the one in the query on. */
export const streamOf = <Given extends Query | undefined, A, E>(
  list: (query: Given, page: number) => Effect.Effect<Model.Page<A>, E>,
  query: Given,
) => Pages.stream((page) => list(query, page), firstOf(query))

/** The query parameters among what was given. */
const queryOf = <Given extends InWorkspace>(given: Given | undefined, page: number | undefined) => {
  const { workspace: _, ...query } = given ?? {}
  return page === undefined ? query : { ...query, page }
}

/** The call that reads another page. */
const atPage = (call: Call, page: number): Call => ({
  ...call,
  path: call.path.replace(/([?&]page=)\d+/, `$1${page}`),
})

/** A listing of a workspace: a page, all pages, and a complete one. Its arguments are read and checked once. */
export const inWorkspace = <Given extends InWorkspace & Query, A>(
  client: TileDBClient.Service,
  operation: Operation,
  key: (item: A) => string,
) => {
  const prepared = (given: Given | undefined, page?: number): Effect.Effect<Call, TileDBError> =>
    within(client, operation, given, (workspace) =>
      prepare(operation, {
        path: { workspace },
        // The call reads it, and refuses what cannot be read.
        get query() {
          return queryOf(given, page)
        },
      }),
    )
  const read = (call: Call) => client.execute(call) as Effect.Effect<Model.Page<A>, TileDBError> // as the row's schema decodes it
  return {
    all: (given?: Given) =>
      Effect.flatMap(prepared(given, 1), (call) =>
        Pages.all((page) => read(atPage(call, page)), { operation: operation.name, subject: call.parameters, key }),
      ),
    list: (given?: Given) => Effect.flatMap(prepared(given), read),
    stream: (given?: Given) => {
      const from = firstOf(given)
      return Stream.unwrap(
        Effect.map(prepared(given, from), (call) => Pages.stream((page) => read(atPage(call, page)), from)),
      )
    },
  }
}
