import type { Cause, Result } from "./Rows.js"

/** How many rows in a row the same cause may strike before it is taken to strike all, and what is said then. */
const limits: { readonly [_ in Cause]: readonly [number, string] } = {
  credential: [1, "The service no longer takes the credential"],
  away: [3, "The service is away, and something else responds in its place"],
  unreachable: [3, "The service cannot be reached"],
  throttled: [10, "The service takes no more requests for now"],
  forbidden: [10, "The credential may not do this"],
  refused: [20, "The service refuses one row after the other"],
  service: [20, "The service responds with nothing but errors"],
}

/** Hears what each row met; gives the reason to stop when the same failure strikes all rows, instead of failing each. */
export const breaker = (maxFailures: number | null) => {
  let last: Cause | undefined
  let [inARow, failures] = [0, 0]
  return ({ cause, outcome, reason }: Result): string | undefined => {
    if (outcome.state === "failed" && ++failures > (maxFailures ?? Number.POSITIVE_INFINITY)) {
      return `--max-failures ${maxFailures}: ${outcome.reason}`
    }
    inARow = cause === last ? inARow + 1 : 1
    last = cause
    if (cause === undefined || (cause === "refused" && maxFailures !== null)) return undefined
    const [limit, told] = limits[cause]
    return inARow >= limit ? `${told}: ${reason ?? cause}` : undefined
  }
}
