import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import type { Tls } from "./models.js"
import { describe, errorPath, sourcesOf } from "./source.js"

/** Set while Layers are built above a `NodeNetwork`, through any `HttpClient` between them. */
export const handled: FiberRef.FiberRef<boolean> = globalValue("@effect-tiledb/client/tls/handled", () =>
  FiberRef.unsafeMake(false),
)

/** TLS settings that no transport would apply are an error: an unverified certificate setting, or a missing CA. */
export const check = (options: Partial<Tls>): Effect.Effect<void, ConfigError.ConfigError> => {
  const { caFile, verifySsl } = options
  if (caFile === undefined && verifySsl !== false) return Effect.void
  const source = sourcesOf(options).tls
  const what = verifySsl === false ? "Not verifying certificates" : "A CA file of one's own"
  return Effect.flatMap(FiberRef.get(handled), (handled) =>
    handled
      ? Effect.void
      : Effect.fail(
          ConfigError.InvalidData(
            errorPath(source, verifySsl === false ? "verifySsl" : "caFile"),
            `${what} (${describe(source)}) cannot be honoured by this HttpClient: on Node provide NodeNetwork.layerConfig from @effect-tiledb/client/NodeNetwork to NodeTransport.layerWithoutDispatcher or NodeHttpClient.layerUndiciWithoutDispatcher; elsewhere set TLS up where the platform wants it and leave this out`,
          ),
        ),
  )
}
