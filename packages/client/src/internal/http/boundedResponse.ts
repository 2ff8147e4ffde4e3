import * as Headers from "@effect/platform/Headers"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import { after, clockOf, withFiber } from "../runtime/effect3.js"
import { type BodyFault, headerOf, joined, readAtMost } from "./body.js"
import type { Incoming } from "./incoming.js"

/** The response of our own transports, as far as this package's clients read it: without `effect/Stream`. */
export class BoundedResponse extends Inspectable.Class {
  // Private at runtime: an object that holds a response can be printed, and this leads to the transport's own request.
  readonly #incoming: Incoming
  #body: Uint8Array | undefined
  private cachedHeaders: Headers.Headers | undefined
  protected reading: "whole" | "stream" | undefined

  constructor(
    readonly request: HttpClientRequest,
    incoming: Incoming,
  ) {
    super()
    this.#incoming = incoming
  }

  get status(): number {
    return this.#incoming.status
  }

  get headers(): Headers.Headers {
    this.cachedHeaders ??= Headers.fromInput(this.#incoming.headers)
    return this.cachedHeaders
  }

  [headerOf](name: string): string | undefined {
    return this.#incoming.header(name)
  }

  /** Unlike the platform's responses, this one can be printed without its body being read. */
  override toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
      headers: Inspectable.redact(this.headers),
    }
  }

  /** Reads the body. Aborts the request if the body is longer than `limit` bytes or takes longer than `millis`. */
  [readAtMost](limit: number, millis?: number): Effect.Effect<Uint8Array, BodyFault> {
    const incoming = this.#incoming
    const done = (): Effect.Effect<Uint8Array, BodyFault> => {
      if (incoming.exceeded) return Effect.fail("BodyTooLarge")
      if (incoming.failure !== undefined || this.reading === "stream") return Effect.fail("ConnectionLost")
      const body = this.body()
      return body.length <= limit ? Effect.succeed(body) : Effect.fail("BodyTooLarge")
    }
    if (this.reading === undefined) incoming.collect(limit)
    // A short body has arrived with the headers: there is no wait.
    if (incoming.ended) return done()
    return withFiber((fiber) => {
      if (incoming.ended || this.reading === "stream") return done()
      this.reading = "whole"
      const stop = millis === undefined ? undefined : after(clockOf(fiber), millis, () => incoming.abort())
      return Effect.flatMap(this.end, () => {
        stop?.()
        return done()
      })
    })
  }

  protected body(): Uint8Array {
    this.#body ??= joined(this.#incoming.take())
    this.reading = "whole"
    return this.#body
  }

  /** Waits for the end of the body. Interruption aborts the request. */
  protected get end(): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      const reader = () => (this.#incoming.ended ? resume(Effect.void) : this.#incoming.wait(reader))
      reader()
      return Effect.sync(() => this.#incoming.abort())
    })
  }

  /** A method, since a property would be printed. */
  protected incoming(): Incoming {
    return this.#incoming
  }
}
