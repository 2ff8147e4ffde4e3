import type { Headers } from "@effect/platform/Headers"
import type * as Redacted from "effect/Redacted"
import { cleaner } from "./clean.js"

/**
 * The three forms of an HTTP date begin with the name of a day and mean GMT, whether they say so or not. `Date.parse` alone
 * would take "-1" for a year and the form without a zone for local time.
 */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+$/

const parseDate = (text: string | undefined): number | undefined => {
  if (text === undefined || !httpDate.test(text)) return undefined
  const date = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : date
}

/** No service means a longer delay than a year, in milliseconds. */
const longest = 365 * 24 * 60 * 60 * 1000

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date, 0 for a date that has passed, at most a year, `undefined` for
 * anything else (negative numbers, NaN, nonsense, a secret of the call that the service repeats). A date is compared with
 * the answer's own `Date`, and with `now` by our clock only when there is none.
 */
export const parseRetryAfter = (
  headers: Headers,
  now: number,
  secrets: ReadonlyArray<Redacted.Redacted<string>>,
): number | undefined => {
  const text = headers["retry-after"]?.trim()
  if (text === undefined) return undefined
  // Digits are secret when they are a password; and nobody needs a hundred of them.
  if (cleaner(secrets)(text, 100) !== text) return undefined
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longest)
  const date = parseDate(text)
  return date === undefined
    ? undefined
    : Math.min(Math.max(0, date - (parseDate(headers.date?.trim()) ?? now)), longest)
}
