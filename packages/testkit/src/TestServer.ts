/**
 * The deployment as a real server on the loopback interface, for any HTTP client in any language, browsers included.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import { TestServer } from "@effect-tiledb/testkit"
 * import { Effect, Layer } from "effect"
 *
 * const UsersOverHttp = Layer.unwrapEffect(
 *   Effect.map(TestServer.TestServer, ({ apiKey, baseUrl }) =>
 *     Users.layer({ baseUrl, credentials: Credentials.apiKey(apiKey) }),
 *   ),
 * ).pipe(Layer.provide(FetchHttpClient.layer), Layer.provideMerge(TestServer.layer()))
 *
 * @since 0.1.0
 */
import type * as HttpServerError from "@effect/platform/HttpServerError"
import type { UserId } from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Deployment from "./Deployment.js"
import type { Faults } from "./Faults.js"
import * as MailboxPage from "./internal/wire/mailboxPage.js"
import { basePath } from "./internal/wire/wire.js"
import type { Journal } from "./Journal.js"
import type { Mailbox } from "./Mailbox.js"

/**
 * Where the server is and how to get in. `baseUrl` ends in `/v4`; `GET mailboxUrl?to=…&kind=confirm_email|password_reset`
 * answers the newest token as text (404 while there is none); `apiKey` and `userId` are the seeded owner's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly baseUrl: string
  readonly mailboxUrl: string
  readonly apiKey: Redacted.Redacted<string>
  readonly userId: UserId
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestServer extends Context.Tag("@effect-tiledb/testkit/TestServer")<TestServer, Service>() {}

/**
 * The port on 127.0.0.1; by default one that is free.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  readonly port?: number
}

/**
 * Starts the server; closing the scope stops it: it takes no more connections, and calls under way get to their end.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Service, HttpServerError.ServeError, Deployment.Deployment | Scope.Scope> =>
  Effect.gen(function* () {
    const deployment = yield* Deployment.Deployment
    // Loaded only now: half of what it takes to import this package would be for a server that most tests do not start.
    const { listen } = yield* Effect.promise(() => import("./internal/wire/server.js"))
    const origin = yield* listen(deployment[Deployment.BackendId], options.port ?? 0)
    return {
      baseUrl: origin + basePath,
      mailboxUrl: origin + MailboxPage.path,
      apiKey: deployment.apiKey,
      userId: deployment.ownerId,
    }
  })

/**
 * `make` as a Layer, for several faces over one deployment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployment = (
  options: Options = {},
): Layer.Layer<TestServer, HttpServerError.ServeError, Deployment.Deployment> => Layer.scoped(TestServer, make(options))

/**
 * A server over a deployment of its own, with what it takes to look inside.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & Deployment.Options = {},
): Layer.Layer<TestServer | Deployment.Deployment | Faults | Journal | Mailbox, HttpServerError.ServeError> =>
  Layer.provideMerge(layerDeployment(options), Deployment.layer(options))
