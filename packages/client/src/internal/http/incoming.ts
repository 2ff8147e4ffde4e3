import type * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import type { AbortTimer } from "./abortTimer.js"

/**
 * One request of our own transports and its response as it arrives: the headers are announced at once, the body is
 * buffered, and the socket is paused while the buffer is full.
 *
 * A `TransportResponse` reads it. Nothing here refers to that response, so an unreferenced response can be collected
 * and its socket closed.
 */
export abstract class Incoming {
  abstract readonly status: number
  abstract readonly headers: Headers.Input
  abstract readonly setCookies: ReadonlyArray<string> | string
  /** How many bytes of a body are buffered while it has no reader. */
  protected abstract limit: number

  /** One header, read without the others. */
  abstract header(name: string): string | undefined
  /** Whether the body has ended: complete, or cut off by `failure`. */
  ended = false
  failure: { readonly cause: unknown } | undefined
  /** Whether the body was longer than the limit of `collect`. */
  exceeded = false
  private chunks: Array<Uint8Array> = []
  private size = 0
  private cap = Number.POSITIVE_INFINITY
  private readers: Array<() => void> = []
  private watched = false

  constructor(
    private onHead: (() => void) | undefined,
    private onFailure: ((cause: unknown) => void) | undefined,
    protected readonly abortTimer: AbortTimer | undefined,
  ) {}

  /** Aborts the request if `response` is garbage-collected before the body has ended. */
  watch<Response extends object>(response: Response): Response {
    if (this.ended) return response
    this.watched = true
    dropped.register(response, this, this)
    return response
  }

  /** Starts the timer of the request, if it has one. Called before the request is sent. */
  startTimer(): void {
    this.abortTimer?.start(() => this.abort())
  }

  /** For an interruption of the request; with a timer the call itself aborts it, at its end. */
  get canceller(): Effect.Effect<void> | undefined {
    return this.abortTimer === undefined ? Effect.sync(() => this.abort()) : undefined
  }

  /** Closes the socket. Called once. */
  protected abstract close(cause: Error): void

  /** Resumes the arrival of the body. */
  protected abstract resume(): void

  /** Aborts the request and closes its socket. */
  abort(): void {
    if (this.ended) return
    const cause = new Error("The request was aborted")
    this.chunks = []
    this.end({ cause })
    this.close(cause)
  }

  /** Calls `reader` once, at the next data or at the end. */
  wait(reader: () => void): void {
    this.readers.push(reader)
  }

  /** Reads the body to its end. Aborts the request if the body is longer than `cap` bytes. */
  collect(cap: number): void {
    this.limit = Number.POSITIVE_INFINITY
    this.cap = cap
    if (this.size > cap) this.exceed()
    else if (!this.ended) this.resume()
  }

  /** Returns the buffered chunks and makes room for more. */
  take(): Array<Uint8Array> {
    const chunks = this.chunks
    this.chunks = []
    this.size = 0
    if (!this.ended) this.resume()
    return chunks
  }

  /** The headers have arrived. */
  protected announce(): void {
    const onHead = this.onHead
    this.forget()
    onHead?.()
  }

  /** A chunk of the body has arrived; returns whether there is room for more. */
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

  /** The request has ended. */
  protected end(failure?: Incoming["failure"]): void {
    if (this.ended) return
    const onFailure = this.onFailure
    this.forget()
    this.abortTimer?.stop()
    this.ended = true
    // The registry would keep the request until the next major collection.
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

// An unread response that is dropped would keep its socket, paused by the body, for ever.
const dropped = new FinalizationRegistry((incoming: Incoming) => incoming.abort())
