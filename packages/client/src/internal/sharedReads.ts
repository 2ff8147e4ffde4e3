import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Effect3 from "./effect3.js"

/** One read, which all who ask for its key wait for. */
interface Entry<A, E> {
  /** `undefined` until somebody who has the entry from the cache starts it: what has begun can be invalidated. */
  fiber: Fiber.RuntimeFiber<A, E> | undefined
  waiting: number
  /** Nobody waited any more, so that it was interrupted. */
  abandoned: boolean
  /** When it began, in milliseconds by the monotonic clock. */
  begun: number
}

/** Reads that are made once for all fibers, and whose answers are kept for a time. */
export interface SharedReads<Key, A, E> {
  readonly get: (key: Key) => Effect.Effect<A, E>
  readonly invalidateWhen: (isStale: (key: Key) => boolean) => Effect.Effect<void>
}

/**
 * `Cache` keeps the entries; each read runs in a fiber of its own, and its waiters are counted. `Cache` alone runs it in the
 * fiber of who came first: when that one is interrupted, so are all. `Effect.request` with a request cache does not let the
 * first be interrupted while others wait, and does not take failures out.
 */
export const make = <Key, A, E>(
  read: (key: Key) => Effect.Effect<A, E>,
  options: { readonly capacity: number; readonly timeToLive: Duration.Duration },
): Effect.Effect<SharedReads<Key, A, E>> => {
  const timeToLive = Duration.toMillis(options.timeToLive)
  const lookup = () =>
    Effect.sync((): Entry<A, E> => ({ fiber: undefined, waiting: 0, abandoned: false, begun: Number.NaN }))
  // What expires is decided below: an answer that is still awaited does not.
  return Effect.map(
    Cache.make<Key, Entry<A, E>>({ capacity: options.capacity, timeToLive: Duration.infinity, lookup }),
    (cache) => {
      const remove = (key: Key, entry: Entry<A, E>) => cache.invalidateWhen(key, (kept) => kept === entry)

      const leave = (entry: Entry<A, E>, fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<unknown> => {
        entry.waiting -= 1
        if (entry.waiting > 0 || fiber.unsafePoll() !== null) return Effect.void
        entry.abandoned = true
        return Fiber.interrupt(fiber)
      }

      const join = (key: Key, restore: <B>(effect: Effect.Effect<B>) => Effect.Effect<B>): Effect.Effect<A, E> =>
        Effect.flatMap(cache.get(key), (entry) =>
          Effect.withFiberRuntime<A, E>((caller) => {
            const now = Effect3.monotonicMillis(Effect3.clockOf(caller))
            const isOver = entry.fiber !== undefined && entry.fiber.unsafePoll() !== null
            if (entry.abandoned || (isOver && now - entry.begun >= timeToLive)) {
              return Effect.zipRight(remove(key, entry), join(key, restore))
            }
            entry.waiting += 1
            if (entry.fiber === undefined) {
              entry.begun = now
              const forgetful = Effect.onError(read(key), () => remove(key, entry))
              entry.fiber = Effect3.forkWith(caller, caller.getFiberRefs(), forgetful)
            }
            const { fiber } = entry
            return Effect.flatten(Effect.onInterrupt(restore(Fiber.await(fiber)), () => leave(entry, fiber)))
          }),
        )

      return {
        get: (key) => Effect.uninterruptibleMask((restore) => join(key, restore)),
        invalidateWhen: (isStale) =>
          Effect.flatMap(cache.keys, (keys) =>
            Effect.forEach(keys.filter(isStale), (key) => cache.invalidate(key), { discard: true }),
          ),
      }
    },
  )
}
