import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import type { Entry, Expected } from "./entry.js"

const show = (value: unknown): string =>
  Redacted.isRedacted(value) ? "<redacted>" : (JSON.stringify(value) ?? "absent")

const showInput = (input: Readonly<Record<string, unknown>> | undefined): string =>
  input === undefined
    ? ""
    : `{${Object.entries(input)
        .map(([name, value]) => `${name}: ${show(value)}`)
        .join(", ")}}`

const words = (parts: ReadonlyArray<string | undefined>): string => parts.filter(Boolean).join("  ")

const showOutcome = ({ outcome }: Entry): string => {
  switch (outcome._tag) {
    case "Success":
      return String(outcome.status)
    case "Failure":
      return words([`${outcome.status} ${outcome.message}`.trim(), outcome.fields.join(", ")])
    case "Fault":
      return words([outcome.fault, outcome.status?.toString(), outcome.acted ? "(acted)" : "(did not act)"])
  }
}

const showEntry = (entry: Entry): string =>
  words([
    entry.operation ?? `${entry.method} ${entry.path}`,
    entry.userId,
    entry.credential,
    showInput(entry.input),
    entry.attempt > 1 ? `attempt ${entry.attempt}` : undefined,
    `→ ${showOutcome(entry)}`,
  ])

const showExpected = (expected: Expected): string =>
  words([
    expected.operation,
    expected.userId,
    expected.credential,
    showInput(expected.input),
    expected.attempt === undefined ? undefined : `attempt ${expected.attempt}`,
    expected.outcome === undefined ? undefined : `→ ${expected.outcome}`,
  ])

/** The names of the fields that differ, as two different secrets look the same in the lines. */
const differences = (expected: Expected, entry: Entry): ReadonlyArray<string> => {
  const { outcome } = entry
  const said = outcome._tag === "Fault" && typeof expected.outcome === "string" ? outcome.fault : outcome.status
  return [
    ...(expected.operation === entry.operation ? [] : ["operation"]),
    ...(expected.userId === undefined || expected.userId === entry.userId ? [] : ["userId"]),
    ...(expected.credential === undefined || expected.credential === entry.credential ? [] : ["credential"]),
    ...Object.entries(expected.input ?? {})
      .filter(([name, value]) => !Equal.equals(value, entry.input?.[name]))
      .map(([name]) => `input.${name}`),
    ...(expected.outcome === undefined || expected.outcome === said ? [] : ["outcome"]),
    ...(expected.attempt === undefined || expected.attempt === entry.attempt ? [] : ["attempt"]),
  ]
}

/** Returns `undefined` if the calls are the expected ones, otherwise both as lines to compare. */
export const compare = (expected: ReadonlyArray<Expected>, actual: ReadonlyArray<Entry>): string | undefined => {
  let same = expected.length === actual.length
  const lines: Array<string> = []
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const wanted = expected[index]
    const entry = actual[index]
    const different = wanted === undefined || entry === undefined ? [] : differences(wanted, entry)
    if (wanted !== undefined && entry !== undefined && different.length === 0) {
      lines.push(`    ${index + 1}. ${showEntry(entry)}`)
      continue
    }
    same = false
    if (wanted !== undefined) lines.push(`  - ${index + 1}. ${showExpected(wanted)}`)
    if (entry !== undefined) {
      const hint = different.length > 0 ? `   (differs in ${different.join(", ")})` : ""
      lines.push(`  + ${index + 1}. ${showEntry(entry)}${hint}`)
    }
  }
  return same ? undefined : `The calls are not the expected ones (- expected, + actual):\n${lines.join("\n")}`
}
