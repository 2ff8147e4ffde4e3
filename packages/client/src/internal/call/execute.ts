import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import { qualifiedName } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Credentials from "../../Credentials.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import type * as TileDBError from "../../TileDBError.js"
import { Attempt, secretsOf, send } from "../attempt/send.js"
import type { Execute } from "../call.js"
import { type Failure, reasonOf, transport } from "../failure/failure.js"
import * as Outcome from "../failure/outcome.js"
import { subjectOf } from "../failure/subject.js"
import { type CallError, type End, invalidRequest, toError } from "../failure/toError.js"
import { AbortTimer } from "../http/abortTimer.js"
import { quietMark } from "../http/quiet.js"
import { pauseAfter } from "../retry/decide.js"
import { policyProblem } from "../retry/policyProblem.js"
import * as Effect3 from "../runtime/effect3.js"
import { within } from "../runtime/timeout.js"
import { replaceDefects } from "../secrets/redactDefect.js"
import { apiKeyHeader } from "../secrets/shieldedRequest.js"
import { observe } from "../telemetry/callTelemetry.js"
import * as Telemetry from "../telemetry/metrics.js"
import { isUnchanged, next } from "./next.js"
import { reportMalformed, reportRenewal, reportRetry, summarise } from "./report.js"
import { type Parts, type Run, remainingOf } from "./run.js"

/** A call in progress, or one that has ended. */
interface State {
  readonly run: Run
  readonly result: Either.Either<unknown, CallError> | undefined
}

/**
 * Carries out a call: one attempt after the other, until one ends it. Not `Effect.iterate`, which costs a successful call
 * four more operations.
 */
const carryOut = (run: Run): Effect.Effect<unknown, TileDBError.TileDBError> =>
  Effect.flatMap(advance(run), ({ result, run }) => (result === undefined ? carryOut(run) : conclude(run, result)))

/** Makes the next attempt once the limiter admits it, and decides what follows. */
const advance = (run: Run): Effect.Effect<State> => {
  const { call, clock, observation, parts, remaining, ticket } = run
  const turn = parts.limiter.acquire(ticket, remaining)
  if (turn === undefined) return attempt(run)
  return Effect.matchEffect(turn, {
    onFailure: (failure) => afterFailure(run, failure, new Attempt(parts.sender, call, clock)),
    onSuccess: (waited) => {
      if (waited === 0) return attempt(run)
      observation.span.event("turn", Effect3.nanos(clock), { "tiledb.waited_ms": waited })
      return attempt({ ...run, delay: run.delay + waited, remaining: remaining - waited })
    },
  })
}

const quietFiberRefs = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect3.quietFiberRefs(fiber, apiKeyHeader)

/** Makes one attempt, within the time that is left. */
const attempt = (run: Run): Effect.Effect<State> => {
  const { authorizer, call, clock, observation, parts, refused, remaining } = run
  const { span } = observation
  const patience = Duration.toMillis(run.policy.attemptTimeout)
  const millis = Math.min(patience, remaining)
  // No fiber is needed for the timeout if the attempt only waits for the request and the transport aborts it by timer.
  const direct = quietMark in parts.sender.client && !authorizer.waits
  const abortTimer = direct ? new AbortTimer(clock, Effect3.monotonicMillis(clock) + millis) : undefined
  run.inFlight.timer = abortTimer
  const attempt = new Attempt(parts.sender, call, clock, abortTimer)
  const authorized =
    refused === undefined
      ? authorizer.authorize(call, span)
      : Effect.tap(authorizer.renew(refused.authorization, refused.failure, span), () =>
          // Not again for a further attempt with it.
          run.attempts.at(-1)?.reason === reasonOf(refused.failure) ? reportRenewal(run) : Effect.void,
        )
  const sent = Effect.flatMap(authorized, (authorization) => {
    observation.begin(run.attempts.length + 1, attempt)
    if (parts.tracePropagation) attempt.traceHeaders = HttpTraceContext.toHeaders(observation.attempt)
    return send(attempt, authorization)
  })
  // Replaced inside the attempt, not after it: a cause that passes from one fiber to another can be printed on the way.
  const request = replaceDefects(sent, () => secretsOf(attempt))
  const over = () =>
    transport(
      remaining < patience ? "Deadline" : "Timeout",
      attempt.authorization !== undefined && abortTimer?.unsent !== true,
    )
  // An outcome that the response headers have decided stands, even if the body is still pending at the timeout.
  const timed = direct ? request : within(request, millis, () => attempt.outcome ?? Effect.fail(over()), quietFiberRefs)
  return Effect.matchEffect(timed, {
    onFailure: (failure) =>
      afterFailure(run, abortTimer?.aborted === true && failure._tag === "Transport" ? over() : failure, attempt),
    onSuccess: (value) => {
      observation.end()
      parts.budget.give()
      const ended: State = { run, result: Either.right(value) }
      return attempt.malformed === undefined
        ? Effect.succeed(ended)
        : Effect.as(reportMalformed(run, attempt.malformed), ended)
    },
  })
}

/** Decides what follows an attempt that has failed: another one after a wait, or the end of the call. */
const afterFailure = (run: Run, failure: Failure, attempt: Attempt): Effect.Effect<State> => {
  const { observation, parts, policy, ticket } = run
  observation.end(failure)
  return Effect.flatMap(Random.next, (random) => {
    const remaining = remainingOf(run)
    const unchanged = isUnchanged(run, failure)
    const reason = reasonOf(failure)
    const number = run.attempts.length + 1
    const attempts = unchanged ? run.attempts : [...run.attempts, { number, delay: Duration.millis(run.delay), reason }]
    const pause = parts.limiter.options.pause ? pauseAfter(policy, failure, number, random) : undefined
    if (pause !== undefined) parts.limiter.pause(ticket, failure, pause)
    if (!unchanged) parts.limiter.release(ticket, failure._tag !== "Transport" && pause === undefined)
    // A retry that waits for the end of the shared pause adds no load, so it costs no retry budget.
    const affordable = pause !== undefined || parts.budget.allows()
    const authorization = attempt.authorization ?? run.refused?.authorization
    const fail = (stopped: End["stopped"]): State => ({
      run,
      result: Either.left(errorOf(run, attempt, { failure, attempts, stopped })),
    })
    const proceed = (more: Partial<Run>): State => ({
      run: { ...run, attempts, remaining, ...more },
      result: undefined,
    })
    const decision = next(run, { failure, remaining, random, affordable, authorization })
    switch (decision._tag) {
      case "End":
        return Effect.succeed("done" in decision ? { run, result: Either.right(undefined) } : fail(decision.stopped))
      case "Renew":
        return Effect.succeed(proceed({ delay: 0, refused: { authorization: decision.refused, failure } }))
      case "Again": {
        const { delay } = decision
        if (pause === undefined) parts.budget.take()
        const wait = Effect.zipRight(
          reportRetry(run, {
            operation: qualifiedName(run.call.operation),
            nextAttempt: number + 1,
            delay: Duration.millis(delay),
            reason,
          }),
          // The limiter waits for the end of a pause.
          pause === undefined ? Effect.sleep(delay) : Effect.void,
        )
        return Effect.map(
          within(wait, remaining, () => Effect.void),
          () => {
            const remaining = remainingOf(run)
            const earlierUnknown = run.earlierUnknown || Outcome.ofAttempt(failure) === "Unknown"
            // The hook or a busy machine may take long: after the deadline nothing is sent.
            return remaining > 0
              ? proceed({ delay: pause === undefined ? delay : 0, remaining, earlierUnknown })
              : fail("Deadline")
          },
        )
      }
    }
  })
}

const errorOf = (run: Run, { authorization, origin }: Attempt, end: Pick<End, "failure" | "attempts" | "stopped">) => {
  const { authorizer, call, clock, earlierUnknown, parts, refused } = run
  return toError({
    ...end,
    call,
    earlierUnknown,
    base: parts.sender.base.origin,
    origin,
    named: authorizer === parts.authorizer ? parts.named : { ...parts.named, credentials: "the credentials you pass" },
    texts: parts.texts,
    scheme: authorizer.scheme,
    secrets: (authorization ?? refused?.authorization)?.secrets ?? [],
    now: Effect3.epochMillis(clock),
  })
}

/** Reports the end of a call. */
const conclude = (run: Run, result: Either.Either<unknown, CallError>): Effect.Effect<unknown, CallError> => {
  const { observation, parts, ticket } = run
  const error = Either.isLeft(result) ? result.left : undefined
  if (error === undefined) parts.limiter.release(ticket, true)
  observation.conclude(error)
  const line = summarise(run, error)
  return line === undefined ? result : Effect.zipRight(line, result)
}

/** The `execute` of a client: policy, credential, deadline, span, attempts, outcome. */
export const make = (parts: Parts): Execute => {
  const telemetryOf = Telemetry.make(parts.sender.base)
  return (call) =>
    Effect3.withFiber((fiber) => {
      const given = Option.getOrUndefined(Effect3.valueOf(fiber, RetryPolicy.current))
      const layered = given ?? parts.policy
      const ofOperations: Readonly<Record<string, RetryPolicy.RetryPolicy | undefined>> = layered.operations
      const policy = ofOperations[qualifiedName(call.operation)] ?? layered
      const own = Option.getOrUndefined(Effect3.valueOf(fiber, Credentials.current))
      const authorizer = own === undefined ? parts.authorizer : parts.authorizerOf(own)
      // The Layer's policy was checked when the client was built.
      const problem = (given && policyProblem(given)) ?? (call.token === undefined ? authorizer.problem : undefined)
      if (problem !== undefined) return Effect.fail(invalidRequest(call.operation, [problem], subjectOf(call)))
      const clock = Effect3.clockOf(fiber)
      const ticket = parts.limiter.ticket(call, own, clock)
      const inFlight: Run["inFlight"] = { timer: undefined }
      return observe(fiber, clock, telemetryOf(call.operation), {
        use: (observation) =>
          carryOut({
            parts,
            authorizer,
            call,
            fiber,
            ticket,
            observation,
            inFlight,
            policy,
            clock,
            started: Effect3.monotonicMillis(clock),
            remaining: Duration.toMillis(policy.deadline),
            attempts: [],
            delay: 0,
            earlierUnknown: false,
            refused: undefined,
          }),
        end: () => {
          inFlight.timer?.abort()
          parts.limiter.release(ticket, false)
        },
        needsSpan: parts.tracePropagation || authorizer.waits,
      })
    })
}
