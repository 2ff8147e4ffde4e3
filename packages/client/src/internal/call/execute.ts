import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Credentials from "../../Credentials.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import type * as TileDBError from "../../TileDBError.js"
import type { Authorization } from "../attempt/authorizer.js"
import { send } from "../attempt/send.js"
import type { Execute } from "../call.js"
import { type Failure, reasonOf, transport } from "../failure/failure.js"
import * as Outcome from "../failure/outcome.js"
import { type CallError, type End, invalidRequest, subjectOf, toError } from "../failure/toError.js"
import { AbortTimer } from "../http/abortTimer.js"
import { quietMark } from "../http/quiet.js"
import * as Budget from "../retry/budget.js"
import { decide, pauseAfter } from "../retry/decide.js"
import { policyProblem } from "../retry/policyProblem.js"
import * as Effect3 from "../runtime/effect3.js"
import { within } from "../runtime/timeout.js"
import * as Defect from "../secrets/redactDefect.js"
import { apiKeyHeader } from "../secrets/shieldedRequest.js"
import { observe } from "../telemetry/callTelemetry.js"
import * as Telemetry from "../telemetry/metrics.js"
import { announce, announceRenewal, summarise, tellMalformed } from "./report.js"
import { type Parts, type Run, remainingOf } from "./run.js"

/** State of an attempt in progress. */
interface Progress {
  /** The credential of the attempt; `undefined` while no request can have been sent. */
  authorization: Authorization | undefined
  /** The origin that the request goes to. */
  origin: string
  /** The outcome of the attempt, once the response headers have decided it. */
  outcome: Effect.Effect<unknown, Failure> | undefined
}

const quietFiberRefs = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect3.quietFiberRefs(fiber, apiKeyHeader)

/** Makes an attempt once the limiter admits it. `remaining` milliseconds cover both the wait and the attempt. */
const perform = (run: Run, remaining: number): Effect.Effect<unknown, TileDBError.TileDBError> => {
  const { parts, ticket } = run
  const turn = parts.limiter.enter(ticket, remaining)
  if (turn === undefined) return attempt(run, remaining)
  return Effect.matchEffect(turn, {
    onFailure: (failure) =>
      afterFailure(run, failure, { authorization: undefined, origin: parts.sender.base.origin, outcome: undefined }),
    onSuccess: (waited) => attempt(waited > 0 ? hasWaited(run, waited) : run, remaining - waited),
  })
}

const hasWaited = (run: Run, waited: number): Run => {
  run.observation.span.event("turn", run.clock.unsafeCurrentTimeNanos(), { "tiledb.waited_ms": waited })
  return { ...run, delay: run.delay + waited }
}

/** Makes one attempt of at most `remaining` milliseconds, then decides whether to retry. */
const attempt = (run: Run, remaining: number): Effect.Effect<unknown, TileDBError.TileDBError> => {
  const { authorizer, call, clock, observation, parts } = run
  const { span } = observation
  const patience = Duration.toMillis(run.policy.attemptTimeout)
  const reason = remaining < patience ? "Deadline" : "Timeout"
  const millis = Math.min(patience, remaining)
  const progress: Progress = { authorization: undefined, origin: parts.sender.base.origin, outcome: undefined }
  // No fiber is needed for the timeout if the attempt only waits for the request and the transport aborts it by timer.
  const direct = quietMark in parts.sender.client && !authorizer.waits
  const abortTimer = direct ? new AbortTimer(clock, Effect3.monotonicMillis(clock) + millis) : undefined
  const authorized =
    run.refused === undefined
      ? authorizer.authorize(call, span)
      : authorizer.renew(run.refused.authorization, run.refused.failure, span)
  const attempt = Effect.flatMap(authorized, (authorization) => {
    progress.authorization = authorization
    observation.begin(run.attempts.length + 1)
    return send(parts.sender, call, {
      authorization,
      abortTimer,
      clock,
      traceHeaders: parts.tracePropagation ? HttpTraceContext.toHeaders(observation.attempt) : undefined,
      onStatus: (status) => observation.answered(status),
      onOrigin: (origin) => {
        observation.redirected(origin)
        progress.origin = origin
      },
      onOutcome: (outcome) => {
        progress.outcome = outcome
      },
      onMalformed: (issues) => tellMalformed(run, issues),
    })
  })
  // Replaced inside the attempt, not after it: a cause that passes from one fiber to another can be printed on the way.
  const request = Defect.replaceDefects(attempt, () => [...call.secrets, ...(progress.authorization?.secrets ?? [])])
  const over = () => transport(reason, progress.authorization !== undefined && abortTimer?.unsent !== true)
  // An outcome that the response headers have decided stands, even if the body is still pending at the timeout.
  const timed = direct
    ? request
    : within(request, millis, () => progress.outcome ?? Effect.fail(over()), quietFiberRefs)
  return Effect.matchEffect(timed, {
    onFailure: (failure) =>
      afterFailure(run, abortTimer?.aborted === true && failure._tag === "Transport" ? over() : failure, progress),
    onSuccess: (value) => {
      observation.end()
      parts.budget.give()
      return succeed(run, value)
    },
  })
}

const succeed = <A>(run: Run, value: A): Effect.Effect<A> =>
  Effect.withFiberRuntime((fiber) => {
    run.parts.limiter.leave(run.ticket, true)
    run.observation.succeed()
    const line = summarise(fiber, run, undefined)
    return line === undefined ? Effect.succeed(value) : Effect.as(line, value)
  })

const fail = (run: Run, error: CallError): Effect.Effect<never, CallError> =>
  Effect.withFiberRuntime((fiber) => {
    run.observation.fail(error)
    const line = summarise(fiber, run, error)
    return line === undefined ? Effect.fail(error) : Effect.zipRight(line, Effect.fail(error))
  })

const afterFailure = (
  before: Run,
  failure: Failure,
  progress: Progress,
): Effect.Effect<unknown, TileDBError.TileDBError> => {
  const { call, earlierUnknown, parts, policy, refused } = before
  before.observation.end(failure)
  const authorization = progress.authorization ?? refused?.authorization
  const end = (attempts: End["attempts"], stopped: End["stopped"]) =>
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
        named:
          before.authorizer === parts.authorizer
            ? parts.named
            : { ...parts.named, credentials: "the credentials you pass" },
        scheme: before.authorizer.scheme,
        secrets: authorization?.secrets ?? [],
        now: before.clock.unsafeCurrentTimeMillis(),
      }),
    )
  // No credential other than the refused one was available, so the request was not repeated.
  if (failure === refused?.failure) {
    return end(before.attempts, undefined)
  }
  // An earlier attempt of unknown outcome may have deleted the user: then "not found" is a success.
  if (failure._tag === "Status" && Outcome.ofCall(call.operation, failure, earlierUnknown) === "Done") {
    return succeed(before, undefined)
  }
  const reason = reasonOf(failure)
  const number = before.attempts.length + 1
  const attempts = [...before.attempts, { number, delay: before.delay, reason }]
  return Effect.flatMap(Random.next, (random) => {
    const remaining = remainingOf(before)
    const pause = parts.limiter.options.pause ? pauseAfter(policy, failure, number, random) : undefined
    if (pause !== undefined) parts.limiter.pause(before.ticket, failure, pause)
    parts.limiter.leave(before.ticket, failure._tag !== "Transport" && pause === undefined)
    // A retry that waits for the end of the shared pause adds no load, so it costs no retry budget.
    const budget = pause === undefined ? parts.budget : Budget.free
    if (authorization !== undefined && remaining > 0 && isRenewable(before, failure)) {
      const renewed = { ...before, attempts, delay: 0, refused: { authorization, failure } }
      return Effect.zipRight(announceRenewal(before), perform(renewed, remaining))
    }
    // A request with a 401 was not acted on and says nothing about the service's health: the policy does not count it.
    const counted = refused === undefined ? number : number - 1
    const decision = decide(policy, call.operation, failure, counted, remaining, random, budget)
    if (decision._tag === "Stop") return end(attempts, decision.stopped)
    const { delay } = decision
    const wait = Effect.zipRight(
      announce(before, {
        operation: call.operation.name,
        nextAttempt: number + 1,
        delay: Duration.millis(delay),
        reason,
      }),
      pause === undefined ? Effect.sleep(delay) : Effect.void,
    )
    // The hook or a busy machine may take long: after the deadline nothing is sent.
    return Effect.zipRight(
      within(wait, remaining, () => Effect.void),
      Effect.suspend(() => {
        const left = remainingOf(before)
        const unknown = earlierUnknown || Outcome.ofAttempt(failure) === "Unknown"
        return left > 0
          ? // The limiter waits for the end of a pause.
            perform({ ...before, attempts, delay: pause === undefined ? delay : 0, earlierUnknown: unknown }, left)
          : end(attempts, "Deadline")
      }),
    )
  })
}

/** Whether another credential may be available after a refused one. It is requested once per call. */
const isRenewable = ({ authorizer, call, refused }: Run, failure: Failure): boolean =>
  refused === undefined &&
  failure._tag === "Status" &&
  failure.status === 401 &&
  call.token === undefined &&
  authorizer.waits

/**
 * Runs a call: policy, deadline, span, attempts, outcome. `send` makes one attempt, `retry` decides whether there is
 * another.
 */
export const make = (parts: Parts): Execute => {
  const telemetryOf = Telemetry.make(parts.sender.base)
  return (call) =>
    Effect.withFiberRuntime((fiber) => {
      const layered = Option.getOrElse(fiber.getFiberRef(RetryPolicy.current), () => parts.policy)
      const ofOperations: Readonly<Record<string, RetryPolicy.RetryPolicy | undefined>> = layered.operations
      const policy = ofOperations[call.operation.name] ?? layered
      const authorizer = Option.match(fiber.getFiberRef(Credentials.current), {
        onNone: () => parts.authorizer,
        onSome: parts.authorizerOf,
      })
      const problem = policyProblem(layered) ?? (call.token === undefined ? authorizer.problem : undefined)
      if (problem !== undefined) return Effect.fail(invalidRequest(call.operation, [problem], subjectOf(call)))
      const clock = Effect3.clockOf(fiber)
      const ticket = parts.limiter.ticket(call, Option.getOrUndefined(fiber.getFiberRef(Credentials.current)), clock)
      return observe(fiber, clock, telemetryOf(call.operation), {
        use: (observation) =>
          perform(
            {
              parts,
              authorizer,
              call,
              ticket,
              observation,
              policy,
              clock,
              started: Effect3.monotonicMillis(clock),
              attempts: [],
              delay: 0,
              earlierUnknown: false,
              refused: undefined,
            },
            Duration.toMillis(policy.deadline),
          ),
        end: () => parts.limiter.leave(ticket, false),
        needsSpan: parts.tracePropagation || authorizer.waits,
      })
    })
}
