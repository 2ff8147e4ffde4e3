import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import { ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** The body of a response: what arrives of it, then how it ends. */
export interface Body {
  readonly bytes: Uint8Array
  /** Before the bytes arrive, by the `Clock` of the reader. */
  readonly wait?: Effect.Effect<void>
  /** After the bytes; without it the body is complete. */
  readonly end?: Effect.Effect<never, Error>
}

const decoder = new TextDecoder()

/** A response whose body is in memory: without a web `Response`, which costs as much as the rest of a call. */
export class MemoryResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly headers: Headers.Headers
  readonly remoteAddress = Option.none<string>()
  // Private at runtime: whatever prints a response prints no body.
  readonly #body: Body

  constructor(
    readonly request: HttpClientRequest,
    readonly status: number,
    headers: Headers.Input,
    body: Body,
  ) {
    super()
    this.headers = Headers.fromInput(headers)
    this.#body = body
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.headers["set-cookie"] ?? [])
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, ResponseError> {
    return this.#read((bytes) => new Uint8Array(bytes).buffer)
  }

  get text(): Effect.Effect<string, ResponseError> {
    return this.#read((bytes) => decoder.decode(bytes))
  }

  get json(): Effect.Effect<unknown, ResponseError> {
    return Effect.tryMap(this.text, { try: (text) => (text === "" ? null : JSON.parse(text)), catch: this.#error })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, ResponseError> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({ try: () => new Response(body, { headers: this.headers }).formData(), catch: this.#error }),
    )
  }

  get stream(): Stream.Stream<Uint8Array, ResponseError> {
    const { bytes, end = Effect.void, wait = Effect.void } = this.#body
    const ending = Stream.drain(Stream.fromEffect(Effect.mapError(end, this.#error)))
    return Stream.concat(Stream.fromEffect(Effect.as(wait, bytes)), ending)
  }

  toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
      headers: Inspectable.redact(this.headers),
    }
  }

  readonly #error = (cause: unknown): ResponseError =>
    new ResponseError({ request: this.request, response: this, reason: "Decode", cause })

  #read<A>(as: (bytes: Uint8Array) => A): Effect.Effect<A, ResponseError> {
    const { bytes, end, wait } = this.#body
    const whole = Effect.sync(() => as(bytes))
    if (end !== undefined) return Effect.mapError(end, this.#error)
    return wait === undefined ? whole : Effect.zipRight(wait, whole)
  }
}
