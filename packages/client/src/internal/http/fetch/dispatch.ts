import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { serviceOf, withFiber } from "../../runtime/effect3.js"
import * as AbortTimer from "../abortTimer.js"
import { invalidUrl, noResponse, type RequestError } from "../clientError.js"
import { FetchExchange } from "./exchange.js"

/**
 * The options of `make`; both are optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The function that sends requests. Default `globalThis.fetch`, read at each request. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /**
   * Settings of every request: `credentials`, `cache`, a dispatcher. The client sets method, body, redirect, signal.
   */
  readonly requestInit?: RequestInit | undefined
}

export type Body = RequestInit["body"]

/** The options of `fetch`, with `duplex`, which Node and other streaming platforms need for a body that is a stream. */
interface Init extends RequestInit {
  duplex?: "half"
}

/** fetch computes `content-length`, and some platforms refuse one that is set. */
const headersOf = (request: HttpClientRequest, given: RequestInit | undefined): Array<[string, string]> => {
  const headers =
    given?.headers === undefined
      ? request.headers
      : Headers.merge(Headers.fromInput(new globalThis.Headers(given.headers)), request.headers)
  const pairs: Array<[string, string]> = []
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (name !== "content-length" && value !== undefined) pairs.push([name, value])
  }
  return pairs
}

const urlOf = ({ hash, url, urlParams }: HttpClientRequest): Either.Either<string | URL, Error> =>
  urlParams.length === 0 && Option.isNone(hash) && URL.canParse(url)
    ? Either.right(url)
    : UrlParams.makeUrl(url, urlParams, hash)

/** Sends requests over fetch; `respond` makes the response for the caller. */
export const make =
  <Response extends object>(
    options: Options,
    respond: (request: HttpClientRequest, exchange: FetchExchange) => Response,
  ) =>
  (request: HttpClientRequest, body: Body): Effect.Effect<Response, RequestError> =>
    withFiber((fiber) => {
      const url = urlOf(request)
      if (Either.isLeft(url)) return Effect.fail(invalidUrl(request, url.left))
      const fetch = serviceOf(fiber, FetchHttpClient.Fetch) ?? options.fetch ?? globalThis.fetch
      const given = serviceOf(fiber, FetchHttpClient.RequestInit) ?? options.requestInit
      return Effect.async<Response, RequestError>((resume) => {
        const exchange = new FetchExchange(
          () => resume(Effect.sync(() => exchange.watch(respond(request, exchange)))),
          (cause) => resume(Effect.fail(noResponse(request, cause))),
          AbortTimer.of(request),
        )
        exchange.startTimer()
        const init: Init = {
          ...given,
          method: request.method,
          headers: headersOf(request, given),
          redirect: "manual",
        }
        if (body !== undefined) init.body = body
        if (request.body._tag === "Stream") init.duplex = "half"
        exchange.send(fetch, url.right, init)
        return exchange.canceller
      })
    })
