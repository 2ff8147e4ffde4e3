import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

interface Waiting<A, B, E> {
  readonly item: A
  readonly done: Deferred.Deferred<B, E>
}

/** How many milliseconds the first item waits for company, after a commit that took `last` milliseconds. */
const linger = (last: number): number => Math.min(25, Math.max(1, 2 * last))

/**
 * Puts what many fibers write at about the same time into one commit, up to 500 items, and gives each caller its result when
 * its item is on disk. A commit of libsql blocks the process until the disk has it: the first item waits twice as long as the last
 * commit took, so that commits take a third of the time at most. When the scope closes, nothing is taken any more.
 */
export const make = <A, B, E>(
  commit: (items: ReadonlyArray<A>) => Effect.Effect<(item: A) => B, E>,
): Effect.Effect<(item: A) => Effect.Effect<B, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Waiting<A, B, E>>()
    let last = 0
    const rest = (first: Waiting<A, B, E>) =>
      Effect.gen(function* () {
        yield* Effect.sleep(linger(last))
        const waiting = [first, ...(yield* Queue.takeUpTo(queue, 499))]
        const began = performance.now()
        const result = yield* Effect.exit(commit(waiting.map(({ item }) => item)))
        last = performance.now() - began
        for (const { done, item } of waiting)
          yield* Deferred.done(
            done,
            Exit.map(result, (of) => of(item)),
          )
      })
    yield* Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(Queue.take(queue)), rest)).pipe(
      Effect.forever,
      Effect.forkScoped,
    )
    return (item) =>
      Effect.flatMap(Deferred.make<B, E>(), (done) =>
        Effect.zipRight(Queue.offer(queue, { item, done }), Deferred.await(done)),
      )
  })
