import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Hash from "effect/Hash"
import * as Predicate from "effect/Predicate"
import * as Utils from "effect/Utils"
import type { Fault, Rule, Struck } from "./fault.js"

/** A rule that was added, whether or not it is still in force. */
interface Entry {
  readonly rule: Rule
  readonly random: Utils.PCGRandom
  /** How many calls of each operation there were while the rule was in force. */
  readonly seen: Map<string, number>
  calls: number
  struck: number
  reported: boolean
}

const isCount = (n: number): boolean => Number.isInteger(n) && n >= 1

const refuse = (field: string, problem: string): never => {
  throw new Cause.IllegalArgumentException(`The fault rule's ${field} ${problem}`)
}

const describe = ({ fault, nth, operation, probability }: Rule): string =>
  [
    Arr.ensure(fault)
      .map((one) => (one._tag === "Answer" ? `Answer ${one.status}` : one._tag))
      .join(", "),
    `on ${operation === undefined ? "any operation" : Arr.ensure(operation).join(", ")}`,
    ...(nth === undefined ? [] : [`nth ${Arr.ensure(nth).join(", ")}`]),
    ...(probability === undefined ? [] : [`probability ${probability}`]),
  ].join(", ")

/** The rules of a deployment, in the order of their addition, each with its own count of the calls it applies to. */
export class FaultBook {
  readonly #active = new Set<Entry>()
  #added: Array<Entry> = []

  /** `operations` are the names of all operations. */
  constructor(
    readonly seed: string | number,
    readonly operations: ReadonlySet<string>,
  ) {}

  /** Whether no rule is in force, the usual case. */
  get isEmpty(): boolean {
    return this.#active.size === 0
  }

  get rules(): ReadonlyArray<Rule> {
    return Array.from(this.#active, ({ rule }) => rule)
  }

  /** Every rule that was added since the last `clear`, with its counts. */
  get struck(): ReadonlyArray<Struck> {
    return this.#added.map(({ calls, rule, struck }) => ({ rule, calls, struck }))
  }

  /** Adds a rule, or throws if it can never strike. */
  add(rule: Rule): { readonly remove: () => void; readonly neverStruck: () => string | undefined } {
    this.#check(rule)
    // Each rule has its own random generator, so that adding a rule does not change when the others strike.
    const random = new Utils.PCGRandom(Hash.string(`${this.seed}/${rule.seed ?? ""}`), 4, 4, 7)
    const entry: Entry = { rule, random, seen: new Map(), calls: 0, struck: 0, reported: false }
    this.#active.add(entry)
    this.#added.push(entry)
    return { remove: () => this.#active.delete(entry), neverStruck: () => this.#report(entry) }
  }

  /** Removes all rules and their counts. */
  clear(): void {
    this.#active.clear()
    for (const entry of this.#added) entry.reported = true
    this.#added = []
  }

  /** Reports the rules that never struck and are not optional; each is reported once. */
  neverStruck(): string | undefined {
    const problems = this.#added.flatMap((entry) => this.#report(entry) ?? [])
    return problems.length === 0 ? undefined : problems.join("\n")
  }

  /** Counts a call and returns the faults that strike it. */
  decide(operation: string): ReadonlyArray<Fault> {
    const strikes: Array<Fault> = []
    for (const entry of this.#active) {
      const { operation: wanted, nth, probability } = entry.rule
      entry.seen.set(operation, (entry.seen.get(operation) ?? 0) + 1)
      if (wanted !== undefined && !Arr.ensure(wanted).includes(operation)) continue
      entry.calls++
      if (nth !== undefined && !Arr.ensure(nth).includes(entry.calls)) continue
      if (probability !== undefined && entry.random.number() >= probability) continue
      entry.struck++
      strikes.push(...Arr.ensure(entry.rule.fault))
    }
    return strikes
  }

  #check({ fault, nth, operation, probability }: Rule): void {
    if (!Arr.ensure(fault).every((one) => Predicate.hasProperty(one, "_tag"))) {
      refuse("fault", "must be made by a constructor of Faults")
    }
    if (nth !== undefined && (Arr.ensure(nth).length === 0 || !Arr.ensure(nth).every(isCount))) {
      refuse("nth", "must be whole numbers from 1: calls are counted from 1")
    }
    if (probability !== undefined && !(probability > 0 && probability <= 1)) {
      refuse("probability", "must be above 0 and at most 1")
    }
    const unknown = operation === undefined ? [] : Arr.ensure(operation).filter((name) => !this.operations.has(name))
    if (unknown.length > 0) refuse("operation", `must be one of ${Array.from(this.operations).join(", ")}`)
  }

  #report(entry: Entry): string | undefined {
    const { reported, rule, seen, struck } = entry
    entry.reported = true
    // A rule with a probability may never strike; that is not an error.
    if (reported || struck > 0 || (rule.optional ?? (rule.probability ?? 1) < 1)) return undefined
    const calls = Array.from(seen, ([name, count]) => `${name} ${count}`).join(", ")
    return `The fault rule (${describe(rule)}) never struck; calls while it was in force: ${calls || "none"}. Set optional: true if it may not strike.`
  }
}
