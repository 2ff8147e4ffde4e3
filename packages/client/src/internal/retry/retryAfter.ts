import type { Headers } from "@effect/platform/Headers"
import { cleaner } from "../secrets/redact.js"
import type { Secrets } from "../secrets/secretText.js"

/**
 * All three forms of an HTTP date begin with the name of a day and mean GMT, written or not. `Date.parse` alone would
 * read "-1" as a year and the form without a zone as local time.
 */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+$/

const parseDate = (text: string | undefined): number | undefined => {
  if (text === undefined || !httpDate.test(text)) return undefined
  const date = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : date
}

/** In seconds, 32 years: a greater number is no delay but a time since 1970, as some services write it, some in ms. */
const leastEpoch = 1_000_000_000

/** The longest delay that is accepted: a year, in milliseconds. */
const maxRetryAfter = 365 * 24 * 60 * 60 * 1000

/**
 * `Retry-After` in milliseconds: seconds, an HTTP date or an epoch time, 0 for a past date, at most a year, `undefined` for anything
 * else (negative numbers, NaN, nonsense, a secret of the call that the service echoes). A date is compared with the
 * response's own `Date` header; `now`, our own clock, is used only without it.
 */
export const parseRetryAfter = (headers: Headers, now: number, secrets: Secrets): number | undefined => {
  const text = headers["retry-after"]?.trim()
  if (text === undefined) return undefined
  // A password may consist of digits, and no valid value is longer than a hundred characters.
  if (cleaner(secrets)(text, 100) !== text) return undefined
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number < leastEpoch) return Math.min(number * 1000, maxRetryAfter)
  const date = number > 0 ? number * (number < leastEpoch * 1000 ? 1000 : 1) : parseDate(text)
  return date === undefined
    ? undefined
    : Math.min(Math.max(0, date - (parseDate(headers.date?.trim()) ?? now)), maxRetryAfter)
}
