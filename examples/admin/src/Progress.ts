import * as Effect from "effect/Effect"
import type { Outcome } from "./Journal.js"
import * as Screen from "./Screen.js"

/** `1:05`, `1:00:05` */
const clock = (seconds: number): string =>
  new Date(seconds * 1000)
    .toISOString()
    .slice(11, 19)
    .replace(/^(00:)?0?/, "")

const width = 20

/** A bar on a terminal, a line every five seconds elsewhere; both on stderr, so that stdout holds the report alone. */
export const make = (total: number, settledBefore: number) => {
  const terminal = Screen.isTerminal()
  const began = performance.now()
  let settled = settledBefore
  let failed = 0

  const line = (): string => {
    const rate = (settled - settledBefore) / Math.max(0.001, (performance.now() - began) / 1000)
    const share = total === 0 ? 1 : settled / total
    const eta = rate === 0 ? "--:--" : clock((total - settled) / rate)
    const bar = terminal ? `[${"#".repeat(Math.round(share * width)).padEnd(width, ".")}] ` : ""
    return `${bar}${settled}/${total} rows (${Math.floor(share * 100)} %), ${Math.round(rate)} rows/s, ${failed} failed, ETA ${eta}`
  }
  const show = Effect.sync(() => (terminal ? Screen.showBar : Screen.write)(line()))
  return {
    tick: ({ state }: Outcome): void => {
      if (state === "released" || state === "unknown") return
      settled++
      if (state !== "done" && state !== "there") failed++
    },
    /** Takes counts from elsewhere instead of ticks. */
    set: (now: number, bad: number): void => {
      settled = now
      failed = bad
    },
    /** Shows the progress while an effect runs. */
    during: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.forkScoped(
        Effect.forever(Effect.zipRight(Effect.sleep(terminal ? "200 millis" : "5 seconds"), show)),
      ).pipe(
        Effect.zipRight(effect),
        Effect.scoped,
        Effect.ensuring(Effect.suspend(() => (settled > settledBefore || terminal ? show : Effect.void))),
        Effect.ensuring(Effect.sync(Screen.endBar)),
      ),
  }
}

export type Progress = ReturnType<typeof make>
