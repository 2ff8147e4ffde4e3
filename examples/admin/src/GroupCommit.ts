import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

interface Waiting<A, B, E> {
  readonly item: A
  readonly done: Deferred.Deferred<B, E>
}

/**
 * Puts what many fibers write at about the same time into one commit: the first item waits a millisecond for company, up
 * to 500 in all, and each caller is answered when its item is on disk. When the scope closes, nothing is taken any more.
 */
export const make = <A, B, E>(
  commit: (items: ReadonlyArray<A>) => Effect.Effect<(item: A) => B, E>,
): Effect.Effect<(item: A) => Effect.Effect<B, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Waiting<A, B, E>>()
    const rest = (first: Waiting<A, B, E>) =>
      Effect.sleep("1 millis").pipe(
        Effect.zipRight(Queue.takeUpTo(queue, 499)),
        Effect.map((more) => [first, ...more]),
        Effect.flatMap((waiting) =>
          Effect.matchEffect(commit(waiting.map(({ item }) => item)), {
            onFailure: (error) => Effect.forEach(waiting, ({ done }) => Deferred.fail(done, error), { discard: true }),
            onSuccess: (answer) =>
              Effect.forEach(waiting, ({ done, item }) => Deferred.succeed(done, answer(item)), { discard: true }),
          }),
        ),
      )
    yield* Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(Queue.take(queue)), rest)).pipe(
      Effect.forever,
      Effect.forkScoped,
    )
    return (item) =>
      Effect.flatMap(Deferred.make<B, E>(), (done) =>
        Effect.zipRight(Queue.offer(queue, { item, done }), Deferred.await(done)),
      )
  })
