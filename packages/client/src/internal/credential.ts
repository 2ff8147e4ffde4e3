import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../Credentials.js"
import type { Call } from "./call.js"
import { type Failure, transport } from "./failure.js"
import { headerValueProblem, textInside } from "./headerValue.js"

/** A request that has no method and URL yet but carries the headers of one scheme, and what must not come back. */
export interface Authorization {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

/** What carries an API key, and a scoped token. */
export const apiKeyHeader = "x-tiledb-rest-api-key"

const unavailable: Effect.Effect<never, Failure> = Effect.fail(transport("Credentials", false))

/** Headers that every request has, whoever it is from. */
type Common = Readonly<Record<string, string>>

/** Checked here too: a credential can be written as a plain object, and a bearer token comes from elsewhere. */
const withHeader = (
  common: Common,
  name: string,
  scheme: "" | "Bearer ",
  secret: Redacted.Redacted<string>,
): Effect.Effect<Authorization, Failure> =>
  headerValueProblem(secret) === undefined
    ? Effect.succeed({ request: carrying({ ...common, [name]: scheme + Redacted.value(secret) }), secrets: [secret] })
    : unavailable

const basic = (
  common: Common,
  username: string,
  password: Redacted.Redacted<string>,
): Effect.Effect<Authorization, Failure> => {
  const secret = textInside(password)
  if (secret === undefined) return unavailable
  const pair = `${username}:${secret}`
  return Effect.succeed({
    request: carrying({ ...common, authorization: `Basic ${Encoding.encodeBase64(pair)}` }),
    secrets: [password, Redacted.make(pair)],
  })
}

const carrying = (headers: Common): HttpClientRequest.HttpClientRequest => HttpClientRequest.get("", { headers })

/** Whatever the effect ends with may quote the token or what it was got with, and goes no further. */
const bearer = (
  common: Common,
  token: Effect.Effect<Redacted.Redacted<string>, unknown>,
): Effect.Effect<Authorization, Failure> =>
  Effect.matchCauseEffect(token, {
    onFailure: (cause) => (Cause.isInterrupted(cause) ? Effect.interrupt : unavailable),
    onSuccess: (secret) => withHeader(common, "authorization", "Bearer ", secret),
  })

const session = (credentials: Credentials, common: Common): Effect.Effect<Authorization, Failure> => {
  switch (credentials._tag) {
    case "ApiKey":
      return withHeader(common, apiKeyHeader, "", credentials.key)
    case "Basic":
      return basic(common, credentials.username, credentials.password)
    case "Bearer":
      return bearer(common, credentials.token)
    case "Anonymous":
      return Effect.succeed({ request: carrying(common), secrets: [] })
  }
}

/** Who authorises calls; `waits` where that takes an effect of the user's. */
export interface Authorizer {
  readonly waits: boolean
  readonly authorize: (call: Call) => Effect.Effect<Authorization, Failure>
}

/**
 * What authorises a call: the scoped token alone where the operation takes one, the session's credential elsewhere.
 * Exactly one scheme, ever, beside the headers that all requests have in common.
 */
export const make = (credentials: Credentials, common: Common): Authorizer => {
  const own = session(credentials, common)
  return {
    waits: credentials._tag === "Bearer",
    authorize: (call) => (call.token === undefined ? own : withHeader(common, apiKeyHeader, "", call.token)),
  }
}
