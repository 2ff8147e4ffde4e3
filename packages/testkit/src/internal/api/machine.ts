import type { Operation, ValidationErrorField } from "@effect-tiledb/schema"
import type * as Schema from "effect/Schema"
import type { Mailroom } from "../state/mailroom.js"
import type { Account, Grant } from "../state/rows.js"
import type { State } from "../state/state.js"
import { Failure, type FailureKind } from "./failure.js"
import type { Policy } from "./policy.js"
import type { RateLimiter } from "./rateLimit.js"

/** The parts of a deployment that users need. */
export interface Registry {
  readonly state: State
  readonly policy: Policy
  readonly mailroom: Mailroom
}

/** The state machine of a deployment: its state, and the handler of each operation. */
export interface Machine extends Registry {
  readonly rateLimiter: RateLimiter | undefined
  readonly endpoints: ReadonlyMap<Operation, Endpoint>
  /** The states of the groups besides users. */
  readonly groups: Map<Group, unknown>
}

/** A group besides users; its state is part of the deployment's JSON if there is a schema for it. */
interface Group {
  readonly operations: { readonly [name: string]: Operation }
  readonly schema: Schema.Schema.AnyNoContext | undefined
}

/** One authorised call: its caller, its arguments and its time (in milliseconds). */
export interface Call<Caller = Account> {
  readonly row: Operation
  readonly caller: Caller
  /** The scoped token that authorised the call, or "". */
  readonly token: string
  /** The values of the path's parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** The query parameters, decoded by the operation's schema; `undefined` if it has none. */
  readonly query: unknown
  readonly body: unknown
  readonly now: number
}

/** A success value (`undefined` if there is none), which the operation's success schema encodes, or the failure. */
export type Answer = object | undefined | Failure

/**
 * The handler of one operation, and who may call it: `anyone` (a credential that is sent must still be valid), a
 * `user`, or the bearer of a scoped token. `entity` names the property of the response with the user, if the response
 * itself is not the user.
 */
export type Endpoint = { readonly entity?: string } & (
  | {
      readonly access: "anyone"
      readonly handle: (machine: Machine, call: Call<Account | undefined>) => Answer
    }
  | { readonly access: "user" | Grant["scope"]; readonly handle: (machine: Machine, call: Call) => Answer }
)

export const fail = (
  machine: Registry,
  kind: FailureKind,
  fields?: ReadonlyArray<ValidationErrorField>,
  retryAfter?: number,
): Failure => new Failure(kind, machine.state.random.requestId(), fields, retryAfter)
