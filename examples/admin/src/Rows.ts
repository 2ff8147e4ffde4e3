import type { TileDBError } from "@effect-tiledb/client"
import type { UserUpdateRequest } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import type { Service as Api } from "./Api.js"
import type { Row } from "./Columns.js"
import { isRowsFault, reasonOf, resolveCreate } from "./Evidence.js"
import type { Outcome } from "./Journal.js"

/** What struck a row although the row is not to blame, so that it may strike all rows. */
export type Cause = "credential" | "unreachable" | "throttled" | "forbidden" | "service"

export interface Result {
  readonly outcome: Outcome
  readonly cause?: Cause
  readonly reason?: string
}

const causeOf = (error: TileDBError.TileDBError): Cause | undefined => {
  if (error._tag === "TransportError") {
    if (error.reason === "Credentials") return "credential"
    return error.outcome === "NotSent" ? "unreachable" : "service"
  }
  if (error._tag !== "ApiError") return undefined
  if (error.status === 401) return "credential"
  if (error.status === 403) return "forbidden"
  if (error.status === 429) return "throttled"
  return error.status >= 500 || error.status === 408 ? "service" : undefined
}

/** What a refusal says of a row. */
export const refusal = (error: TileDBError.TileDBError): Result => {
  const reason = reasonOf(error)
  const cause = causeOf(error)
  const struck = cause === undefined ? {} : { cause, reason }
  if (error._tag === "NotFound") return { outcome: { state: "failed", code: "not-found", reason }, ...struck }
  const final = error._tag === "InvalidRequest" || (error._tag === "ApiError" && isRowsFault(error.status))
  return { outcome: { state: final ? "failed" : "released", reason }, ...struck }
}

/** Sends a row for the first time. An answer that is lost is found out about at once. */
export const perform = (api: Api, row: Row): Effect.Effect<Result> => {
  const { ask } = row
  const call: Effect.Effect<string | undefined, TileDBError.TileDBError> =
    ask._tag === "create"
      ? Effect.map(api.users.createUser(ask.request), ({ id }) => id)
      : Effect.as(
          ask._tag === "update" ? api.users.updateUser(ask.id, ask.request) : api.users.deleteUser(ask.id),
          ask.id,
        )
  return Effect.matchEffect(call, {
    onSuccess: (userId): Effect.Effect<Result> =>
      Effect.succeed({ outcome: { state: "done", evidence: "answer", userId } }),
    onFailure: (error) => {
      switch (error.outcome) {
        case "NotSent":
        case "NotDone":
          return Effect.succeed(refusal(error))
        case "Done":
          return ask._tag === "create"
            ? resolve(api, row)
            : Effect.succeed({ outcome: { state: "done", evidence: "answer", userId: ask.id } })
        case "Unknown":
          return Effect.map(resolve(api, row), (result) =>
            result.outcome.state === "unknown" ? { cause: "service", reason: reasonOf(error), ...result } : result,
          )
      }
    },
  })
}

/** Finds out what became of a row that may have been sent. */
export const resolve = (api: Api, row: Row): Effect.Effect<Result> => {
  const { ask } = row
  switch (ask._tag) {
    case "create":
      return Effect.map(resolveCreate(api, ask.request), (outcome) => ({ outcome }))
    case "update":
      // An update that is made twice leaves the same user, but it is only made again when the user is not like that yet.
      return look(api, row, (user) =>
        same(ask.request, user) ? undefined : again(row, api.users.updateUser(ask.id, ask.request)),
      )
    case "delete":
      return look(api, row, () => again(row, api.users.deleteUser(ask.id)))
  }
}

const same = ({ image, ...wanted }: UserUpdateRequest, user: { readonly [name: string]: unknown }): boolean =>
  image === undefined && Object.entries(wanted).every(([name, value]) => user[name] === value)

const look = (
  { users }: Api,
  { ask }: Row,
  next: (user: { readonly [name: string]: unknown }) => Effect.Effect<Result> | undefined,
): Effect.Effect<Result> =>
  ask._tag === "create"
    ? Effect.dieMessage("a row of create has no id to look at")
    : Effect.matchEffect(users.getUser(ask.id), {
        onSuccess: (user) =>
          next({ ...user }) ?? Effect.succeed({ outcome: { state: "done", evidence: "read", userId: ask.id } }),
        onFailure: (error) =>
          Effect.succeed(
            error._tag === "NotFound" && ask._tag === "delete"
              ? { outcome: { state: "done", evidence: "gone", userId: ask.id } }
              : unresolved(error),
          ),
      })

const again = ({ ask }: Row, call: Effect.Effect<void, TileDBError.TileDBError>): Effect.Effect<Result> =>
  Effect.match(call, {
    onSuccess: () => ({
      outcome: { state: "done", evidence: "second request", ...(ask._tag === "create" ? {} : { userId: ask.id }) },
    }),
    // `deleteUser` repeats itself, so that a 404 here is the end of another call.
    onFailure: (error) =>
      error._tag === "NotFound" && ask._tag === "delete"
        ? { outcome: { state: "done", evidence: "gone", userId: ask.id } }
        : unresolved(error),
  })

/** What was not found out stays unknown, unless the service refuses this very row. */
export const unresolved = (error: TileDBError.TileDBError): Result => {
  const result = refusal(error)
  return result.outcome.state === "released"
    ? { ...result, outcome: { state: "unknown", reason: `it cannot be told whether it was done: ${reasonOf(error)}` } }
    : result
}
