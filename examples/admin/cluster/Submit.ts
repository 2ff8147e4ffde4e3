import * as Effect from "effect/Effect"
import type { Progress } from "../src/Progress.js"
import { summary } from "../src/Report.js"
import { say } from "../src/Screen.js"
import { type Run, Store } from "../src/Store.js"
import { CarryOutChunk, retryDefects } from "./Cluster.js"

const passes = 3

/** A database that restarts is waited for, up to a minute; asking the engine again does no harm. */
const whenItIsBack = retryDefects("500 millis", 120)

/**
 * Gives the open chunks of a run to the runners and watches; gives the reason when the run was stopped. What is still open
 * when all of them have ended is given out again, in a new round.
 */
export const carryOut = (given: Run, progress: Progress) =>
  Effect.gen(function* () {
    const store = yield* Store
    const payload = (chunk: number, round: number) => ({ run: given.id, chunk, round })

    const stopped = Effect.map(store.run(given.id), (run) => run?.stopped ?? undefined)

    const poll = (chunk: number, round: number) =>
      CarryOutChunk.executionId(payload(chunk, round)).pipe(Effect.flatMap(CarryOutChunk.poll), whenItIsBack)

    /** Waits until the runners are through with the chunks of a round that have open rows. */
    const ended = (round: number) =>
      Effect.gen(function* () {
        let last = -1
        let quiet = 0
        for (;;) {
          const { done, exists, failed, invalid, open, there } = summary(given, yield* store.counts(given.id))
          progress.set(given.rows - open, failed + invalid + exists)
          const running = yield* Effect.findFirst(yield* store.openChunks(given), (chunk) =>
            Effect.map(poll(chunk, round), (result) => result === undefined || result._tag !== "Complete"),
          )
          if (running._tag === "None") return
          quiet = done + failed + there === last ? quiet + 1 : 0
          last = done + failed + there
          if (quiet === 30) yield* say("Nothing was done for 30 s: does a `pnpm admin worker` run on this database?")
          yield* Effect.sleep("1 second")
        }
      })

    const submit = (round: number) =>
      Effect.flatMap(store.openChunks(given), (chunks) =>
        Effect.forEach(
          chunks,
          (chunk) => whenItIsBack(CarryOutChunk.execute(payload(chunk, round), { discard: true })),
          { concurrency: 8, discard: true },
        ),
      )

    let { round } = given
    // A run that was stopped has runners that are coming to their end; only then is it set going again.
    if (round > 0 && (yield* stopped) !== undefined) yield* ended(round)
    if (round === 0 || (yield* stopped) !== undefined) round++
    yield* store.update(given.id, { stopped: null, round })
    for (let pass = 1; ; pass++) {
      yield* submit(round)
      yield* ended(round)
      const reason = yield* stopped
      if (reason !== undefined) return reason
      if (pass === passes || (yield* store.openChunks(given)).length === 0) return undefined
      yield* store.update(given.id, { round: ++round })
    }
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.flatMap(Store, (store) => store.update(given.id, { stopped: "Ctrl-C" })).pipe(Effect.ignore),
    ),
  )
