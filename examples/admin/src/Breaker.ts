import type { Cause } from "./Rows.js"

/** How many rows in a row the same cause may strike before it is taken to strike all. */
const limits: Readonly<Record<Cause, number>> = {
  credential: 1,
  unreachable: 3,
  throttled: 10,
  forbidden: 10,
  service: 20,
}

const told: Readonly<Record<Cause, string>> = {
  credential: "The service no longer takes the credential",
  unreachable: "The service cannot be reached",
  throttled: "The service takes no more requests for now",
  forbidden: "The credential may not do this",
  service: "The service answers nothing but errors",
}

/** Tells when the same failure strikes all rows, so that the run stops instead of failing each of them. */
export class Breaker {
  #cause: Cause | undefined
  #count = 0

  /** What one row met; the reason to stop, when there is one. */
  row(cause: Cause | undefined, reason: string | undefined): string | undefined {
    this.#count = cause !== undefined && cause === this.#cause ? this.#count + 1 : 1
    this.#cause = cause
    return cause !== undefined && this.#count >= limits[cause] ? `${told[cause]}: ${reason ?? cause}` : undefined
  }
}
