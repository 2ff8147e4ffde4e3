import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"

const key: unique symbol = Symbol.for("@effect-tiledb/client/hangUp")

/**
 * How a deadline reaches the socket of a request with no fiber in between. `NodeTransport` connects itself to the one that
 * a request carries; other transports do not know it and are interrupted instead.
 */
export class HangUp {
  /** Whether the time is over. */
  rung = false
  private hangUp: (() => void) | undefined

  /** Says how to hang up; the latest counts, as a redirect goes over another line. */
  connect(hangUp: () => void): void {
    this.hangUp = hangUp
    if (this.rung) hangUp()
  }

  ring(): void {
    this.rung = true
    this.hangUp?.()
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
