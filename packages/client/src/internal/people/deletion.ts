import * as Effect from "effect/Effect"
import type { TileDBError } from "../../TileDBError.js"

/**
 * A deletion whose outcome is `Unknown` after a 404, which may be about another thing or an unknown path: if what the thing
 * was part of can be read, the 404 was about the thing itself, and it is gone.
 */
export const settle = (
  deletion: Effect.Effect<void, TileDBError>,
  read: Effect.Effect<unknown, TileDBError>,
): Effect.Effect<void, TileDBError> =>
  Effect.catchAll(deletion, (error) =>
    error._tag === "NotFound" && error.outcome === "Unknown"
      ? Effect.matchEffect(read, { onFailure: () => Effect.fail(error), onSuccess: () => Effect.void })
      : Effect.fail(error),
  )
