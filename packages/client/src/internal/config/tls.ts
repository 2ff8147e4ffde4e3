import * as Either from "effect/Either"
import { type ConfigError, invalid } from "../runtime/configError.js"
import { perProcess } from "../runtime/global.js"
import type { Explicit, Tls } from "./models.js"
import { sourcesOf } from "./source.js"

/** The settings of dispatchers that `NodeNetwork` made, and of each `HttpClient` that was made from one of them. */
const known = perProcess("tls/known", () => new WeakMap<object, Tls>())

export const setKnown = <A extends object>(value: A, settings: Tls | undefined): A => {
  if (settings !== undefined) known.set(value, settings)
  return value
}

/** An `HttpClient` that sends through a dispatcher has its settings. */
export const passOn = <A extends object>(dispatcher: object, client: A): A => setKnown(client, known.get(dispatcher))

/** Options of the client share `baseUrl`, and those of a `TileDBConfig` have all. */
type Settings = Pick<Explicit, "baseUrl" | "caFile" | "verifySsl">

/** Whether certificates are verified, where someone said so. */
const verifiedBy = (options: Settings): boolean | undefined => {
  const { caFile, verifySsl } = options
  return sourcesOf(options).tls.isDefault ? undefined : (verifySsl ?? (caFile === undefined ? undefined : true))
}

/** TLS settings that the client does not apply are an error: an unverified certificate setting, or a missing CA. */
export const check = (client: object, options: Settings): Either.Either<void, ConfigError> => {
  const { caFile } = options
  const verify = verifiedBy(options)
  const has = known.get(client) ?? { verifySsl: true }
  if ((caFile === undefined || caFile === has.caFile) && (verify ?? has.verifySsl) === has.verifySsl) return Either.void
  const { name, path } = sourcesOf(options).tls
  const what = verify === false ? "Not verifying certificates" : "A custom CA file"
  return invalid(
    path ?? (verify === false ? "verifySsl" : "caFile"),
    `${what} (${name}) is not supported by this HttpClient: build it over NodeNetwork.layerConfig with the same configuration, or set up TLS in the platform`,
  )
}
