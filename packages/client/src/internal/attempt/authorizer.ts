import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { constant } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import type { Credentials, Secret } from "../../Credentials.js"
import type { Issue } from "../../TileDBError.js"
import type { Call } from "../call.js"
import { type Failure, transport } from "../failure/failure.js"
import { credentialProblem, pathOf } from "../secrets/credentialProblem.js"
import { className } from "../secrets/redactDefect.js"
import { onRefused } from "../secrets/refusedToken.js"
import { base64, headerValueProblem, passwordProblem, type Secrets } from "../secrets/secretText.js"
import { apiKeyHeader, credentialHeaders, type MakeHeaders } from "../secrets/shieldedRequest.js"

/**
 * Makes the headers of one scheme, and lists the secrets that must not leak. The headers are made with the request: an
 * effect or a frame of a fiber that held them could be printed.
 */
export interface Authorization {
  readonly headers: MakeHeaders
  readonly secrets: Secrets
}

const unavailable: Effect.Effect<never, Failure> = Effect.fail(transport("Credentials", false))

/** Headers of every request, whatever its credential. */
type Common = Readonly<Record<string, string>>

type Authorize = Effect.Effect<Authorization, Failure>

type Text = Redacted.Redacted<string>

/** Validated here too: a secret may come from an effect of the user. */
const withHeader = (common: Common, name: string, scheme: "" | "Bearer ", secret: Text): Authorize => {
  if (headerValueProblem(secret) !== undefined) return unavailable
  const value = scheme + Redacted.value(secret)
  return Effect.succeed({ headers: credentialHeaders(common, name, () => value), secrets: [secret] })
}

const basic = (common: Common, username: string, password: Text): Authorize => {
  if (passwordProblem(password) !== undefined) return unavailable
  const pair = `${username}:${Redacted.value(password)}`
  const value = `Basic ${base64(new TextEncoder().encode(pair))}`
  const headers = credentialHeaders(common, "authorization", () => value)
  return Effect.succeed({ headers, secrets: [password, Redacted.make(pair)] })
}

/** How a scheme puts its secret into a request. */
type Carry = (secret: Text) => Authorize

/** Accepts the error tag of a program, but no text of a server. */
const isTag = (u: unknown): u is string => typeof u === "string" && /^[A-Za-z][\w./@-]{0,60}$/.test(u)

/** The name of a failure: its tag, or its class. */
const nameOf = (cause: Cause.Cause<unknown>): string | undefined => {
  const error = Cause.squash(cause)
  try {
    const tag = Predicate.hasProperty(error, "_tag") ? error._tag : undefined
    return isTag(tag) ? tag : className(error)
  } catch {
    return undefined
  }
}

/**
 * The failure of the effect may quote the token or the credential that it was obtained with: only its name is passed
 * on. An effect that interrupts itself has failed; an interruption by the caller is not handled here.
 */
const obtained = (secret: Effect.Effect<Text, unknown>, carry: Carry): Authorize =>
  Effect.matchCauseEffect(secret, {
    onFailure: (cause) => Effect.fail(transport("Credentials", false, { detail: nameOf(cause) })),
    onSuccess: carry,
  })

/** The secret part of a credential, and how it is sent. */
interface Session {
  readonly secret?: Secret
  readonly carry: Carry
}

const session = (credentials: Credentials, common: Common): Session => {
  switch (credentials._tag) {
    case "ApiKey":
      return { secret: credentials.key, carry: (key) => withHeader(common, apiKeyHeader, "", key) }
    case "Basic": {
      const { password, username } = credentials
      return { secret: password, carry: (password) => basic(common, username, password) }
    }
    case "Bearer":
      return { secret: credentials.token, carry: (token) => withHeader(common, "authorization", "Bearer ", token) }
    case "Anonymous": {
      const nobody = Effect.succeed({ headers: credentialHeaders(common), secrets: [] })
      return { carry: () => nobody }
    }
  }
}

/** Authorises calls with one credential. */
export interface Authorizer {
  /** The scheme of the credential. */
  readonly scheme: Credentials["_tag"]
  /** Whether the secret comes from an effect of the user. */
  readonly waits: boolean
  /** The problem of the session's credential, if any: operations that use it are not sent. */
  readonly problem: Issue | undefined
  /** Authorises a call. The user's effect is traced as a part of it. */
  readonly authorize: (call: Call, span: Tracer.Span) => Authorize
  /** Obtains the secret again after a 401; fails with `unchanged` if it is the same. */
  readonly renew: (refused: Authorization, unchanged: Failure, span: Tracer.Span) => Authorize
}

/**
 * Authorises a call with exactly one scheme: the scoped token if the operation takes one, otherwise the session's
 * credential. The common headers are always there.
 */
export const make = (credentials: Credentials, common: Common): Authorizer => {
  // Checked for calls with a credential of their own, which may have been made by hand.
  const problem = credentialProblem(credentials)
  const { carry, secret }: Session = problem === undefined ? session(credentials, common) : { carry: () => unavailable }
  // The span is the parent of the user's effect only: Effect annotates failures below a span.
  const obtain = Effect.isEffect(secret)
    ? (span: Tracer.Span) => obtained(Effect.withParentSpan(secret, span), carry)
    : constant(carry(secret ?? nobody))
  return {
    scheme: credentials._tag,
    waits: Effect.isEffect(secret),
    problem: problem === undefined ? undefined : { path: pathOf(problem).join("."), message: problem.message },
    authorize: (call, span) =>
      call.token === undefined ? obtain(span) : withHeader(common, apiKeyHeader, "", call.token),
    renew: ({ secrets: [refused = nobody] }, unchanged, span) =>
      Effect.suspend(() => {
        if (Effect.isEffect(secret)) onRefused.get(secret)?.(refused)
        return Effect.filterOrFail(
          obtain(span),
          ({ secrets: [secret] }) => !Equal.equals(secret, refused),
          () => unchanged,
        )
      }),
  }
}

const nobody = Redacted.make("")
