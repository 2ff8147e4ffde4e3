import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type * as Clock from "effect/Clock"
import { after, monotonicMillis } from "../runtime/effect3.js"

const key: unique symbol = Symbol.for("@effect-tiledb/client/abortTimer")

/**
 * Aborts a request at its timeout, without a fiber, and when its call ends. The timer is attached to the request, and
 * this package's own transports start it with the abort of the request's socket. Other transports ignore it and are
 * interrupted instead.
 */
export class AbortTimer {
  /** Whether the timer has aborted the request. */
  aborted = false
  /** Whether a connection is being opened for the request, which therefore has not been sent. */
  connecting = false
  /** The value of `connecting` when the timer aborted the request. */
  unsent = false
  private cancel: (() => void) | undefined
  private request: (() => void) | undefined

  /** `until` is the timeout, in milliseconds of the monotonic clock. */
  constructor(
    private readonly clock: Clock.Clock,
    private readonly until: number,
  ) {}

  /** Starts the timer, which calls `abort` at the timeout. */
  start(abort: () => void): void {
    this.stop()
    this.request = abort
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
    this.request = undefined
  }

  /** Aborts the request, if it has not ended: its caller has been interrupted. */
  abort(): void {
    this.request?.()
  }
}

/** Attaches the timer to a request, which must be the caller's own. */
export const attach = (request: HttpClientRequest, timer: AbortTimer): HttpClientRequest =>
  Object.assign(request, { [key]: timer })

/** The timer that is attached to a request, if any. */
export const of = (request: HttpClientRequest & { readonly [key]?: unknown }): AbortTimer | undefined => {
  const carried = request[key]
  return carried instanceof AbortTimer ? carried : undefined
}
