import type * as Http from "node:http"

// After DNS rebinding a page reaches this address under its own host name, and sends that name as `Host`.
const loopback = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?$/i

/** Whether an authority (`host:port`) is a loopback address, or one of these names with any port. */
export const isKnownHost = (authority: string, hosts: ReadonlyArray<string> = []): boolean =>
  loopback.test(authority) || hosts.some((host) => host.toLowerCase() === authority.toLowerCase().replace(/:\d*$/, ""))

// A request may have each of these once. Node keeps the first of several and reports nothing.
const single: ReadonlySet<string> = new Set(["host", "authorization"])

/** Whether a header that may occur once is repeated. */
export const repeatsHeader = ({ rawHeaders }: Http.IncomingMessage): boolean => {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  return names.some((name, index) => single.has(name) && names.indexOf(name) !== index)
}

/** The authorities of a request: its `Host`, and that of its target if the target is a whole URL. */
export const authoritiesOf = ({ headers, url = "" }: Http.IncomingMessage): ReadonlyArray<string> => {
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? []
  return [headers.host, authority].filter((name) => name !== undefined)
}
