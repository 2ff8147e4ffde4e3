import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import type * as Credentials from "../Credentials.js"
import type * as RetryPolicy from "../RetryPolicy.js"
import type * as TileDBError from "../TileDBError.js"
import type * as Budget from "./budget.js"
import type { Call } from "./call.js"
import type { Authorization, Authorizer } from "./credential.js"
import * as Effect3 from "./effect3.js"
import type { Failure } from "./failure.js"
import type { Ticket } from "./gate.js"
import type { Limiter } from "./limiter.js"
import type { Named } from "./messages.js"
import type { Observation } from "./observation.js"
import type { Sender } from "./send.js"

/** Everything `execute` is made of, each checked when the client was built. */
export interface Parts {
  readonly sender: Sender
  readonly authorizer: Authorizer
  /** What the options are called where the user has written them. */
  readonly named: Named
  /** For credentials that a caller has set for calls of its own. */
  readonly authorizerOf: (credentials: Credentials.Credentials) => Authorizer
  readonly policy: RetryPolicy.RetryPolicy
  readonly budget: Budget.Budget
  readonly limiter: Limiter
  readonly tracePropagation: boolean
}

/** One call under way: what its attempts share and what they have left behind. */
export interface Run {
  readonly parts: Parts
  readonly authorizer: Authorizer
  readonly call: Call
  readonly ticket: Ticket
  readonly observation: Observation
  readonly policy: RetryPolicy.RetryPolicy
  readonly clock: Clock.Clock
  /** When the call began, in milliseconds by the monotonic clock. */
  readonly started: number
  readonly attempts: ReadonlyArray<TileDBError.Attempt>
  /** Milliseconds waited before the attempt that comes next. */
  readonly delay: number
  /** Whether an earlier attempt may have taken effect. */
  readonly earlierUnknown: boolean
  /** What a 401 has refused: the next attempt is to be made with another authorization, or not at all. */
  readonly refused: { readonly authorization: Authorization; readonly failure: Failure } | undefined
}

/** Milliseconds that are left of the deadline. */
export const remainingOf = (run: Run): number =>
  Duration.toMillis(run.policy.deadline) - (Effect3.monotonicMillis(run.clock) - run.started)
