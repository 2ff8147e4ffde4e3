import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type * as Clock from "effect/Clock"
import { after } from "./effect3.js"

const key: unique symbol = Symbol.for("@effect-tiledb/client/hangUp")

/**
 * How a deadline reaches the socket of a request with no fiber in between: `NodeTransport` connects the line to the one that
 * a request carries. Other transports do not know it and are interrupted instead.
 */
export class HangUp {
  /** Whether the time was over before the line was. */
  rung = false
  private cancel: (() => void) | undefined

  /** `until` is when the time is over, in milliseconds by the clock. */
  constructor(
    private readonly clock: Clock.Clock,
    private readonly until: number,
  ) {}

  /** Has the line hung up when the time is over. */
  connect(hangUp: () => void): void {
    this.disconnect()
    this.cancel = after(this.clock, this.until - this.clock.unsafeCurrentTimeMillis(), () => {
      this.rung = true
      hangUp()
    })
  }

  /** The line is over by itself. */
  disconnect(): void {
    this.cancel?.()
    this.cancel = undefined
  }
}

/** Has the request carry it. The request has to be the caller's own. */
export const attach = (request: HttpClientRequest, hangUp: HangUp): HttpClientRequest =>
  Object.assign(request, { [key]: hangUp })

/** The one that a request carries, if it does. */
export const of = (request: HttpClientRequest & { readonly [key]?: unknown }): HangUp | undefined => {
  const carried = request[key]
  return carried instanceof HangUp ? carried : undefined
}
