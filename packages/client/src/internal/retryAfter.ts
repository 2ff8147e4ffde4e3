/**
 * The three forms of an HTTP date begin with the name of a day and mean GMT, whether they say so or not. `Date.parse` alone
 * would take "-1" for a year and the form without a zone for local time.
 */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+$/

/**
 * `Retry-After` in milliseconds from `now`: seconds or an HTTP date, 0 for a date that has passed, `undefined` for
 * anything else (negative numbers, NaN, nonsense).
 */
export const parseRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim()
  if (text === undefined || text === "") return undefined
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER)
  const date = httpDate.test(text) ? Date.parse(text.endsWith("GMT") ? text : `${text} GMT`) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
