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

const nameOf = ({ field, source }: Provenance): string => {
  if (source._tag === "Explicit") return field
  // In words: the table of fields would be in every page.
  return source._tag === "Default" && field === "baseUrl" ? "baseUrl (TILEDB_REST_HOST)" : describe(source)
}

const schemeFields: Readonly<Record<Credentials["_tag"], ReadonlyArray<Provenance["field"]>>> = {
  Anonymous: [],
  ApiKey: ["apiKey"],
  Basic: ["username", "password"],
  Bearer: [],
}

/** The names of the options in the user's sources. A value that differs from its provenance was changed in code. */
export const namesOf = (options: {
  readonly baseUrl?: string | undefined
  readonly credentials?: Credentials | undefined
}): Named => {
  const { baseUrl, credentials } = options
  const { provenance } = sourcesOf(options)
  const base = provenance.find(({ field, value }) => field === "baseUrl" && value === baseUrl)
  const own = schemeFields[credentials?._tag ?? "Anonymous"] ?? []
  const used = provenance.filter((entry) => entry.used && own.includes(entry.field))
  return {
    base: base === undefined ? inCode.base : nameOf(base),
    credentials: used.length === 0 ? inCode.credentials : used.map(nameOf).join(" and "),
  }
}
