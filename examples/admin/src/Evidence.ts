import { type TileDBError, Users } from "@effect-tiledb/client"
import type { UserCreateRequest } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Service as Api } from "./Api.js"
import type { Outcome } from "./Journal.js"

const tries = 4

/**
 * Finds out what became of a `createUser` whose answer was lost; `Users.resolveCreate` says which evidence proves what.
 * Where that gets no answer either, it is asked again, and then left to a person.
 */
export const resolveCreate = ({ users }: Api, request: UserCreateRequest): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    let last = "no answer"
    for (let attempt = 0; attempt < tries; attempt++) {
      const found = yield* Effect.provideService(Users.resolveCreate(request), Users.Users, users)
      switch (found._tag) {
        case "Created":
          return {
            state: "done",
            evidence: found.evidence === "SignedIn" ? "password" : "second request",
            userId: Option.getOrUndefined(found.userId),
          }
        case "NotCreated":
          return { state: "failed", reason: reasonOf(found.error) }
        case "CannotTell":
          if (found.exists) return { state: "exists", reason: found.reason }
          last = [found.reason, ...Option.toArray(Option.map(found.error, reasonOf))].join(": ")
          // What the service says about the caller will be the same the next time.
          if (!Option.exists(found.error, ({ outcome }) => outcome !== "NotDone")) break
          continue
      }
      break
    }
    return { state: "unknown", reason: `it cannot be told whether the account was created: ${last}` }
  })

/** Statuses that say something about this row; the others are about the caller or the service. */
export const isRowsFault = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429

/** The reason of a failure for a report: the report says what was asked for, so that the operation's name is left out. */
export const reasonOf = ({ message, operation }: TileDBError.TileDBError): string =>
  message.startsWith(`${operation}: `) ? message.slice(operation.length + 2) : message
