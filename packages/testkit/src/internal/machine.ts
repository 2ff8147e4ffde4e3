import type { Operation, OperationName } from "@effect-tiledb/schema"
import type { Credential } from "./credential.js"
import { Failure } from "./failure.js"
import { type Answer, fail, handlers, type Machine } from "./handlers.js"
import type { Account, Scope } from "./state.js"

const scopeOf: Partial<Record<OperationName, Scope>> = {
  confirmEmail: "confirm_email",
  resetPassword: "password_reset",
}

// Those who call these are not logged in yet. A credential that is sent must still be a good one.
const openToAll: ReadonlySet<string> = new Set<OperationName>([
  "createUser",
  "requestEmailConfirmation",
  "requestPasswordReset",
])

/** Who is calling: an account, nobody (where that is allowed), or the failure to answer with. */
export const authenticate = (
  machine: Machine,
  row: Operation & { readonly name: OperationName },
  credential: Credential,
  now: number,
): Account | undefined | Failure => {
  const { state, policy } = machine
  const scope = scopeOf[row.name]
  if (scope !== undefined) {
    const account = "key" in credential ? state.granted(credential.key, scope, now) : undefined
    return account ?? fail(machine, "unauthorized")
  }
  switch (credential._tag) {
    case "None":
      return openToAll.has(row.name) ? undefined : fail(machine, "unauthorized")
    case "ApiKey":
    case "Several":
      return state.byApiKey(credential.key) ?? fail(machine, "unauthorized")
    case "Bearer":
      return state.byBearer(credential.token) ?? fail(machine, "unauthorized")
    case "Basic": {
      const account = state.byUsername(credential.username)
      if (account === undefined || account.password !== credential.password) return fail(machine, "unauthorized")
      // Who still has to confirm must be able to ask for the e-mail, whatever credential is configured.
      return policy.loginNeedsConfirmation && account.user.is_valid_email !== true && !openToAll.has(row.name)
        ? fail(machine, "unconfirmed")
        : account
    }
    case "Unreadable":
      return fail(machine, "unauthorized")
  }
}

/** One request to the machine; `body` may be the reason why there is none to read, which matters only once let in. */
export interface Request {
  readonly row: Operation & { readonly name: OperationName }
  readonly credential: Credential
  readonly userId: string
  readonly body: unknown
}

/** Authenticates and performs one call, synchronously and so atomically. */
export const perform = (machine: Machine, { row, credential, userId, body }: Request, now: number): Answer => {
  const caller = authenticate(machine, row, credential, now)
  if (caller instanceof Failure) return caller
  if (body instanceof Failure) return body
  const token = credential._tag === "ApiKey" ? credential.key : ""
  return handlers[row.name](machine, { caller, token, userId, body, now })
}
