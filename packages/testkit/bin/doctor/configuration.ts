/** What can be said without a network: the configuration, the files that it is in, and the credential as it is written. */

import { FileSystem, Path } from "@effect/platform"
import { Credentials, TileDBConfig } from "@effect-tiledb/client"
import { Config, type ConfigError, DateTime, Effect, Option, Redacted } from "effect"
import { error, type Finding, noteOf, ok, usedFields, warning } from "./report.js"

const describe = TileDBConfig.describeSource

const nextFor = (text: string): string => {
  if (/white space|line breaks|quotes/.test(text))
    return "Write the value again without quotes, spaces or a line break around it"
  if (/no credential/.test(text))
    return "Create an API key in the console, or copy the one that serve prints, and set TILEDB_REST_TOKEN to it"
  if (/web console/.test(text)) return "Set TILEDB_REST_HOST to https://api.tiledb.com"
  if (/denied/.test(text)) return "Allow yourself to read it: chmod 600 on the file"
  return "Apply the remedy in this message, then run the doctor again"
}

export const refused = (refusal: ConfigError.ConfigError): Finding =>
  error("configuration", String(refusal), nextFor(String(refusal)))

/** The secrets that the client sends, in each form: what the service sends back is searched for them. */
export const secretsOf = ({ credentials }: TileDBConfig.TileDBConfig): ReadonlyArray<Redacted.Redacted<string>> => {
  const secret =
    credentials._tag === "ApiKey" ? credentials.key : credentials._tag === "Basic" ? credentials.password : undefined
  if (!Redacted.isRedacted(secret)) return []
  const pair = credentials._tag === "Basic" ? [`${credentials.username}:${Redacted.value(secret)}`] : []
  return [secret, ...pair.map((text) => Redacted.make(Buffer.from(text).toString("base64")))]
}

const place = (source: TileDBConfig.Source): string => ("file" in source ? source.file : source._tag)

const isConsole = (baseUrl: string): boolean => /^(?:cloud|console)\.tiledb\.com$/i.test(new URL(baseUrl).hostname)

/** The configuration as it was read, and what about it surprises people. */
export const configuration = (config: TileDBConfig.TileDBConfig): ReadonlyArray<Finding> => {
  const { baseUrl, verifySsl } = config
  const provenance = TileDBConfig.provenance(config)
  const tls = provenance.find(({ field }) => field === "verifySsl")
  const unused = provenance.filter((entry) => noteOf(config, entry).includes("scheme"))
  const used = provenance.filter((entry) => usedFields(config).includes(entry.field) && noteOf(config, entry) === "")
  const host = provenance.find(({ field }) => field === "baseUrl")
  const apart = used.filter(({ source }) => host !== undefined && place(source) !== place(host.source))
  return [
    isConsole(baseUrl)
      ? error("configuration", `${baseUrl} is the web console`, nextFor("web console"))
      : ok("configuration", `${baseUrl}, from ${host === undefined ? "default" : describe(host.source)}`),
    ...(unused.length === 0
      ? []
      : [
          warning(
            "configuration",
            `There are two credentials; ${unused.map(({ field, source }) => `${field} (${describe(source)})`).join(", ")} is not used`,
            "Remove one of them: an API key takes precedence over a password",
          ),
        ]),
    ...(apart.length === 0 || host?.source._tag === "Default"
      ? []
      : [
          warning(
            "configuration",
            `The host (${host === undefined ? "" : describe(host.source)}) and the credential (${describe(apart[0]?.source ?? { _tag: "Default" })}) come from different places`,
            "Check that the credential is meant for this host: it is sent there",
          ),
        ]),
    ...(verifySsl
      ? []
      : [
          warning(
            "configuration",
            `Certificates are not verified (${describe(tls?.source ?? { _tag: "Default" })}): a server in between can read the credential`,
            "Remove that setting, and set TILEDB_SSL_CA_FILE to the CA of the service",
          ),
        ]),
  ]
}

/** The credential as it is written; nothing is verified. */
export const credential = (config: TileDBConfig.TileDBConfig): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.map(DateTime.now, (now) => {
    const [secret] = secretsOf(config)
    const expiry = secret === undefined ? Option.none() : Credentials.expiresAt(secret)
    if (Option.isSome(expiry) && DateTime.lessThanOrEqualTo(expiry.value, now)) {
      return [
        error(
          "credential",
          `The token expired at ${DateTime.formatIso(expiry.value)} (its exp)`,
          "Get a new one: create an API key in the console, or sign in again",
        ),
      ]
    }
    return []
  })

/** Files with secrets that others can read. On Windows the mode says nothing of it. */
export const files: Effect.Effect<ReadonlyArray<Finding>, never, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const variable = (name: string) => Config.option(Config.nonEmptyString(name))
    const home = yield* Effect.orElseSucceed(
      Effect.all([variable("HOME"), variable("USERPROFILE")]),
      () => [Option.none<string>(), Option.none<string>()] as const,
    )
    const base = Option.map(
      Option.orElse(home[0], () => home[1]),
      (home) => path.join(home, ".tiledb"),
    )
    const profiles = yield* Effect.orElseSucceed(variable("TILEDB_PROFILE_DIR"), () => Option.none<string>())
    const candidates = [
      ...Option.toArray(Option.map(base, (folder) => path.join(folder, "cloud.json"))),
      ...Option.toArray(Option.orElse(profiles, () => base)).flatMap((folder) =>
        ["profiles.json", "profile.json"].map((name) => path.join(folder, name)),
      ),
    ]
    const found = yield* Effect.forEach(candidates, (file) =>
      Effect.match(fileSystem.stat(file), {
        onFailure: () => [],
        onSuccess: ({ mode, type }) =>
          type !== "File" || (mode & 0o077) === 0
            ? []
            : [
                warning(
                  "files",
                  `${file} can be read by others (${(mode & 0o777).toString(8)})`,
                  `chmod 600 "${file}"`,
                ),
              ],
      }),
    )
    return process.platform === "win32" ? [] : found.flat()
  },
)
