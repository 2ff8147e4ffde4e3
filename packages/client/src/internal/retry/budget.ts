export type Budget = ReturnType<typeof make>

/**
 * The retry budget shared by all fibers of one client: each retry takes one, each success gives a fraction back. A
 * failing service gives nothing back, so a thousand callers send at most a thousand requests plus the budget.
 */
export const make = (
  options: { readonly capacity: number; readonly perSuccess: number },
  onChange: (delta: number) => void = () => {},
) => {
  let tokens = options.capacity
  // A sum that an infinite budget has entered would stay infinite, and then no number.
  let isCounted = tokens < Number.POSITIVE_INFINITY
  const count = (delta: number) => {
    if (isCounted) onChange(delta)
  }
  count(tokens)
  const add = (delta: number) => {
    tokens += delta
    count(delta)
  }
  return {
    /** Whether there is a retry left. Ten times a tenth is slightly less than one; NaN counts as an empty budget. */
    allows: (): boolean => tokens > 1 - 1e-9,
    /** Takes a retry, which must be left. */
    take: (): void => add(-1),
    give: (): void => {
      if (tokens < options.capacity) add(Math.min(options.capacity - tokens, options.perSuccess))
    },
    left: (): number => tokens,
    /** Takes what is left out of the sum of all budgets, where later changes no longer count. */
    close: (): void => {
      count(-tokens)
      isCounted = false
    },
  }
}
