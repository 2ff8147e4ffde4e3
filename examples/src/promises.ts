import { type TileDBError, Users } from "@effect-tiledb/client"
import { Cause, Effect, Exit, type Layer, ManagedRuntime } from "effect"

/** The client for code that is not Effect code. Make it once, and close it when the application ends. */
export const promised = <ConfigError>(layer: Layer.Layer<Users.Users, ConfigError>) => {
  const runtime = ManagedRuntime.make(layer)

  /** Resolves with the result or the error of a call; rejects if the signal aborts or the configuration is unusable. */
  const call = async <A, E extends TileDBError.TileDBError>(
    method: (users: Users.Service) => Effect.Effect<A, E>,
    signal?: AbortSignal,
  ): Promise<A | E> => {
    const exit = await runtime.runPromiseExit(Effect.either(Effect.flatMap(Users.Users, method)), { signal })
    if (Exit.isSuccess(exit)) return exit.value._tag === "Right" ? exit.value.right : exit.value.left
    if (Exit.isInterrupted(exit)) signal?.throwIfAborted()
    throw Cause.squash(exit.cause)
  }
  return { call, close: () => runtime.dispose() }
}
