/**
 * What all fibers of one client may spend on retries together: each retry takes one, each success gives a fraction back.
 * A dead service gives nothing back, so a thousand callers stay a thousand requests and the budget.
 */
export interface Budget {
  readonly take: () => boolean
  readonly give: () => void
  readonly left: () => number
}

/** For retries that cost nothing: the gate holds them back. */
export const free: Pick<Budget, "take"> = { take: () => true }

export const make = (
  options: { readonly capacity: number; readonly perSuccess: number },
  onChange: (delta: number) => void = () => {},
): Budget => {
  let tokens = options.capacity
  onChange(tokens)
  const add = (delta: number) => {
    tokens += delta
    onChange(delta)
  }
  return {
    take: () => {
      // Ten times a tenth is a little less than one; and NaN is nothing to spend.
      if (!(tokens > 1 - 1e-9)) return false
      add(-1)
      return true
    },
    give: () => {
      if (tokens < options.capacity) add(Math.min(options.capacity - tokens, options.perSuccess))
    },
    left: () => tokens,
  }
}
