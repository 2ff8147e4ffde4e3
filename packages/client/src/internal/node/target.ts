import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Either from "effect/Either"

export interface Target {
  readonly origin: string
  readonly path: string
}

/** Paths that `new URL` would leave as they are: no escapes, no query, and no segment that starts with a dot. */
const plainPath = /^(?:\/(?:[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)?)+$/

/**
 * Splits a request's URL into what undici wants. Most requests of a client go to one origin with plain paths: these are
 * cut in two; everything else goes through `URL`. The fragment is never sent.
 */
export const makeTarget = (): ((request: HttpClientRequest) => Either.Either<Target, Error>) => {
  let known: string | undefined
  return (request) => {
    const { hash, url, urlParams } = request
    if (urlParams.length === 0 && known !== undefined && url.startsWith(known)) {
      const path = url.slice(known.length)
      if (plainPath.test(path)) return Either.right({ origin: known, path })
    }
    return Either.map(UrlParams.makeUrl(url, urlParams, hash), ({ origin, pathname, search }) => {
      // Only an origin written as `URL` writes it can be cut off by its length.
      if (url.startsWith(origin)) known = origin
      return { origin, path: pathname + search }
    })
  }
}
