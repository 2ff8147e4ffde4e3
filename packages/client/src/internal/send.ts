import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import type { BaseUrl } from "./baseUrl.js"
import { drain, readSoon, readText } from "./body.js"
import type { Call } from "./call.js"
import { cleaner } from "./clean.js"
import type { Authorization } from "./credential.js"
import { type Answer, decode, decodeNothing } from "./decode.js"
import { type Failure, status as statusFailure, transport } from "./failure.js"
import * as HangUp from "./hangUp.js"
import * as Redirect from "./redirect.js"
import { parseRetryAfter } from "./retryAfter.js"
import { personal } from "./toError.js"
import { fromRequestError } from "./transportFault.js"

/** What every request of one client has in common. */
export interface Sender {
  readonly client: HttpClient.HttpClient
  readonly base: BaseUrl
  readonly redirects: Redirect.RedirectPolicy
  readonly maxBodyBytes: number
}

/** What one attempt adds: the credential, and trace headers when they are asked for. */
export interface Attempt {
  readonly authorization: Authorization
  readonly traceHeaders: Readonly<Record<string, string>> | undefined
  readonly hangUp: HangUp.HangUp | undefined
  readonly onStatus: (status: number) => void
  /** Where a redirect is followed to. */
  readonly onOrigin: (origin: string) => void
}

const requestFor = (call: Call, attempt: Attempt, url: string): HttpClientRequest.HttpClientRequest => {
  const request = HttpClientRequest.modify(attempt.authorization.request, {
    method: call.operation.method,
    url,
    headers: attempt.traceHeaders,
    // Made anew for every request: a transport may take the bytes with it.
    body:
      call.body === undefined
        ? undefined
        : HttpBody.text(JSON.stringify(Redacted.value(call.body)), "application/json"),
  })
  return attempt.hangUp === undefined ? request : HangUp.attach(request, attempt.hangUp)
}

/** One attempt: the request, the redirects it may follow, and the body, decoded. */
export const send = (sender: Sender, call: Call, attempt: Attempt): Effect.Effect<unknown, Failure> =>
  hop(sender, call, attempt, sender.base.origin + sender.base.path + call.path, [])

const hop = (
  sender: Sender,
  call: Call,
  attempt: Attempt,
  url: string,
  before: ReadonlyArray<string>,
): Effect.Effect<unknown, Failure> => {
  const answered = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<unknown, Failure> => {
    const status = response.status
    attempt.onStatus(status)
    if (status >= 200 && status < 300) return succeed(sender, call, attempt, response)
    const location = isRedirect(status) ? response.headers.location : undefined
    if (location !== undefined) return redirected(sender, call, attempt, url, before, response, location)
    return fail(sender, call, attempt, response)
  }
  const failed = (error: HttpClientError.HttpClientError): Effect.Effect<unknown, Failure> => {
    if (error._tag === "RequestError") return Effect.fail(fromRequestError(error))
    // A client that was given `filterStatusOk` fails with the answer; here every status is an answer.
    return error.reason === "StatusCode" ? answered(error.response) : Effect.fail(transport("ConnectionLost", true))
  }
  return Effect.matchEffect(sender.client.execute(requestFor(call, attempt, url)), {
    onFailure: failed,
    onSuccess: answered,
  })
}

const isRedirect = (status: number): boolean =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308

const redirected = (
  sender: Sender,
  call: Call,
  attempt: Attempt,
  url: string,
  before: ReadonlyArray<string>,
  response: HttpClientResponse.HttpClientResponse,
  location: string,
): Effect.Effect<unknown, Failure> => {
  const visited = [...before, url]
  const redirect = Redirect.decide(sender.redirects, call.operation.method, response.status, location, url, visited)
  if (redirect._tag === "Follow") attempt.onOrigin(new URL(redirect.url).origin)
  return Effect.zipRight(
    drain(response),
    redirect._tag === "Follow"
      ? hop(sender, call, attempt, redirect.url, visited)
      : Effect.fail(
          transport(redirect.reason, redirect.acted, {
            from: new URL(url).origin,
            to: redirect.to === undefined ? undefined : cleaner(secretsOf(call, attempt))(redirect.to, 300),
          }),
        ),
  )
}

/** What this attempt has sent and the answer must not bring back. */
const secretsOf = (call: Call, attempt: Attempt): ReadonlyArray<Redacted.Redacted<string>> => [
  ...call.secrets,
  ...attempt.authorization.secrets,
]

const familiar = /^(?:application\/json|text\/(?:html|plain))$/

/** What is said around the body of an answer, read when it is asked for. */
const answerOf = (call: Call, attempt: Attempt, { headers, status }: HttpClientResponse.HttpClientResponse): Answer => {
  const clean = (text: string, limit: number) => cleaner([...secretsOf(call, attempt), ...personal(call)])(text, limit)
  return {
    status,
    clean,
    mediaType: () => {
      const type = /^[\w.+-]+\/[\w.+-]+/.exec(headers["content-type"] ?? "")?.[0].toLowerCase()
      return type === undefined || familiar.test(type) ? type : clean(type, 100)
    },
  }
}

const succeed = (
  sender: Sender,
  call: Call,
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
): Effect.Effect<unknown, Failure> => {
  const schema = call.operation.success
  if (schema !== null) {
    return Effect.matchEffect(readText(response, sender.maxBodyBytes), {
      onFailure: (fault) => Effect.fail(transport(fault, true)),
      onSuccess: (text) => decode(schema, answerOf(call, attempt, response), text),
    })
  }
  return response.status === call.operation.successStatus
    ? drain(response)
    : Effect.flatMap(readSoon(response, sender.maxBodyBytes), (text) =>
        decodeNothing(answerOf(call, attempt, response), text),
      )
}

const errorBodyTime = "10 seconds"

const fail = (
  sender: Sender,
  call: Call,
  attempt: Attempt,
  response: HttpClientResponse.HttpClientResponse,
): Effect.Effect<never, Failure> => {
  // A browser hides a redirect it was told not to follow behind status 0; it may be one that follows the deed.
  if (response.status === 0) return Effect.fail(transport("RedirectRefused", call.operation.method !== "GET"))
  return Effect.flatMap(
    // The status says more than a body that cannot be read, or does not come.
    Effect.timeoutTo(Effect.merge(Effect.mapError(readText(response, sender.maxBodyBytes), () => "")), {
      duration: errorBodyTime,
      onSuccess: identity,
      onTimeout: () => "",
    }),
    (text) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.fail<Failure>(
          statusFailure(
            response.status,
            text,
            [...secretsOf(call, attempt), ...personal(call)],
            answerOf(call, attempt, response).mediaType(),
            parseRetryAfter(response.headers["retry-after"], now),
          ),
        ),
      ),
  )
}
