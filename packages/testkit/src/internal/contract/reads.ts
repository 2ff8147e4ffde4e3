import type { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { type Case, fails, holds, make, same, works } from "./check.js"

const nobody = UserId.make("usr_00000000000000000000")

/** The cases that hold for any signed-in user, and that only read. */
export const cases: ReadonlyArray<Case<never, Users.Users>> = [
  make("getSelfUser gives the caller and the workspaces with the caller in them", function* (users) {
    const { user, workspaces } = yield* works(users.getSelfUser)
    yield* holds("the username is not empty", user.username !== "")
    for (const workspace of workspaces) yield* same("self of a workspace", workspace.self.user_id, user.id)
  }),
  make("getUser gives the same user as getSelfUser, each time", function* (users) {
    const { user } = yield* works(users.getSelfUser)
    yield* same("getUser", yield* works(users.getUser(user.id)), user)
    yield* same("getUser again", yield* works(users.getUser(user.id)), user)
  }),
  make("getUser of nobody is NotFound, and says so with status 404", function* (users) {
    const error = yield* fails("getUser", users.getUser(nobody), "NotFound")
    yield* same("status", "status" in error ? error.status : undefined, 404)
    yield* same("operation", error.operation, "getUser")
  }),
  make("getUser refuses what is no user id before anything is sent", function* (users) {
    for (const id of ["self", "", "..", "usr_", "usr_0000000000000000000/", "USR_00000000000000000000"]) {
      // JavaScript callers can pass what the type forbids.
      const error = yield* fails(`getUser("${id}")`, users.getUser(UserId.make(id, true)), "InvalidRequest")
      yield* same("path", "issues" in error ? error.issues.map(({ path }) => path) : [], ["userId"])
    }
  }),
]
