import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Either from "effect/Either"

/** Paths that `new URL` would leave as they are: no escapes, no query, and no segment that starts with a dot. */
const plainPath = /^(?:\/(?:[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)?)+$/

/**
 * Splits a request's URL into the parts that undici takes. Most requests of a client have one origin and a plain path
 * and are split by length; all others are parsed by `URL`. The fragment is never sent.
 */
export const makeTarget = () => {
  let known: string | undefined
  return (request: HttpClientRequest): Either.Either<{ readonly origin: string; readonly path: string }, Error> => {
    const { hash, url, urlParams } = request
    if (urlParams.length === 0 && known !== undefined && url.startsWith(known)) {
      const path = url.slice(known.length)
      if (plainPath.test(path)) return Either.right({ origin: known, path })
    }
    return Either.map(UrlParams.makeUrl(url, urlParams, hash), ({ origin, pathname, search }) => {
      // Only an origin spelt as `URL` spells it can be split off by its length.
      if (url.startsWith(origin)) known = origin
      return { origin, path: pathname + search }
    })
  }
}
