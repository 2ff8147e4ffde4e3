import type { Dispatcher } from "@effect/platform-node/Undici"
import type { AbortTimer } from "../abortTimer.js"

/** How much of a body is held in memory while nobody reads it; beyond that the socket waits. */
const highWaterMark = 64 * 1024

/** A head as undici parses it: names in lower case, a list where a name came more than once. */
type Head = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2]

/**
 * One request as undici's dispatcher tells it: the head is announced at once, the body gathers here and holds the socket
 * back when it is more than anybody asked for.
 *
 * Nothing here points at the response: a response that everybody dropped can be collected and its socket closed.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  status = 0
  headers: Head = {}
  /** Whether undici has had a connection for the request. */
  started = false
  /** Whether the body is over: complete, or cut off by `failure`. */
  ended = false
  failure: { readonly cause: unknown } | undefined
  /** Whether the body was longer than the cap it was collected under. */
  exceeded = false
  private giveUp: (() => void) | undefined
  private controller: Dispatcher.DispatchController | undefined
  private chunks: Array<Uint8Array> = []
  private size = 0
  private limit = highWaterMark
  private cap = Number.POSITIVE_INFINITY
  private readers: Array<() => void> = []
  private onHead: (() => void) | undefined
  private onFailure: ((cause: unknown) => void) | undefined

  constructor(
    onHead: () => void,
    onFailure: (cause: unknown) => void,
    private readonly abortTimer: AbortTimer | undefined,
  ) {
    this.onHead = onHead
    this.onFailure = onFailure
  }

  /** Aborts the request and closes its socket. */
  abort(): void {
    if (this.ended) return
    const cause = new Error("The request was aborted")
    this.chunks = []
    this.end({ cause })
    this.giveUp?.()
    this.controller?.abort(cause)
  }

  /** A connection is being made for this request, and how to give it up; `undefined` when it has been made, or has failed. */
  connecting(giveUp: (() => void) | undefined): void {
    this.giveUp = giveUp
    if (this.abortTimer !== undefined) this.abortTimer.connecting = giveUp !== undefined
  }

  /** Calls `reader` once, when there is more: data, or the end. */
  wait(reader: () => void): void {
    this.readers.push(reader)
  }

  /** Lets the body come to its end, unless it is more than `cap` bytes: then the request is aborted. */
  collect(cap: number): void {
    this.limit = Number.POSITIVE_INFINITY
    this.cap = cap
    if (this.size > cap) this.exceed()
    else this.controller?.resume()
  }

  /** Hands over what has come and makes room for more. */
  take(): Array<Uint8Array> {
    const chunks = this.chunks
    this.chunks = []
    this.size = 0
    if (!this.ended) this.controller?.resume()
    return chunks
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The request may have been aborted while it waited for a socket.
    this.started = true
    if (this.failure !== undefined) controller.abort(new Error("The request was aborted"))
    else this.controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Head): void {
    if (status < 200) return
    this.status = status
    this.headers = headers
    const onHead = this.onHead
    this.forget()
    onHead?.()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.size += chunk.byteLength
    if (this.size > this.cap) {
      this.exceed()
      return
    }
    if (this.size >= this.limit) controller.pause()
    this.wake()
  }

  onResponseEnd(): void {
    this.end(undefined)
  }

  onResponseError(_: unknown, cause: unknown): void {
    if (!this.ended) this.end({ cause })
  }

  private exceed(): void {
    this.exceeded = true
    this.abort()
    this.chunks = []
    this.size = 0
  }

  private end(failure: Exchange["failure"]): void {
    const onFailure = this.onFailure
    this.forget()
    this.abortTimer?.stop()
    this.ended = true
    this.failure = failure
    if (failure !== undefined) onFailure?.(failure.cause)
    this.wake()
  }

  private forget(): void {
    this.onHead = undefined
    this.onFailure = undefined
  }

  private wake(): void {
    if (this.readers.length === 0) return
    const readers = this.readers
    this.readers = []
    for (const reader of readers) reader()
  }
}
