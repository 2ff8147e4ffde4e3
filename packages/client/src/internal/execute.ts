import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Tracer from "effect/Tracer"
import * as Credentials from "../Credentials.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type * as TileDBError from "../TileDBError.js"
import type { Budget } from "./budget.js"
import type { Call, Execute } from "./call.js"
import { type Authorization, type Authorizer, apiKeyHeader } from "./credential.js"
import * as Defect from "./defect.js"
import * as Effect3 from "./effect3.js"
import { type Failure, reasonOf, transport } from "./failure.js"
import { HangUp } from "./hangUp.js"
import * as Outcome from "./outcome.js"
import { quietMark } from "./quiet.js"
import { decide } from "./retry.js"
import { type Sender, send } from "./send.js"
import * as Telemetry from "./telemetry.js"
import { type End, toError } from "./toError.js"
import { within } from "./within.js"

/** Everything `execute` is made of, each checked when the client was built. */
export interface Parts {
  readonly sender: Sender
  readonly authorizer: Authorizer
  /** For credentials that a caller has set for calls of its own. */
  readonly authorizerOf: (credentials: Credentials.Credentials) => Authorizer
  readonly policy: RetryPolicy.RetryPolicy
  readonly budget: Budget
  readonly limit: (<A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>) | undefined
  readonly tracePropagation: boolean
}

/** One call under way: what its attempts share and what they have left behind. */
interface Run {
  readonly parts: Parts
  readonly authorizer: Authorizer
  readonly call: Call
  readonly span: Tracer.Span
  readonly telemetry: Telemetry.Telemetry
  readonly policy: RetryPolicy.RetryPolicy
  readonly clock: Clock.Clock
  readonly started: number
  readonly attempts: ReadonlyArray<TileDBError.Attempt>
  /** Milliseconds waited before the attempt that comes next. */
  readonly delay: number
  /** Whether an earlier attempt may have taken effect. */
  readonly earlierUnknown: boolean
  /** What a 401 has refused: the next attempt is to be made with another authorization, or not at all. */
  readonly refused: { readonly authorization: Authorization; readonly failure: Failure } | undefined
}

/** What is known of an attempt that is under way. */
interface Progress {
  /** What authorises it; `undefined` while nothing can have been sent. */
  authorization: Authorization | undefined
  /** Who is asked. */
  origin: string
}

const quietFiberRefs = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect3.quietFiberRefs(fiber, apiKeyHeader)

const remainingAt = (run: Run, now: number): number => Duration.toMillis(run.policy.deadline) - (now - run.started)

/** Makes one attempt, which lasts no longer than `remaining` milliseconds, and says what comes next. */
const perform = (run: Run, remaining: number): Effect.Effect<unknown, TileDBError.TileDBError> => {
  const { authorizer, call, clock, parts, span } = run
  const patience = Duration.toMillis(run.policy.attemptTimeout)
  const reason = remaining < patience ? "Deadline" : "Timeout"
  const millis = Math.min(patience, remaining)
  const progress: Progress = { authorization: undefined, origin: parts.sender.base.origin }
  // Where nothing but the line is waited for, and the line can be hung up, there is no need for a fiber to interrupt.
  const direct = quietMark in parts.sender.client && !authorizer.waits && parts.limit === undefined
  const hangUp = direct ? new HangUp(clock, clock.unsafeCurrentTimeMillis() + millis) : undefined
  const authorized =
    run.refused === undefined
      ? authorizer.authorize(call)
      : authorizer.renew(run.refused.authorization, run.refused.failure)
  const request = Effect.flatMap(authorized, (authorization) => {
    progress.authorization = authorization
    return send(parts.sender, call, {
      authorization,
      hangUp,
      traceHeaders: parts.tracePropagation ? HttpTraceContext.toHeaders(span) : undefined,
      onStatus: (status) => span.attribute("http.response.status_code", status),
      onOrigin: (origin) => {
        progress.origin = origin
      },
    })
  })
  const timeout = (why: "Deadline" | "Timeout") => () => transport(why, progress.authorization !== undefined)
  const timed = direct ? request : within(request, millis, timeout(reason), quietFiberRefs)
  // Waiting for a turn counts against the deadline, not against the attempt.
  const paced = parts.limit === undefined ? timed : within(parts.limit(timed), remaining, timeout("Deadline"))
  return Defect.match(
    paced,
    (failure) =>
      afterFailure(run, hangUp?.rung === true && failure._tag === "Transport" ? timeout(reason)() : failure, progress),
    (value) => {
      parts.budget.give()
      return succeed(run, value)
    },
  )
}

const succeed = <A>(run: Run, value: A): Effect.Effect<A> =>
  Effect.withFiberRuntime((fiber) => {
    Effect3.count(run.telemetry.succeeded, fiber)
    return Effect.succeed(value)
  })

const fail = <E extends TileDBError.TileDBError>(run: Run, error: E): Effect.Effect<never, E> =>
  Effect.zipRight(Metric.increment(Telemetry.failed(run.call.operation.name, error._tag)), Effect.fail(error))

const afterFailure = (
  before: Run,
  failure: Failure,
  progress: Progress,
): Effect.Effect<unknown, TileDBError.TileDBError> => {
  const { call, earlierUnknown, parts, policy, refused } = before
  const authorization = progress.authorization ?? refused?.authorization
  const end = (attempts: End["attempts"], stopped: End["stopped"], now: number) =>
    fail(
      before,
      toError({
        call,
        failure,
        attempts,
        stopped,
        earlierUnknown,
        base: parts.sender.base.origin,
        origin: progress.origin,
        scheme: before.authorizer.scheme,
        secrets: authorization?.secrets ?? [],
        now,
      }),
    )
  // There was no other credential to be had than the one that was refused, so nothing was sent again.
  if (failure === refused?.failure) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => end(before.attempts, undefined, now))
  }
  // An earlier attempt may have deleted the user without our hearing of it: then "not found" is the success.
  if (failure._tag === "Status" && Outcome.ofCall(call.operation, failure, earlierUnknown) === "Done") {
    return succeed(before, undefined)
  }
  const reason = reasonOf(failure)
  const number = before.attempts.length + 1
  const attempts = [...before.attempts, { number, delay: before.delay, reason }]
  return Effect.flatMap(Effect.zip(Clock.currentTimeMillis, Random.next), ([now, random]) => {
    const remaining = remainingAt(before, now)
    if (authorization !== undefined && remaining > 0 && isRenewable(before, failure)) {
      const renewed = { ...before, attempts, delay: 0, refused: { authorization, failure } }
      return Effect.zipRight(announceRenewal(before), perform(renewed, remaining))
    }
    // A 401 was not acted on, and says nothing of the service's health: it is not one of the policy's attempts.
    const counted = refused === undefined ? number : number - 1
    const decision = decide(policy, call.operation, failure, counted, remaining, random, parts.budget)
    if (decision._tag === "Stop") return end(attempts, decision.stopped, now)
    const { delay } = decision
    const wait = Effect.zipRight(
      announce(before, { operation: call.operation.name, nextAttempt: number + 1, delay, reason }),
      Effect.sleep(delay),
    )
    // A hook may take its time, and so may a busy machine: past the deadline nothing is sent.
    return Effect.zipRight(
      Effect.timeoutOption(wait, remaining),
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const left = remainingAt(before, now)
        const unknown = earlierUnknown || Outcome.ofAttempt(failure) === "Unknown"
        return left > 0
          ? perform({ ...before, attempts, delay, earlierUnknown: unknown }, left)
          : end(attempts, "Deadline", now)
      }),
    )
  })
}

/** Whether another credential may be had than the one that was refused: asked for once in a call. */
const isRenewable = ({ authorizer, call, refused }: Run, failure: Failure): boolean =>
  refused === undefined &&
  failure._tag === "Status" &&
  failure.status === 401 &&
  call.token === undefined &&
  authorizer.waits

/** A repeat with another credential is the client's own business: an event on the span, a line at debug, the metric. */
const announceRenewal = ({ attempts, call, span }: Run): Effect.Effect<void> =>
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

/** Makes a retry visible: the hook, a log line, an event and an attribute on the span, a metric. */
const announce = (run: Run, retry: RetryPolicy.Retry): Effect.Effect<void> => {
  const { delay, nextAttempt, operation, reason } = retry
  const { policy, span } = run
  const tags = { operation, reason }
  return Effect.withParentSpan(
    Effect.clockWith((clock) => {
      span.event("retry", clock.unsafeCurrentTimeNanos(), { "retry.delay_ms": delay, "retry.reason": reason })
      span.attribute("http.request.resend_count", nextAttempt - 1)
      return Metric.increment(Telemetry.retried(operation, reason))
    }).pipe(
      Effect.zipRight(
        Effect.annotateLogs(
          Effect.logWarning(
            `${operation}: attempt ${nextAttempt - 1} of ${policy.attempts} failed (${reason}); next in ${delay} ms`,
          ),
          tags,
        ),
      ),
      Effect.zipRight(policy.onRetry === undefined ? Effect.void : policy.onRetry(retry)),
    ),
    span,
  )
}

/**
 * The way of every call: policy, deadline, span, attempts, outcome. What one attempt does is in `send`, whether there is
 * another in `retry`.
 */
export const make = (parts: Parts): Execute => {
  const telemetryOf = Telemetry.make(parts.sender.base)
  return (call) =>
    Effect.withFiberRuntime((fiber) => {
      const layered = Option.getOrElse(fiber.getFiberRef(RetryPolicy.current), () => parts.policy)
      const ofOperations: Readonly<Record<string, RetryPolicy.RetryPolicy | undefined>> = layered.operations
      const policy = ofOperations[call.operation.name] ?? layered
      const telemetry = telemetryOf(call.operation)
      const clock = Effect3.clockOf(fiber)
      return Effect.useSpan(telemetry.spanName, telemetry.spanOptions, (span) =>
        perform(
          {
            parts,
            authorizer: Option.match(fiber.getFiberRef(Credentials.current), {
              onNone: () => parts.authorizer,
              onSome: parts.authorizerOf,
            }),
            call,
            span,
            telemetry,
            policy,
            clock,
            started: clock.unsafeCurrentTimeMillis(),
            attempts: [],
            delay: 0,
            earlierUnknown: false,
            refused: undefined,
          },
          Duration.toMillis(policy.deadline),
        ),
      )
    })
}
