import type { TransportReason } from "../../TileDBError.js"

/** The decision on a redirect: follow it to `url`, or refuse it for `reason`. */
export type Redirect =
  | { readonly _tag: "Follow"; readonly url: string }
  | {
      readonly _tag: "Refuse"
      readonly reason: TransportReason
      readonly to: string | undefined
      readonly acted: boolean
      readonly detail?: string | undefined
    }

export interface RedirectPolicy {
  readonly baseOrigin: string
  readonly allowedOrigins: ReadonlySet<string>
}

/** A response that redirects the request for `from`, the last of the `visited` URLs. */
export interface Redirecting {
  readonly method: string
  readonly status: number
  readonly location: string
  readonly from: string
  readonly visited: ReadonlyArray<string>
}

const maxHops = 5

const publicOrigin = "https://api.tiledb.com"
const regional = /^https:\/\/(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+api\.tiledb\.com$/

/** `https://@host/`: an empty username, which the parser drops. */
const emptyUserinfo = /^(?:[a-z][a-z\d+.-]*:)?\/{2,}[^/?#]*@/i

/** Host and path of a page to sign in at, as access proxies and identity providers name it. */
const signIn = /[/._-](?:log-?in|sign[-_]?in|sso|saml|oauth2?|oidc|auth(?:n|orize|enticate)?)(?:[/._-]|$)/i

const isAllowed = (policy: RedirectPolicy, origin: string): boolean =>
  origin === policy.baseOrigin ||
  policy.allowedOrigins.has(origin) ||
  (policy.baseOrigin === publicOrigin && regional.test(origin))

/**
 * Decides on a 301, 302, 303, 307 or 308 with a Location. Only 307 and 308 (and any of them for GET) can be followed
 * with the same method. A 303 or a rewritten POST would replay or drop a body, which the caller did not ask for.
 */
export const decide = (policy: RedirectPolicy, response: Redirecting): Redirect => {
  const { from, location, method, status, visited } = response
  const preserves = status === 307 || status === 308
  const refuse = (reason: TransportReason, to?: string, detail?: string): Redirect => ({
    _tag: "Refuse",
    reason,
    to,
    detail,
    // 307 and 308 mean that nothing was done here; after the others it may have been.
    acted: !preserves && method !== "GET",
  })
  // A Location that the parser would silently repair (tabs, line breaks, backslashes) is not followed.
  if (/[^\x21-\x7e]|\\/.test(location) || !URL.canParse(location, from)) return refuse("RedirectRefused")
  const url = new URL(location, from)
  const to = url.protocol === "https:" || url.protocol === "http:" ? url.origin : undefined
  if (to === undefined || url.username !== "" || url.password !== "" || emptyUserinfo.test(location)) {
    return refuse("RedirectRefused", to)
  }
  if (from.startsWith("https:") && url.protocol === "http:") return refuse("RedirectInsecure", to)
  if (!isAllowed(policy, to) || !(preserves || method === "GET")) {
    const isSignIn = signIn.test(`/${url.hostname}${url.pathname}`)
    return refuse("RedirectRefused", to, isSignIn ? "SIGN_IN_PAGE" : undefined)
  }
  url.hash = ""
  if (visited.includes(url.href)) return refuse("RedirectLoop", to)
  return visited.length > maxHops ? refuse("RedirectLimit", to) : { _tag: "Follow", url: url.href }
}
