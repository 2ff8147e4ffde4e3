import type { Cause, Result } from "./Rows.js"

/** How many rows in a row the same cause may strike before it is taken to strike all, and what is said then. */
const limits: { readonly [_ in Cause]: readonly [number, string] } = {
  credential: [1, "The service no longer takes the credential"],
  away: [3, "The service is away, and something else responds in its place"],
  unreachable: [3, "The service cannot be reached"],
  throttled: [10, "The service takes no more requests for now"],
  forbidden: [10, "The credential may not do this"],
  refused: [20, "The service refuses one row after the other"],
  service: [20, "The service answers nothing but errors"],
}

/** Tells when the same failure strikes all rows, so that the run stops instead of failing each of them. */
export class Breaker {
  #cause: Cause | undefined
  #count = 0
  #failed = 0

  constructor(readonly maxFailures: number | null) {}

  /** What one row met; the reason to stop, when there is one. */
  row({ cause, outcome, reason }: Result): string | undefined {
    if (outcome.state === "failed" && ++this.#failed > (this.maxFailures ?? Number.POSITIVE_INFINITY)) {
      return `--max-failures ${this.maxFailures}: ${outcome.reason}`
    }
    this.#count = cause !== undefined && cause === this.#cause ? this.#count + 1 : 1
    this.#cause = cause
    if (cause === undefined || (cause === "refused" && this.maxFailures !== null)) return undefined
    const [limit, told] = limits[cause]
    return this.#count >= limit ? `${told}: ${reason ?? cause}` : undefined
  }
}
