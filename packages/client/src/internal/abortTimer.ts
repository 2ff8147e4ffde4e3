import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type * as Clock from "effect/Clock"
import { after, monotonicMillis } from "./effect3.js"

const key: unique symbol = Symbol.for("@effect-tiledb/client/abortTimer")

/**
 * Aborts a request when its time is over, with no fiber in between: a request carries the timer, and this package's own
 * transports start it with the abort of the request's socket. Other transports do not know it and are interrupted instead.
 */
export class AbortTimer {
  /** Whether the timer has aborted the request. */
  aborted = false
  /** Whether a connection is being made for the request, which therefore has not been sent. */
  connecting = false
  /** Whether that was so when the timer aborted the request. */
  unsent = false
  private cancel: (() => void) | undefined

  /** `until` is when the time is over, in milliseconds by the monotonic clock. */
  constructor(
    private readonly clock: Clock.Clock,
    private readonly until: number,
  ) {}

  /** Starts the timer, which calls `abort` when the time is over. */
  start(abort: () => void): void {
    this.stop()
    this.cancel = after(this.clock, this.until - monotonicMillis(this.clock), () => {
      this.aborted = true
      this.unsent = this.connecting
      abort()
    })
  }

  /** Stops the timer: the request has ended. */
  stop(): void {
    this.cancel?.()
    this.cancel = undefined
  }
}

/** Attaches the timer to a request, which has to be the caller's own. */
export const attach = (request: HttpClientRequest, timer: AbortTimer): HttpClientRequest =>
  Object.assign(request, { [key]: timer })

/** The timer that a request carries, if it carries one. */
export const of = (request: HttpClientRequest & { readonly [key]?: unknown }): AbortTimer | undefined => {
  const carried = request[key]
  return carried instanceof AbortTimer ? carried : undefined
}
