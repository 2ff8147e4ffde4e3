import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import { makeQuietly } from "./effect3.js"
import { shield } from "./outgoing.js"

/**
 * Marks an `HttpClient` of this package: it makes no span, sends no trace headers, follows no redirects and prints
 * nothing, and it honours the `AbortTimer` of a request. Private to this package's own transports.
 */
export const quietMark: unique symbol = Symbol.for("@effect-tiledb/client/quiet")

/**
 * The user's client with two things turned off: its span, which would show our headers and send trace headers, and
 * following redirects with everything the request carries, which fetch does and undici can be told to do.
 *
 * Both are turned off while the request is being made, after everything that the user's own client has set around it.
 */
export const quiet = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  quietMark in client
    ? client
    : HttpClient.mapRequestEffect(client, (request) => Effect.as(makeQuietly, shield(request)))
