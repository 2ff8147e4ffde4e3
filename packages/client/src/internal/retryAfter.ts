/**
 * `Retry-After` in milliseconds from `now`: seconds or an HTTP date, 0 for a date that has passed, `undefined` for
 * anything else (negative numbers, NaN, nonsense).
 */
export const parseRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim()
  if (text === undefined || text === "") return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // An HTTP date begins with the name of a day; Date.parse alone would take "-1" for a year.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
