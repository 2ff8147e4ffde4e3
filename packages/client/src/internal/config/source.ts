import type { Credentials } from "../../Credentials.js"
import type { Provenance, Source } from "./models.js"

/** The name of a source that a user can look up: a variable, or a file and the key in it. */
export const describe = (source: Source): string => {
  switch (source._tag) {
    case "Explicit":
      return "in code"
    case "Environment":
      return source.variable
    case "Profile":
      return `${source.file}, profile ${source.profile}, ${source.key}`
    case "CloudJson":
      return `${source.file}, ${source.key}`
    case "Default":
      return "default"
  }
}

/** The source as the path of a `ConfigError`. */
export const errorPath = (source: Source, option: string): Array<string> => {
  switch (source._tag) {
    case "Environment":
      return [source.variable]
    case "Profile":
      return [source.file, source.profile, source.key]
    case "CloudJson":
      return [source.file, source.key]
    default:
      return [option]
  }
}

/** Under this key options remember where they come from; copies have it too. */
const sources: unique symbol = Symbol.for("@effect-tiledb/client/TileDBConfig/sources")

interface Sources {
  readonly provenance: ReadonlyArray<Provenance>
  /** The source of the TLS settings. */
  readonly tls: Source
  /** The base URL and the credentials of these sources: others have been set in code since. */
  readonly baseUrl?: string
  readonly credentials?: Credentials | undefined
}

export const withSources = <A extends object>(options: A, from: Sources): A =>
  Object.assign(options, { [sources]: from })

/** Where options come from: code, if they remember no other source. */
export const sourcesOf = (options: object & { readonly [sources]?: Sources }): Sources =>
  options[sources] ?? { provenance: [], tls: { _tag: "Explicit" } }

/** The names of options in the user's source. */
type Named = Readonly<Record<"base" | "credentials", string>>

/** The names of options given in code. */
const inCode: Named = { base: "baseUrl", credentials: "credentials" }

const schemeFields: Readonly<Record<Credentials["_tag"], ReadonlyArray<Provenance["field"]>>> = {
  Anonymous: [],
  ApiKey: ["apiKey"],
  Basic: ["username", "password"],
  Bearer: [],
}

/** The names of the options in the user's sources. */
export const namesOf = (options: {
  readonly baseUrl?: string | undefined
  readonly credentials?: Credentials | undefined
}): Named => {
  const { baseUrl, credentials, provenance } = sourcesOf(options)
  const nameOf = (field: Provenance["field"]): string | undefined => {
    const source = provenance.find((entry) => entry.field === field)?.source
    return source?._tag === "Explicit" ? field : source && describe(source)
  }
  // In words: the table of fields would be in every page.
  const base = baseUrl === undefined ? undefined : (nameOf("baseUrl") ?? "baseUrl (TILEDB_REST_HOST)")
  const names = credentials === undefined ? [] : schemeFields[credentials._tag].map(nameOf)
  return {
    base: (options.baseUrl === baseUrl ? base : undefined) ?? inCode.base,
    credentials: options.credentials === credentials && names.length > 0 ? names.join(" and ") : inCode.credentials,
  }
}
