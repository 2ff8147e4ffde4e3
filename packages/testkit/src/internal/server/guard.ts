import type * as Http from "node:http"

// After DNS rebinding a page reaches this address under its own host name, and sends that name as `Host`.
const loopback = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?$/i

/** Whether an authority (`host:port`) is a loopback address, or one of these names with any port. */
export const isKnownHost = (authority: string, hosts: ReadonlyArray<string> = []): boolean =>
  loopback.test(authority) || hosts.some((host) => host.toLowerCase() === authority.toLowerCase().replace(/:\d*$/, ""))

/**
 * Whether a page of another origin sent a request. `Origin` names that of the page, or `null`, except in a `no-cors` GET, of
 * which `Sec-Fetch-Site` reports. Behind a development server's proxy `Origin` is that of the proxy, and so of the page.
 */
export const isFromForeignPage = ({ headers }: Http.IncomingMessage, origins: ReadonlyArray<string>): boolean => {
  const { host = "", origin, "sec-fetch-site": site = "none" } = headers
  if (site === "same-origin" || (origin !== undefined && origins.includes(origin))) return false
  return origin === undefined ? site !== "none" : !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase()
}

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
