import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Credentials from "../Credentials.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type * as TileDBError from "../TileDBError.js"
import { AbortTimer } from "./abortTimer.js"
import { announce, announceRenewal, summarise, tellMalformed } from "./announce.js"
import * as Budget from "./budget.js"
import type { Execute } from "./call.js"
import type { Authorization } from "./credential.js"
import * as Defect from "./defect.js"
import * as Effect3 from "./effect3.js"
import { type Failure, reasonOf, transport } from "./failure.js"
import { observe } from "./observation.js"
import * as Outcome from "./outcome.js"
import { apiKeyHeader } from "./outgoing.js"
import { quietMark } from "./quiet.js"
import { decide, pauseAfter } from "./retry.js"
import { type Parts, type Run, remainingOf } from "./run.js"
import { send } from "./send.js"
import * as Telemetry from "./telemetry.js"
import { type CallError, type End, invalidRequest, subjectOf, toError } from "./toError.js"
import { within } from "./within.js"

/** What is known of an attempt that is under way. */
interface Progress {
  /** What authorises it; `undefined` while nothing can have been sent. */
  authorization: Authorization | undefined
  /** Who is asked. */
  origin: string
  /** How the attempt ends, once the head of the answer has decided it. */
  outcome: Effect.Effect<unknown, Failure> | undefined
}

const quietFiberRefs = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect3.quietFiberRefs(fiber, apiKeyHeader)

/** Makes an attempt when its turn has come; `remaining` milliseconds are left for both. */
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

/** Makes one attempt, which lasts no longer than `remaining` milliseconds, and says what comes next. */
const attempt = (run: Run, remaining: number): Effect.Effect<unknown, TileDBError.TileDBError> => {
  const { authorizer, call, clock, observation, parts } = run
  const { span } = observation
  const patience = Duration.toMillis(run.policy.attemptTimeout)
  const reason = remaining < patience ? "Deadline" : "Timeout"
  const millis = Math.min(patience, remaining)
  const progress: Progress = { authorization: undefined, origin: parts.sender.base.origin, outcome: undefined }
  // Where nothing but the request is waited for, and the transport aborts it by itself, no fiber is needed to interrupt.
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
  // Here, and not where the attempt has ended: what crosses from one fiber to another can be printed on its way.
  const request = Defect.replaceDefects(attempt, () => [...call.secrets, ...(progress.authorization?.secrets ?? [])])
  const over = () => transport(reason, progress.authorization !== undefined && abortTimer?.unsent !== true)
  // What the head of the answer has decided stands, whoever is still waiting for the body.
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
  // There was no other credential to be had than the one that was refused, so nothing was sent again.
  if (failure === refused?.failure) {
    return end(before.attempts, undefined)
  }
  // An earlier attempt may have deleted the user without our hearing of it: then "not found" is the success.
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
    // Who waits for the end of the pause with all others does not add to the load.
    const budget = pause === undefined ? parts.budget : Budget.free
    if (authorization !== undefined && remaining > 0 && isRenewable(before, failure)) {
      const renewed = { ...before, attempts, delay: 0, refused: { authorization, failure } }
      return Effect.zipRight(announceRenewal(before), perform(renewed, remaining))
    }
    // A 401 was not acted on, and says nothing of the service's health: it is not one of the policy's attempts.
    const counted = refused === undefined ? number : number - 1
    const decision = decide(policy, call.operation, failure, counted, remaining, random, budget)
    if (decision._tag === "Stop") return end(attempts, decision.stopped)
    const { delay } = decision
    const wait = Effect.zipRight(
      announce(before, { operation: call.operation.name, nextAttempt: number + 1, delay, reason }),
      pause === undefined ? Effect.sleep(delay) : Effect.void,
    )
    // A hook may take its time, and so may a busy machine: past the deadline nothing is sent.
    return Effect.zipRight(
      within(wait, remaining, () => Effect.void),
      Effect.suspend(() => {
        const left = remainingOf(before)
        const unknown = earlierUnknown || Outcome.ofAttempt(failure) === "Unknown"
        return left > 0
          ? // Who waits for the end of a pause waits for a turn.
            perform({ ...before, attempts, delay: pause === undefined ? delay : 0, earlierUnknown: unknown }, left)
          : end(attempts, "Deadline")
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
      const authorizer = Option.match(fiber.getFiberRef(Credentials.current), {
        onNone: () => parts.authorizer,
        onSome: parts.authorizerOf,
      })
      if (authorizer.problem !== undefined && call.token === undefined) {
        return Effect.fail(invalidRequest(call.operation, [authorizer.problem], subjectOf(call)))
      }
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
