import type * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Inspectable from "effect/Inspectable"
import { emptyRequest, headersPrototype as platformHeaders, requestPrototype } from "../runtime/effect3.js"

/**
 * The parts of a request that must not be printed: its credential header and its body. Transports read them as from any
 * other request. Everything that prints (`JSON.stringify`, `util.inspect` with or without custom inspection, Effect's
 * loggers, a dump of the fiber that holds the request) finds an accessor or `<redacted>` instead of the value.
 */

const redacted = "<redacted>"

/** The header of an API key and of a scoped token. */
export const apiKeyHeader = "x-tiledb-rest-api-key"

const isSecret = (name: string): boolean =>
  name === "authorization" || name === "proxy-authorization" || name === "cookie" || name === apiKeyHeader

function show(this: Headers.Headers): Record<string, string> {
  // The name alone decides: the value of a secret header is not read.
  return Object.fromEntries(Object.keys(this).map((name) => [name, isSecret(name) ? redacted : String(this[name])]))
}

/** The platform's headers, with every way to print them replaced. */
const headersPrototype: object = Object.create(platformHeaders, {
  toJSON: { value: show },
  [Inspectable.NodeInspectSymbol]: { value: show },
  [Inspectable.symbolRedactable]: { value: show },
  toString: {
    value(this: Headers.Headers): string {
      return JSON.stringify(this)
    },
  },
})

/** Makes the headers of one request; see `credentialHeaders`. */
export type MakeHeaders = (more: Readonly<Record<string, string>> | undefined) => Headers.Headers

/**
 * The headers of requests with one credential, or with none. The value is only reached through the accessor, when a
 * transport reads the header to send it.
 */
export const credentialHeaders =
  (common: Readonly<Record<string, string>>, name = "", value?: () => string): MakeHeaders =>
  // Created for every request: a proxy's dispatcher writes into them.
  (more) => {
    const headers: Headers.Headers = Object.assign(Object.create(headersPrototype), common, more)
    return value === undefined ? headers : Object.defineProperty(headers, name, { enumerable: true, get: value })
  }

const encoder = new TextEncoder()

/** A body whose bytes are read through an accessor. */
class TextBody extends Inspectable.Class {
  readonly [HttpBody.TypeId]: HttpBody.TypeId = HttpBody.TypeId
  readonly _tag = "Uint8Array"
  readonly contentLength: number
  readonly #bytes: Uint8Array

  constructor(
    bytes: Uint8Array,
    readonly contentType: string,
  ) {
    super()
    this.#bytes = bytes
    this.contentLength = bytes.length
  }

  get body(): Uint8Array {
    return this.#bytes
  }

  toJSON(): unknown {
    const { _tag, contentLength, contentType } = this
    return { _id: "@effect/platform/HttpBody", _tag, body: redacted, contentType, contentLength }
  }
}

/** The body of a request. Created for every request: a transport may transfer the bytes. */
export const textBody = (text: string, contentType: string): HttpBody.Uint8Array =>
  new TextBody(encoder.encode(text), contentType)

/** A request as it is passed to the transport. The platform's constructors would copy the headers, and so read them. */
export const request = (
  method: HttpClientRequest.HttpClientRequest["method"],
  url: string,
  headers: Headers.Headers,
  body: HttpBody.HttpBody,
): HttpClientRequest.HttpClientRequest =>
  Object.assign(Object.create(requestPrototype), {
    method,
    url,
    urlParams: emptyRequest.urlParams,
    hash: emptyRequest.hash,
    headers,
    body,
  })

/** Hides the credential again after the user's own client has changed a request, which copies its headers. */
export const shield = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest => {
  const { headers } = request
  if (Object.getPrototypeOf(headers) === headersPrototype) return request
  const shielded: Headers.Headers = Object.create(headersPrototype)
  for (const name of Object.keys(headers)) {
    Object.defineProperty(
      shielded,
      name,
      isSecret(name)
        ? { enumerable: true, get: () => headers[name] }
        : { enumerable: true, value: headers[name], writable: true },
    )
  }
  return Object.assign(Object.create(Object.getPrototypeOf(request)), request, { headers: shielded })
}
