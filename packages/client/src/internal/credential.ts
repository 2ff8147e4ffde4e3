import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../Credentials.js"
import type { Call } from "../Users.js"
import { type Failure, transport } from "./failure.js"
import { headerValueProblem } from "./headerValue.js"

/** The one line of code between `Redacted` and the wire: the headers of one scheme, and what must not come back. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

const apiKeyHeader = "x-tiledb-rest-api-key"

const nobody: Authorization = { headers: {}, secrets: [] }

const withHeader = (secret: Redacted.Redacted<string>): Authorization => ({
  headers: { [apiKeyHeader]: Redacted.value(secret) },
  secrets: [secret],
})

// `btoa` takes Latin-1 only; HTTP Basic is UTF-8 here.
const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

const basic = (username: string, password: Redacted.Redacted<string>): Authorization => {
  const pair = base64(`${username}:${Redacted.value(password)}`)
  return { headers: { authorization: `Basic ${pair}` }, secrets: [password, Redacted.make(pair)] }
}

const unavailable: Failure = transport("Credentials", false)

const bearer = (token: Effect.Effect<Redacted.Redacted<string>, unknown>): Effect.Effect<Authorization, Failure> =>
  Effect.flatMap(
    Effect.mapError(token, () => unavailable),
    (secret) =>
      Redacted.isRedacted(secret) && headerValueProblem(Redacted.value(secret)) === undefined
        ? Effect.succeed({ headers: { authorization: `Bearer ${Redacted.value(secret)}` }, secrets: [secret] })
        : Effect.fail(unavailable),
  )

const session = (credentials: Credentials): Effect.Effect<Authorization, Failure> => {
  switch (credentials._tag) {
    case "ApiKey":
      return Effect.succeed(withHeader(credentials.key))
    case "Basic":
      return Effect.succeed(basic(credentials.username, credentials.password))
    case "Bearer":
      return bearer(credentials.token)
    case "Anonymous":
      return Effect.succeed(nobody)
  }
}

/**
 * What authorises a call: the scoped token alone where the operation takes one, the session's credential elsewhere.
 * Exactly one scheme, ever.
 */
export const make = (credentials: Credentials): ((call: Call) => Effect.Effect<Authorization, Failure>) => {
  const own = session(credentials)
  return (call) => (call.token === undefined ? own : Effect.succeed(withHeader(call.token)))
}
