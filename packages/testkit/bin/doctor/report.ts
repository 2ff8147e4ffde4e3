/** What the doctor finds, as data, as a table, and as an exit code. */
import { TileDBConfig } from "@effect-tiledb/client"
import { Option } from "effect"

export interface Finding {
  readonly check: "configuration" | "files" | "proxy" | "dns" | "service" | "clock" | "credential"
  readonly level: "ok" | "warning" | "error"
  readonly message: string
  /** What to do about it. */
  readonly next?: string
}

export interface Report {
  readonly findings: ReadonlyArray<Finding>
  /** The configuration, if it can be used. */
  readonly config: TileDBConfig.TileDBConfig | undefined
}

export const ok = (check: Finding["check"], message: string): Finding => ({ check, level: "ok", message })
export const warning = (check: Finding["check"], message: string, next: string): Finding => ({
  ...{ check, level: "warning", message, next },
})
export const error = (check: Finding["check"], message: string, next: string): Finding => ({
  ...{ check, level: "error", message, next },
})

/** 0: nothing to do. 1: warnings only. 2: something does not work. */
export const exitCode = ({ findings }: Report): 0 | 1 | 2 =>
  findings.some(({ level }) => level === "error") ? 2 : findings.some(({ level }) => level === "warning") ? 1 : 0

const marks = { ok: "ok", warning: "WARN", error: "FAIL" }

const valueOf = (field: TileDBConfig.Provenance["field"], config: TileDBConfig.TileDBConfig): string => {
  const { baseUrl, caFile = "", credentials, verifySsl, workspace } = config
  const username = credentials._tag === "Basic" ? credentials.username : ""
  const shown = {
    baseUrl,
    caFile,
    username,
    verifySsl: String(verifySsl),
    workspace: Option.getOrElse(workspace, () => ""),
  }
  return field === "apiKey" || field === "password" ? "<redacted>" : shown[field]
}

/** The fields of the credential that is sent. */
export const usedFields = ({ credentials }: TileDBConfig.TileDBConfig): ReadonlyArray<string> =>
  credentials._tag === "ApiKey" ? ["apiKey"] : credentials._tag === "Basic" ? ["username", "password"] : []

/** Whether a value counts, and if not, why. */
export const noteOf = (config: TileDBConfig.TileDBConfig, entry: TileDBConfig.Provenance): string => {
  const { field } = entry
  if (TileDBConfig.provenance(config).find((one) => one.field === field) !== entry) return "not used: overridden"
  const isCredential = field === "apiKey" || field === "username" || field === "password"
  return isCredential && !usedFields(config).includes(field) ? "not used: another scheme comes first" : ""
}

/** The sources of each field; contains no secret. */
const table = (config: TileDBConfig.TileDBConfig): string => {
  const rows = [
    ["field", "value", "source", "note"],
    ...TileDBConfig.provenance(config).map((entry) => {
      const note = noteOf(config, entry)
      const value = note === "" ? valueOf(entry.field, config) : ""
      return [entry.field, value, TileDBConfig.describeSource(entry.source), note]
    }),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

export const toText = (report: Report): string =>
  [
    ...(report.config === undefined ? [] : [table(report.config), ""]),
    ...report.findings.flatMap(({ check, level, message, next }) => [
      `${marks[level].padEnd(4)}  ${check.padEnd(13)}  ${message}`,
      ...(next === undefined ? [] : [`${" ".repeat(21)}-> ${next}`]),
    ]),
  ].join("\n")

/** With where each value of the configuration comes from, secrets redacted. */
export const toJson = (report: Report): string => {
  const { config, findings } = report
  const provenance = config === undefined ? [] : TileDBConfig.provenance(config)
  return JSON.stringify({ findings, provenance, exitCode: exitCode(report) }, null, 2)
}
