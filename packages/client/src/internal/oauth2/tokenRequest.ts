import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { readBytes, textAsFarAsReadable } from "../body.js"
import { cleaner } from "../clean.js"
import * as Defect from "../defect.js"
import { quietFiberRefs } from "../effect3.js"
import { readForeign } from "../foreignBody.js"
import { headerValueProblem } from "../headerValue.js"
import * as Outgoing from "../outgoing.js"
import { fromRequestError } from "../transportFault.js"
import { within } from "../within.js"
import { codeOf, type Problem } from "./problem.js"

/**
 * The tokens that the token endpoint issued.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tokens {
  /** The bearer token. */
  readonly accessToken: Redacted.Redacted<string>
  /** The refresh token; absent if the provider issues none. */
  readonly refreshToken?: Redacted.Redacted<string>
  /** When the bearer token expires, in milliseconds since 1970, if the provider states it. */
  readonly expiresAt?: number
  /** The granted scopes: the requested ones, unless the provider states others. */
  readonly scopes: ReadonlyArray<string>
}

export interface Endpoint {
  readonly client: HttpClient.HttpClient
  readonly url: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted<string> | undefined
  readonly scopes: ReadonlyArray<string>
}

type Form = Readonly<Record<string, Redacted.Redacted<string>>>

const patience = 20_000
const maximumBytes = 64 * 1024

const requestFor = ({ clientId, clientSecret, url }: Endpoint, form: Form): HttpClientRequest.HttpClientRequest => {
  const fields = Object.entries(form).map(([name, value]): [string, string] => [name, Redacted.value(value)])
  const encoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1)
  const pair = clientSecret && `${encoded(clientId)}:${encoded(Redacted.value(clientSecret))}`
  const fieldsSent = new URLSearchParams(pair === undefined ? [...fields, ["client_id", clientId]] : fields)
  const basic = pair === undefined ? undefined : `Basic ${Encoding.encodeBase64(pair)}`
  const headers = Outgoing.credentialHeaders(
    { accept: "application/json" },
    basic === undefined ? undefined : { name: "authorization", value: () => basic },
  )
  const body = Outgoing.textBody(fieldsSent.toString(), "application/x-www-form-urlencoded")
  const described = { "content-type": body.contentType, "content-length": String(body.contentLength) }
  return Outgoing.request("POST", url, headers(described), body)
}

const unavailable = (detail: string, status?: number): Problem => ({
  reason: "Unavailable",
  message: `The token endpoint ${detail}`,
  status,
})

const unreadable = (what: string, status: number): Either.Either<never, Problem> =>
  Either.left({ reason: "Unreadable", message: `The token endpoint answered with ${status}, but ${what}`, status })

const parse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : undefined
  } catch {
    return undefined
  }
}

/** Reads the tokens of a response. Errors do not quote other parts of the response, which may repeat secrets. */
const read = (
  { clientSecret, scopes }: Endpoint,
  form: Form,
  status: number,
  text: string,
  now: number,
): Either.Either<Tokens, Problem> => {
  const json = parse(text)
  if (status >= 500 || status === 429 || status === 408)
    return Either.left(unavailable(`answered with ${status}`, status))
  if (status < 200 || status >= 300) {
    const error = codeOf(json?.error)
    const secrets = [...Object.values(form), ...(clientSecret === undefined ? [] : [clientSecret])]
    const description = json?.error_description
    const said = typeof description === "string" ? ` (${cleaner(secrets)(description, 300)})` : ""
    const next = error === "invalid_grant" ? ": it is used up, expired, revoked or somebody else's. Sign in again" : ""
    return Either.left({
      reason: "Refused",
      message: `The token endpoint refused with ${error ?? status}${said}${next}`,
      error,
      status,
    })
  }
  if (json === undefined) return unreadable("not with a JSON object", status)
  const { access_token, expires_in, refresh_token, scope, token_type } = json
  if (typeof access_token !== "string" || headerValueProblem(Redacted.make(access_token)) !== undefined) {
    return unreadable("there is no access_token in it that a header can carry", status)
  }
  if (token_type !== undefined && String(token_type).toLowerCase() !== "bearer") {
    return unreadable("its token_type is not bearer", status)
  }
  const seconds = Number(expires_in ?? Number.NaN)
  return Either.right({
    accessToken: Redacted.make(access_token),
    ...(typeof refresh_token === "string" && refresh_token !== ""
      ? { refreshToken: Redacted.make(refresh_token) }
      : {}),
    ...(seconds > 0 && Number.isFinite(seconds) ? { expiresAt: now + seconds * 1000 } : {}),
    scopes: typeof scope === "string" ? scope.split(" ").filter((word) => word !== "") : scopes,
  })
}

/** Requests tokens once, in its own fiber: the timeout also holds if nothing else can be interrupted. */
export const requestTokens = (endpoint: Endpoint, form: Form): Effect.Effect<Tokens, Problem> => {
  const answered = (response: HttpClientResponse.HttpClientResponse) =>
    Effect.flatMap(
      Effect.mapError(readBytes(response, maximumBytes, readForeign), () =>
        unavailable("broke off in its answer", response.status),
      ),
      (bytes) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          read(endpoint, form, response.status, textAsFarAsReadable(bytes, response.headers["content-type"]), now),
        ),
    )
  const attempt = Effect.suspend(() =>
    Effect.matchEffect(endpoint.client.execute(requestFor(endpoint, form)), {
      onFailure: (error): Effect.Effect<Tokens, Problem> => {
        if (error._tag === "ResponseError" && error.reason === "StatusCode") return answered(error.response)
        const failure = error._tag === "RequestError" ? fromRequestError(error) : undefined
        const detail = failure?._tag === "Transport" ? failure.detail : undefined
        return Effect.fail(unavailable(`cannot be reached${detail === undefined ? "" : ` (${detail})`}`))
      },
      onSuccess: answered,
    }),
  )
  const { clientSecret } = endpoint
  const secrets = () => [...Object.values(form), ...(clientSecret === undefined ? [] : [clientSecret])]
  return within(
    Defect.replaceDefects(attempt, secrets),
    patience,
    () => Effect.fail(unavailable(`did not answer within ${patience / 1000} seconds`)),
    (fiber) => quietFiberRefs(fiber, Outgoing.apiKeyHeader),
  )
}
