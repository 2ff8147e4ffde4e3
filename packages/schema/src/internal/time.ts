/**
 * RFC 3339, `date-time`: the date and the offset within the bounds of the grammar, 0 to 9 fraction digits.
 * `epochMillis` checks what the grammar cannot express (30 February, a leap second in the middle of a month).
 */
const rfc3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

const digits = (text: string, from: number, to: number): number => {
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - 48
  return value
}

/** From 1970-01-01 to a day of the Gregorian calendar. The year begins in March here: a leap day is its last. */
const daysTo = (year: number, month: number, day: number): number => {
  const from = month > 2 ? year : year - 1
  const leapDays = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400)
  return 365 * from + leapDays + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719_469
}

const minute = 60_000

/** The offset at the end of a time, in minutes east of UTC. */
const offset = (text: string): number => {
  const at = text.length - 6
  const sign = text[at]
  return sign === "+" || sign === "-"
    ? (sign === "+" ? 1 : -1) * (digits(text, at + 1, at + 3) * 60 + digits(text, at + 4, at + 6))
    : 0
}

const isStartOfMonth = (millis: number): boolean => {
  const time = new Date(millis)
  return time.getUTCDate() === 1 && time.getUTCHours() === 0 && time.getUTCMinutes() === 0
}

/**
 * Milliseconds since the epoch; `NaN` for a text that is not an RFC 3339 time, and for a time that does not exist.
 * Fraction digits after the third are dropped. A leap second (`23:59:60` UTC on the last day of a month) becomes the
 * second that follows, as in POSIX.
 *
 * Not `Date.parse`: it moves 29 February of a common year to 1 March and 24:00 to the next day, and engines differ in
 * the other forms that they accept.
 */
export const epochMillis = (text: string): number => {
  if (!rfc3339.test(text)) return Number.NaN
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const days = daysTo(year, month, day)
  if (day > 28 && days >= daysTo(year, month + 1, 1)) return Number.NaN
  const second = digits(text, 17, 19)
  const minutes = (days * 24 + digits(text, 11, 13)) * 60 + digits(text, 14, 16) - offset(text)
  const millis = minutes * minute + second * 1000
  if (second === 60 && !isStartOfMonth(millis)) return Number.NaN
  if (text[19] !== ".") return millis
  // Up to three digits count: `.5` is 500 ms.
  let unit = 100
  let fraction = 0
  for (let at = 20; unit >= 1; at++, unit /= 10) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) break
    fraction += digit * unit
  }
  return millis + fraction
}

/** Go's `time.Time{}` in JSON, `0001-01-01T00:00:00Z`: the service sends it for no time. */
export const goZeroTime = -62_135_596_800_000
