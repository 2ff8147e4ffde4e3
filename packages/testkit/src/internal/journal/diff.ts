import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import * as Utils from "effect/Utils"
import type { Entry, Expected } from "./entry.js"

const show = (value: unknown): string =>
  Redacted.isRedacted(value) ? "<redacted>" : (JSON.stringify(value) ?? "absent")

const showInput = (input: Readonly<Record<string, unknown>>): string => {
  const fields = Object.entries(input).map(([name, value]) => `${name}: ${show(value)}`)
  return `{${fields.join(", ")}}`
}

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

/** Attempts after the first are of interest; those that are expected always. */
const showCall = (
  call: Omit<Expected, "operation" | "outcome">,
  what: string,
  first: number,
  outcome?: string,
): string =>
  words([
    what,
    call.userId,
    call.credential,
    call.query && showInput(call.query),
    call.input && showInput(call.input),
    call.items && `[${call.items.map(showInput).join(", ")}]`,
    call.attempt !== undefined && call.attempt > first ? `attempt ${call.attempt}` : undefined,
    outcome === undefined ? undefined : `→ ${outcome}`,
  ])

const showEntry = (entry: Entry): string =>
  showCall(entry, entry.operation ?? `${entry.method} ${entry.path}`, 1, showOutcome(entry))

const showExpected = (expected: Expected): string =>
  showCall(expected, expected.operation, 0, expected.outcome?.toString())

const differing = (
  expected: Readonly<Record<string, unknown>> = {},
  actual: Readonly<Record<string, unknown>> = {},
): ReadonlyArray<string> =>
  Object.entries(expected).flatMap(([name, value]) =>
    Utils.structuralRegion(() => Equal.equals(value, actual[name])) ? [] : [name],
  )

/** The names of the fields that differ, as two different secrets look the same in the lines. */
const differences = (expected: Expected, entry: Entry): ReadonlyArray<string> => {
  const { outcome } = entry
  const said = outcome._tag === "Fault" && typeof expected.outcome === "string" ? outcome.fault : outcome.status
  const actual = { ...entry, outcome: said }
  const differs = (name: "userId" | "credential" | "outcome" | "attempt") =>
    expected[name] === undefined || expected[name] === actual[name] ? [] : [name]
  const fields = (part: "input" | "query") => differing(expected[part], entry[part]).map((name) => `${part}.${name}`)
  const items = (expected.items ?? []).flatMap((item, index) =>
    differing(item, entry.items?.[index]).map((name) => `items[${index}].${name}`),
  )
  return [
    ...(expected.operation === entry.operation ? [] : ["operation"]),
    ...differs("userId"),
    ...differs("credential"),
    ...fields("query"),
    ...fields("input"),
    ...items,
    ...(expected.items === undefined || expected.items.length === entry.items?.length ? [] : ["items"]),
    ...differs("outcome"),
    ...differs("attempt"),
  ]
}

/** Returns `undefined` if the calls are the expected ones, otherwise both as lines to compare. */
export const compare = (expected: ReadonlyArray<Expected>, actual: ReadonlyArray<Entry>): string | undefined => {
  const lines = Array.from({ length: Math.max(expected.length, actual.length) }, (_, index) => {
    const [wanted, entry, place] = [expected[index], actual[index], `${index + 1}. `]
    const different = wanted && entry && differences(wanted, entry)
    if (entry !== undefined && different?.length === 0) return `    ${place}${showEntry(entry)}`
    const hint = different === undefined ? "" : `   (differs in ${different.join(", ")})`
    const both = [wanted && `  - ${place}${showExpected(wanted)}`, entry && `  + ${place}${showEntry(entry)}${hint}`]
    return both.filter(Boolean).join("\n")
  })
  const same = lines.every((line) => line.startsWith("    "))
  return same ? undefined : `The calls are not the expected ones (- expected, + actual):\n${lines.join("\n")}`
}
