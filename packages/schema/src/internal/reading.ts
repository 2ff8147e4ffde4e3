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

/** The state of decoding one response: the current path, and the issues so far. */
export class Reading {
  readonly issues: Array<ResponseIssue> = []
  readonly #path: Array<string | number> = []

  constructor(readonly strict: boolean) {}

  enter(key: string | number): void {
    this.#path.push(key)
  }

  leave(): void {
    this.#path.pop()
  }

  note(message: string, further: ReadonlyArray<PropertyKey> = []): void {
    if (this.issues.length >= enough) return
    const path = [...this.#path, ...further].reduce<string>(
      (out, key) => (typeof key === "number" ? `${out}[${key}]` : out === "" ? String(key) : `${out}.${String(key)}`),
      "",
    )
    this.issues.push({ path, message })
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

export const time: Read<DateTime.Utc> = (input, reading) => {
  const millis = typeof input === "string" ? epochMillis(input) : Number.NaN
  return Number.isNaN(millis) ? reading.expected(aTime, input) : DateTime.unsafeMake(millis)
}

export const noTime: DateTime.Utc = DateTime.unsafeMake(goZeroTime)

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
      reading.enter(index)
      const item = read(input[index], reading)
      reading.leave()
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

/** An object with these properties. Others are kept separately (see `unknownOf`), and are issues in strict mode. */
export const object = <Props, A extends object>(
  properties: Readonly<Record<string, Property>>,
  make: (props: Props) => A,
  prototype: object = Object.prototype,
): Read<A> => {
  const entries = Object.entries(properties)
  return (input, reading) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return reading.expected("an object", input)
    const from: Readonly<Record<string, unknown>> = input as Readonly<Record<string, unknown>> // JSON has no other keys
    // A constructor of `Schema.Class` would copy the properties twice, and look for defaults in each of them.
    const props: Record<PropertyKey, unknown> = Object.create(prototype)
    let known = 0
    let absent: Array<string> | undefined
    let readable = true
    for (const [name, { optional, read, zero }] of entries) {
      // Only own properties: nothing is read from `__proto__`.
      const own = Object.hasOwn(from, name)
      if (own) known++
      const value = own ? from[name] : undefined
      if (optional && (value === undefined || value === null)) continue
      reading.enter(name)
      const result = read(value, reading)
      reading.leave()
      if (result === malformed) {
        if (optional) continue
        if (zero === undefined || !isNothing(value)) readable = false
        else {
          props[name] = zero()
          absent = [...(absent ?? []), name]
        }
      } else if (result !== undefined) props[name] = result
    }
    const keys = Object.keys(from)
    const more = keys.length > known ? keys.filter((key) => !Object.hasOwn(properties, key)) : []
    if (reading.strict) for (const key of more) reading.note("is not documented", [key])
    if (!readable) return malformed
    if (absent !== undefined) props[missing] = absent
    const entity = make(props as Props) // the readers have checked it
    // `fromEntries` defines properties, so a key `__proto__` stays a property.
    if (more.length > 0) unknown.set(entity, Object.fromEntries(more.map((key) => [key, from[key]])))
    return entity
  }
}
