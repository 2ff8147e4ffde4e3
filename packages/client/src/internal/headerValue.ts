/**
 * Why a secret cannot travel in a header as it is, or `undefined` when it can. The answer never contains the value:
 * transports print a refused header value in their errors (and some retry it), so it must not get that far.
 */
export const headerValueProblem = (value: unknown): string | undefined => {
  if (typeof value !== "string") return "must be text inside Redacted"
  if (value === "") return "must not be empty"
  if (value.trim() !== value) return "must not begin or end with white space"
  return /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : "must be printable ASCII without spaces, line breaks or control characters"
}
