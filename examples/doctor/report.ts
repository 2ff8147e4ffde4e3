/** What the doctor finds, as data, as a table, and as an exit code. */
import { TileDBConfig } from "@effect-tiledb/client"

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

/** The source of each field; contains no secret. */
const table = (config: TileDBConfig.TileDBConfig): string => {
  const rows = [
    ["field", "value", "source", "note"],
    ...TileDBConfig.provenance(config).map(({ field, overrides, source, used, value }) => [
      field,
      value,
      TileDBConfig.describeSource(source),
      [
        used ? [] : ["not used: another scheme comes first"],
        overrides.length === 0 ? [] : [`instead of ${overrides.map(TileDBConfig.describeSource).join("; ")}`],
      ]
        .flat()
        .join("; "),
    ]),
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
