import * as Url from "@effect/platform/Url"
import * as Either from "effect/Either"
import { type ConfigError, invalid } from "../runtime/configError.js"

/** The base URL of the API if no other is configured. */
export const defaultBaseUrl = "https://api.tiledb.com/v4"

/** A validated base URL: `origin` without a path, `path` without a trailing slash. */
export interface BaseUrl {
  readonly origin: string
  readonly path: string
}

export type Result<A> = Either.Either<A, ConfigError>

/** An option, or the path to the external source of the value. */
type Field = string | ReadonlyArray<string>

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname)

/** Without a regular expression: `/\/+$/` takes time quadratic in the slashes that are not at the end. */
const withoutTrailingSlashes = (text: string): string => {
  let end = text.length
  while (text[end - 1] === "/") end--
  return text.slice(0, end)
}

/** Checks an absolute http(s) URL without printing it: a refused URL may contain a password. */
export const parse = (field: Field, text: string, allowInsecureHttp: boolean): Result<BaseUrl> => {
  // Not `URL.canParse`: once V8 has optimised it, Node 20 returns false for letters such as ü.
  const parsed = Url.fromString(text)
  if (typeof text !== "string" || !/^https?:\/\/[^/\\?#]/i.test(text) || Either.isLeft(parsed)) {
    return invalid(field, "Expected an absolute URL such as https://api.tiledb.com/v4")
  }
  if (/[\\\s\p{C}]/u.test(text)) {
    return invalid(field, "Remove backslashes, white space and control characters")
  }
  const url = parsed.right
  if (/^[^/]*\/\/[^/?#]*@/.test(text)) {
    return invalid(field, "Remove the username and password; pass Credentials.basic instead")
  }
  if (text.includes("?") || text.includes("#")) {
    return invalid(field, "Remove the query and the fragment")
  }
  if (/^app\./i.test(url.hostname)) {
    return invalid(field, "This is the web console; the API is at https://api.tiledb.com/v4")
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !allowInsecureHttp) {
    return invalid(field, "Use https://: http:// sends secrets in clear text (see allowInsecureHttp)")
  }
  return Either.right({ origin: url.origin, path: withoutTrailingSlashes(url.pathname) })
}

const absolute = (host: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(host) ? host : `https://${host}`)

/**
 * The base URL of a client, from the option (a base URL with its version) or from a host as in TileDB's own
 * configuration: a bare host means https, its version is optional, and `/v4` replaces any other version.
 */
export const normalise = (
  field: Field,
  text: string,
  kind: "baseUrl" | "host",
  allowInsecureHttp: boolean,
): Result<BaseUrl> =>
  Either.flatMap(
    parse(field, kind === "host" ? absolute(text.trim()) : text, allowInsecureHttp),
    ({ origin, path }): Result<BaseUrl> => {
      if (kind === "host" && path === "") return Either.right({ origin, path: "/v4" })
      if (!/\/v\d+$/.test(path)) {
        return invalid(field, "End the path with the version of the API, as in https://api.tiledb.com/v4")
      }
      return Either.right({ origin, path: kind === "host" ? path.replace(/\/v\d+$/, "/v4") : path })
    },
  )

/** Checks an entry of `allowedOrigins`: only an origin is valid. */
export const parseOrigin = (text: string, allowInsecureHttp: boolean): Result<string> =>
  Either.flatMap(parse("allowedOrigins", text, allowInsecureHttp), ({ origin, path }) =>
    path === ""
      ? Either.right(origin)
      : invalid("allowedOrigins", "Expected origins without a path, such as https://eu.example.com"),
  )
