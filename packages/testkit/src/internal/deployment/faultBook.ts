import * as Arr from "effect/Array"
import * as Hash from "effect/Hash"
import * as Utils from "effect/Utils"
import type { Fault, Rule } from "../../Faults.js"

interface Active {
  readonly rule: Rule
  readonly random: Utils.PCGRandom
  calls: number
}

/** The rules in force, in the order in which they were added, each with its own count of the calls it is about. */
export class FaultBook {
  readonly #active = new Set<Active>()

  constructor(readonly seed: string | number) {}

  /** Whether no rule is in force, the usual case. */
  get isEmpty(): boolean {
    return this.#active.size === 0
  }

  get rules(): ReadonlyArray<Rule> {
    return Array.from(this.#active, ({ rule }) => rule)
  }

  /** Adds a rule; the answer takes it out again. */
  add(rule: Rule): () => void {
    // Each rule draws from its own stream, so that one rule more does not change what the others do.
    const random = new Utils.PCGRandom(Hash.string(`${this.seed}/${rule.seed ?? ""}`), 4, 4, 7)
    const active = { rule, random, calls: 0 }
    this.#active.add(active)
    return () => this.#active.delete(active)
  }

  clear(): void {
    this.#active.clear()
  }

  /** Counts a call and gives the faults that befall it. */
  decide(operation: string): ReadonlyArray<Fault> {
    const faults: Array<Fault> = []
    for (const active of this.#active) {
      const { operation: wanted, nth, probability } = active.rule
      if (wanted !== undefined && !Arr.ensure(wanted).includes(operation)) continue
      active.calls++
      if (nth !== undefined && !Arr.ensure(nth).includes(active.calls)) continue
      if (probability !== undefined && active.random.number() >= probability) continue
      faults.push(...Arr.ensure(active.rule.fault))
    }
    return faults
  }
}
