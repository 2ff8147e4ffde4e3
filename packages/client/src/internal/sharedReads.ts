import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Effect3 from "./effect3.js"

/** One read, shared by all waiters for its key. */
interface Entry<A, E> {
  /** `undefined` until the first caller with the entry starts it: a read that has begun can be invalidated. */
  fiber: Fiber.RuntimeFiber<A, E> | undefined
  waiting: number
  /** Whether the read was interrupted because it had no waiter left. */
  abandoned: boolean
  /** When it began, in milliseconds of the monotonic clock. */
  begun: number
}

/** Reads that run once for all fibers, with results that are cached for a time. */
export interface SharedReads<Key, A, E> {
  readonly get: (key: Key) => Effect.Effect<A, E>
  readonly invalidateWhen: (isStale: (key: Key) => boolean) => Effect.Effect<void>
}

/**
 * `Cache` keeps the entries; each read runs in its own fiber, and its waiters are counted. `Cache` alone runs the read
 * in the first caller's fiber: its interruption interrupts all waiters. `Effect.request` with a request cache does not
 * let the first caller be interrupted while others wait, and does not evict failures.
 */
export const make = <Key, A, E>(
  read: (key: Key) => Effect.Effect<A, E>,
  options: { readonly capacity: number; readonly timeToLive: Duration.Duration },
): Effect.Effect<SharedReads<Key, A, E>> => {
  const timeToLive = Duration.toMillis(options.timeToLive)
  const lookup = () =>
    Effect.sync((): Entry<A, E> => ({ fiber: undefined, waiting: 0, abandoned: false, begun: Number.NaN }))
  // Expiry is decided below: a read that is still awaited does not expire.
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
