import type { Model, Operation } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { constUndefined } from "effect/Function"
import * as Record from "effect/Record"
import * as Stream from "effect/Stream"
import * as Pages from "../../Pages.js"
import type * as TileDBClient from "../../TileDBClient.js"
import type { CommonError, TileDBError } from "../../TileDBError.js"
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

/** The call that reads another page. */
const atPage = (call: Call, page: number): Call => ({
  ...call,
  path: call.path.replace(/([?&]page=)\d+/, `$1${page}`),
})

/** A listing: a page, all pages, and a complete one. Its arguments are prepared once, for the first page. */
const listing = <Given extends Query | undefined, A, E>(
  { execute }: TileDBClient.Service,
  operation: Operation,
  key: (item: A) => string,
  prepared: (given: Given, page?: number) => Effect.Effect<Call, E>,
) => {
  const read = (call: Call) => execute(call) as Effect.Effect<Model.Page<A>, E> // as the row decodes and fails
  const pagesOf = (call: Call) => (page: number) => read(atPage(call, page))
  return {
    all: (given: Given) =>
      Effect.flatMap(prepared(given, 1), (call) =>
        Pages.all(pagesOf(call), {
          operation: operation.name,
          ...(Record.isEmptyRecord(call.parameters) ? {} : { subject: call.parameters }),
          key,
        }),
      ),
    list: (given: Given) => Effect.flatMap(prepared(given), read),
    stream: (given: Given) => {
      const from = firstOf(given)
      return Stream.unwrap(Effect.map(prepared(given, from), (call) => Pages.stream(pagesOf(call), from)))
    },
  }
}

/** A listing of what the caller has. */
export const ofCaller = <Given extends Query, A>(
  client: TileDBClient.Service,
  operation: Operation,
  key: (item: A) => string,
) =>
  listing<Given, A, CommonError>(client, operation, key, (given, page) =>
    Effect.suspend(() =>
      prepare(operation, {
        // Read by `prepare`, which refuses what cannot be read.
        get query() {
          return page === undefined ? given : { ...given, page }
        },
      }),
    ),
  )

/** A listing of what a workspace has. */
export const inWorkspace = <Given extends InWorkspace & Query, A>(
  client: TileDBClient.Service,
  operation: Operation,
  key: (item: A) => string,
) =>
  listing<Given | undefined, A, TileDBError>(client, operation, key, (given, page) =>
    within(client, operation, given, (workspace) =>
      prepare(operation, {
        path: { workspace },
        get query() {
          const { workspace: _, ...query } = given ?? {}
          return page === undefined ? query : { ...query, page }
        },
      }),
    ),
  )
