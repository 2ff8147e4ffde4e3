/** Shown in place of an origin that a server may have built from a secret that it received. */
export const anotherOrigin = "another origin"

const isAddress = (host: string): boolean => /^\[|\.\d+$/.test(host)

const isLoopback = (host: string): boolean => /^(?:127(?:\.\d+){3}|\[::1\]|(?:.+\.)?localhost)$/.test(host)

/** The registrable name of a host, as far as its last two labels are one. */
const nameOf = (host: string): string => (isAddress(host) ? host : host.split(".").slice(-2).join("."))

/** The origin that a server has named, if it is loopback or of the base URL's domain, which was known beforehand. */
export const shownOrigin = (origin: string, base: string): string => {
  const { hostname } = new URL(origin)
  return isLoopback(hostname) || nameOf(hostname) === nameOf(new URL(base).hostname) ? origin : anotherOrigin
}
