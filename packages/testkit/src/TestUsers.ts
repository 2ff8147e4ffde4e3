/**
 * The `Users` service over a deployment in memory, for tests of applications: the real client over the wire format,
 * without sockets.
 *
 * @example
 * import { Users } from "@effect-tiledb/client"
 * import { TestUsers } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * const test = Effect.gen(function* () {
 *   const users = yield* Users.Users
 *   return yield* users.getSelfUser
 * }).pipe(Effect.provide(TestUsers.layer()))
 *
 * @since 0.1.0
 */

import * as HttpClient from "@effect/platform/HttpClient"
import { Credentials, RetryPolicy, TileDBClient, Users } from "@effect-tiledb/client"
import * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as TestClock from "effect/TestClock"
import * as Deployment from "./Deployment.js"
import type { Faults } from "./Faults.js"
import { named } from "./internal/deployment/guarded.js"
import * as MemoryTransport from "./internal/wire/memoryTransport.js"
import type { Journal } from "./Journal.js"
import type { Mailbox } from "./Mailbox.js"
import * as TestHttpClient from "./TestHttpClient.js"

/**
 * The credential and the retry policy; every field is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The credential. Default: an API key of the owner. */
  readonly credentials?: Credentials.Credentials | undefined
  /** When calls are retried, by the `Clock`. Default `RetryPolicy.none`, so that a test sees each fault. */
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
}

/**
 * The client of `make`, for services of further API groups.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeClient = (options: Options = {}): Effect.Effect<TileDBClient.Service, never, Deployment.Deployment> =>
  Effect.flatMap(Deployment.Deployment, (deployment) =>
    TileDBClient.make({
      credentials: options.credentials ?? Credentials.apiKey(deployment.apiKey),
      retryPolicy: options.retryPolicy ?? RetryPolicy.none,
      pause: false,
      allowCredentialsInBrowser: true,
    }).pipe(
      Effect.provideService(HttpClient.HttpClient, MemoryTransport.make(deployment[Deployment.BackendId])),
      // The scope only holds a gauge.
      Effect.scoped,
      Effect.orDie,
    ),
  ).pipe(named("TestUsers.makeClient", options))

/**
 * The real client over the deployment in the environment, for the user of the credentials. It never pauses, so that a
 * test of an application sees each fault, and it retries nothing unless you set `retryPolicy`, or
 * `RetryPolicy.withRetryPolicy` around a call.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Users.Service, never, Deployment.Deployment> =>
  Effect.provideServiceEffect(Users.make, TileDBClient.TileDBClient, makeClient(options))

/**
 * The client of `make` as a Layer, for the services of further API groups.
 *
 * @example
 * import { Workspaces } from "@effect-tiledb/client"
 * import { TestUsers } from "@effect-tiledb/testkit"
 * import { Layer } from "effect"
 *
 * const TestLive = Workspaces.layer.pipe(
 *   Layer.provide(TestUsers.layerClient()),
 *   Layer.provideMerge(TestUsers.layer()),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (
  options: Options = {},
): Layer.Layer<TileDBClient.TileDBClient, never, Deployment.Deployment> =>
  Layer.effect(TileDBClient.TileDBClient, makeClient(options))

/**
 * `make` as a Layer, for several interfaces, or several callers, over one deployment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployment = (options: Options = {}): Layer.Layer<Users.Users, never, Deployment.Deployment> =>
  Layer.provide(Users.layer, layerClient(options))

/**
 * The service over its own deployment, with the services to inspect it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & Deployment.Options = {},
): Layer.Layer<Users.Users | Deployment.Deployment | Faults | Journal | Mailbox> =>
  Layer.provideMerge(layerDeployment(options), Deployment.layer(options))

/**
 * The real client, signed in as the owner, over its own deployment in memory, with the services to inspect it: for most
 * tests of an application. It retries, traces and measures as in production; `TestClock` controls its waits.
 *
 * @example
 * import { RetryPolicy, Users } from "@effect-tiledb/client"
 * import { Fixtures, TestUsers } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * const test = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Effect.provide(TestUsers.asOwner({ users: [Fixtures.user("ada")], retryPolicy: RetryPolicy.none })),
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const asOwner = (
  options: Omit<TileDBClient.Options, "baseUrl" | "rateLimit"> & Deployment.Options = {},
): Layer.Layer<Users.Users | HttpClient.HttpClient | Deployment.Deployment | Faults | Journal | Mailbox> =>
  Layer.unwrapEffect(
    Effect.map(Deployment.Deployment, ({ apiKey }) => {
      // The deployment's rate limit is not passed to the client.
      const { rateLimit: _, ...rest } = options
      return Layer.provide(
        Users.layer,
        Layer.orDie(TileDBClient.layer({ credentials: Credentials.apiKey(apiKey), ...rest })),
      )
    }),
  ).pipe(Layer.provideMerge(TestHttpClient.layer(options)))

/**
 * Runs an effect. Whenever all fibers wait for `TestClock`, advances it to the next scheduled moment: retries, timeouts
 * and delays run at once, in their order. For the interfaces in memory: a fiber that waits for a real socket seems to
 * wait for the clock. Outside of `it.effect`, where time passes by itself, it only runs the effect.
 *
 * @example
 * import { Users } from "@effect-tiledb/client"
 * import { Faults, TestUsers } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * // Two responses 503 with `Retry-After: 30`, a minute that takes milliseconds, and the user.
 * const test = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Faults.withFaults({ fault: Faults.status(503, { retryAfter: "30 seconds" }), nth: [1, 2] }),
 *   TestUsers.runWithTime,
 *   Effect.provide(TestUsers.asOwner()),
 * )
 *
 * @since 0.1.0
 * @category combinators
 */
export const runWithTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => {
    if (!isTestClock(clock)) return effect
    // Adjusting by zero waits until every fiber of the test is done or suspended.
    const step = Effect.zipRight(
      clock.adjust(Duration.zero),
      Effect.flatMap(clock.sleeps, (sleeps) =>
        Chunk.isNonEmpty(sleeps) ? clock.setTime(Math.min(...sleeps)) : Effect.void,
      ),
    )
    return Effect.acquireUseRelease(
      Effect.interruptible(Effect.fork(effect)),
      (fiber) => Effect.zipRight(Effect.repeat(step, { until: () => fiber.unsafePoll() !== null }), Fiber.join(fiber)),
      Fiber.interrupt,
    )
  })

const isTestClock = (clock: Clock.Clock): clock is Clock.Clock & TestClock.TestClock =>
  "adjust" in clock && "sleeps" in clock

/**
 * A service with only the given methods, for unit tests that need no others: calling any other method dies with a
 * message that names it.
 *
 * @example
 * import { TestUsers } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * const layer = TestUsers.mock({ deleteUser: () => Effect.void })
 *
 * @since 0.1.0
 * @category layers
 */
export const mock = (methods: Partial<Users.Service>): Layer.Layer<Users.Users> => Layer.mock(Users.Users, methods)
