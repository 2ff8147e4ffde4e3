import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { ResponseIssue } from "@effect-tiledb/schema"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Call } from "../call.js"
import type { BaseUrl } from "../config/baseUrl.js"
import { type Failure, status as statusFailure, transport } from "../failure/failure.js"
import { shownOrigin } from "../failure/shownOrigin.js"
import { personal } from "../failure/subject.js"
import { fromClientError } from "../failure/transportFault.js"
import * as AbortTimer from "../http/abortTimer.js"
import { drain, header, type ReadForeign, type Received, readBytes, readSoon } from "../http/body.js"
import { NotInCharset, textAsFarAsReadable, textOf } from "../http/charset.js"
import { type HttpClientError, responseOf } from "../http/clientError.js"
import { isInvalid, isOpaqueRedirect } from "../http/quirks.js"
import { parseRetryAfter } from "../retry/retryAfter.js"
import { epochMillis, matchNow } from "../runtime/effect3.js"
import { cleaner } from "../secrets/redact.js"
import type { Secrets } from "../secrets/secretText.js"
import * as Shielded from "../secrets/shieldedRequest.js"
import type { Authorization } from "./authorizer.js"
import { type Decoding, decode, decodeNothing, type Head, notText } from "./decode.js"
import * as Redirect from "./redirect.js"

/** An `HttpClient` or a transport of this package, and the function that reads its response bodies. */
export interface Transport {
  readonly client: {
    readonly execute: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Received, HttpClientError>
  }
  readonly readForeign: ReadForeign
}

/** Shared by all requests of one client. */
export interface Sender extends Transport {
  readonly base: BaseUrl
  readonly redirects: Redirect.RedirectPolicy
  readonly maxBodyBytes: number
  readonly decoding: Decoding
}

/**
 * One attempt in progress: its inputs, and what is known of it so far. `send` writes the latter; the call and its
 * telemetry read it at any time, as an attempt may be interrupted at any time.
 */
export class Attempt {
  /** The trace headers, if they are enabled. */
  traceHeaders: Readonly<Record<string, string>> | undefined
  /** The credential of the attempt; `undefined` while no request can have been sent. */
  authorization: Authorization | undefined
  /** The status of the last response. */
  status: number | undefined
  /** The origin that the last request went to. */
  origin: string
  /** The URLs that requests went to, in order. */
  visited: ReadonlyArray<string> = []
  /** The outcome of the attempt, once the response headers have decided it: the body may not arrive in time. */
  outcome: Effect.Effect<unknown, Failure> | undefined
  /** Deviations from the documentation in a response that could be decoded nevertheless. */
  malformed: ReadonlyArray<ResponseIssue> | undefined

  constructor(
    readonly sender: Sender,
    readonly call: Call,
    readonly clock: Clock.Clock,
    readonly abortTimer?: AbortTimer.AbortTimer | undefined,
  ) {
    this.origin = sender.base.origin
  }
}

/** The secrets that an attempt has sent; they are removed from text of the response. */
export const secretsOf = ({ authorization, call }: Attempt): Secrets =>
  authorization === undefined ? call.secrets : [...call.secrets, ...authorization.secrets]

/** Sends the request of an attempt with this credential, follows redirects, decodes the body. */
export const send = (attempt: Attempt, authorization: Authorization): Effect.Effect<unknown, Failure> => {
  const { base } = attempt.sender
  attempt.authorization = authorization
  return hop(attempt, authorization, base.origin + base.path + attempt.call.path)
}

const requestFor = (
  { abortTimer, call, traceHeaders }: Attempt,
  { headers }: Authorization,
  url: string,
): HttpClientRequest.HttpClientRequest => {
  const body =
    call.body === undefined
      ? HttpBody.empty
      : Shielded.textBody(JSON.stringify(Redacted.value(call.body)), "application/json")
  const more =
    body._tag === "Empty"
      ? traceHeaders
      : { ...traceHeaders, "content-type": body.contentType, "content-length": String(body.contentLength) }
  const request = Shielded.request(call.operation.method, url, headers(more), body)
  return abortTimer === undefined ? request : AbortTimer.attach(request, abortTimer)
}

const hop = (attempt: Attempt, authorization: Authorization, url: string): Effect.Effect<unknown, Failure> => {
  const onResponse = (response: Received): Effect.Effect<unknown, Failure> => {
    const { status } = response
    attempt.status = status
    if (status >= 200 && status < 300) return onSuccess(attempt, response)
    const location = isRedirect(status) ? response.headers.location : undefined
    if (location === undefined) return onRejection(attempt, response)
    const redirect = redirectTo(attempt, { status, location, from: url })
    return Effect.zipRight(
      drain(response, attempt.sender.readForeign),
      typeof redirect === "string" ? hop(attempt, authorization, redirect) : redirect,
    )
  }
  const onError = (error: HttpClientError): Effect.Effect<unknown, Failure> => {
    // An `HttpClient` with `filterStatusOk` fails with the response; here every status is a response.
    const response = responseOf(error)
    return response === undefined ? Effect.fail(fromClientError(error)) : onResponse(response)
  }
  return Effect.matchEffect(
    // Suspended, so that the fiber that waits for the response does not hold the request.
    Effect.suspend(() => attempt.sender.client.execute(requestFor(attempt, authorization, url))),
    { onFailure: onError, onSuccess: onResponse },
  )
}

const isRedirect = (status: number): boolean =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308

/** The URL to follow, or the failure of an attempt that is redirected to where its request may not go. */
const redirectTo = (
  attempt: Attempt,
  response: Pick<Redirect.Redirecting, "status" | "location" | "from">,
): string | Effect.Effect<never, Failure> => {
  const { call, sender } = attempt
  attempt.visited = [...attempt.visited, response.from]
  const { method } = call.operation
  const redirect = Redirect.decide(sender.redirects, { ...response, method, visited: attempt.visited })
  if (redirect._tag === "Follow") {
    attempt.origin = new URL(redirect.url).origin
    return redirect.url
  }
  return Effect.suspend(() => {
    const shown = (origin: string) => shownOrigin(origin, sender.base.origin)
    const to = redirect.to === undefined ? undefined : shown(redirect.to)
    const from = shown(new URL(response.from).origin)
    return Effect.fail(transport(redirect.reason, redirect.acted, { detail: redirect.detail, from, to }))
  })
}

const familiar = /^(?:application\/json|text\/(?:html|plain))$/

/** The parts of a response that decoding and its errors need; the media type is read lazily. */
const headOf = (attempt: Attempt, status: number, contentType: string | undefined): Head => {
  const clean = (text: string, limit: number) =>
    cleaner([...secretsOf(attempt), ...personal(attempt.call)])(text, limit)
  return {
    status,
    clean,
    mediaType: () => {
      const type = contentType?.match(/^[\w.+-]+\/[\w.+-]+/)?.[0].toLowerCase()
      return type === undefined || familiar.test(type) ? type : clean(type, 100)
    },
  }
}

const onSuccess = (attempt: Attempt, response: Received): Effect.Effect<unknown, Failure> => {
  const { decoding, maxBodyBytes, readForeign } = attempt.sender
  const { operation, parameters } = attempt.call
  // Read once: the platform's responses copy all headers at every access.
  const contentType = header(response, "content-type")
  const head = headOf(attempt, response.status, contentType)
  if (operation.success != null) {
    const report = (issues: ReadonlyArray<ResponseIssue>) => {
      attempt.malformed = issues
    }
    return matchNow(readBytes(response, maxBodyBytes, readForeign), {
      onFailure: (fault) => Effect.fail(transport(fault, true)),
      onSuccess: (bytes) => {
        const text = textOf(bytes, contentType)
        return text instanceof NotInCharset
          ? notText(head, text.charset, text.readable)
          : decode(operation, head, text, { decoding, parameters, report })
      },
    })
  }
  if (response.status === operation.successStatus) {
    attempt.outcome = Effect.void
    return drain(response, readForeign)
  }
  attempt.outcome = decodeNothing(head, undefined)
  return Effect.flatMap(readSoon(response, maxBodyBytes, readForeign), (bytes) => {
    const text = bytes === undefined ? undefined : textOf(bytes, contentType)
    return text instanceof NotInCharset ? notText(head, text.charset, text.readable) : decodeNothing(head, text)
  })
}

const onRejection = (attempt: Attempt, response: Received): Effect.Effect<never, Failure> => {
  const { call, clock, sender } = attempt
  // The server may have acted before it redirected.
  if (isOpaqueRedirect(response)) {
    return Effect.fail(transport("RedirectRefused", call.operation.method !== "GET"))
  }
  if (isInvalid(response)) {
    return Effect.zipRight(
      Effect.ignore(readBytes(response, 0, sender.readForeign)),
      Effect.fail(transport("ConnectionLost", true, { detail: "INVALID_STATUS" })),
    )
  }
  const { headers, status } = response
  const secrets = secretsOf(attempt)
  const retryAfter = parseRetryAfter(headers, epochMillis(clock), secrets)
  const { mediaType } = headOf(attempt, status, headers["content-type"])
  const rejected = (text: string | undefined): Effect.Effect<never, Failure> =>
    Effect.fail(statusFailure(status, text, [...secrets, ...personal(call)], mediaType(), retryAfter))
  // The status is more useful than an error about a body that is unreadable or does not arrive.
  const withoutBody = Effect.suspend(() => rejected(undefined))
  attempt.outcome = withoutBody
  return Effect.matchEffect(readBytes(response, sender.maxBodyBytes, sender.readForeign), {
    onFailure: () => withoutBody,
    // Bytes without readable text, such as a lone byte order mark, are not an empty body.
    onSuccess: (bytes) =>
      rejected(bytes.length === 0 ? "" : textAsFarAsReadable(bytes, headers["content-type"]) || " "),
  })
}
