import type { Operation } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"
import type { Account } from "../state/state.js"
import type { Credential } from "./credential.js"
import { Failure } from "./failure.js"
import { type Answer, type Call, type Endpoint, fail, type Machine } from "./machine.js"

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
      return state.byApiKey(credential.key) ?? fail(machine, "unauthorized")
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
  readonly credential: Credential
  readonly parameters: Readonly<Record<string, string>>
  /** The query as in the URL, without the question mark. */
  readonly query: string
  readonly body: unknown
}

const readQuery = (machine: Machine, { query, row }: Request): unknown => {
  if (row.query === undefined) return undefined
  const decoded = Schema.decodeUnknownEither(row.query)(Object.fromEntries(new URLSearchParams(query)))
  return decoded._tag === "Right"
    ? decoded.right
    : fail(machine, "invalidRequest", [{ field: "query", message: "is not valid" }])
}

/** Authenticates and performs one call, synchronously and so atomically. */
export const perform = (machine: Machine, request: Request, now: number): Answer => {
  const endpoint = machine.endpoints.get(request.row)
  if (endpoint === undefined) return fail(machine, "pathNotFound")
  const { body, credential, parameters } = request
  const wait = machine.rateLimiter?.take(credential, now)
  if (wait !== undefined) return new Failure("rateLimited", machine.state.random.requestId(), [], wait)
  const caller = authenticate(machine, endpoint.access, credential, now)
  if (caller instanceof Failure) return caller
  const act = (handle: (call: Omit<Call, "caller">) => Answer): Answer => {
    if (body instanceof Failure) return body
    const query = readQuery(machine, request)
    if (query instanceof Failure) return query
    return handle({ token: "key" in credential ? credential.key : "", parameters, query, body, now })
  }
  if (endpoint.access === "anyone") return act((call) => endpoint.handle(machine, { ...call, caller }))
  return caller === undefined
    ? fail(machine, "unauthorized")
    : act((call) => endpoint.handle(machine, { ...call, caller }))
}
