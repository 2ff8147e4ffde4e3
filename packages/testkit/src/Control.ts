/**
 * Control of a deployment over HTTP, on a separate port, for programs in any language: users, faults, journal, clock,
 * mailbox, snapshots. `effect-tiledb-testkit serve` starts it beside the server. It listens on the loopback interface only, requires
 * its own token, and refuses every request that a page in a browser can send.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import * as Control from "@effect-tiledb/testkit/Control"
 * import { Duration, Effect, Redacted } from "effect"
 *
 * // The address and token are in the line that `effect-tiledb-testkit serve` prints.
 * const later = Effect.gen(function* () {
 *   const control = yield* Control.client({ url: "http://127.0.0.1:8182", token: Redacted.make("…") })
 *   yield* control.clock.advance({ payload: { duration: Duration.hours(25) } })
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 *
 * @since 0.1.0
 */
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Deployment } from "./Deployment.js"
import type { Faults } from "./Faults.js"
import { Api } from "./internal/control/api.js"
import { type ListenError, toListenError } from "./internal/server/listenError.js"
import type { Journal } from "./Journal.js"
import type { Mailbox } from "./Mailbox.js"

export { Api, Authorization, ControlNotFound, ControlRefused, ControlUnauthorized } from "./internal/control/api.js"

/**
 * The address of the control port, and its token.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Its URL, without a path. `/openapi.json` there describes its API. */
  readonly url: string
  /** The token to send as `Authorization: Bearer …`; it is new at each start. */
  readonly token: Redacted.Redacted<string>
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Control extends Context.Tag("@effect-tiledb/testkit/Control")<Control, Service>() {}

/**
 * How the control port listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The port on 127.0.0.1. Default: a free one. */
  readonly port?: number | undefined
}

/**
 * Serves the control of the deployment in the environment until the scope closes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<Control, ListenError, Deployment | Faults | Journal | Mailbox> => {
  const port = options.port ?? 0
  return Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("./internal/control/server.js")),
      ({ serve }) => serve(port, (url, token) => Layer.succeed(Control, { url, token: Redacted.make(token) })),
    ),
  ).pipe(Layer.catchAll(({ cause }) => Layer.fail(toListenError(port, cause))))
}

/**
 * A typed client of a control port.
 *
 * @since 0.1.0
 * @category constructors
 */
export const client = (service: Service) =>
  HttpApiClient.make(Api, {
    baseUrl: service.url,
    transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(service.token)),
  })
