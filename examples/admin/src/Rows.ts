import { type TileDBError, Users } from "@effect-tiledb/client"
import type { UserCreateRequest, UserId, UserUpdateRequest } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Service as Api } from "./Api.js"
import type { Row } from "./Columns.js"
import type { Outcome } from "./Journal.js"

/** What struck a row although the row is not to blame, so that it may strike all rows. */
export type Cause = "credential" | "away" | "unreachable" | "throttled" | "forbidden" | "refused" | "service"

export interface Result {
  readonly outcome: Outcome
  readonly cause?: Cause
  readonly reason?: string
}

/** The reason of a failure for a report: the report says what was asked for, so that the operation's name is left out. */
export const reasonOf = ({ message, operation }: TileDBError.TileDBError): string =>
  message.startsWith(`${operation}: `) ? message.slice(operation.length + 2) : message

/** Whether both names of a row are taken: then it is there. One of them may be another user's. */
const isThere = (error: TileDBError.ApiError): boolean => {
  const taken = new Set(error.validationError?.fields.map(({ field }) => field))
  return error.status === 409 && taken.has("username") && taken.has("email")
}

/** What a failed call says of a row: only the service's own Error refuses it, anything else is not about the row. */
export const refusal = (error: TileDBError.TileDBError): Result => {
  const reason = reasonOf(error)
  const failed = (cause?: Cause): Result => ({
    outcome: { state: "failed", reason },
    ...(cause === undefined ? {} : { cause, reason }),
  })
  const open = (cause: Cause): Result => ({ outcome: { state: "released", reason }, cause, reason })
  if (error._tag === "NotFound" || error._tag === "InvalidRequest") return failed("refused")
  if (error._tag === "TransportError") {
    return open(error.reason === "Credentials" ? "credential" : error.outcome === "NotSent" ? "unreachable" : "service")
  }
  if (error._tag === "DecodeError") return open("away")
  if (error.status === 429) return open("throttled")
  // The documented Error has both; the page of a proxy, an ingress or a firewall has not.
  if (error.code === undefined || error.requestId === undefined) return open("away")
  if (error.status === 401) return open("credential")
  if (error.status === 403) return failed("forbidden")
  if (error.status === 408 || error.status >= 500) return open("service")
  if (isThere(error)) return { outcome: { state: "there", reason } }
  return failed(error.status === 409 ? undefined : "refused")
}

/** What was not found out stays unknown, unless the service refuses this very row. */
export const unresolved = (error: TileDBError.TileDBError): Result => {
  const result = refusal(error)
  return result.outcome.state === "released"
    ? { ...result, outcome: { state: "unknown", reason: `it cannot be told whether it was done: ${reasonOf(error)}` } }
    : result
}

const done = (evidence: string, userId: UserId | undefined): Result => ({
  outcome: { state: "done", evidence, userId },
})

/** The call of a row that changes or deletes a user. */
const callOf = ({ users }: Api, { ask }: Row, id: UserId) =>
  ask._tag === "update" ? users.updateUser(id, ask.request) : users.deleteUser(id)

/** Sends a row for the first time. A response that is lost is found out about at once. */
export const perform = (api: Api, row: Row): Effect.Effect<Result> => {
  const { ask } = row
  const call: Effect.Effect<UserId | undefined, TileDBError.TileDBError> =
    ask._tag === "create"
      ? Effect.map(api.users.createUser(ask.request), ({ id }) => id)
      : ask.id === undefined
        ? Effect.dieMessage("a row without a user")
        : Effect.as(callOf(api, row, ask.id), ask.id)
  return Effect.matchEffect(call, {
    onSuccess: (userId) => Effect.succeed(done("response", userId)),
    onFailure: (error) => {
      if (error.outcome === "NotSent" || error.outcome === "NotDone") return Effect.succeed(refusal(error))
      if (error.outcome === "Done" && ask._tag !== "create") return Effect.succeed(done("response", ask.id))
      return Effect.map(resolve(api, row), (result) =>
        result.outcome.state === "unknown" ? { cause: "service", reason: reasonOf(error), ...result } : result,
      )
    },
  })
}

/** Finds out what became of a row that may have been sent. */
export const resolve = (api: Api, row: Row): Effect.Effect<Result> => {
  const { ask } = row
  if (ask._tag === "create") return resolveCreate(api, ask.request)
  const { id } = ask
  if (id === undefined) return Effect.dieMessage("a row without a user")
  const gone = (error: TileDBError.TileDBError): Result =>
    // `deleteUser` repeats itself, so that a 404 here is the end of another call.
    error._tag === "NotFound" && ask._tag === "delete" ? done("gone", id) : unresolved(error)
  return Effect.matchEffect(api.users.getUser(id), {
    onFailure: (error) => Effect.succeed(gone(error)),
    onSuccess: (user) =>
      ask._tag === "delete" && user.deleted_at !== undefined
        ? Effect.succeed(done("gone", id))
        : // An update that is made twice leaves the same user, but it is only made again when the user is not like that yet.
          ask._tag === "update" && same(ask.request, { ...user })
          ? Effect.succeed(done("read", id))
          : Effect.match(callOf(api, row, id), { onSuccess: () => done("second request", id), onFailure: gone }),
  })
}

const same = ({ image, ...wanted }: UserUpdateRequest, user: { readonly [name: string]: unknown }): boolean =>
  image === undefined && Object.entries(wanted).every(([name, value]) => user[name] === value)

/**
 * Finds out what became of a `createUser` whose response was lost; `Users.resolveCreate` says which evidence proves what.
 * Where that gets no response either, the next pass over the rows tries again.
 */
const resolveCreate = ({ users }: Api, request: UserCreateRequest): Effect.Effect<Result> =>
  Effect.map(Effect.provideService(Users.resolveCreate(request), Users.Users, users), (found): Result => {
    if (found._tag === "Created") {
      return done(found.evidence === "SignedIn" ? "password" : "second request", Option.getOrUndefined(found.userId))
    }
    if (found._tag === "NotCreated") return unresolved(found.error)
    if (found.exists) return { outcome: { state: "exists", reason: found.reason } }
    const reason = [found.reason, ...Option.toArray(Option.map(found.error, reasonOf))].join(": ")
    return {
      ...Option.match(found.error, { onNone: () => ({}), onSome: refusal }),
      outcome: { state: "unknown", reason: `it cannot be told whether the account was created: ${reason}` },
    }
  })
