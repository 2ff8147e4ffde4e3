import type { Credentials } from "../../Credentials.js"
import type { Provenance, Source } from "./models.js"

/** The name of a source that a user can look up: a variable, or a file and the key in it. */
export const describe = (source: Source): string => {
  if (source._tag === "Profile") return `${source.file}, profile ${source.profile}, ${source.key}`
  return pathOf(source)?.join(", ") ?? (source._tag === "Explicit" ? "in code" : "default")
}

/** The source as the path of a `ConfigError`, unless it is code. */
export const pathOf = (source: Source): Array<string> | undefined => {
  if (source._tag === "Environment") return [source.variable]
  if (source._tag === "Profile") return [source.file, source.profile, source.key]
  return source._tag === "CloudJson" ? [source.file, source.key] : undefined
}

/** The source as the path of a `ConfigError`; in code, the name of the option. */
export const errorPath = (source: Source, option: string): Array<string> => pathOf(source) ?? [option]

/** Under this key options remember where they come from; copies have it too. */
const sources: unique symbol = Symbol.for("@effect-tiledb/client/TileDBConfig/sources")

/** The names of options in the user's source. */
type Named = Readonly<Record<"base" | "credentials", string>>

interface Sources {
  readonly provenance: ReadonlyArray<Provenance>
  /** The source of the TLS settings: its path in an error, if it is not code, and its name. */
  readonly tls: { readonly isDefault: boolean; readonly path: ReadonlyArray<string> | undefined; readonly name: string }
  /** The base URL and the credentials of these sources: others have been set in code since. */
  readonly baseUrl?: string
  readonly credentials?: Credentials | undefined
  readonly names?: Named
}

export const withSources = <A extends object>(options: A, from: Sources): A =>
  Object.assign(options, { [sources]: from })

/** Where options come from: code, if they remember no other source. */
export const sourcesOf = (options: object & { readonly [sources]?: Sources }): Sources =>
  options[sources] ?? { provenance: [], tls: { isDefault: false, path: undefined, name: "in code" } }

/** The names of options given in code. */
const inCode: Named = { base: "baseUrl", credentials: "credentials" }

/** The names of the options in the user's sources. */
export const namesOf = (options: {
  readonly baseUrl?: string | undefined
  readonly credentials?: Credentials | undefined
}): Named => {
  const { baseUrl, credentials, names = inCode } = sourcesOf(options)
  return {
    base: options.baseUrl === baseUrl ? names.base : inCode.base,
    credentials: options.credentials === credentials ? names.credentials : inCode.credentials,
  }
}
