import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import type { Credentials, Secret } from "../Credentials.js"
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

type Authorize = Effect.Effect<Authorization, Failure>

/** How a scheme puts its secret into a request. */
type Carry = (secret: Redacted.Redacted<string>) => Authorize

/** Whatever the effect ends with may quote the secret or what it was got with, and goes no further. */
const obtained = (secret: Effect.Effect<Redacted.Redacted<string>, unknown>, carry: Carry): Authorize =>
  Effect.matchCauseEffect(secret, {
    onFailure: (cause) => (Cause.isInterrupted(cause) ? Effect.interrupt : unavailable),
    onSuccess: carry,
  })

/** The part of a credential that is secret, and how it is sent. */
const session = (credentials: Credentials, common: Common): readonly [Secret | undefined, Carry] => {
  switch (credentials._tag) {
    case "ApiKey":
      return [credentials.key, (key) => withHeader(common, apiKeyHeader, "", key)]
    case "Basic":
      return [credentials.password, (password) => basic(common, credentials.username, password)]
    case "Bearer":
      return [credentials.token, (token) => withHeader(common, "authorization", "Bearer ", token)]
    case "Anonymous":
      return [undefined, () => Effect.succeed({ request: carrying(common), secrets: [] })]
  }
}

/**
 * Who authorises calls, by which scheme; `waits` where that takes an effect of the user's. After a 401 `renew` gets another
 * authorization than the one that was refused, or fails with `unchanged` when there is none to get.
 */
export interface Authorizer {
  readonly scheme: Credentials["_tag"]
  readonly waits: boolean
  readonly authorize: (call: Call) => Authorize
  readonly renew: (refused: Authorization, unchanged: Failure) => Authorize
}

/**
 * What authorises a call: the scoped token alone where the operation takes one, the session's credential elsewhere.
 * Exactly one scheme, ever, beside the headers that all requests have in common.
 */
export const make = (credentials: Credentials, common: Common): Authorizer => {
  const [secret, carry] = session(credentials, common)
  const waits = Effect.isEffect(secret)
  const own = waits ? obtained(secret, carry) : carry(secret ?? nobody)
  return {
    scheme: credentials._tag,
    waits,
    authorize: (call) => (call.token === undefined ? own : withHeader(common, apiKeyHeader, "", call.token)),
    renew: ({ secrets: [refused = nobody] }, unchanged) =>
      Effect.suspend(() => {
        if (credentials._tag === "Bearer") credentials.refused?.(refused)
        return Effect.filterOrFail(
          own,
          ({ secrets: [secret] }) => !Equal.equals(secret, refused),
          () => unchanged,
        )
      }),
  }
}

const nobody = Redacted.make("")
