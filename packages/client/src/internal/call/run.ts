import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import type * as Fiber from "effect/Fiber"
import type * as Credentials from "../../Credentials.js"
import type * as RetryPolicy from "../../RetryPolicy.js"
import type * as TileDBError from "../../TileDBError.js"
import type { Authorization, Authorizer } from "../attempt/authorizer.js"
import type { Sender } from "../attempt/send.js"
import type { Call } from "../call.js"
import type { Failure } from "../failure/failure.js"
import type { Named, Texts } from "../failure/line.js"
import type { AbortTimer } from "../http/abortTimer.js"
import type { Ticket } from "../limiter/gate.js"
import type { Limiter } from "../limiter/limiter.js"
import type * as Budget from "../retry/budget.js"
import * as Effect3 from "../runtime/effect3.js"
import type { Observation } from "../telemetry/callTelemetry.js"

/** The parts of `execute`, each validated when the client was built. */
export interface Parts {
  readonly sender: Sender
  readonly authorizer: Authorizer
  /** The names of the options in the user's source. */
  readonly named: Named
  readonly texts: Texts
  /** For a credential that a caller has set for its own calls. */
  readonly authorizerOf: (credentials: Credentials.Credentials) => Authorizer
  readonly policy: RetryPolicy.RetryPolicy
  readonly budget: Budget.Budget
  readonly limiter: Limiter
  readonly tracePropagation: boolean
}

/** The state of a call in progress: what its attempts share and have recorded. */
export interface Run {
  readonly parts: Parts
  readonly authorizer: Authorizer
  readonly call: Call
  /** The caller's fiber. */
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly ticket: Ticket
  readonly observation: Observation
  /** The timer of the request in flight, if it has one. */
  readonly inFlight: { timer: AbortTimer | undefined }
  readonly policy: RetryPolicy.RetryPolicy
  readonly clock: Clock.Clock
  /** When the call began, in milliseconds of the monotonic clock. */
  readonly started: number
  /** The milliseconds left until the deadline when the next attempt may start. */
  readonly remaining: number
  readonly attempts: ReadonlyArray<TileDBError.Attempt>
  /** The wait before the next attempt, in milliseconds. */
  readonly delay: number
  /** Whether an earlier attempt may have taken effect. */
  readonly earlierUnknown: boolean
  /** The authorization that got a 401: the next attempt uses another one, or is not made. */
  readonly refused: { readonly authorization: Authorization; readonly failure: Failure } | undefined
}

/** The milliseconds left until the deadline. */
export const remainingOf = (run: Run): number =>
  Duration.toMillis(run.policy.deadline) - (Effect3.monotonicMillis(run.clock) - run.started)
