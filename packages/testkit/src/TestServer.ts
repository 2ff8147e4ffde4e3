/**
 * The deployment as a real server on the loopback interface, for any HTTP client in any language. Pages of other
 * origins cannot use it unless `cors` names them, and a `Host` that is not loopback is refused.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
 * import { TestServer } from "@effect-tiledb/testkit"
 * import { Effect, Layer } from "effect"
 *
 * const ClientOverHttp = Layer.unwrapEffect(
 *   Effect.map(TestServer.TestServer, ({ apiKey, baseUrl }) =>
 *     TileDBClient.layer({ baseUrl, credentials: Credentials.apiKey(apiKey) }),
 *   ),
 * ).pipe(Layer.provide(FetchHttpClient.layer))
 * const UsersOverHttp = Users.layer.pipe(Layer.provide(ClientOverHttp), Layer.provideMerge(TestServer.layer()))
 *
 * @since 0.1.0
 */
import type { UserId } from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Deployment from "./Deployment.js"
import type { Faults } from "./Faults.js"
import { named } from "./internal/deployment/guarded.js"
import { ListenError } from "./internal/server/listenError.js"
import type { Listening } from "./internal/server/server.js"
import { basePath } from "./internal/wire/format.js"
import type { Journal } from "./Journal.js"
import type { Mailbox } from "./Mailbox.js"

/**
 * The key of the part that is private to this package.
 *
 * @internal
 */
export const ListeningId: unique symbol = Symbol.for("@effect-tiledb/testkit/TestServer/listening")

export { ListenError } from "./internal/server/listenError.js"

/**
 * The addresses of the server, and its credentials; `apiKey` and `userId` are the seeded owner's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The base URL for clients; it ends in `/v4`. */
  readonly baseUrl: string
  /**
   * `GET mailboxUrl?to=…&kind=confirm_email|password_reset` returns the newest token as text, or 404 if there is none.
   * Its path cannot be guessed, so that no page in a browser can read the tokens.
   */
  readonly mailboxUrl: string
  /** The URL of the API's OpenAPI 3.1 document. */
  readonly openApiUrl: string
  /** An API key of the seeded owner. */
  readonly apiKey: Redacted.Redacted<string>
  /** The id of the seeded owner. */
  readonly userId: UserId
  /** @internal */
  readonly [ListeningId]: Listening
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestServer extends Context.Tag("@effect-tiledb/testkit/TestServer")<TestServer, Service>() {}

/**
 * How the server listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The port on 127.0.0.1. Default: a free one. */
  readonly port?: number | undefined
  /** The origins whose pages may use the server from a browser, for example `http://localhost:5173`. Default: none. */
  readonly cors?: ReadonlyArray<string> | undefined
  /** Accepted values of `Host` besides `127.0.0.1`, `[::1]` and `localhost`, without a port. Default: none. */
  readonly hosts?: ReadonlyArray<string> | undefined
}

/**
 * Starts the server. Closing the scope stops it: it accepts no further connections and drains the calls in flight.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, ListenError, Deployment.Deployment | Scope.Scope> =>
  Effect.gen(function* () {
    const deployment = yield* Deployment.Deployment
    // Loaded here: otherwise half of this package's import time would be for a server that most tests do not start.
    const { listen } = yield* Effect.promise(() => import("./internal/server/server.js"))
    const { cors = [], hosts = [], port = 0 } = options
    const notOrigin = cors.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
    if (notOrigin !== undefined) {
      const message = `cors: ${JSON.stringify(notOrigin)} is not an origin; write one such as http://localhost:5173`
      return yield* new ListenError({ port, code: "INVALID_ORIGIN", message })
    }
    return yield* Effect.orDie(serviceAt(yield* listen({ cors, hosts, port }), deployment, ""))
  }).pipe(named("TestServer.make", options))

const serviceAt = (listening: Listening, deployment: Deployment.Service, path: string) =>
  Effect.map(listening.mount(path, deployment[Deployment.BackendId]), (mailboxUrl): Service => {
    const { apiKey, ownerId: userId } = deployment
    const url = listening.origin + path
    const openApiUrl = `${url}/openapi.json`
    const service = { baseUrl: url + basePath, mailboxUrl, openApiUrl, apiKey, userId, [ListeningId]: listening }
    return Object.defineProperty(service, ListeningId, { enumerable: false })
  })

/**
 * The name of a namespace is in use on this server, or is invalid in a path.
 *
 * @since 0.1.0
 * @category errors
 */
export class NamespaceError extends Data.TaggedError("NamespaceError")<{
  /** What is wrong with the name, and what to write instead. */
  readonly message: string
}> {}

/**
 * A separate deployment on a running server, for a suite that shares the server with others: below `/ns/<name>/v4`,
 * with its own users, mailbox, clock, faults and journal. Closing the scope removes it.
 *
 * @example
 * import { TestServer } from "@effect-tiledb/testkit"
 * import { Layer } from "effect"
 *
 * const server = TestServer.layer()
 * const suites = ["billing", "search"].map((name) => TestServer.layerNamespace(name).pipe(Layer.provide(server)))
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNamespace = (
  name: string,
  options: Deployment.Options = {},
): Layer.Layer<TestServer | Deployment.Deployment | Faults | Journal | Mailbox, NamespaceError, TestServer> =>
  Layer.scoped(
    TestServer,
    Effect.gen(function* () {
      if (!/^[\w-]{1,64}$/.test(name)) {
        const message = `${JSON.stringify(name)} cannot name a namespace; write up to 64 letters, digits, hyphens and underscores`
        return yield* new NamespaceError({ message })
      }
      const { [ListeningId]: listening } = yield* TestServer
      const message = `The namespace ${name} is in use on this server; write another name`
      return yield* Effect.mapError(
        serviceAt(listening, yield* Deployment.Deployment, `/ns/${name}`),
        () => new NamespaceError({ message }),
      )
    }),
  ).pipe(Layer.provideMerge(Deployment.layer(options)))

/**
 * `make` as a Layer, for several interfaces over one deployment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployment = (options: Options = {}): Layer.Layer<TestServer, ListenError, Deployment.Deployment> =>
  Layer.scoped(TestServer, make(options))

/**
 * A server over its own deployment, with the services to inspect it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & Deployment.Options = {},
): Layer.Layer<TestServer | Deployment.Deployment | Faults | Journal | Mailbox, ListenError> =>
  Layer.provideMerge(layerDeployment(options), Deployment.layer(options))
