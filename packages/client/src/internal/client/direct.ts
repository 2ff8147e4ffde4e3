import * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import type * as Credentials from "../../Credentials.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import type { Call, Execute } from "../call.js"
import { inCode } from "../config/source.js"
import { status as statusFailure } from "../failure/failure.js"
import { statusError } from "../failure/toError.js"
import { decide } from "../retry/decide.js"
import { parseRetryAfter } from "../retry/retryAfter.js"
import * as Effect3 from "../runtime/effect3.js"
import { observe } from "../telemetry/callTelemetry.js"
import * as Telemetry from "../telemetry/metrics.js"

/**
 * The response with which a service rejects a call: any status that is not a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  /** The HTTP status. */
  readonly status: number
  /** The headers, with lower-case names: `retry-after` is read, in seconds. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body, as it would be on the wire. */
  readonly body: string
}

const publicOrigin = "https://api.tiledb.com"

const telemetryOf = Telemetry.make({ origin: publicOrigin, path: "/v4" })

const rejected = (call: Call, { body, headers, status }: Answer, scheme: Credentials.Credentials["_tag"]) => {
  const retryAfter = parseRetryAfter(Headers.fromInput(headers), 0, call.secrets)
  const failure = statusFailure(status, body, call.secrets, headers?.["content-type"], retryAfter)
  const decision = decide(RetryPolicy.none, {
    operation: call.operation,
    failure,
    number: 1,
    remaining: 0,
    random: 0,
    affordable: true,
  })
  const error = statusError(
    {
      call,
      failure,
      attempts: [{ number: 1, delay: 0, reason: String(status) }],
      stopped: decision._tag === "End" ? decision.stopped : undefined,
      earlierUnknown: false,
      base: publicOrigin,
      origin: publicOrigin,
      named: inCode,
      scheme,
      secrets: [],
      now: 0,
    },
    failure,
  )
  return { error, failure }
}

/**
 * An `execute` that carries out calls without HTTP, for example in memory: with one attempt, and with the errors, the
 * span and the counters of the client. `perform` succeeds with the result of the call, or fails with the response that
 * rejects it; `credentials` is the credential of the caller.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeDirect =
  (perform: (call: Call) => Effect.Effect<unknown, Answer>, credentials: Credentials.Credentials): Execute =>
  (call) =>
    Effect.withFiberRuntime((fiber) =>
      observe(fiber, Effect3.clockOf(fiber), telemetryOf(call.operation), {
        needsSpan: false,
        use: (observation) => {
          const progress: { status: number | undefined; origin: string } = { status: undefined, origin: publicOrigin }
          observation.begin(1, progress)
          return Effect.matchEffect(perform(call), {
            onFailure: (answer) => {
              const { error, failure } = rejected(call, answer, credentials._tag)
              progress.status = error.status
              observation.end(failure)
              observation.fail(error)
              return Effect.fail(error)
            },
            onSuccess: (value) => {
              progress.status = call.operation.successStatus
              observation.end()
              observation.succeed()
              return Effect.succeed(value)
            },
          })
        },
        end: () => {},
      }),
    )
