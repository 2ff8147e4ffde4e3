import type { ResponseIssue } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import type * as RetryPolicy from "../../RetryPolicy.js"
import type { CallError } from "../failure/toError.js"
import * as Effect3 from "../runtime/effect3.js"
import type { Run } from "./run.js"

/** Logs a line for the call, with the given fields. */
const line = (run: Run, level: LogLevel.LogLevel, text: string, fields: object): Effect.Effect<void> =>
  Effect3.belowSpan(
    Effect.annotateLogs(
      Effect.logWithLevel(level, `${run.call.operation.name}: ${text}`),
      Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    ),
    run.observation.span,
  )

/** Records a retry: an event on the call's span, the metric, and a line at debug. */
const recordRetry = (run: Run, event: string, attributes: Record<string, unknown>, errorType: string, text: string) =>
  Effect.suspend(() => {
    const { span, telemetry } = run.observation
    span.event(event, Effect3.nanos(run.clock), attributes)
    Effect3.record(telemetry.retried(errorType), 1, run.fiber)
    return line(run, LogLevel.Debug, text, run.observation.failure(errorType))
  })

/** Reports a retry with another credential, now that there is one, without a hook. */
export const reportRenewal = (run: Run): Effect.Effect<void> =>
  recordRetry(run, "credential renewed", {}, "401", "the credential was refused (401); retried with another one")

/** Reports deviations in a response that could be decoded nevertheless: their paths, on the span and at debug. */
export const reportMalformed = (run: Run, issues: ReadonlyArray<ResponseIssue>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const paths = issues.map(({ path }) => path)
    run.observation.span.attribute("tiledb.response.malformed", paths)
    const what = issues.map(({ message, path }) => `${path} ${message}`).join("; ")
    return line(run, LogLevel.Debug, `the response is not as documented: ${what}`, {
      ...run.observation.telemetry.fields,
      "tiledb.response.malformed": paths,
    })
  })

/** Reports a retry: the hook, a line at debug, an event on the span, a metric. */
export const reportRetry = (run: Run, retry: RetryPolicy.Retry): Effect.Effect<void> => {
  const { nextAttempt, reason } = retry
  const delay = Duration.toMillis(retry.delay)
  const { policy } = run
  const text = `attempt ${nextAttempt - 1} of ${policy.attempts} failed (${reason}); next in ${delay} ms`
  const record = recordRetry(run, "retry", { "tiledb.delay_ms": delay, "error.type": reason }, reason, text)
  return policy.onRetry === undefined
    ? record
    : Effect.zipRight(record, Effect3.belowSpan(policy.onRetry(retry), run.observation.span))
}

/**
 * The one line of a call, at its end: at info if it needed retries, otherwise at debug; nothing if the level is not
 * logged. It is no warning: three hundred throttled calls are no alarm.
 */
export const summarise = (run: Run, error: CallError | undefined): Effect.Effect<void> | undefined => {
  // The last attempt may be the same as the one before: no other credential was available, so nothing was sent.
  const retries = error === undefined ? run.attempts.length : error.attempts.length - 1
  const { resent } = run.observation
  const level = retries === 0 ? LogLevel.Debug : LogLevel.Info
  if (!Effect3.isLogged(run.fiber, level)) return undefined
  const millis = Effect3.monotonicMillis(run.clock) - run.started
  const reasons = (error?.attempts ?? run.attempts).map(({ reason }) => reason).join(", ")
  const ending = error === undefined ? "succeeded" : "failed"
  const after =
    retries === 0 ? "" : error === undefined ? ` in attempt ${retries + 1}` : ` after ${error.attempts.length} attempts`
  return line(run, level, `${ending}${after}, ${millis} ms after it began${reasons === "" ? "" : ` (${reasons})`}`, {
    // At debug all fields are logged, at info only the operation.
    ...(level === LogLevel.Debug
      ? run.observation.telemetry.fields
      : { "tiledb.operation": run.observation.telemetry.fields["tiledb.operation"] }),
    ...run.observation.ending(error),
    ...(resent === 0 ? {} : { "http.request.resend_count": resent }),
  })
}
