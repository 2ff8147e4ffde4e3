import type { AnswerIssue } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as RetryPolicy from "../RetryPolicy.js"
import type * as TileDBError from "../TileDBError.js"
import * as Effect3 from "./effect3.js"
import type { Run } from "./run.js"
import * as Telemetry from "./telemetry.js"

/** A repeat with another credential is the client's own business: an event on the span, a line at debug, the metric. */
export const announceRenewal = ({ attempts, call, span }: Run): Effect.Effect<void> =>
  Effect.withParentSpan(
    Effect.clockWith((clock) => {
      span.event("credential renewed", clock.unsafeCurrentTimeNanos())
      span.attribute("http.request.resend_count", attempts.length + 1)
      return Effect.zipRight(
        Metric.increment(Telemetry.retried(call.operation.name, "401")),
        Effect.logDebug(`${call.operation.name}: the credential was refused (401); repeated with another one`),
      )
    }),
    span,
  )

/** Says what was not as documented in an answer that could be read all the same: where, on the span and at debug. */
export const tellMalformed = ({ call, span }: Run, issues: ReadonlyArray<AnswerIssue>): Effect.Effect<void> =>
  Effect.suspend(() => {
    span.attribute(
      "tiledb.answer.malformed",
      issues.map(({ path }) => path),
    )
    const what = issues.map(({ message, path }) => `${path} ${message}`).join("; ")
    return Effect.logDebug(`${call.operation.name}: the answer is not as documented: ${what}`).pipe(
      Effect.annotateLogs("tiledb.operation", call.operation.name),
      Effect.withParentSpan(span),
    )
  })

/** Makes a retry visible: the hook, a line for who debugs, an event and an attribute on the span, a metric. */
export const announce = (run: Run, retry: RetryPolicy.Retry): Effect.Effect<void> => {
  const { delay, nextAttempt, operation, reason } = retry
  const { policy, span } = run
  return Effect.withParentSpan(
    Effect.clockWith((clock) => {
      span.event("retry", clock.unsafeCurrentTimeNanos(), { "retry.delay_ms": delay, "retry.reason": reason })
      span.attribute("http.request.resend_count", nextAttempt - 1)
      return Metric.increment(Telemetry.retried(operation, reason))
    }).pipe(
      Effect.zipRight(
        Effect.annotateLogs(
          Effect.logDebug(
            `${operation}: attempt ${nextAttempt - 1} of ${policy.attempts} failed (${reason}); next in ${delay} ms`,
          ),
          { "tiledb.operation": operation, "tiledb.reason": reason },
        ),
      ),
      Effect.zipRight(policy.onRetry === undefined ? Effect.void : policy.onRetry(retry)),
    ),
    span,
  )
}

/** The one line of a call that needed repeats. It is no warning: three hundred calls that are throttled are no alarm. */
export const summarise = (
  run: Run,
  ending: string,
  failures: ReadonlyArray<TileDBError.Attempt>,
): Effect.Effect<void> => {
  const operation = run.call.operation.name
  const millis = Effect3.monotonicMillis(run.clock) - run.started
  const reasons = failures.map(({ reason }) => reason).join(", ")
  return Effect.withParentSpan(
    Effect.annotateLogs(Effect.logInfo(`${operation}: ${ending}, ${millis} ms after it began (${reasons})`), {
      "tiledb.operation": operation,
      "tiledb.attempts": run.attempts.length + 1,
    }),
    run.span,
  )
}
