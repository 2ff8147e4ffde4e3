import type * as Headers from "@effect/platform/Headers"
import type { AbortTimer } from "./abortTimer.js"

/**
 * One request of our own transports and the answer as it comes in: the head is announced at once, the body gathers here and
 * holds the socket back when it is more than anybody asked for.
 *
 * What reads it is a `TransportResponse`. Nothing here points at that: a response that everybody dropped can be collected
 * and its socket closed.
 */
export abstract class Incoming {
  abstract readonly status: number
  abstract readonly headers: Headers.Input
  abstract readonly setCookies: ReadonlyArray<string> | string
  /** One header, without the others being read. */
  abstract header(name: string): string | undefined
  /** Whether the body is over: complete, or cut off by `failure`. */
  ended = false
  failure: { readonly cause: unknown } | undefined
  /** Whether the body was longer than the cap it was collected under. */
  exceeded = false
  private chunks: Array<Uint8Array> = []
  private size = 0
  private cap = Number.POSITIVE_INFINITY
  private readers: Array<() => void> = []
  private onHead: (() => void) | undefined
  private onFailure: ((cause: unknown) => void) | undefined
  private watched = false

  constructor(
    onHead: () => void,
    onFailure: (cause: unknown) => void,
    protected readonly abortTimer: AbortTimer | undefined,
    /** How much of a body is held in memory while nobody reads it, in bytes. */
    private limit: number,
  ) {
    this.onHead = onHead
    this.onFailure = onFailure
  }

  /** Aborts the request when `response` is collected as garbage before the body has ended. */
  watch(response: object): void {
    if (this.ended) return
    this.watched = true
    dropped.register(response, this, this)
  }

  /** Starts the timer of the request, if it has one; before it is sent. */
  startTimer(): void {
    this.abortTimer?.start(() => this.abort())
  }

  /** Closes the socket; called once. */
  protected abstract close(cause: Error): void

  /** Lets more of the body come. */
  protected abstract resume(): void

  /** Aborts the request and closes its socket. */
  abort(): void {
    if (this.ended) return
    const cause = new Error("The request was aborted")
    this.chunks = []
    this.end({ cause })
    this.close(cause)
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
    else if (!this.ended) this.resume()
  }

  /** Hands over what has come and makes room for more. */
  take(): Array<Uint8Array> {
    const chunks = this.chunks
    this.chunks = []
    this.size = 0
    if (!this.ended) this.resume()
    return chunks
  }

  /** The head is here. */
  protected announce(): void {
    const onHead = this.onHead
    this.forget()
    onHead?.()
  }

  /** A piece of the body is here; says whether there is room for more. */
  protected push(chunk: Uint8Array): boolean {
    this.chunks.push(chunk)
    this.size += chunk.byteLength
    if (this.size > this.cap) {
      this.exceed()
      return false
    }
    this.wake()
    return this.size < this.limit
  }

  /** The request is over. */
  protected end(failure?: Incoming["failure"]): void {
    if (this.ended) return
    const onFailure = this.onFailure
    this.forget()
    this.abortTimer?.stop()
    this.ended = true
    // The registry would keep it until the next major collection.
    if (this.watched) dropped.unregister(this)
    this.failure = failure
    if (failure !== undefined) onFailure?.(failure.cause)
    this.wake()
  }

  private exceed(): void {
    this.exceeded = true
    this.abort()
    this.chunks = []
    this.size = 0
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

// A response that is dropped unread would keep its socket, held back by the body, for good.
const dropped = new FinalizationRegistry((incoming: Incoming) => incoming.abort())
