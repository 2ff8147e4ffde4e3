import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { makeQuietly } from "../runtime/effect3.js"
import { shield } from "../secrets/shieldedRequest.js"
import { errorStatus, type RequestError } from "./clientError.js"

/**
 * Marks an `HttpClient` of this package: it makes no span, sends no trace headers, follows no redirects and prints
 * nothing, and it honours the `AbortTimer` of a request. Private to this package's own transports.
 */
export const quietMark: unique symbol = Symbol.for("@effect-tiledb/client/quiet")

/** An `HttpClient` of this package that does nothing but send. */
export const lean = (
  send: (request: HttpClientRequest) => Effect.Effect<HttpClientResponse, RequestError>,
): HttpClient.HttpClient =>
  Object.assign(HttpClient.makeWith<never, never, RequestError, never>(Effect.flatMap(send), Effect.succeed), {
    execute: send,
    [quietMark]: true,
  })

/**
 * Disables two features of the user's client: its span, which would show our headers and send trace headers, and
 * redirects, which fetch and a configured undici follow with all headers of the request.
 *
 * Both are disabled when the request is made, so that no setting of the user's own client can enable them again.
 */
export const quiet = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  quietMark in client
    ? client
    : HttpClient.mapRequestEffect(client, (request) => Effect.as(makeQuietly, shield(request)))

/**
 * A client whose redirects fail with the response, for the user's function around it: nothing that it adds can follow
 * one.
 */
export const withRedirectsFailing = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transformResponse(
    client,
    Effect.flatMap((response) =>
      response.status >= 300 && response.status < 400 ? Effect.fail(errorStatus(response)) : Effect.succeed(response),
    ),
  )
