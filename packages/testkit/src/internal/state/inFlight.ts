import * as Effect from "effect/Effect"

/** The calls that have arrived at a deployment and are not carried out yet: only these may still send an e-mail. */
export class InFlight {
  #calls = 0
  readonly #waiting = new Set<() => void>()

  /** Counts a call while the effect runs. */
  during<A>(call: Effect.Effect<A>): Effect.Effect<A> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.#calls++),
      () => call,
      () => Effect.sync(() => this.#end()),
    )
  }

  /** Runs `then` when no call is in flight: now, or at the end of the last one; returns how to cancel the wait. */
  whenIdle(then: () => void): () => void {
    if (this.#calls === 0) then()
    else this.#waiting.add(then)
    return () => this.#waiting.delete(then)
  }

  #end(): void {
    if (--this.#calls > 0) return
    for (const then of this.#waiting) then()
    this.#waiting.clear()
  }
}
