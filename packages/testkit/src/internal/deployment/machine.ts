import type { Operation, ValidationErrorField } from "@effect-tiledb/schema"
import { Failure, type FailureKind } from "./failure.js"
import type { Mailroom } from "./mailroom.js"
import type { Policy } from "./policy.js"
import type { RateLimiter } from "./rateLimit.js"
import type { Account, Scope, State } from "./state.js"

/** What it takes to have users. */
export interface Registry {
  readonly state: State
  readonly policy: Policy
  readonly mailroom: Mailroom
}

/** The state machine of a deployment: what it holds, and what answers each operation. */
export interface Machine extends Registry {
  readonly rateLimiter: RateLimiter | undefined
  readonly endpoints: ReadonlyMap<Operation, Endpoint>
}

/** One call that has been let in: by whom, with what, when (in milliseconds). */
export interface Call<Caller = Account> {
  readonly caller: Caller
  /** The scoped token that authorised the call, or "". */
  readonly token: string
  /** The values of the path's parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** The query parameters, decoded by the operation's schema; `undefined` where it has none. */
  readonly query: unknown
  readonly body: unknown
  readonly now: number
}

/** A success's value (`undefined` where there is none), which the operation's success schema encodes, or the failure. */
export type Answer = object | undefined | Failure

/**
 * The handler of one operation, and who may call it: `anyone` (a credential that is sent must still be valid), a `user`, or
 * the bearer of a scoped token. `entity` names the property of the response that holds the user, where the response itself
 * is not the user.
 */
export type Endpoint = { readonly entity?: string } & (
  | {
      readonly access: "anyone"
      readonly handle: (machine: Machine, call: Call<Account | undefined>) => Answer
    }
  | { readonly access: "user" | Scope; readonly handle: (machine: Machine, call: Call) => Answer }
)

/** A group of the API: its rows, and what answers each. */
export interface Group {
  readonly operations: { readonly [name: string]: Operation }
  readonly endpoints: { readonly [name: string]: Endpoint }
}

/** Everything that the given groups answer, by row. */
export const endpointsOf = (groups: ReadonlyArray<Group>): Machine["endpoints"] =>
  new Map(
    groups.flatMap(({ endpoints, operations }) =>
      Object.entries(operations).flatMap(([name, row]) => {
        const endpoint = endpoints[name]
        return endpoint === undefined ? [] : [[row, endpoint] as const]
      }),
    ),
  )

export const fail = (machine: Registry, kind: FailureKind, fields?: ReadonlyArray<ValidationErrorField>): Failure =>
  new Failure(kind, machine.state.random.requestId(), fields)
