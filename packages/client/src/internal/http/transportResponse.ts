import * as Cookies from "@effect/platform/Cookies"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type BodyFault, headerOf, readAtMost } from "./body.js"
import { BoundedResponse } from "./boundedResponse.js"
import { type ResponseError, unreadableBody } from "./clientError.js"
import { decoded } from "./contentCoding.js"

const decoder = new TextDecoder()

/**
 * The response of our own transports. Its body is read whole, any number of times and in any form, or streamed once.
 */
export class TransportResponse extends BoundedResponse implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.incoming().setCookies)
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get text(): Effect.Effect<string, ResponseError> {
    return this.read((body) => decoder.decode(body))
  }

  get json(): Effect.Effect<unknown, ResponseError> {
    return Effect.tryMap(this.text, {
      // An empty body is `null`, as in the platform's own clients.
      try: (text): unknown => (text === "" ? null : JSON.parse(text)),
      catch: (cause) => this.error({ cause }),
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, ResponseError> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new Response(body, { headers: { "content-type": this.headers["content-type"] ?? "" } }).formData(),
        catch: (cause) => this.error({ cause }),
      }),
    )
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, ResponseError> {
    return this.read((body) => new Uint8Array(body).buffer)
  }

  get stream(): Stream.Stream<Uint8Array, ResponseError> {
    return Stream.suspend(() => {
      if (this.reading === "stream") return Stream.fail(this.error({ description: "the body was streamed before" }))
      if (this.reading === "whole") return Stream.fromEffect(this.read((body) => body))
      this.reading = "stream"
      // A reader that stops before the end aborts the request, which closes the socket.
      return Stream.fromPull(
        Effect.as(
          Effect.addFinalizer(() => Effect.sync(() => this.incoming().abort())),
          this.pull,
        ),
      )
    })
  }

  /** Also decodes a body that came compressed unasked; the other readers leave that to the caller. */
  override [readAtMost](limit: number, millis?: number): Effect.Effect<Uint8Array, BodyFault> {
    return decoded(super[readAtMost](limit, millis), limit, this[headerOf]("content-encoding"))
  }

  private read<A>(as: (body: Uint8Array) => A): Effect.Effect<A, ResponseError> {
    // A short body has arrived with the headers: there is no wait.
    if (this.incoming().ended) return this.collected(as)
    return Effect.suspend(() => {
      if (this.reading === "stream") return this.collected(as)
      this.reading = "whole"
      this.incoming().collect(Number.POSITIVE_INFINITY)
      return this.incoming().ended ? this.collected(as) : Effect.flatMap(this.end, () => this.collected(as))
    })
  }

  private collected<A>(as: (body: Uint8Array) => A): Effect.Effect<A, ResponseError> {
    if (this.reading === "stream") return Effect.fail(this.error({ description: "the body was streamed before" }))
    this.reading = "whole"
    const { failure } = this.incoming()
    if (failure !== undefined) return Effect.fail(this.error(failure))
    return Effect.succeed(as(this.body()))
  }

  private get pull(): Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<ResponseError>> {
    return Effect.suspend(() => {
      const chunks = this.incoming().take()
      if (chunks.length > 0) return Effect.succeed(Chunk.fromIterable(chunks))
      const { ended, failure } = this.incoming()
      if (failure !== undefined) return Effect.fail(Option.some(this.error(failure)))
      if (ended) return Effect.fail(Option.none())
      return Effect.zipRight(
        Effect.async<void>((resume) => this.incoming().wait(() => resume(Effect.void))),
        this.pull,
      )
    })
  }

  private error(of: { readonly cause?: unknown; readonly description?: string }): ResponseError {
    return unreadableBody(this, of)
  }
}
