import { TileDBError, Users } from "@effect-tiledb/client"
import type { UserCreateRequest } from "@effect-tiledb/schema"
import { Effect, Option } from "effect"

export const register = (request: UserCreateRequest) =>
  Effect.flatMap(Users.Users, (users) => users.createUser(request)).pipe(
    Effect.catchIf(TileDBError.mayHaveBeenDone, (lost) =>
      Effect.flatMap(Users.resolveCreate(request), (found) => {
        if (found._tag === "Created") return Effect.mapError(found.user, () => lost)
        if (found._tag === "NotCreated") return Effect.fail(found.error)
        return Effect.fail(Option.getOrElse(found.error, () => lost)) // username is taken, …
      }),
    ),
  )
