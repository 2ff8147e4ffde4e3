import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import { epochMillis, goZeroTime } from "./time.js"

/** One deviation of a response from the documentation: where it is, and what is expected there; never the value. */
export interface ResponseIssue {
  /** The path from the root of the response: `data.workspaces[0].self.email`. */
  readonly path: string
  /** The problem: `is missing`, `should be a string`. */
  readonly message: string
}

/** Returned in place of a value that cannot be read. The issue has been recorded by then. */
export const malformed: unique symbol = Symbol.for("@effect-tiledb/schema/malformed")
export type Malformed = typeof malformed

/** The maximum number of issues: a response of a megabyte may have a million. */
const enough = 20

/** A path within what is at a key. `decodeResponse` takes off the first dot. */
const inside = (key: PropertyKey, path: string): string =>
  (typeof key === "number" ? `[${key}]` : `.${String(key)}`) + path

/** Puts a key before the paths of the issues from an index on. */
const enclose = (issues: Array<ResponseIssue>, from: number, key: PropertyKey): void => {
  issues.push(...issues.splice(from).map(({ message, path }) => ({ message, path: inside(key, path) })))
}

/** The state of decoding one response: its issues so far, each with its path from what is being read. */
export class Reading {
  readonly issues: Array<ResponseIssue> = []
  /** Whether a script has given enumerable properties to `Object.prototype`: they are not the response's. */
  readonly inherits = Object.keys(Object.prototype).length > 0

  constructor(readonly strict: boolean) {}

  /** Reads a part of the input. */
  at<A>(key: PropertyKey, read: Read<A>, input: unknown): A | Malformed {
    const before = this.issues.length
    const result = read(input, this)
    if (this.issues.length > before) enclose(this.issues, before, key)
    return result
  }

  note(message: string, further: ReadonlyArray<PropertyKey> = []): void {
    if (this.issues.length >= enough) return
    this.issues.push({ path: further.reduceRight<string>((path, key) => inside(key, path), ""), message })
  }

  /** Records that another value is expected here; a value that is missing in the JSON is `undefined`. */
  expected(what: string, input: unknown): Malformed {
    this.note(input === undefined ? "is missing" : `should be ${what}`)
    return malformed
  }
}

export type Read<A> = (input: unknown, reading: Reading) => A | Malformed

export const string: Read<string> = (input, reading) =>
  typeof input === "string" ? input : reading.expected("a string", input)

export const nonEmptyString: Read<string> = (input, reading) =>
  typeof input === "string" && input !== "" ? input : reading.expected("a string that is not empty", input)

export const boolean: Read<boolean> = (input, reading) =>
  typeof input === "boolean" ? input : reading.expected("true or false", input)

export const integer: Read<number> = (input, reading) =>
  Number.isSafeInteger(input) ? Number(input) : reading.expected("a whole number", input)

export const redacted: Read<Redacted.Redacted<string>> = (input, reading) =>
  typeof input === "string" ? Redacted.make(input) : reading.expected("a string", input)

const aTime = "an RFC 3339 time such as 2026-01-31T12:00:00Z"

export const noTime: DateTime.Utc = DateTime.unsafeMake(goZeroTime)

const utcPrototype: object = /*#__PURE__*/ Object.getPrototypeOf(noTime)

/**
 * As `DateTime.unsafeMake`, without the hidden property in which `DateTime.toParts` keeps its result: to define that takes
 * longer than to read the rest of a member. Once `toParts` has been called, the property is there and is not hidden.
 */
const utc = (epochMillis: number): DateTime.Utc => {
  const time: DateTime.Utc & { epochMillis: number } = Object.create(utcPrototype)
  time.epochMillis = epochMillis
  return time
}

export const time: Read<DateTime.Utc> = (input, reading) => {
  const millis = typeof input === "string" ? epochMillis(input) : Number.NaN
  return Number.isNaN(millis) ? reading.expected(aTime, input) : utc(millis)
}

/** Go's zero time is read as no time. */
export const timeOrNone: Read<DateTime.Utc | undefined> = (input, reading) => {
  const read = time(input, reading)
  return read !== malformed && read.epochMillis === goZeroTime ? undefined : read
}

/** Whether a value counts as missing, for any type: absent, `null`, or the empty text. */
const isNothing = (input: unknown): boolean => input === undefined || input === null || input === ""

/** A list, without elements that count as missing. */
export const list =
  <A>(read: Read<A>): Read<ReadonlyArray<A>> =>
  (input, reading) => {
    if (!Array.isArray(input)) return reading.expected("a list", input)
    const items: Array<A> = []
    let readable = true
    for (let index = 0; index < input.length; index++) {
      const item = reading.at(index, read, input[index])
      if (item !== malformed) items.push(item)
      else if (!isNothing(input[index])) readable = false
    }
    return readable ? items : malformed
  }

/** A list that may be `null`, which is an issue and an empty list. */
export const orEmpty =
  <A>(read: Read<ReadonlyArray<A>>): Read<ReadonlyArray<A>> =>
  (input, reading) => {
    const items = read(input, reading)
    return items === malformed && input === null ? [] : items
  }

/**
 * How one property is read. An optional property that cannot be read is left out. Any other property gets `zero`, the
 * zero value of its type, if its value counts as missing; with another value, or no `zero`, the object cannot be read.
 */
export interface Property {
  /** Reads the value, or records an issue. */
  readonly read: Read<unknown>
  /** Whether the property is left out if it is missing or cannot be read. */
  readonly optional: boolean
  /** Makes the value of a property that the response does not have. */
  readonly zero: (() => unknown) | undefined
}

/**
 * Lists the properties that have a zero value because the response had none. An enumerable symbol, so that a copy (`{
 * ...user, display_name }`) has it too: a property missing in the response must not be sent back as an empty text.
 */
export const missing: unique symbol = Symbol.for("@effect-tiledb/schema/missing")

const unknown = new WeakMap<object, Readonly<Record<string, unknown>>>()

export const unknownOf = (entity: object): Readonly<Record<string, unknown>> => unknown.get(entity) ?? {}

const none: ReadonlyArray<string> = []

const isEnumerable = Object.prototype.propertyIsEnumerable

type Props = Record<PropertyKey, unknown>

/** Reads a property into an object; returns whether it could be read. */
const readInto = (props: Props, name: string, read: Read<unknown>, value: unknown, reading: Reading): boolean => {
  const result = reading.at(name, read, value)
  if (result !== malformed && result !== undefined) props[name] = result
  return result !== malformed
}

/** An object with these properties. Others are kept separately (see `unknownOf`), and are issues in strict mode. */
export const object = <Of, A extends object>(
  properties: Readonly<Record<string, Property>>,
  make: (props: Of) => A,
  prototype: object = Object.prototype,
): Read<A> => {
  const names = Object.keys(properties)
  const rows = Object.values(properties)
  const required = Object.entries(properties).filter(([, { optional }]) => !optional)
  return (input, reading) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return reading.expected("an object", input)
    const from: Readonly<Props> = input as Readonly<Props> // JSON is of such objects
    // A constructor of `Schema.Class` would copy the properties twice, and look for defaults in each of them.
    const props: Props = Object.create(prototype)
    let more: Array<string> | undefined
    let failed: ReadonlyArray<string> = none
    const earlier = reading.issues.length
    let next = 0
    let found = 0
    for (const name in from) {
      if (reading.inherits && !Object.hasOwn(from, name)) continue
      const value = from[name]
      // Most come in the order of the document.
      while (next < names.length && names[next] !== name) next++
      if (next === names.length) next = names.indexOf(name)
      const row = rows[next++]
      if (row === undefined) {
        more ??= []
        more.push(name)
        continue
      }
      if (!row.optional) found++
      else if (value === null || value === undefined) continue
      if (!readInto(props, name, row.read, value, reading) && !row.optional) failed = [...failed, name]
    }
    if (found < required.length) {
      // What is missing comes first: without it the others may not matter, and there may be too many of them.
      const others = reading.issues.splice(earlier)
      for (const [name, { read }] of required) {
        if (!isEnumerable.call(from, name) && !readInto(props, name, read, undefined, reading))
          failed = [...failed, name]
      }
      reading.issues.push(...others.slice(0, enough - reading.issues.length))
    }
    if (reading.strict) for (const key of more ?? none) reading.note("is not documented", [key])
    for (const name of failed) {
      const zero = properties[name]?.zero
      if (zero === undefined || (isEnumerable.call(from, name) && !isNothing(from[name]))) return malformed
      props[name] = zero()
    }
    if (failed.length > 0) props[missing] = names.filter((name) => failed.includes(name))
    const entity = make(props as Of) // the readers have checked it
    // `fromEntries` defines properties, so a key `__proto__` stays a property.
    if (more !== undefined) unknown.set(entity, Object.fromEntries(more.map((key) => [key, from[key]])))
    return entity
  }
}
