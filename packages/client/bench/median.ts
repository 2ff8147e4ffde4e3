/** The value below which so large a part of the values is. */
export const quantile = (values: ReadonlyArray<number>, part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** Whether a limit is met; a spread across it does not say. */
export const verdict = (samples: ReadonlyArray<number>, limit: number): "met" | "not met" | "too noisy to judge" =>
  quantile(samples, 0.75) <= limit ? "met" : quantile(samples, 0.25) > limit ? "not met" : "too noisy to judge"

/** Prints a figure with its spread and whether its limit is met. Gives whether it is missed. */
export const judge = (what: string, samples: ReadonlyArray<number>, limit: number): boolean => {
  const [low, middle, high] = [quantile(samples, 0.25), median(samples), quantile(samples, 0.75)]
  const word = verdict(samples, limit)
  console.log(`${what}: ${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}), limit ${limit}: ${word}`)
  return word === "not met"
}
