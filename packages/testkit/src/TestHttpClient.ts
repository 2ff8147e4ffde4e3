/**
 * An `HttpClient` that is connected to a deployment in memory: the real client, or any code that uses `HttpClient`,
 * runs against it without sockets, including headers, bodies and broken connections.
 *
 * @example
 * import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
 * import { Fixtures, TestHttpClient } from "@effect-tiledb/testkit"
 * import { Layer } from "effect"
 *
 * const layer = Users.layer.pipe(
 *   Layer.provide(TileDBClient.layer({ credentials: Credentials.basic("ada", Fixtures.password("ada")) })),
 *   Layer.provideMerge(TestHttpClient.layer({ users: [Fixtures.user("ada")] })),
 * )
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Deployment from "./Deployment.js"
import type { Faults } from "./Faults.js"
import { named } from "./internal/deployment/guarded.js"
import * as MemoryTransport from "./internal/wire/memoryTransport.js"
import type { Journal } from "./Journal.js"
import type { Mailbox } from "./Mailbox.js"

/**
 * The origins of the deployment besides `https://api.tiledb.com` and its regional hosts. Requests to other origins fail
 * (`ENOTFOUND`), so that a stray request is noticed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Further origins of the deployment. Default: none. */
  readonly origins?: ReadonlyArray<string> | undefined
}

/**
 * An `HttpClient` over the deployment in the environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<HttpClient.HttpClient, never, Deployment.Deployment> =>
  Effect.map(Deployment.Deployment, (deployment) =>
    MemoryTransport.make(deployment[Deployment.BackendId], options.origins),
  ).pipe(named("TestHttpClient.make", options))

/**
 * `make` as a Layer, for several interfaces over one deployment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployment = (
  options: Options = {},
): Layer.Layer<HttpClient.HttpClient, never, Deployment.Deployment> =>
  Layer.effect(HttpClient.HttpClient, make(options))

/**
 * An `HttpClient` over its own deployment, with the services to inspect it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & Deployment.Options = {},
): Layer.Layer<HttpClient.HttpClient | Deployment.Deployment | Faults | Journal | Mailbox> =>
  Layer.provideMerge(layerDeployment(options), Deployment.layer(options))
