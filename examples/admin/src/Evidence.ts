import type { TileDBError } from "@effect-tiledb/client"
import type { UserCreateRequest } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import type { Service as Api } from "./Api.js"
import type { Outcome } from "./Journal.js"

/**
 * What an error says about whether the operation was carried out: `NotDone` (the service or the connection proves it),
 * `Done`, or `Unknown` (an answer that was lost, or a 5xx, which may come after the work).
 */
export const outcomeOf = (error: TileDBError.TileDBError): "Done" | "NotDone" | "Unknown" => {
  switch (error._tag) {
    case "DecodeError":
      return "Done"
    case "InvalidRequest":
    case "NotFound":
      return "NotDone"
    case "TransportError":
      return error.outcome === "NotSent" ? "NotDone" : "Unknown"
    case "ApiError": {
      const refusedFor = error.status === 503 && error.retryAfter !== undefined
      return !refusedFor && (error.status >= 500 || error.status === 408) ? "Unknown" : "NotDone"
    }
  }
}

/** Which names a refusal says that somebody has. */
export const takenNames = (error: TileDBError.TileDBError): ReadonlySet<string> =>
  new Set(
    error._tag === "ApiError" && error.status === 409
      ? (error.validation_error?.fields ?? []).map(({ field }) => field)
      : [],
  )

const tries = 4

/**
 * Finds out what became of a `createUser` whose answer was lost.
 *
 * - The new password opens an account with this username and e-mail address: it was created by us.
 * - The service refuses the password: that proves nothing (there may be no account, or somebody else's).
 * - The same request once more. Usernames and addresses are unique, so at most one of the two takes effect. A success: it
 *   had not been done, and now it is. A 409 on the username and the e-mail address: the account exists, and who made it
 *   cannot be told. A 409 on one of them: somebody else has it, ours was never created.
 * - Anything else: nobody can tell, and a person has to look.
 */
export const resolveCreate = (
  { login, users }: Api,
  request: UserCreateRequest,
  /** Whether the password is the one that the lost request carried. */
  samePassword: boolean,
): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    let last = "no answer"
    for (let attempt = 0; attempt < tries; attempt++) {
      if (samePassword) {
        const self = yield* login(request.username, request.password)
        if (self._tag === "NoAnswer") {
          last = self.reason
          continue
        }
        if (self._tag === "User") {
          return self.user.username === request.username && sameAddress(self.user.email, request.email)
            ? { state: "done", evidence: "password", userId: self.user.id }
            : { state: "exists", reason: "this password opens an account with another username or e-mail address" }
        }
      }
      const again = yield* Effect.either(users.createUser(request))
      if (again._tag === "Right") return { state: "done", evidence: "second request", userId: again.right.id }
      const error = again.left
      last = error.message
      const outcome = outcomeOf(error)
      if (outcome === "Done") return { state: "done", evidence: "second request" }
      if (outcome === "Unknown") continue
      const names = takenNames(error)
      if (names.has("username") && names.has("email")) {
        return {
          state: "exists",
          reason: "an account with this username and e-mail address exists; who created it cannot be told",
        }
      }
      if (names.size > 0) return { state: "failed", code: "conflict", reason: reasonOf(error) }
      if (error._tag === "ApiError" && error.status === 409) break
      if (error._tag === "InvalidRequest" || (error._tag === "ApiError" && isRowsFault(error.status))) {
        return { state: "failed", reason: reasonOf(error) }
      }
      break
    }
    return { state: "unknown", reason: `it cannot be told whether the account was created: ${last}` }
  })

const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Statuses that say something about this row; the others are about the caller or the service. */
export const isRowsFault = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429

/** The reason of a failure for a report: the service's word, with the fields that it names. */
export const reasonOf = (error: TileDBError.TileDBError): string => {
  const fields =
    error._tag === "ApiError" || error._tag === "NotFound"
      ? (error.validation_error?.fields ?? []).map(({ field, message }) => `${field} ${message}`).join("; ")
      : error._tag === "InvalidRequest" && !error.message.includes(":")
        ? error.issues.map(({ message, path }) => `${path} ${message}`).join("; ")
        : ""
  const status = error._tag === "ApiError" || error._tag === "NotFound" ? `${error.status} ` : ""
  return fields === "" || error.message.includes(fields)
    ? `${status}${error.message}`
    : `${status}${error.message} (${fields})`
}
