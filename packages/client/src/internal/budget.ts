/**
 * What all fibers of one client may spend on retries together: each retry takes one, each success gives a fraction back.
 * A dead service gives nothing back, so a thousand callers stay a thousand requests and the budget.
 */
export interface Budget {
  readonly take: () => boolean
  readonly give: () => void
}

export const make = (options: { readonly capacity: number; readonly perSuccess: number }): Budget => {
  let tokens = options.capacity
  return {
    take: () => {
      // Ten times a tenth is a little less than one; and NaN is nothing to spend.
      if (!(tokens > 1 - 1e-9)) return false
      tokens -= 1
      return true
    },
    give: () => {
      if (tokens < options.capacity) tokens = Math.min(options.capacity, tokens + options.perSuccess)
    },
  }
}
