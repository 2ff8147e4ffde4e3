import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Call } from "../call.js"
import type { BaseUrl } from "../config/baseUrl.js"
import { type Failure, status as statusFailure, transport } from "../failure/failure.js"
import { shownOrigin } from "../failure/shownOrigin.js"
import { personal } from "../failure/subject.js"
import { fromRequestError } from "../failure/transportFault.js"
import * as AbortTimer from "../http/abortTimer.js"
import {
  drain,
  header,
  NotInCharset,
  type ReadForeign,
  type Received,
  readBytes,
  readSoon,
  textAsFarAsReadable,
  textOf,
} from "../http/body.js"
import { parseRetryAfter } from "../retry/retryAfter.js"
import { cleaner } from "../secrets/redact.js"
import * as Outgoing from "../secrets/shieldedRequest.js"
import type { Authorization } from "./authorizer.js"
import { type DecodeOptions, type Decoding, decode, decodeNothing, type Head, notText } from "./decode.js"
import * as Redirect from "./redirect.js"

/** An `HttpClient` or a transport of this package, and the function that reads its response bodies. */
export interface Transport {
  readonly client: {
    readonly execute: (
      request: HttpClientRequest.HttpClientRequest,
    ) => Effect.Effect<Received, HttpClientError.HttpClientError>
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

/** The inputs of one attempt: credential, trace headers if they are enabled, timer, clock and callbacks. */
export interface Attempt {
  readonly authorization: Authorization
  readonly traceHeaders: Readonly<Record<string, string>> | undefined
  readonly abortTimer: AbortTimer.AbortTimer | undefined
  readonly clock: Clock.Clock
  readonly onStatus: (status: number) => void
  /** Called with the origin of a redirect that is followed. */
  readonly onOrigin: (origin: string) => void
  /** Called when the response headers alone have decided the outcome, in case the body does not arrive in time. */
  readonly onOutcome: (outcome: Effect.Effect<unknown, Failure>) => void
  /** Reports malformed parts of a response that could be decoded nevertheless. */
  readonly onMalformed: DecodeOptions["tell"]
}

const requestFor = (call: Call, attempt: Attempt, url: string): HttpClientRequest.HttpClientRequest => {
  const { headers } = attempt.authorization
  const body =
    call.body === undefined
      ? HttpBody.empty
      : Outgoing.textBody(JSON.stringify(Redacted.value(call.body)), "application/json")
  const more =
    body._tag === "Empty"
      ? attempt.traceHeaders
      : { ...attempt.traceHeaders, "content-type": body.contentType, "content-length": String(body.contentLength) }
  const request = Outgoing.request(call.operation.method, url, headers(more), body)
  return attempt.abortTimer === undefined ? request : AbortTimer.attach(request, attempt.abortTimer)
}

/** Makes one attempt: sends the request, follows redirects, decodes the body. */
export const send = (sender: Sender, call: Call, attempt: Attempt): Effect.Effect<unknown, Failure> =>
  hop(sender, call, attempt, sender.base.origin + sender.base.path + call.path, [])

const hop = (
  sender: Sender,
  call: Call,
  attempt: Attempt,
  url: string,
  before: ReadonlyArray<string>,
): Effect.Effect<unknown, Failure> => {
  const answered = (response: Received): Effect.Effect<unknown, Failure> => {
    const status = response.status
    attempt.onStatus(status)
    if (status >= 200 && status < 300) return succeed(sender, call, attempt, response)
    const location = isRedirect(status) ? response.headers.location : undefined
    if (location !== undefined) return redirected(sender, call, attempt, url, before, response, location)
    return fail(sender, call, attempt, response)
  }
  const failed = (error: HttpClientError.HttpClientError): Effect.Effect<unknown, Failure> => {
    if (error._tag === "RequestError") return Effect.fail(fromRequestError(error))
    // An `HttpClient` with `filterStatusOk` fails with the response; here every status is a response.
    return error.reason === "StatusCode" ? answered(error.response) : Effect.fail(transport("ConnectionLost", true))
  }
  return Effect.matchEffect(
    // Suspended, so that the fiber that waits for the response does not hold the request.
    Effect.suspend(() => sender.client.execute(requestFor(call, attempt, url))),
    { onFailure: failed, onSuccess: answered },
  )
}

const isRedirect = (status: number): boolean =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308

const redirected = (
  sender: Sender,
  call: Call,
  attempt: Attempt,
  url: string,
  before: ReadonlyArray<string>,
  response: Received,
  location: string,
): Effect.Effect<unknown, Failure> => {
  const visited = [...before, url]
  const redirect = Redirect.decide(sender.redirects, call.operation.method, response.status, location, url, visited)
  if (redirect._tag === "Follow") attempt.onOrigin(new URL(redirect.url).origin)
  return Effect.zipRight(
    drain(response, sender.readForeign),
    redirect._tag === "Follow"
      ? hop(sender, call, attempt, redirect.url, visited)
      : Effect.suspend(() => {
          const shown = (origin: string) => shownOrigin(origin, sender.base.origin)
          const to = redirect.to === undefined ? undefined : shown(redirect.to)
          return Effect.fail(transport(redirect.reason, redirect.acted, { from: shown(new URL(url).origin), to }))
        }),
  )
}

/** The secrets that this attempt has sent; they are removed from text of the response. */
const secretsOf = (call: Call, attempt: Attempt): ReadonlyArray<Redacted.Redacted<string>> => [
  ...call.secrets,
  ...attempt.authorization.secrets,
]

const familiar = /^(?:application\/json|text\/(?:html|plain))$/

/** The parts of a response that decoding and its errors need; the media type is read lazily. */
const answerOf = (call: Call, attempt: Attempt, status: number, contentType: string | undefined): Head => {
  const clean = (text: string, limit: number) => cleaner([...secretsOf(call, attempt), ...personal(call)])(text, limit)
  return {
    status,
    clean,
    mediaType: () => {
      const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType ?? "")?.[0].toLowerCase()
      return type === undefined || familiar.test(type) ? type : clean(type, 100)
    },
  }
}

const succeed = (sender: Sender, call: Call, attempt: Attempt, response: Received): Effect.Effect<unknown, Failure> => {
  // Read once: the platform's responses copy all headers at every access.
  const contentType = header(response, "content-type")
  const answer = answerOf(call, attempt, response.status, contentType)
  if (call.operation.success != null) {
    return Effect.matchEffect(readBytes(response, sender.maxBodyBytes, sender.readForeign), {
      onFailure: (fault) => Effect.fail(transport(fault, true)),
      onSuccess: (bytes) => {
        const text = textOf(bytes, contentType)
        return text instanceof NotInCharset
          ? notText(answer, text.charset, text.readable)
          : decode(call.operation, answer, text, { decoding: sender.decoding, tell: attempt.onMalformed })
      },
    })
  }
  if (response.status === call.operation.successStatus) {
    attempt.onOutcome(Effect.void)
    return drain(response, sender.readForeign)
  }
  attempt.onOutcome(decodeNothing(answer, undefined))
  return Effect.flatMap(readSoon(response, sender.maxBodyBytes, sender.readForeign), (bytes) => {
    const text = bytes === undefined ? undefined : textOf(bytes, contentType)
    return text instanceof NotInCharset ? notText(answer, text.charset, text.readable) : decodeNothing(answer, text)
  })
}

const fail = (sender: Sender, call: Call, attempt: Attempt, response: Received): Effect.Effect<never, Failure> => {
  const { headers, status } = response
  // With `redirect: "manual"` a browser reports a redirect as status 0. The server may have acted before it redirected.
  if (status === 0 && Object.keys(headers).length === 0) {
    return Effect.fail(transport("RedirectRefused", call.operation.method !== "GET"))
  }
  // `node:http` accepts such a status; every other transport rejects it.
  if (status < 100) {
    return Effect.zipRight(
      Effect.ignore(readBytes(response, 0, sender.readForeign)),
      Effect.fail(transport("ConnectionLost", true, { detail: "INVALID_STATUS" })),
    )
  }
  const secrets = secretsOf(call, attempt)
  const retryAfter = parseRetryAfter(headers, attempt.clock.unsafeCurrentTimeMillis(), secrets)
  const answered = (text: string): Effect.Effect<never, Failure> =>
    Effect.fail<Failure>(
      statusFailure(
        status,
        text,
        [...secrets, ...personal(call)],
        answerOf(call, attempt, status, headers["content-type"]).mediaType(),
        retryAfter,
      ),
    )
  // The status is more useful than an error about a body that is unreadable or does not arrive.
  const withoutBody = Effect.suspend(() => answered(""))
  attempt.onOutcome(withoutBody)
  return Effect.matchEffect(readBytes(response, sender.maxBodyBytes, sender.readForeign), {
    onFailure: () => withoutBody,
    onSuccess: (bytes) => answered(textAsFarAsReadable(bytes, headers["content-type"])),
  })
}
