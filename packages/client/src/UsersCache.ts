/**
 * `getUser` once for many fibers: concurrent calls for the same user share one request, and its response is cached for
 * a time. Nothing is cached without this Layer.
 *
 * Stale for at most `timeToLive`: changes by other clients, and those by `changePassword`, `confirmEmail` and
 * `resetPassword`, whose calls do not identify their user (`invalidate` does). `updateUser` and `deleteUser` of this
 * service take effect at once, for callers with any credential.
 *
 * @example
 * import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
 * import { Users, UsersCache } from "@effect-tiledb/client"
 * import { Layer } from "effect"
 *
 * const UsersLive = UsersCache.layer({ capacity: 10_000, timeToLive: "30 seconds" }).pipe(
 *   Layer.provide(Users.layerConfig()),
 *   Layer.provide(NodeTransport.layer),
 * )
 *
 * @since 0.1.0
 */
import type { User, UserId } from "@effect-tiledb/schema"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Credentials from "./Credentials.js"
import { positive } from "./internal/limits.js"
import * as SharedReads from "./internal/sharedReads.js"
import type { ApiError, DecodeError, InvalidRequest, NotFound, TransportError } from "./TileDBError.js"
import * as Users from "./Users.js"

/**
 * The size of the cache and the lifetime of its entries; every field is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How many responses are cached; beyond that older ones are evicted. A whole number above 0. Default 1,000. */
  readonly capacity?: number | undefined
  /**
   * How long a response is reused, from the start of its request; a number is in milliseconds. With 0 nothing is
   * cached, but calls during the request still share it. Default 1 minute.
   */
  readonly timeToLive?: Duration.DurationInput | undefined
}

/**
 * `Users.Service` whose `getUser` is shared and cached.
 *
 * The request uses the credential, the retry policy and the span of the first caller, and continues while any caller
 * waits for it. Its failure goes to the waiting callers; the next call sends a new request. Responses are cached by
 * credential: equal credentials, such as two API keys of the same value, share entries. An effect that gives different
 * secrets to different fibers is one credential here: set those with `Credentials.withCredentials`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Users.Service {
  /** Removes the entries of a user, under every credential: for a change by another client. */
  readonly invalidate: (userId: UserId) => Effect.Effect<void>
  /** Removes all entries. */
  readonly invalidateAll: Effect.Effect<void>
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class UsersCache extends Context.Tag("@effect-tiledb/client/UsersCache")<UsersCache, Service>() {}

interface Key {
  readonly userId: UserId
  /** The caller's credential; `undefined` is the client's own. */
  readonly credentials: Credentials.Credentials | undefined
}

const timeToLiveOf = ({
  timeToLive = "1 minute",
}: Options): Either.Either<Duration.Duration, ConfigError.ConfigError> =>
  Either.fromOption(Duration.decodeUnknown(timeToLive), () =>
    ConfigError.InvalidData(["timeToLive"], 'Expected a time, such as "30 seconds"'),
  )

/**
 * The service with its own cache. If the options cannot be used, it fails with a `ConfigError` that says what to write
 * instead.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (users: Users.Service, options: Options = {}): Effect.Effect<Service, ConfigError.ConfigError> =>
  Effect.gen(function* () {
    const reads = yield* SharedReads.make<
      Key,
      User,
      ApiError | DecodeError | InvalidRequest | NotFound | TransportError
    >(({ userId }) => users.getUser(userId), {
      capacity: yield* positive("capacity", options.capacity ?? 1000),
      timeToLive: yield* timeToLiveOf(options),
    })
    const invalidate = (userId: UserId) => reads.invalidateWhen((key) => key.userId === userId)
    return {
      ...users,
      getUser: (userId) =>
        Effect.flatMap(FiberRef.get(Credentials.current), (caller) =>
          reads.get(
            Data.struct({ userId, credentials: Option.getOrUndefined(Option.map(caller, (own) => Data.struct(own))) }),
          ),
        ),
      // Whatever the outcome: an error does not always mean that nothing was changed.
      updateUser: (userId, request) => Effect.ensuring(users.updateUser(userId, request), invalidate(userId)),
      deleteUser: (userId) => Effect.ensuring(users.deleteUser(userId), invalidate(userId)),
      invalidate,
      invalidateAll: reads.invalidateWhen(() => true),
    }
  })

/**
 * `Users` with a cache in place of the `Users` in its input, and the cache for manual invalidation. Build it once.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<Users.Users | UsersCache, ConfigError.ConfigError, Users.Users> =>
  Layer.effectContext(
    Effect.map(
      Effect.flatMap(Users.Users, (users) => make(users, options)),
      (cached) => Context.make(Users.Users, cached).pipe(Context.add(UsersCache, cached)),
    ),
  )
