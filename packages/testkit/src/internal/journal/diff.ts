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

/** The values of a call that can be compared, by name. */
const valuesOf = (call: Omit<Expected, "operation"> & Pick<Entry, "operation">) => {
  const within = (part: string, fields: Readonly<Record<string, unknown>>) =>
    Object.entries(fields).map(([name, value]) => [`${part}.${name}`, value] as const)
  const { attempt, credential, input = {}, items, operation, outcome, query = {}, userId } = call
  const one = (fields: Readonly<Record<string, unknown>>) =>
    Object.entries(fields).filter(([, value]) => value !== undefined)
  return [
    ...one({ operation, userId, credential }),
    ...within("query", query),
    ...within("input", input),
    ...(items ?? []).flatMap((item, index) => within(`items[${index}]`, item)),
    ...one({ items: items?.length, outcome, attempt }),
  ]
}

/** The names of the fields that differ, as two different secrets look the same in the lines. */
const differences = (expected: Expected, { outcome, ...entry }: Entry): ReadonlyArray<string> => {
  const said = outcome._tag === "Fault" && typeof expected.outcome === "string" ? outcome.fault : outcome.status
  const actual = new Map(valuesOf({ ...entry, outcome: said }))
  const differs = ([name, value]: readonly [string, unknown]) => !Equal.equals(value, actual.get(name))
  return Utils.structuralRegion(() => valuesOf(expected).filter(differs)).map(([name]) => name)
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
