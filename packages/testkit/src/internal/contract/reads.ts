import { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { fails, holds, same, type Violation, works } from "./check.js"

export interface ReadCase {
  readonly name: string
  readonly run: Effect.Effect<void, Violation, Users.Users>
}

const nobody = UserId.make("usr_00000000000000000000")

/** The cases that hold for any signed-in user, and that only read. */
export const cases: ReadonlyArray<ReadCase> = [
  {
    name: "getSelfUser gives the caller and the workspaces with the caller in them",
    run: Effect.gen(function* () {
      const users = yield* Users.Users
      const { user, workspaces } = yield* works("getSelfUser", users.getSelfUser)
      yield* holds("the username is not empty", user.username !== "")
      for (const workspace of workspaces) yield* same("self of a workspace", workspace.self.user_id, user.id)
    }),
  },
  {
    name: "getUser gives the same user as getSelfUser, each time",
    run: Effect.gen(function* () {
      const users = yield* Users.Users
      const { user } = yield* works("getSelfUser", users.getSelfUser)
      yield* same("getUser", yield* works("getUser", users.getUser(user.id)), user)
      yield* same("getUser again", yield* works("getUser", users.getUser(user.id)), user)
    }),
  },
  {
    name: "getUser of nobody is NotFound, and says so with status 404",
    run: Effect.gen(function* () {
      const users = yield* Users.Users
      const error = yield* fails("getUser", users.getUser(nobody), "NotFound")
      yield* same("status", "status" in error ? error.status : undefined, 404)
      yield* same("operation", error.operation, "getUser")
    }),
  },
  {
    name: "getUser refuses what is no user id before anything is sent",
    run: Effect.gen(function* () {
      const users = yield* Users.Users
      for (const id of ["self", "", "..", "usr_", "usr_0000000000000000000/", "USR_00000000000000000000"]) {
        // JavaScript callers can pass what the type forbids.
        const error = yield* fails(`getUser("${id}")`, users.getUser(UserId.make(id, true)), "InvalidRequest")
        yield* same("path", "issues" in error ? error.issues.map(({ path }) => path) : [], ["userId"])
      }
    }),
  },
]
