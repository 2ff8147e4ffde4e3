import type * as Http from "node:http"

// A page that made its own host name lead here (DNS rebinding) still sends that name.
const loopback = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?$/i

/** Whether an authority (`host:port`) is a loopback address, or one of these names with any port. */
export const isKnownHost = (authority: string, hosts: ReadonlyArray<string> = []): boolean =>
  loopback.test(authority) || hosts.some((host) => host.toLowerCase() === authority.toLowerCase().replace(/:\d*$/, ""))

// Of these a request has one at most; Node keeps the first and says nothing.
const single: ReadonlySet<string> = new Set(["host", "authorization"])

/** Whether a header that may come once came more often. */
export const repeatsHeader = ({ rawHeaders }: Http.IncomingMessage): boolean => {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  return names.some((name, index) => single.has(name) && names.indexOf(name) !== index)
}

/** The authorities that a request names: its `Host`, and its target's where that is a whole URL. */
export const authoritiesOf = ({ headers, url = "" }: Http.IncomingMessage): ReadonlyArray<string> => {
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? []
  return [headers.host, authority].filter((name) => name !== undefined)
}
