import * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Credentials from "../Credentials.js"
import * as RetryPolicy from "../RetryPolicy.js"
import * as Budget from "./budget.js"
import type { Call, Execute } from "./call.js"
import { status as statusFailure } from "./failure.js"
import { decide } from "./retry.js"
import { parseRetryAfter } from "./retryAfter.js"
import * as Telemetry from "./telemetry.js"
import { statusError } from "./toError.js"

/**
 * The answer with which a service rejects a call: any status but that of a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  /** The HTTP status. */
  readonly status: number
  /** The headers, by names in lower case: `retry-after` is read, in seconds. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body, as it would be on the wire. */
  readonly body: string
}

const publicOrigin = "https://api.tiledb.com"

const telemetryOf = Telemetry.make({ origin: publicOrigin, path: "/v4" })

const rejected = (call: Call, { body, headers, status }: Answer, scheme: Credentials.Credentials["_tag"]) => {
  const retryAfter = parseRetryAfter(Headers.fromInput(headers), 0, call.secrets)
  const failure = statusFailure(status, body, call.secrets, headers?.["content-type"], retryAfter)
  const decision = decide(RetryPolicy.none, call.operation, failure, 1, 0, 0, Budget.free)
  return statusError(
    {
      call,
      failure,
      attempts: [{ number: 1, delay: 0, reason: String(status) }],
      stopped: decision._tag === "Stop" ? decision.stopped : undefined,
      earlierUnknown: false,
      base: publicOrigin,
      origin: publicOrigin,
      scheme,
      secrets: [],
      now: 0,
    },
    failure,
  )
}

/**
 * An `execute` that carries calls out without HTTP, in memory say: with one attempt, and with the errors, the span and the
 * counters of the client. `perform` succeeds with what the caller gets, or fails with the answer that rejects the call;
 * `credentials` says who calls.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeDirect =
  (perform: (call: Call) => Effect.Effect<unknown, Answer>, credentials: Credentials.Credentials): Execute =>
  (call) => {
    const { spanName, spanOptions, succeeded } = telemetryOf(call.operation)
    return Effect.useSpan(spanName, spanOptions, (span) =>
      Effect.matchEffect(perform(call), {
        onFailure: (answer) => {
          const error = rejected(call, answer, credentials._tag)
          span.attribute("http.response.status_code", error.status)
          return Effect.zipRight(
            Metric.increment(Telemetry.failed(call.operation.name, error._tag)),
            Effect.fail(error),
          )
        },
        onSuccess: (value) => {
          span.attribute("http.response.status_code", call.operation.successStatus)
          return Effect.as(Metric.increment(succeeded), value)
        },
      }),
    )
  }
