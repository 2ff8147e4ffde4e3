import type { Operation } from "@effect-tiledb/schema"
import type { Account } from "../state/rows.js"
import type { Credential } from "./credential.js"
import { Failure } from "./failure.js"
import { type Answer, type Call, type Endpoint, fail, type Machine } from "./machine.js"
import { decoded, readQuery } from "./requestBody.js"

/** The caller: an account, `undefined` without a credential, or the failure to respond with. */
const authenticate = (
  machine: Machine,
  access: Endpoint["access"],
  credential: Credential,
  now: number,
): Account | undefined | Failure => {
  const { state, policy } = machine
  if (access !== "anyone" && access !== "user") {
    return "key" in credential ? state.granted(credential.key, access, now) : undefined
  }
  switch (credential._tag) {
    case "None":
      return undefined
    case "ApiKey":
    case "Several":
      return state.byApiKey(credential.key, now) ?? fail(machine, "unauthorized")
    case "Bearer":
      return state.byBearer(credential.token) ?? fail(machine, "unauthorized")
    case "Basic": {
      const account = state.byUsername(credential.username)
      if (account === undefined || account.password !== credential.password) return fail(machine, "unauthorized")
      // A user with an unconfirmed address must be able to request the e-mail, whatever credential is configured.
      return policy.loginNeedsConfirmation && account.user.is_valid_email !== true && access === "user"
        ? fail(machine, "unconfirmed")
        : account
    }
    case "Unreadable":
      return fail(machine, "unauthorized")
  }
}

/** One request to the machine. `body` may be the failure to read it, which is only reported to authorised callers. */
export interface Request {
  readonly row: Operation
  readonly endpoint: Endpoint
  readonly credential: Credential
  readonly parameters: Readonly<Record<string, string>>
  /** The query as in the URL, without the question mark. */
  readonly query: string
  readonly body: unknown
}

/** The arguments of a call, or the failure to read them. */
const readCall = (machine: Machine, request: Request, now: number): Omit<Call, "caller"> | Failure => {
  const { body, credential, parameters, row } = request
  if (body instanceof Failure) return body
  const isFirst = machine.policy.people.pageZero === "first"
  const text = isFirst ? request.query.replace(/(?<![^&])page=0(?![^&])/, "page=1") : request.query
  const query = decoded(machine, row.query, row.query && readQuery(row.query, text))
  if (query instanceof Failure) return query
  return { row, token: "key" in credential ? credential.key : "", parameters, query, body, now }
}

/** Authenticates and performs one call, synchronously and so atomically. */
export const perform = (machine: Machine, request: Request, now: number): Answer => {
  const { credential, endpoint } = request
  const wait = machine.rateLimiter?.take(credential, now)
  if (wait !== undefined) return fail(machine, "rateLimited", [], wait)
  const caller = authenticate(machine, endpoint.access, credential, now)
  if (caller instanceof Failure) return caller
  const isOpen = endpoint.access === "anyone"
  if (caller === undefined && !isOpen) return fail(machine, "unauthorized")
  const call = readCall(machine, request, now)
  if (call instanceof Failure) return call
  if (isOpen) return endpoint.handle(machine, { ...call, caller })
  return caller && endpoint.handle(machine, { ...call, caller })
}
