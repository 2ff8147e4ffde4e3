import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../../Credentials.js"
import { checked } from "../auth/checked.js"
import { invalid, missing } from "../runtime/configError.js"
import * as BaseUrl from "./baseUrl.js"
import { type FieldName, fields } from "./fields.js"
import type { Explicit, Source, TileDBConfig, Tls } from "./models.js"
import { describe, errorPath, pathOf, sourcesOf, withSources } from "./source.js"

/** The value of one field in one source; always redacted, so that it is never printed. */
export interface Candidate {
  readonly field: FieldName
  readonly value: Redacted.Redacted<string>
  readonly source: Source
}

export type Result<A> = BaseUrl.Result<A>

const refuse = (candidate: Candidate, message: string): Result<never> =>
  invalid(errorPath(candidate.source, candidate.field), message)

const words = ["false", "no", "off", "0", "true", "yes", "on", "1"]

const boolean = (candidate: Candidate): Result<boolean> => {
  const at = words.indexOf(Redacted.value(candidate.value).trim().toLowerCase())
  return at < 0 ? refuse(candidate, "Expected true or false") : Either.right(at > 3)
}

/** The first candidate of each field; the order of the candidates is the order of the sources. */
const strongest = (candidates: ReadonlyArray<Candidate>): Partial<Record<FieldName, Candidate>> => {
  const first: Partial<Record<FieldName, Candidate>> = {}
  for (const candidate of candidates) first[candidate.field] ??= candidate
  return first
}

/** The TLS settings, each from the strongest source that has it. */
export const resolveTls = (candidates: ReadonlyArray<Candidate>): Result<Tls> =>
  Either.gen(function* () {
    const { caFile, verifySsl } = strongest(candidates)
    // The variable has the opposite meaning of the keys in the files.
    const verify =
      verifySsl === undefined ? true : (yield* boolean(verifySsl)) !== (verifySsl.source._tag === "Environment")
    const tls = { verifySsl: verify, ...(caFile === undefined ? {} : { caFile: Redacted.value(caFile.value) }) }
    const source = !verify && verifySsl !== undefined ? verifySsl.source : (caFile?.source ?? { _tag: "Default" })
    const isDefault = source._tag === "Default" && verifySsl === undefined
    return withSources(tls, {
      provenance: candidates.map(({ field, source }) => ({ field, source })),
      tls: { isDefault, path: pathOf(source), name: describe(source) },
    })
  })

/** Where values were looked for: variables below a prefix, and files, if any were to be read. */
export interface Searched {
  readonly prefix: string
  readonly files?: ReadonlyArray<string>
}

const filesText = ({ files, prefix }: Searched): string =>
  files?.length === 0
    ? `; no files were read, as the ConfigProvider has no ${prefix}HOME: set it, or pass directory`
    : files === undefined
      ? ""
      : `, or write one into ${files.join(" or ")}`

const noCredential = (searched: Searched): Result<never> => {
  const named = `${searched.prefix}TILEDB_REST_`
  return missing(
    `${named}TOKEN`,
    [
      `There is no credential. Set ${named}TOKEN, or ${named}USERNAME with ${named}PASSWORD`,
      filesText(searched),
      "; to call without a credential, pass { credentials: Credentials.anonymous }",
    ].join(""),
  )
}

const schemes = (
  explicit: Explicit,
  first: Partial<Record<FieldName, Candidate>>,
  searched: Searched,
): Result<Credentials.Credentials> => {
  const { apiKey, password, username } = first
  if (explicit.credentials !== undefined) return checked(explicit.credentials)
  if (apiKey !== undefined) return checked(Credentials.apiKey(apiKey.value), () => errorPath(apiKey.source, "apiKey"))
  if (username !== undefined && password !== undefined) {
    return checked(Credentials.basic(Redacted.value(username.value), password.value), ({ part }) =>
      part === "username" ? errorPath(username.source, "username") : errorPath(password.source, "password"),
    )
  }
  const lone = username ?? password
  if (lone === undefined) return noCredential(searched)
  const variable = fields[lone.field === "username" ? "password" : "username"].variables
  return missing(
    variable.map((name) => searched.prefix + name),
    `A username and a password go together; there is only the ${lone.field} (${describe(lone.source)}): set both or neither`,
  )
}

const nameOf = (candidate: Candidate | undefined): string | undefined =>
  candidate?.source._tag === "Explicit" ? candidate.field : candidate && describe(candidate.source)

/** Resolves the configuration from all candidates, strongest first. */
export const resolve = (
  explicit: Explicit,
  candidates: ReadonlyArray<Candidate>,
  searched: Searched,
): Result<TileDBConfig> =>
  Either.gen(function* () {
    const first = strongest(candidates)
    const { baseUrl: from } = first
    const insecure = explicit.allowInsecureHttp ?? false
    if (from !== undefined && /^\s*["']/.test(Redacted.value(from.value))) {
      return yield* refuse(from, "Remove the quotes, which docker's --env-file keeps")
    }
    const kind = from?.source._tag === "Explicit" ? "baseUrl" : "host"
    const base =
      from && (yield* BaseUrl.normalise(errorPath(from.source, "baseUrl"), Redacted.value(from.value), kind, insecure))
    const credentials = yield* schemes(explicit, first, searched)
    const own = credentials._tag === "ApiKey" ? [first.apiKey] : [first.username, first.password]
    const named = explicit.credentials === undefined ? own.map(nameOf) : []
    const tls = yield* resolveTls(candidates)
    const baseUrl = base === undefined ? BaseUrl.defaultBaseUrl : base.origin + base.path
    return withSources(
      {
        baseUrl,
        credentials,
        allowInsecureHttp: insecure,
        ...tls,
        workspace: Option.map(Option.fromNullable(first.workspace), ({ value }) => Redacted.value(value)),
      },
      {
        ...sourcesOf(tls),
        baseUrl,
        credentials,
        names: {
          base: nameOf(from) ?? "baseUrl (TILEDB_REST_HOST)",
          credentials: named.join(" and ") || "credentials",
        },
      },
    )
  })
