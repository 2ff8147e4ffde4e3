import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"
import { apiKeyHeader } from "./credential.js"

/** Marks a client that is quiet by itself: no span, no trace headers, no redirects, nothing printed. */
export const isQuiet: unique symbol = Symbol.for("@effect-tiledb/client/isQuiet")

/**
 * The user's client, with two things turned off: its span, which would show our headers and send trace headers, and the
 * habit of following redirects with everything the request carries, which fetch has and undici can be given.
 *
 * Both are turned off from inside the request, past everything that the user's client may have set around it: options are
 * merged because the transport's Layer may have captured the user's own (a proxy's dispatcher, say), which providing some
 * from outside would replace. What is set here ends with the fiber of the attempt.
 */
export const quiet = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  isQuiet in client
    ? client
    : HttpClient.mapRequestEffect(client, (request) => Effect.as(Effect.zipRight(doNotTrace, doNotFollow), request))

const doNotTrace = FiberRef.set(HttpClient.currentTracerDisabledWhen, constTrue)

/** `NodeHttpClient.UndiciRequestOptions`; that package is not always there. */
const UndiciRequestOptions = Context.GenericTag<object>("@effect/platform-node/NodeHttpClient/undiciOptions")

const doNotFollow = FiberRef.update(FiberRef.currentContext, (context) => {
  const usersOwn = context.unsafeMap
  return Context.merge(
    context,
    Context.make(FetchHttpClient.RequestInit, {
      ...usersOwn.get(FetchHttpClient.RequestInit.key),
      redirect: "manual",
    }).pipe(Context.add(UndiciRequestOptions, { ...usersOwn.get(UndiciRequestOptions.key), maxRedirections: 0 })),
  )
})

/**
 * What the fiber of an attempt starts with: whatever the user has built around the client (a log line, a span) prints our
 * headers without the API key, and Effect does not log the platform's errors when a fiber of the transport ends with one.
 */
export const quietFiberRefs = (fiber: Fiber.RuntimeFiber<unknown, unknown>): FiberRefs.FiberRefs => {
  const id = fiber.id()
  const names = fiber.getFiberRef(Headers.currentRedactedNames)
  return FiberRefs.updateManyAs(fiber.getFiberRefs(), {
    entries: [
      [Headers.currentRedactedNames, [[id, [...names, apiKeyHeader]]]],
      [FiberRef.unhandledErrorLogLevel, [[id, Option.none()]]],
    ],
  })
}
