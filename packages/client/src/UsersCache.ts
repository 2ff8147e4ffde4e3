/**
 * `getUser` once for many fibers: callers who ask for the same user at the same time wait for one request, and its answer
 * is given again for a time. Nothing is cached without this Layer.
 *
 * What it may show stale, for `timeToLive` at the most: what others have changed, and what `changePassword`,
 * `confirmEmail` and `resetPassword` change, whose calls do not say which user they are about (`invalidate` does).
 * `updateUser` and `deleteUser` of this service are seen at once, by callers with any credential.
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
 * How much is kept, and for how long; every field may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How many answers are kept; beyond that older ones go. A whole number above 0. Default 1,000. */
  readonly capacity?: number | undefined
  /**
   * How long after it was asked for an answer may be given again; a number is in milliseconds. With 0 nothing is kept, and
   * callers who ask while the request is under way still share it. Default 1 minute.
   */
  readonly timeToLive?: Duration.DurationInput | undefined
}

/**
 * `Users.Service` whose `getUser` is shared and cached.
 *
 * The request is made with the credential, the retry policy and the span of who asked first, and goes on while anybody
 * waits for it. What it fails with is for those who wait; the next call asks again. Answers are kept by credential: those
 * that compare as equal, such as two API keys of the same value, see each other's. An effect that gives other secrets to
 * other fibers is one credential here: set those with `Credentials.withCredentials`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Users.Service {
  /** Forgets what is kept of a user, under every credential: when one hears that somebody else has changed it. */
  readonly invalidate: (userId: UserId) => Effect.Effect<void>
  /** Forgets everything. */
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
  /** Of the caller; `undefined` is the client's own. */
  readonly credentials: Credentials.Credentials | undefined
}

const timeToLiveOf = ({
  timeToLive = "1 minute",
}: Options): Either.Either<Duration.Duration, ConfigError.ConfigError> =>
  Either.fromOption(Duration.decodeUnknown(timeToLive), () =>
    ConfigError.InvalidData(["timeToLive"], 'Expected a time, such as "30 seconds"'),
  )

/**
 * The service with a cache of its own. Fails with a `ConfigError` that says what to write instead when the options cannot
 * be used.
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
      // However it ends: an error does not always mean that nothing was changed.
      updateUser: (userId, request) => Effect.ensuring(users.updateUser(userId, request), invalidate(userId)),
      deleteUser: (userId) => Effect.ensuring(users.deleteUser(userId), invalidate(userId)),
      invalidate,
      invalidateAll: reads.invalidateWhen(() => true),
    }
  })

/**
 * `Users` with a cache in place of the `Users` in its input, and the cache to invalidate by hand. Build it once.
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
