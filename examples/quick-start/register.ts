import { TileDBError, Users } from "@effect-tiledb/client"
import type { UserCreateRequest } from "@effect-tiledb/schema"
import { Effect } from "effect"

export const register = (request: UserCreateRequest) =>
  Effect.flatMap(Users.Users, (users) => users.createUser(request)).pipe(
    Effect.catchIf(TileDBError.mayHaveBeenDone, (lost) =>
      Effect.flatMap(Users.resolveCreate(request), (found) => {
        if (found._tag === "Created") return Effect.mapError(found.user, () => lost)
        // The service's refusal (username is taken, …), or the reason the outcome is unknown.
        return Effect.fail(found._tag === "NotCreated" ? found.error : found)
      }),
    ),
  )
