/**
 * The retry budget shared by all fibers of one client: each retry takes one, each success gives a fraction back. A
 * failing service gives nothing back, so a thousand callers send at most a thousand requests plus the budget.
 */
export interface Budget {
  readonly take: () => boolean
  readonly give: () => void
  readonly left: () => number
}

/** For retries that cost no budget: the gate holds them back. */
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
      // Ten times a tenth is slightly less than one; NaN counts as an empty budget.
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
