import type { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import * as Redacted from "effect/Redacted"

/** Literally from UsersApi.md and models.json: an id, and a user on the wire. */
export const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

export const user = {
  id,
  display_name: "Ada",
  email: "ada@example.com",
  role: "member",
  username: "ada",
  timezone: "UTC",
  created_at: "2026-01-31T12:00:00Z",
}

/** A call for each method of HTTP that the API uses. */
export const calls = {
  GET: (users: Users.Service) => users.getUser(id),
  POST: (users: Users.Service) =>
    users.changePassword({ current_password: Redacted.make("old pass"), new_password: Redacted.make("new pass") }),
  PATCH: (users: Users.Service) => users.updateUser(id, { display_name: "Ada" }),
  DELETE: (users: Users.Service) => users.deleteUser(id),
}

export type Method = keyof typeof calls

export const methods = Object.keys(calls) as ReadonlyArray<Method>
